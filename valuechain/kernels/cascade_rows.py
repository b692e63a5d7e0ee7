"""Rows of LANES numbers that compiled code holds in vector registers: one number for each scenario side by side.

numba unrolls a loop over few lanes before it looks for vectors, and then finds none: such a loop does one number at a
time. These few operations say the vectors outright, whatever width the processor has. They can only be called from
compiled code, and a row lives in local variables only; arrays hold rows of LANES doubles, one after the other.
"""

# ruff: noqa: ARG001 - numba reads the names of arguments that only the generated code uses

from __future__ import annotations

from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import models, register_model

from valuechain.kernels.cascade_graph import Floats

__all__ = ["LANES", "fetch", "larger", "load", "minus", "new_rows", "over"]
__all__ += ["plus", "smaller", "spread", "store", "times"]

LANES = 16
"""Scenarios side by side: 16 doubles are two cache lines. Fewer walk the links more often, more overflow the cache."""

LINE = 64
"""Bytes of a cache line. Rows that straddle one more line than they fill cost a third more."""

intrinsic = cast("Any", numba_intrinsic)
"""Makes a function that compiled code replaces by what ``generate`` builds; the body sees types only."""

_DOUBLE, _BYTE, _INT = ir.DoubleType(), ir.IntType(8), ir.IntType(32)
_VECTOR = ir.VectorType(_DOUBLE, LANES)


class _Row(types.Type):
    """Numba's name for a row."""


@register_model(_Row)
class _RowModel(models.PrimitiveModel):
    """A row is one vector of the compiler."""

    def __init__(self, manager: Any, kind: Any) -> None:
        cast("Any", super()).__init__(manager, kind, _VECTOR)


_ROW = cast("Any", _Row)(f"Row{LANES}")


def new_rows(count: int, value: float) -> Floats:
    """Return an array of rows that start on a cache line, filled with a value; shape (count, LANES)."""
    room = np.empty(count * LANES + LINE // 8)
    skip = (-room.ctypes.data % LINE) // 8
    rows = room[skip : skip + count * LANES].reshape(count, LANES)
    rows[:] = value
    return rows


def _address(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Return the address of row ``args[1]`` of the array ``args[0]``."""
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return builder.gep(array.data, [builder.mul(args[1], ir.Constant(args[1].type, LANES))])


def _spread(builder: Any, number: Any) -> Any:
    """Return the vector that repeats a number."""
    nothing = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(nothing, number, ir.Constant(_INT, 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(_INT, LANES), [0] * LANES))


@intrinsic
def load(_: Any, array: Any, row: Any) -> Any:
    """Return a row of an array; the number of the row is not checked."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _address(context, builder, signature, args)
        return builder.load(builder.bitcast(address, _VECTOR.as_pointer()), align=8)

    return _ROW(array, types.intp), generate


@intrinsic
def store(_: Any, array: Any, row: Any, values: Any) -> Any:
    """Write a row of an array; the number of the row is not checked."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _address(context, builder, signature, args)
        builder.store(args[2], builder.bitcast(address, _VECTOR.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, _ROW), generate


@intrinsic
def fetch(_: Any, array: Any, row: Any) -> Any:
    """Ask for a row to be brought into the cache, as it will be read soon."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [_BYTE.as_pointer(), _INT, _INT, _INT])
        prefetch = cast("Any", cgutils).get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        address = builder.bitcast(_address(context, builder, signature, args), _BYTE.as_pointer())
        to_read, near, data = (ir.Constant(_INT, v) for v in (0, 3, 1))
        for byte in range(0, LANES * 8, LINE):
            builder.call(prefetch, [builder.gep(address, [ir.Constant(_INT, byte)]), to_read, near, data])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@intrinsic
def spread(_: Any, number: Any) -> Any:
    """Return the row that has the same number in every lane."""
    return _ROW(types.float64), lambda _context, builder, _signature, args: _spread(builder, args[0])


@intrinsic
def plus(_: Any, a: Any, b: Any) -> Any:
    """Return a + b in each lane."""
    return _ROW(_ROW, _ROW), lambda _context, builder, _signature, args: builder.fadd(*args)


@intrinsic
def minus(_: Any, a: Any, b: Any) -> Any:
    """Return a - b in each lane."""
    return _ROW(_ROW, _ROW), lambda _context, builder, _signature, args: builder.fsub(*args)


@intrinsic
def times(_: Any, a: Any, b: Any) -> Any:
    """Return a b in each lane."""
    return _ROW(_ROW, _ROW), lambda _context, builder, _signature, args: builder.fmul(*args)


@intrinsic
def over(_: Any, a: Any, b: Any) -> Any:
    """Return a / b in each lane."""
    return _ROW(_ROW, _ROW), lambda _context, builder, _signature, args: builder.fdiv(*args)


@intrinsic
def larger(_: Any, a: Any, b: Any) -> Any:
    """Return the larger of a and b in each lane."""
    return _ROW(_ROW, _ROW), lambda _context, builder, _signature, args: _chosen(builder, ">", *args)


@intrinsic
def smaller(_: Any, a: Any, b: Any) -> Any:
    """Return the smaller of a and b in each lane."""
    return _ROW(_ROW, _ROW), lambda _context, builder, _signature, args: _chosen(builder, "<", *args)


def _chosen(builder: Any, comparison: str, a: Any, b: Any) -> Any:
    """Return a where it compares so with b, else b."""
    return builder.select(builder.fcmp_ordered(comparison, a, b), a, b)
