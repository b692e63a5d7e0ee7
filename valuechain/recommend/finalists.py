"""The first suggestions judged again day by day, as standing suppliers: stocks, lead times and recovery count here."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.edit import rows_given, with_links
from valuechain.errors import ParameterError, ScenarioError, ValueChainWarning
from valuechain.models.ensemble import ensemble
from valuechain.models.inventory import Inventory
from valuechain.models.over_time import Model
from valuechain.models.simulate import simulate
from valuechain.network import Floats, Network
from valuechain.recommend.outside import checked_candidates
from valuechain.recommend.stock_runs import with_stock
from valuechain.results import Result, number_text, rank_key
from valuechain.scenario import Scenario

__all__ = ["FINALIST_RUNS", "Finalists", "finalists"]

FINALIST_RUNS = 50
"""Runs of a random scenario where neither it nor anybody says how many."""


ROUNDING = 1e-12
"""Part of the loss of a run below which a difference is that of sums in another order."""
SWITCH_AFTER = 7
"""Days of lack after which buyers order elsewhere, where nobody names a model."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Finalists(Result):
    """Suggestions ranked by a model over time; ``lost_value`` is what is lost without any of them (currency)."""

    lost_value: float


def finalists(
    network: Network,
    suggestions: Result | pd.DataFrame,
    *,
    scenario: Scenario,
    model: Model | None = None,
    days: int | None = None,
    runs: int | None = None,
    seed: int | None = None,
    candidates: pd.DataFrame | str | os.PathLike[str] | None = None,
) -> Finalists:
    """Return suggestions judged again day by day: each alone, as a standing supplier, under the same draws.

    Every suggestion becomes a link that takes over ``flow`` of the need (:func:`valuechain.edit.with_links`), and the
    scenario runs in the network with and without it. Stocks, days of delivery, how long losses last and recovery
    count here, which the screening by the static cascade leaves out.

    Parameters
    ----------
    network
        The value chain.
    suggestions
        A result of :func:`valuechain.partners`, or rows of its table: ``candidate, product, buyer, flow``.
    scenario
        What happens, random or not.
    model
        ``Inventory(...)``, ``Ario(...)`` or ``Cascade(...)``; default ``Inventory(switch_after=7)``, in which buyers
        order from their other suppliers what one lacks for a week, as far as these have capacity to spare.
    days
        Simulated days; default those of the scenario.
    runs, seed
        Draws of a random scenario and their seed; default those of the scenario, else 50 and 0.
    candidates
        Outside candidates, as in :func:`valuechain.partners`.

    Returns
    -------
    Finalists
        Table ``candidate, product, buyer, value_cut, value_cut_low, value_cut_high, cost, stock_days, stock_cut,
        stock_cut_low, stock_cut_high, lost_value``, the largest cut first: output of all firms over the days that is
        not lost, with a 95 % interval over paired runs (none for one run), and what is still lost; currency.
        ``stock_cut`` is the same for ``stock_days`` more of stock of the product at the buyer, without the partner:
        what its ``cost`` buys at the usual price. These columns are there where the suggestions give ``cost`` and the
        model is ``Inventory``.

    Raises
    ------
    ScenarioError
        When the scenario is none.
    ParameterError
        When suggestions lack a column, or there are none.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("baltic_mobility")
    >>> storm = vc.Scenario(name="storm", days=9, shocks=[vc.Shock(where={"country": "SWE"}, loss=0.5, days=5)])
    >>> found = vc.partners(net, buyer="PL-027", scenario=storm, spare_share=0.1, fixed_cost=10, unit_cost=1)
    >>> len(finalists(net, found.table.head(2), scenario=storm).table)
    2
    """
    if not isinstance(scenario, Scenario):
        raise ScenarioError(f"scenario {scenario!r} is none; finalists run one Scenario, random or not, day by day")
    suggestions = rows_given(getattr(suggestions, "table", suggestions), "suggestions")
    lacks = [c for c in ("candidate", "product", "buyer", "flow") if c not in suggestions]
    if lacks or not len(suggestions):
        what = f"have no column {', '.join(lacks)}" if lacks else "have no row"
        raise ParameterError(f"the suggestions {what}; take rows of the table of partners")
    if candidates is not None:
        network = Network({**network.tables, "candidates": checked_candidates(candidates, network)}, network.metadata)
    rows = suggestions.reset_index(drop=True)
    model = Inventory(switch_after=SWITCH_AFTER) if model is None else model
    before = _lost(network, scenario, model, days, runs, seed)
    stocked = "cost" in rows and isinstance(model, Inventory) and not model.reference
    lines = []
    with warnings.catch_warnings():
        # What rests on a default was said for the network itself.
        warnings.simplefilter("ignore", ValueChainWarning)
        for k in range(len(rows)):
            after = _lost(with_links(network, rows.iloc[[k]]), scenario, model, days, runs, seed)
            line = _line(before, after)
            if stocked and isinstance(model, Inventory):
                more, held = with_stock(network, rows.iloc[k], model)
                stock = _line(before, _lost(more, scenario, model, days, runs, seed), "stock")
                line |= {"cost": float(rows["cost"].iloc[k]), "stock_days": held, **stock}
            lines.append({**line, "lost_value": float(after.mean())})
    table = pd.concat([rows[["candidate", "product", "buyer"]].astype("str"), pd.DataFrame(lines)], axis=1)
    table["_rank"] = -rank_key(table["value_cut"])
    table = table.sort_values(["_rank", "buyer", "product", "candidate"], ignore_index=True).drop(columns="_rank")
    return Finalists(
        table=table,
        title=f"Finalists day by day: {scenario.name}",
        units={c: "days" if c == "stock_days" else network.currency for c in table.columns[3:]},
        parameters={
            "scenario": scenario.name,
            "runs": len(before),
            "seed": seed,
            "days": days or scenario.days,
            "model": repr(model),
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=_words(network, table, before),
        lost_value=float(before.mean()),
    )


def _lost(
    network: Network, scenario: Scenario, model: Model | None, days: int | None, runs: int | None, seed: int | None
) -> Floats:
    """Return the lost value of each run, currency; shape (runs,)."""
    if not any(shock.is_random for shock in scenario.shocks):
        run = simulate(network, scenario, model=model, days=days, keep_firms=False)
        return np.array([run.lost_value])
    count = runs if runs is not None else (scenario.ensemble or {}).get("runs", FINALIST_RUNS)
    found = ensemble(network, scenario, model=model, days=days, runs=count, seed=seed, keep_firms=False)
    return found.runs.table.sort_values("run")["lost_value"].to_numpy(dtype=np.float64)


def _line(before: Floats, after: Floats, what: str = "value") -> dict[str, float]:
    """Return what is cut, with an interval over paired runs."""
    cut = np.where(np.abs(before - after) > ROUNDING * before, before - after, 0.0)
    mean = float(cut.mean())
    half = 1.96 * float(cut.std(ddof=1)) / np.sqrt(len(cut)) if len(cut) > 1 else 0.0
    return {
        f"{what}_cut": mean,
        f"{what}_cut_low": mean - half,
        f"{what}_cut_high": mean + half,
    }


def _words(network: Network, table: pd.DataFrame, before: Floats) -> tuple[str, ...]:
    top = table.iloc[0]
    notes = [
        f"Without any of them {number_text(float(before.mean()))} {network.currency} are lost over the days; "
        + (
            f"{top['candidate']} as supplier of {top['product']} to {top['buyer']} cuts most, "
            f"{number_text(float(top['value_cut']))}."
            if top["value_cut"] > 0
            else "none of them cuts that as a standing supplier."
        ),
        "Each is judged alone, as a standing supplier of its part of the need. A negative cut: more is lost with it, "
        "such as when its buyer, held down by other inputs, orders less from it too.",
    ]
    if "stock_cut" in table:
        better = int((table["stock_cut"] > table["value_cut"]).sum())
        notes.append(
            f"stock_cut: what is cut when the cost of the partner buys stock_days more of stock of the product "
            f"instead, which the buyer holds when the scenario begins; for {better:,} of {len(table):,} that cuts more."
        )
    else:
        notes.append(
            "What stock for the same money cuts is not worked out: that takes suggestions with a cost, and Inventory."
        )
    return tuple(notes)
