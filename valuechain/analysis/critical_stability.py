"""How sure the ranking is: the exact single points, over and over, on networks in which uncertain links may be absent.

Every uncertain link is kept with its confidence, one draw a link and run, independent of the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.analysis.critical_rankings import places
from valuechain.analysis.needs import Measures, checked_share, measures_of
from valuechain.analysis.single_points import place_by_name
from valuechain.analysis.single_sourced import firm_name
from valuechain.analysis.stops import checked_semantics, stopped
from valuechain.errors import DefaultWarning, ParameterError, warn_caller
from valuechain.network import Floats, Index, Network
from valuechain.results import Result, rank_key

DEFAULT_CONFIDENCE = 0.5
"""Of links that are inferred or candidates and do not say how sure they are."""

LOW, HIGH = 0.05, 0.95
"""Quantiles of the ranks that an interval spans."""

WORK = 40_000_000
"""Links that all runs together may draw unless the number of runs is given."""

SLOWER = 10
"""From scratch every firm is followed by itself, which takes longer."""

Ranks = npt.NDArray[np.int32]

MOST, LEAST = 200, 20
"""Runs where none are given: at most, and fewest that say something."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Stability(Result):
    """How the ranking changes when uncertain links are drawn anew.

    ``uncertain`` counts these links, ``runs`` the draws (0: none), ``sure`` the firms of the list that are at its top
    in nine of ten.
    """

    uncertain: int
    runs: int
    sure: int


def confidence_of(network: Network, given: float | None) -> Floats:
    """Return how sure each link is: its confidence; where it has none, ``given`` if it is inferred, else 1; (links,).

    Warns
    -----
    DefaultWarning
        When links are inferred, do not say how sure they are, and ``given`` is None: 0.5 is taken.

    Raises
    ------
    ParameterError
        When ``given`` is no fraction.
    """
    if given is not None and (
        isinstance(given, bool) or not isinstance(given, int | float | np.number) or not 0 <= given <= 1
    ):
        raise ParameterError(f"inferred_confidence {given!r} is not a fraction; write a number from 0 to 1")
    links = network.links
    known = links["confidence"].to_numpy(dtype=np.float64) if "confidence" in links else np.full(len(links), np.nan)
    unsure = links["status"].isin(["inferred", "candidate"]).to_numpy(dtype=bool) if "status" in links else known < 0
    silent = unsure & np.isnan(known)
    if silent.any() and given is None:
        warn_caller(
            f"{int(silent.sum()):,} of {len(links):,} links of network '{network.name}' are inferred or candidates and "
            f"do not say how sure they are: {DEFAULT_CONFIDENCE} is taken. Fill in the column confidence of links, or "
            "give inferred_confidence.",
            DefaultWarning,
        )
    filled = np.where(silent, DEFAULT_CONFIDENCE if given is None else given, known)
    return np.where(np.isnan(filled), 1.0, filled)


def checked_runs(runs: int | None) -> int | None:
    """Return the number of runs, checked.

    Raises
    ------
    ParameterError
        When it is no whole number of 0 or more.
    """
    if runs is None:
        return None
    if isinstance(runs, bool) or not isinstance(runs, int | np.integer) or runs < 0:
        raise ParameterError(f"runs {runs!r} is not a number of draws; write a whole number, 0 for none")
    return int(runs)


