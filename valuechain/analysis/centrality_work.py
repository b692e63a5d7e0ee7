"""One column a measure, each worked out once however many measures ask for it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from valuechain.analysis import centrality_paths as paths
from valuechain.analysis import centrality_structure as structure
from valuechain.analysis import centrality_sums as sums
from valuechain.analysis import centrality_vectors as vectors
from valuechain.analysis.centrality_links import Trade
from valuechain.analysis.look_through import Coefficients, coefficients
from valuechain.models.firm_columns import listed
from valuechain.network import Floats, Index, Network

Column = npt.NDArray[Any]

NO_PAIRS = "too few firms for a pair of others"
NOT_SETTLED = "several parts of the network come out equal, or so nearly that no one vector stands out"


class Work:
    """The measures of one network with one set of parameters.

    ``estimates`` fills with what was computed of shortest paths, ``why`` with the reason of what is not defined.
    """

    def __init__(self, trade: Trade, *, damping: float, attenuation: float, labour_share: float) -> None:
        self.trade, self.network = trade, trade.network
        self.damping, self.attenuation, self.labour_share = damping, attenuation, labour_share
        self.sample: Index | None = None
        self.estimates: dict[str, paths.Estimate] = {}
        self.why: dict[str, str] = {}
        self.katz_factor = np.nan

    def column(self, name: str) -> Column:
        """Return a measure of every firm, nan where it is not defined; shape (firms,)."""
        family, _, way = name.rpartition("_")
        if way in {"downstream", "upstream"}:
            return self._walk(family, downstream=way == "downstream")
        if name.startswith(("betweenness", "closeness")):
            return self._path(name)
        return np.asarray(getattr(self, f"_{name}"))

    def _nothing(self, name: str, why: str) -> Floats:
        self.why[name] = why
        return np.full(self.network.n_firms, np.nan)

    # ---- accounts

    @property
    def _in_strength(self) -> Floats:
        return self.network.purchases

    @property
    def _out_strength(self) -> Floats:
        return self.network.sales

    @cached_property
    def inputs(self) -> Coefficients:
        """The input coefficients, and the output they rest on."""
        return coefficients(self.network, what="multipliers, upstreamness and downstreamness", refuse=False)

    @cached_property
    def _downstreamness(self) -> Floats:
        step = sparse.csr_array(self.inputs.matrix.T)
        return self._of_output(step, self.network.purchases, ("downstreamness", "output_multiplier"), "buy")

    @cached_property
    def _upstreamness(self) -> Floats:
        output = self.inputs.output
        per = np.divide(1.0, output, out=np.zeros_like(output), where=output > 0)
        step = sparse.csr_array(sparse.diags_array(per) @ self.trade.accounts)
        return self._of_output(step, self.network.sales, ("upstreamness", "input_multiplier"), "sell")

    def _of_output(self, step: sums.Matrix, traded: Floats, names: tuple[str, ...], verb: str) -> Floats:
        """Return sums over chains, nan where they have no end, or hang on a firm without output that trades."""
        idle = self.inputs.output <= 0
        nothing = idle & (traded > 0)
        hit = sums.leading_to(step, np.flatnonzero(nothing)) if nothing.any() else nothing
        total = sums.chain_sums(step)
        endless = np.isnan(total) & ~idle & ~hit
        rest = idle & ~nothing
        named = f"{_firms(rest)} without output ({listed(self.network.firms['firm'][rest].sort_values())})"
        reasons = [named] if rest.any() else []
        if nothing.any():
            ids = self.network.firms["firm"][nothing].sort_values()
            more = hit & ~nothing
            chains = f", and {_firms(more)} whose chains lead to such" if more.any() else ""
            reasons.append(
                f"{_firms(nothing)} with output 0 that {_verb(nothing, verb)} ({listed(ids)}){chains}; give the output "
                "or leave the cell empty"
            )
        if endless.any():
            way = "use up" if verb == "buy" else "sell"
            what = f"chains lead into a loop of firms that {way} among themselves all that they make"
            reasons.append(f"{_firms(endless)} for which the sum has no end, since {what}; give their output")
        self.why |= dict.fromkeys(names, "; ".join(reasons)) if reasons else {}
        return np.where(idle | hit, np.nan, total)

    @property
    def _output_multiplier(self) -> Floats:
        return self._downstreamness

    @property
    def _input_multiplier(self) -> Floats:
        return self._upstreamness

    @property
    def _influence(self) -> Floats:
        return sums.influence(self.trade.accounts, self.labour_share)

    # ---- position

    def _walk(self, family: str, *, downstream: bool) -> Floats:
        if family == "pagerank":
            return sums.pagerank(self.trade.others, self.damping, downstream=downstream)
        values, self.katz_factor = sums.katz(self.trade.others, self.attenuation, downstream=downstream)
        if not np.isfinite(values).all():
            self.why[f"katz_{'downstream' if downstream else 'upstream'}"] = "there are more chains than numbers go"
        return np.where(np.isfinite(values), values, np.nan)

    def _path(self, name: str) -> Floats:
        if name not in self.estimates:
            family, _, way = name.partition("_")
            compute = paths.betweenness if family == "betweenness" else paths.closeness
            found = compute(self.trade, self.sample, weighted=way != "unweighted")
            if found is None:
                return self._nothing(name, NO_PAIRS)
            self.estimates[name] = found
            if np.isnan(found.values).any():
                drawn = "" if found.error is None else " of the firms drawn"
                self.why[name] = f"{_firms(np.isnan(found.values))} reaching nobody{drawn}"
        return self.estimates[name].values

    @property
    def _eigenvector(self) -> Floats:
        if not self.trade.others.nnz or not vectors.in_loops(self.trade.others):
            return self._nothing("eigenvector", "no firm is in a loop of supply, without which it has no value")
        found = vectors.eigenvector(self.trade.others)
        return self._nothing("eigenvector", NOT_SETTLED) if found is None else found

    @cached_property
    def _hits(self) -> tuple[Floats, Floats] | None:
        return vectors.hubs_and_authorities(self.trade.others) if self.trade.others.nnz else None

    @property
    def _hub(self) -> Floats:
        return self._nothing("hub", NOT_SETTLED) if self._hits is None else self._hits[0]

    @property
    def _authority(self) -> Floats:
        return self._nothing("authority", NOT_SETTLED) if self._hits is None else self._hits[1]

    @property
    def _core(self) -> Index:
        return structure.core(self.trade)

    @property
    def _articulation(self) -> Index:
        return structure.articulation(self.trade)

    @property
    def _dominated(self) -> Index:
        return structure.dominated(self.trade)

    @property
    def _participation(self) -> Floats:
        found = structure.participation(self.trade)
        if found is None:
            return self._nothing("participation", "the network has no clusters (table members)")
        if np.isnan(found).any():
            self.why["participation"] = f"{_firms(np.isnan(found))} trading with no member of a cluster"
        return found

    @property
    def _nexus(self) -> Floats:
        """Mean of three percentiles among the firms that supply others."""
        share = structure.market_share(self.network)
        supplies = ~np.isnan(share)
        sold = np.asarray(self.trade.others.sum(axis=1)).ravel()
        parts = [np.where(supplies, values, np.nan) for values in (sold, share, self._path("betweenness"))]
        total = np.mean([structure.percentiles(part) for part in parts], axis=0)
        if np.isnan(total).any():
            few = supplies.sum() < 2 or self.network.n_firms < 3
            self.why["nexus"] = "too few suppliers to compare" if few else f"{_firms(np.isnan(total))} supplying nobody"
        return np.asarray(total)


def _firms(which: npt.NDArray[np.bool_]) -> str:
    count = int(which.sum())
    return "1 firm" if count == 1 else f"{count:,} firms"


def _verb(which: npt.NDArray[np.bool_], verb: str) -> str:
    return f"{verb}s" if which.sum() == 1 else verb


def kept_words(network: Network) -> str:
    """Return what of a network's links is left aside, in a sentence; empty when nothing is."""
    own = int(((network.supplier == network.buyer) & (network.flow > 0)).sum())
    none = int((network.flow <= 0).sum())
    said = []
    if own:
        said.append(
            f"Links of firms to themselves ({own:,}) count in strengths, multipliers, influence, upstreamness and "
            "downstreamness only"
        )
    if none:
        said.append(f"Links without flow ({none:,}) are left out")
    return ". ".join(said) + "." if said else ""
