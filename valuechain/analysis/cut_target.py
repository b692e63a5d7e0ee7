"""What a cut set stops: a firm, all makers of a product, or a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.errors import ParameterError, UnknownNameError, closest, shown, suggestion
from valuechain.kernels.cascade_graph import Small
from valuechain.network import Network

KINDS = ("firm", "product", "cluster")

CLUSTER_STOPS = ("all", "any")


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is to be stopped.

    ``firms`` are the firm itself, the makers of the product (flow above zero) or the members of the cluster, as
    positions. The target stops when all of them are down, or with ``any_stops`` when one is.
    """

    kind: str
    name: str
    firms: Small
    any_stops: bool = False

    @property
    def words(self) -> str:
        """What has to happen for the target to be stopped."""
        if self.kind == "firm":
            return "the firm cannot work"
        if self.kind == "product":
            return "no maker of the product works"
        return "some member of the cluster cannot work" if self.any_stops else "no member of the cluster works"


def find_target(network: Network, target: str, *, kind: str | None = None, cluster_stops: str = "all") -> Target:
    """Return the firm, product or cluster of a name.

    Raises
    ------
    ParameterError
        When the name stands for several of them and ``kind`` does not say which, or a choice does not exist.
    UnknownNameError
        When there is none; the message has the nearest names.
    """
    if not isinstance(target, str):
        raise ParameterError(f"target {target!r} is not a name; write the id of a firm, product or cluster as text")
    _check_choice("kind", kind, (None, *KINDS))
    _check_choice("cluster_stops", cluster_stops, CLUSTER_STOPS)
    every = _names(network)
    known = {k: names for k, names in every.items() if kind in (None, k)}
    found = [k for k, names in known.items() if target in names]
    if not found:
        raise UnknownNameError(_unknown(network, target, known, [k for k in every if target in every[k]]))
    if len(found) > 1:
        raise ParameterError(
            f"{shown(target)} is the id of {' and of '.join(f'a {k}' for k in found)} in network '{network.name}'; "
            f"say which one is meant: kind={found[0]!r} or kind={found[1]!r}"
        )
    firms = _firms(network, found[0], target)
    return Target(
        kind=found[0],
        name=target,
        firms=firms.astype(np.int32),
        any_stops=found[0] == "cluster" and cluster_stops == "any",
    )


def _check_choice(name: str, value: object, choices: Sequence[str | None]) -> None:
    if value not in choices:
        words = ", ".join(repr(c) for c in choices if c is not None)
        near = closest(value, [c for c in choices if c]) if isinstance(value, str) else []
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ParameterError(f"{name} {value!r} is not known: write one of {words}{hint}")


def _names(network: Network) -> dict[str, list[str]]:
    """Return the ids of each kind of target; products are those that somebody delivers."""
    members = _members(network)
    return {
        "firm": [str(f) for f in network.firm_ids],
        "product": [str(p) for p in network.products],
        "cluster": [] if members is None else [str(c) for c in members["cluster"].unique()],
    }


def _members(network: Network) -> pd.DataFrame | None:
    """Return who is in which cluster, from the table of members, else from a column of firms."""
    members = network.table("members")
    if members is not None:
        return members[["firm", "cluster"]].dropna()
    if "cluster" in network.firms:
        return network.firms[["firm", "cluster"]].dropna()
    return None


def _unknown(network: Network, target: str, known: dict[str, list[str]], other: list[str]) -> str:
    what = next(iter(known)) if len(known) == 1 else "firm, product or cluster"
    everything = [name for names in known.values() for name in names]
    hint = f"it is a {other[0]}: kind={other[0]!r}" if other else suggestion(target, everything)
    if not hint and not everything:
        hint = f"the network has no {what} at all"
    first = ", ".join(shown(n) for n in sorted(everything)[:5]) + (", ..." if len(everything) > 5 else "")
    return f"{shown(target)} is no {what} of network '{network.name}'; {hint or f'there are {first}'}"


def _firms(network: Network, kind: str, name: str) -> np.ndarray:
    if kind == "firm":
        return network.positions([name])
    if kind == "product":
        makes = (network.flow > 0) & (network.products[network.product] == name)
        return np.unique(network.supplier[makes])
    members = _members(network)
    if members is None:
        return np.zeros(0, dtype=np.int64)
    return np.unique(network.positions(members["firm"][members["cluster"] == name].astype("str")))