def checked_seed(seed: int) -> int:
    """Return the seed, checked.

    Raises
    ------
    ParameterError
        When it is no whole number of 0 or more.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ParameterError(f"seed {seed!r} is not a whole number of 0 or more")
    return int(seed)


def runs_for(network: Network, semantics: str = "propagation") -> int:
    """Return how many draws a network gets where nobody says; 0 where they would take minutes."""
    work = WORK if semantics == "propagation" else WORK // SLOWER
    fitting = min(MOST, work // max(network.n_links, 1))
    return fitting if fitting >= LEAST else 0


def stability(
    network: Network,
    *,
    top: int,
    runs: int | None = None,
    seed: int = 0,
    inferred_confidence: float | None = None,
    min_share: float = 0.0,
    semantics: str = "propagation",
) -> Stability:
    """Return the ranks of firms over draws of the uncertain links; rows: the top firms, and those that come there.

    The options are those of :func:`valuechain.critical`, and so are what it warns of and raises.
    """
    runs, seed, confidence = checked_runs(runs), checked_seed(seed), confidence_of(network, inferred_confidence)
    how = (checked_semantics(semantics), checked_share(min_share))
    if runs is None:
        runs = runs_for(network, semantics)
    measures = measures_of(network)
    value, stops = _stopped(network, measures, how, None)
    given = places(value, stops)
    uncertain = np.flatnonzero(confidence < 1)
    ranks: Ranks = given[None, :].astype(np.int32)
    at_top = (given <= top) & (stops > 0)
    share = at_top.astype(np.float64)
    drawn = runs if len(uncertain) else 0
    if drawn:
        ranks, share = _drawn(network, measures, confidence, uncertain, (top, drawn, seed), how)
    low, middle, high = np.quantile(ranks, [LOW, 0.5, HIGH], axis=0, method="inverted_cdf").astype(np.int64)
    shown = np.flatnonzero(at_top | (share > 0))
    by_name = place_by_name(network.firms["firm"])
    shown = shown[np.lexsort((by_name[shown], -share[shown], given[shown]))]
    table = pd.DataFrame(
        {
            "firm": network.firms["firm"].take(shown).reset_index(drop=True),
            "rank": given[shown],
            "rank_low": np.minimum(low, given)[shown],
            "rank_middle": middle[shown],
            "rank_high": np.maximum(high, given)[shown],
            "in_top": share[shown],
        }
    )
    sure = int((share[at_top] >= 0.9).sum())
    return Stability(
        table=table,
        title=f"How sure the first {top:,} are",
        units={"in_top": "fraction of draws" if drawn else "fraction"},
        parameters={
            "runs": drawn,
            "seed": seed,
            "interval": f"{LOW:.0%} to {HIGH:.0%} of draws, and the rank with all links",
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=_sentences(network, table[~at_top[shown]], (len(uncertain), drawn, sure, int(at_top.sum()), top)),
        uncertain=len(uncertain),
        runs=drawn,
        sure=sure,
    )


def _stopped(
    network: Network, measures: Measures, how: tuple[str, float], kept: npt.NDArray[np.bool_] | None
) -> tuple[Floats, Floats]:
    """Return value (to twelve digits) and number of the firms that each firm stops; how: semantics, least share."""
    found = stopped(network, measures, semantics=how[0], groups=None, min_share=how[1], kept=kept)
    return rank_key(found.sums[:, 0] * measures.unit[0]), found.stops.astype(np.float64)


def _drawn(
    network: Network,
    measures: Measures,
    confidence: Floats,
    uncertain: Index,
    plan: tuple[int, int, int],
    how: tuple[str, float],
) -> tuple[Ranks, Floats]:
    """Return the rank of each firm in each run (runs, firms), and the share of runs in which it is at the top."""
    top, runs, seed = plan
    links = network.links.iloc[uncertain]
    # Drawn in the order of ids and products, so that the order of rows changes no draw.
    columns = [c for c in ("supplier", "buyer", "product", "mode", "route") if c in links]
    order = links[columns].reset_index(drop=True).sort_values(columns, kind="stable").index
    uncertain = uncertain[order.to_numpy()]
    rng = np.random.default_rng(seed)
    ranks = np.empty((runs, network.n_firms), dtype=np.int32)
    share = np.zeros(network.n_firms)
    kept = np.ones(network.n_links, dtype=bool)
    for run in range(runs):
        kept[uncertain] = rng.random(len(uncertain)) < confidence[uncertain]
        value, stops = _stopped(network, measures, how, kept)
        ranks[run] = places(value, stops)
        share += (ranks[run] <= top) & (stops > 0)
    return ranks, share / runs


def _sentences(network: Network, others: pd.DataFrame, counts: tuple[int, int, int, int, int]) -> tuple[str, ...]:
    """Return what the draws say; ``others`` are rows of firms that are not on the list."""
    uncertain, runs, sure, listed, top = counts
    if not uncertain:
        return ("No link is uncertain (confidence below 1, status inferred or candidate): the ranking does not vary.",)
    links = f"{uncertain:,} of {network.n_links:,} links are uncertain"
    if not runs:
        return (f"{links}, but how much the ranking hangs on them was not computed; runs (--runs) 100 does.",)
    notes = [
        f"{links}. In {runs:,} draws, in which each was there with its confidence, {sure:,} of the {listed:,} listed "
        f"firms were among the first {top:,} in nine of ten draws or more. A need of which no link was drawn has an "
        "unknown source, and stops nobody."
    ]
    come = others[others["in_top"] >= 0.25].sort_values("in_top", ascending=False, kind="stable").head(3)
    if len(come):
        named = "; ".join(
            f"{firm_name(network, f)} ({p:.0%})" for f, p in zip(come["firm"], come["in_top"], strict=True)
        )
        notes.append(f"Not on the list, but often among the first {top:,}: {named}.")
    return tuple(notes)
