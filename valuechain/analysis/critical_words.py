"""Why a firm is critical, in words: what it alone supplies to whom, who stops through others, where it is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.analysis.needs import needs_of
from valuechain.analysis.single_sourced import firm_names, product_name
from valuechain.analysis.stops import lacking
from valuechain.kernels.cut_failures import Ways, nothing_failed, stopped_firms, ways
from valuechain.kernels.needs import Fallen, Whole
from valuechain.network import Floats, Index, Network
from valuechain.results import percent_text, rank_key

NAMED = 2
"""Buyers, products and clusters that a sentence names."""

SMALL = 0.05
"""A firm worth less than this part of what it stops is small beside it."""


@dataclass(frozen=True)
class Reasons:
    """Looks up, firm by firm, why it is critical; ``value`` (firms,) is what each firm is worth, to twelve digits.

    ``listed`` are the firms of the list, the most critical first.
    """

    network: Network
    value: Floats
    min_share: float
    listed: tuple[int, ...] = ()
    semantics: str = "propagation"

    @cached_property
    def _how(self) -> Ways:
        return ways(needs_of(self.network, self.min_share), ground_up=self.semantics == "ground-up")

    @cached_property
    def _lacking(self) -> Whole:
        """What each need lacks before anything fails, since some of its suppliers cannot be built."""
        return lacking(self._how.needs, self._how.rank >= 0)

    @cached_property
    def _fallen(self) -> Fallen:
        return nothing_failed(self._how)

    @cached_property
    def _names(self) -> npt.NDArray[np.object_]:
        return firm_names(self.network)

    @cached_property
    def _clusters(self) -> pd.DataFrame | None:
        """Position of the firm and name of the cluster of each membership."""
        members, clusters = self.network.table("members"), self.network.table("clusters")
        if members is None or not len(members):
            return None
        cluster = members["cluster"]
        if clusters is not None and "name" in clusters:
            named = clusters.set_index("cluster")["name"].dropna()
            cluster = cluster.map(named).fillna(cluster)
        return pd.DataFrame({"firm": self.network.positions(members["firm"]), "cluster": cluster})

    def stopped(self, firm: int) -> Index:
        """Return the positions of the firms that one firm stops, the one worth most first, itself not among them."""
        found = stopped_firms(self._how, self._fallen, np.array([firm], dtype=np.int32)).astype(np.int64)
        found = found[found != firm]
        return found[np.lexsort((self.network.firm_ids[found].astype(str), -self.value[found]))]

    def only_source(self, firm: int) -> tuple[Index, Index]:
        """Return buyer and product of each need that fails when one firm does, before anything else."""
        needs = self._how.needs
        entry = np.arange(needs.push_start[firm], needs.push_start[firm + 1])
        slot = needs.push_slot[entry]
        slot = slot[needs.push_weight[entry] > needs.limit[slot] - self._lacking[slot]]
        return needs.buyer[slot].astype(np.int64), needs.product[slot].astype(np.int64)

    def why(self, firm: int, lost_products: str) -> str:
        """Return why a firm that stops others is critical; ``lost_products`` are left without a maker."""
        stopped = self.stopped(firm)
        buyer, product = self.only_source(firm)
        direct = np.unique(buyer)
        if len(direct):
            parts = [self._direct_words(buyer, product), self._further_words(stopped, direct)]
        else:
            names = [str(self._names[j]) for j in stopped]
            parts = [f"{_named(names, 'firm')} cannot be built without it: what else supplies them hangs on them"]
        parts += [f"no maker is left of {lost_products}" if lost_products else "", self._member_words(stopped)]
        parts += [self._chain_words(stopped), self._hidden_words(firm, stopped)]
        return "; ".join(p for p in parts if p)

    def _direct_words(self, buyer: Index, product: Index) -> str:
        """Name the product with the most at stake, the largest buyers, and how many more products there are."""
        worth = pd.Series(self.value[buyer]).groupby(product).sum()
        first = worth.index[np.lexsort((worth.index, -rank_key(worth)))[0]]
        of_first = np.unique(buyer[product == first])
        of_first = of_first[np.lexsort((self.network.firm_ids[of_first].astype(str), -self.value[of_first]))]
        name = product_name(self.network, str(self.network.products[first]))
        words = f"only source of {name} for {_named([str(self._names[j]) for j in of_first], 'buyer')}"
        more = len(worth) - 1
        if more:
            buyers = len(np.unique(buyer))
            words += f", and of {more} more product{'' if more == 1 else 's'} ({_count(buyers, 'buyer')} in all)"
        return words

    def _further_words(self, stopped: Index, direct: Index) -> str:
        further = stopped[~np.isin(stopped, direct)]
        if not len(further):
            return ""
        one = "1 more firm stops through them" if len(further) == 1 else f"{len(further):,} more stop through them"
        largest = str(self._names[further[0]])
        return f"{one}: {largest}" if len(further) == 1 else f"{one}, the largest {largest}"

    def _chain_words(self, stopped: Index) -> str:
        """Say which firms of the list go with it: they are one chain, not so many weak points."""
        there = np.isin(self.listed, stopped)
        if not there.any():
            return ""
        first = str(self._names[self.listed[int(np.argmax(there))]])
        count = int(there.sum())
        return f"also stops {first}{f' and {count - 1:,} more' if count > 1 else ''} of this list"

    def _member_words(self, stopped: Index) -> str:
        if self._clusters is None:
            return ""
        hit = self._clusters[self._clusters["firm"].isin(stopped)]
        if not len(hit):
            return ""
        by_cluster = hit["cluster"].value_counts().rename_axis("cluster").reset_index(name="firms")
        by_cluster = by_cluster.sort_values(["firms", "cluster"], ascending=[False, True])
        first = [f"{row.cluster} {row.firms:,}" for row in by_cluster.head(NAMED).itertuples()]
        more = len(by_cluster) - len(first)
        clusters = ", ".join(first) + (f", {more} more" if more else "")
        return f"{hit['firm'].nunique():,} of the stopped are in clusters ({clusters})"

    def _hidden_words(self, firm: int, stopped: Index) -> str:
        """Say that a firm is easily overlooked: most of those it stops do not buy from it, or it is small."""
        network = self.network
        buyers = np.unique(network.buyer[(network.supplier == firm) & (network.flow > 0)])
        unaware = int((~np.isin(stopped, buyers)).sum())
        worth = float(self.value[stopped].sum())
        small = worth > 0 and self.value[firm] < SMALL * worth
        if 2 * unaware <= len(stopped) and not small:
            return ""
        words = []
        if 2 * unaware > len(stopped):
            words.append(f"{unaware:,} of the {len(stopped):,} do not buy from it")
        if small:
            part = self.value[firm] / worth
            words.append(f"its own output is {percent_text(part)}% of theirs")
        return f"hidden upstream: {', '.join(words)}" if 2 * unaware > len(stopped) else f"small: {words[-1]}"


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}" + ("" if number == 1 else "s")


def _named(names: list[str], one: str) -> str:
    """Return how many there are and who the first are: names may hold commas."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{_count(len(names), one)} ({'; '.join(names[:NAMED])}{more})"
