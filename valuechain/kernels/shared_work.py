"""The counters by which threads share out the scenarios of one run: whoever is free takes the next."""

# ruff: noqa: ARG001 - numba reads the names of arguments that only the generated code uses

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numba.core import types
from numba.extending import intrinsic as numba_intrinsic

from valuechain.kernels.cascade_graph import Ints

__all__ = ["DONE", "NEXT", "STOP", "add_to", "counter", "new_work"]

intrinsic = cast("Any", numba_intrinsic)

NEXT, DONE, STOP = 0, 8, 16
"""Places of the counters, each on a cache line of its own: the next scenario to take, how many are done, and anything
but 0 to make all threads leave."""


def new_work() -> Ints:
    """Return counters that stand at 0."""
    return np.zeros(24, np.int64)


@intrinsic
def counter(_: Any, work: Any, place: Any) -> Any:
    """Return a counter as it is in memory now. Unlike adding 0 this leaves the cache line with all that read it."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.load_atomic(builder.gep(array.data, [args[1]]), "monotonic", 8)

    return types.int64(work, types.intp), generate


@intrinsic
def add_to(_: Any, work: Any, place: Any, amount: Any) -> Any:
    """Add to a counter and return what it was before, as one step that no other thread can come between."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.atomic_rmw("add", builder.gep(array.data, [args[1]]), args[2], "monotonic")

    return types.int64(work, types.intp, types.int64), generate
