"""Sentences of the results on cut sets, single points of one firm and redundancy."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from valuechain.analysis.cut_target import Target
from valuechain.analysis.needs import Measures
from valuechain.analysis.single_sourced import firm_name, product_name
from valuechain.models.cascade_groups import FirmGroups, lack_words
from valuechain.network import Network
from valuechain.results import firms_text, number_text

SIZES = ("", "single points", "pairs", "sets of three")
SHOWN = 5
ONE = ("", "single point", "pair", "set of three")


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return ``1 firm`` or ``2 firms``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str]) -> str:
    """Return ``a, b and c``; only the first five of more, and how many more."""
    if len(names) > SHOWN:
        return ", ".join(names[:SHOWN]) + f" and {len(names) - SHOWN:,} more"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def not_built(who: str) -> str:
    """Return what is to be said of a target that does not work from scratch."""
    return (
        f"{who} cannot be built from scratch even while nothing fails: it hangs on a loop without an outside source. "
        "Nothing is left to cut; semantics 'propagation' says what stops it while it runs."
    )


def target_name(network: Network, target: Target) -> str:
    """Return what people call the target, with its id."""
    if target.kind == "firm":
        return firm_name(network, target.name)
    return product_name(network, target.name) if target.kind == "product" else target.name


def member_names(network: Network, members: Sequence[str], groups: FirmGroups | None) -> str:
    """Return the members of a set as people call them."""
    return listed([firm_name(network, m) if groups is None else m for m in members])


def cut_notes(
    network: Network,
    target: Target,
    works: bool,
    table: pd.DataFrame,
    sets: Sequence[Sequence[str]],
    *,
    most: int,
    complete: int,
    groups: FirmGroups | None,
) -> list[str]:
    """Return what the cut sets mean in words."""
    who = target_name(network, target)
    if not works:
        if not len(target.firms):
            return [f"Nobody makes {who} here, so nothing can stop it."]
        return [not_built(who)]
    notes = [_headline(who, target, table, sets, most, complete)]
    if len(table):
        first, row = sets[0], table.iloc[0]
        together = "" if len(first) == 1 else f", {counted(int(row['stops_together']), 'firm')} of them only together"
        notes.append(
            f"Smallest, with most at stake: {member_names(network, first, groups)} "
            f"{'stops' if len(first) == 1 else 'stop'} {counted(int(row['stops']), 'firm')} worth "
            f"{number_text(float(row['value_stopped']))} {network.flow_unit}{together}."
        )
    if complete < most:
        notes.append(
            f"The search ended early (limit or budget): all {SIZES[complete]} are listed, but not all larger sets."
            if complete
            else "The search ended early (budget): not all single points are listed."
        )
    if groups is not None and groups.rest >= 0:
        notes.append(f"Firms {lack_words(groups)}: {int(groups.firms[groups.rest]):,}; they were not made to fail.")
    return notes


def _headline(
    who: str, target: Target, table: pd.DataFrame, sets: Sequence[Sequence[str]], most: int, complete: int
) -> str:
    counts = [sum(len(s) == k for s in sets) for k in range(1, most + 1)]
    rest = "" if complete == most else f"; {listed(SIZES[complete + 1 : most + 1])} were not searched to the end"
    if not len(table):
        said = f"No {' or '.join(ONE[1 : complete + 1])} stops {who}" if complete else f"None found that stops {who}"
        return f"{said} (that is, {target.words}){rest}."
    # Beyond what was searched to the end, zero is not known, and a number is what was found.
    words = [counted(n, ONE[k], SIZES[k]) for k, n in enumerate(counts[:complete], 1)]
    words += [f"at least {counted(n, ONE[k], SIZES[k])}" for k, n in enumerate(counts, 1) if k > complete and n]
    return f"{who} is stopped (that is, {target.words}) by {listed(words)}{rest}; none holds a smaller one."


def estimate_notes(measures: Measures, column: str = "value_stopped") -> list[str]:
    """Return on how many firms the value rests on a stand-in."""
    if not measures.estimated:
        return []
    return [
        f"{column}: {firms_text(measures.estimated, 'gives', 'give')} no output; the larger of "
        "their sales and purchases inside the network stands for it."
    ]


def unnamed_notes(network: Network) -> list[str]:
    """Return how many links name no product."""
    links = network.links
    unnamed = int(links["product"].isna().sum()) if "product" in links else network.n_links
    if not unnamed:
        return []
    return [
        f"{unnamed:,} of {network.n_links:,} links name no product: the supplier's sector stands for it, so suppliers "
        "of one sector count as alternatives."
    ]
