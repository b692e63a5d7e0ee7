"""How far a firm's supply chain reaches: firms, countries and value at each tier, upstream or downstream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from valuechain.analysis.look_through import Coefficients, checked_tiers, coefficients
from valuechain.errors import ParameterError, suggestion
from valuechain.network import Floats, Index, Network
from valuechain.results import Result, number_text

Direction = Literal["upstream", "downstream"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Reach(Result):
    """Firms, countries and value of a supply chain by tier; ``reached`` counts the firms of all tiers."""

    reached: int


def reach(
    network: Network, firm: str | Sequence[str], *, direction: Direction = "upstream", tiers: int | None = None
) -> Reach:
    """Return how many firms and countries a supply chain reaches at each tier, and the value at it.

    Tier 1 are the suppliers of the firm (buyers, downstream), tier 2 their suppliers that are in no earlier tier, and
    so on, over links with a flow. ``tier_value`` at tier 1 is what the firm buys (sells); at tier k + 1 what is bought
    to make the value at tier k, by A(s, j) = flow / output of j, or, downstream, the part of the value at tier k that
    is sold on, by B(i, j) = flow / output of i.

    Parameters
    ----------
    network
        The value chain. Firms without ``output`` take the larger of their sales and purchases in the network.
    firm
        Id of a firm, or several that are taken as one.
    direction
        ``upstream``: suppliers; ``downstream``: buyers.
    tiers
        How many tiers; None: all.

    Returns
    -------
    Reach
        Table ``tier, firms, countries, firms_total, share_total, countries_total, unknown_country, tier_value``:
        ``firms`` are new at the tier, ``countries`` those of its firms, ``*_total`` up to it; ``share_total`` is of
        all other firms.

    Raises
    ------
    UnknownNameError
        When a firm does not exist.
    ParameterError
        When the direction is not known, no firm is named, or ``tiers`` is no whole number above 0.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.reach(vc.example("eu_battery"), "DEU.cells", tiers=2).table["tier"].tolist()
    [1, 2]
    """
    if direction not in {"upstream", "downstream"}:
        hint = suggestion(str(direction), ["upstream", "downstream"]) or "write 'upstream' or 'downstream'"
        raise ParameterError(f"direction '{direction}' is not known; {hint}")
    tiers = checked_tiers(tiers)
    ids = [firm] if isinstance(firm, str) else list(firm)
    if not ids:
        raise ParameterError("no firm is named; name at least one")
    start = np.unique(network.positions(ids))
    upstream = direction == "upstream"
    tier = _tiers(network, start, upstream=upstream, most=tiers)
    deepest = max(int(tier.max()), 0)
    made = coefficients(network, what="value by tier")
    value = _values(network, made, start, upstream=upstream, deepest=deepest)
    table = _table(network, tier, deepest, value)
    name = ids[0] if len(start) == 1 else f"{len(start)} firms"
    return Reach(
        table=table,
        title=f"Reach of the supply chain of {name}, {direction}",
        units={
            "firms": "firms",
            "countries": "countries",
            "firms_total": "firms",
            "share_total": "fraction",
            "countries_total": "countries",
            "unknown_country": "firms",
            "tier_value": network.flow_unit,
        },
        parameters={
            "firm": ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else ""),
            "direction": direction,
            "tiers": "all" if tiers is None else tiers,
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=(*_sentences(network, table, name, upstream=upstream), *made.notes),
        reached=int((tier > 0).sum()),
    )


def _tiers(network: Network, start: Index, *, upstream: bool, most: int | None) -> Index:
    """Return the tier of each firm, 0 for the start, -1 where it is not reached; shape (firms,)."""
    used = network.flow > 0
    ends = (network.supplier[used], network.buyer[used])
    rows, columns = ends if upstream else ends[::-1]
    shape = (network.n_firms, network.n_firms)
    step = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    tier = np.full(network.n_firms, -1, dtype=np.int64)
    tier[start] = 0
    front, count = (tier == 0).astype(np.float64), 0
    while most is None or count < most:
        new = (step @ front > 0) & (tier < 0)
        if not new.any():
            break
        count += 1
        tier[new] = count
        front = new.astype(np.float64)
    return tier


def _values(network: Network, made: Coefficients, start: Index, *, upstream: bool, deepest: int) -> list[float]:
    """Return the value at each tier. Links among the firms of the start are inside it and count at no tier."""
    inside = np.zeros(network.n_firms, dtype=bool)
    inside[start] = True
    near, far = (network.buyer, network.supplier) if upstream else (network.supplier, network.buyer)
    links = inside[near] & ~inside[far]
    sums = np.bincount(far[links], weights=network.flow[links], minlength=network.n_firms)
    term: Floats = sums.astype(np.float64)
    step = made.matrix
    if not upstream:
        per = np.divide(1.0, made.output, out=np.zeros_like(made.output), where=made.output > 0)
        step = sparse.csr_array((sparse.diags_array(per) @ network.matrix).T)
    values = []
    for _ in range(deepest):
        values.append(float(term.sum()))
        term = step @ term
    return values


def _table(network: Network, tier: Index, deepest: int, value: list[float]) -> pd.DataFrame:
    firms = network.firms
    country = firms["country"] if "country" in firms else pd.Series([None] * len(firms), dtype="str")
    counts = np.bincount(tier[tier > 0], minlength=deepest + 1)[1:]
    known = pd.DataFrame({"tier": tier, "country": country})[tier > 0].dropna()
    first = known.groupby("country")["tier"].min().to_numpy(dtype=np.int64)
    each = known.groupby("tier")["country"].nunique().reindex(range(1, deepest + 1), fill_value=0)
    unknown = np.bincount(tier[(tier > 0) & country.isna().to_numpy()], minlength=deepest + 1)[1:]
    total = np.cumsum(counts)
    others = max(network.n_firms - int((tier == 0).sum()), 1)
    return pd.DataFrame(
        {
            "tier": np.arange(1, deepest + 1),
            "firms": counts,
            "countries": each.to_numpy(dtype=np.int64),
            "firms_total": total,
            "share_total": total / others,
            "countries_total": np.cumsum(np.bincount(first, minlength=deepest + 1)[1:]),
            "unknown_country": unknown,
            "tier_value": np.asarray(value, dtype=np.float64),
        }
    )


def _sentences(network: Network, table: pd.DataFrame, name: str, *, upstream: bool) -> tuple[str, ...]:
    kind, verb = ("suppliers", "stand behind") if upstream else ("buyers", "depend on")
    if not len(table):
        return (f"{name} has no {kind} in this network.",)
    last = table.iloc[-1]
    notes = [
        f"{int(last['firms_total']):,} firms ({last['share_total']:.0%} of the others) in "
        f"{int(last['countries_total'])} known countries {verb} {name} within {len(table)} tiers; "
        f"{int(table['firms'].iloc[0]):,} are its direct {kind}.",
        f"tier_value: flow at that remove, {number_text(table['tier_value'].iloc[0])} {network.flow_unit} at tier 1; a "
        "firm counts at its first tier, value at every one.",
    ]
    unknown = int(table["unknown_country"].sum())
    if unknown:
        notes.append(f"{unknown:,} of these firms have no country and are in no count of countries.")
    return tuple(notes)
