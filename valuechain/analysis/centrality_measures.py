"""The measures of centrality: unit, what each means in a supply network, how it is computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from valuechain.errors import ParameterError, UnknownNameError, shown, suggestion


@dataclass(frozen=True)
class Measure:
    """A measure; ``{currency}`` and ``{flow}`` of the unit stand for the network's."""

    name: str
    unit: str
    meaning: str
    method: str


_ALL = (
    Measure(
        "in_strength",
        "{flow}",
        "What the firm buys inside the network: how much comes together here.",
        "sum of flows to the firm",
    ),
    Measure(
        "out_strength",
        "{flow}",
        "What the firm sells inside the network: how much goes out from here.",
        "sum of flows from the firm",
    ),
    Measure(
        "pagerank_downstream",
        "fraction of all",
        "How much of what lies downstream leads back to the firm: it is high where buyers, whose own buyers rely on "
        "them, get much of their inputs here.",
        "PageRank, from buyers to suppliers, flows as strengths",
    ),
    Measure(
        "pagerank_upstream",
        "fraction of all",
        "How much of what lies upstream ends at the firm: it is high where suppliers, who draw on many themselves, "
        "sell much of what they make here.",
        "PageRank, from suppliers to buyers, flows as strengths",
    ),
    Measure(
        "katz_downstream",
        "weighted chains",
        "How many chains of links lead downstream from the firm, long ones counting less: how far a failure can "
        "spread.",
        "Katz, links as 1 whatever their flow",
    ),
    Measure(
        "katz_upstream",
        "weighted chains",
        "How many chains of links lead to the firm from upstream, long ones counting less: how much can fail before "
        "it.",
        "Katz, links as 1 whatever their flow",
    ),
    Measure(
        "output_multiplier",
        "{currency} of output per {currency} of final sales",
        "What all firms together make for one unit that the firm sells to final users: how much it pulls upstream "
        "(Leontief).",
        "column sums of (I - A)^-1; the same number as downstreamness",
    ),
    Measure(
        "input_multiplier",
        "{currency} of output per {currency} of primary inputs",
        "What all firms together make of one unit of primary inputs of the firm: how much it pushes downstream "
        "(Ghosh).",
        "row sums of (I - B)^-1; the same number as upstreamness",
    ),
    Measure(
        "influence",
        "fraction of all",
        "How much of a shock to the firm's productivity reaches the output of all, through every tier of buyers.",
        "influence vector of Acemoglu et al. (2012), flows as shares of inputs",
    ),
    Measure(
        "upstreamness",
        "steps to final use",
        "How many steps, on average, what the firm makes goes through until final use: high is far up the chain.",
        "(I - B)^-1 1, Antras et al. (2012)",
    ),
    Measure(
        "downstreamness",
        "steps from primary inputs",
        "How many steps, on average, lie between primary inputs (labour, capital) and what the firm makes.",
        "1 (I - A)^-1, Antras and Chor (2013)",
    ),
    Measure(
        "betweenness",
        "fraction of pairs",
        "On how many of the shortest ways of goods between two other firms the firm lies, where large flows count as "
        "short ways: a hub of trade. It knows nothing of needs that have no other source.",
        "shortest paths, length of a link = mean flow / flow (a distance)",
    ),
    Measure(
        "betweenness_unweighted",
        "fraction of pairs",
        "On how many of the ways with the fewest links between two other firms the firm lies.",
        "shortest paths, every link 1 long",
    ),
    Measure(
        "closeness",
        "per mean link",
        "How near the firm is to those it supplies through all tiers, where large flows count as short: how fast its "
        "failure is felt.",
        "share of firms reached downstream / mean distance, length of a link = mean flow / flow",
    ),
    Measure(
        "closeness_unweighted",
        "per link",
        "How few links lead from the firm to those it supplies through all tiers.",
        "share of firms reached downstream / mean number of links",
    ),
    Measure(
        "eigenvector",
        "fraction of all",
        "How much the firm supplies to firms that do so in turn, for ever: it sits behind the strongest loops of "
        "supply.",
        "vector of the largest eigenvalue, flows as strengths",
    ),
    Measure(
        "hub",
        "fraction of all",
        "How much the firm supplies to those firms that buy from many large suppliers.",
        "HITS, flows as strengths (Kleinberg 1999)",
    ),
    Measure(
        "authority",
        "fraction of all",
        "How much the firm buys from those firms that supply many large buyers.",
        "HITS, flows as strengths (Kleinberg 1999)",
    ),
    Measure(
        "core",
        "partners",
        "The firm is in a group in which everybody has at least so many partners: how deep it is in the thick of "
        "trade.",
        "k-core, direction and flow left aside",
    ),
    Measure(
        "articulation",
        "firms",
        "How many firms lose every connection to the rest when the firm goes; 0: no articulation point. Other "
        "suppliers of the same product do not matter to it.",
        "articulation points, direction and flow left aside",
    ),
    Measure(
        "dominated",
        "firms",
        "How many firms get everything, through whatever tiers, by way of the firm: any one other way is enough to be "
        "free of it, even if it is for another product.",
        "tree of dominators from the firms at the start of chains",
    ),
    Measure(
        "participation",
        "0..1",
        "How evenly the firm's trade is spread over clusters: 0 with one cluster only, near 1 with many alike.",
        "participation coefficient (Guimera and Amaral 2005), flows as strengths",
    ),
    Measure(
        "nexus",
        "0..1",
        "How far up the firm is among suppliers by what it sells, by its share in its buyers' needs and by "
        "betweenness: a critical supplier that may be hidden in deep tiers.",
        "mean of three percentiles; our measure of the idea of Yan et al. (2015)",
    ),
)

MEASURES = {measure.name: measure for measure in _ALL}
"""All measures by name, in the order in which they are listed."""

DEFAULT = (
    "out_strength",
    "in_strength",
    "pagerank_downstream",
    "katz_downstream",
    "influence",
    "upstreamness",
    "betweenness",
    "articulation",
    "dominated",
    "nexus",
)
"""What is computed when nobody says which: one or two of each family, all defined on nearly every network."""


def checked_measures(measures: Iterable[str] | str | None) -> list[str]:
    """Return the names of measures, checked; None: the default ones, "all": all.

    Raises
    ------
    UnknownNameError
        When there is no such measure; all unknown ones are named, with the nearest that there are.
    ParameterError
        When none is asked for, or something that is no name.
    """
    if measures is None:
        return list(DEFAULT)
    if isinstance(measures, str):
        measures = list(MEASURES) if measures == "all" else [measures]
    if not isinstance(measures, Iterable):
        raise ParameterError(f"measures is {measures!r}; give a list of names, such as ['betweenness', 'core']")
    names = list(dict.fromkeys(measures))
    wrong = [name for name in names if not isinstance(name, str)]
    if wrong or not names:
        what = f"{wrong[0]!r} is no name of a measure" if wrong else "measures is empty"
        raise ParameterError(f"{what}; give names out of {', '.join(MEASURES)}")
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        lines = [
            f"measure {shown(name)} is not known; {suggestion(name, MEASURES) or 'measures are ' + ', '.join(MEASURES)}"
            for name in unknown
        ]
        raise UnknownNameError("\n".join(lines))
    return names
