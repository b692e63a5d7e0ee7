"""Measure the choice of partners: seconds to a proven gap of 0.1 % of the loss.

Run: python tests/bench/bench_choose.py [--firms 600] [--scenarios 100] [--options 400] [--budget 60] [--cyclic]

The network has four layers, ten regions and products made by several firms of a layer; half of the scenarios hit a
region, half a firm. ``--cyclic`` takes a synthetic economy instead, whose losses spread nearly everywhere: a hard case.
Seconds of the processor are beside those of the clock, so that other work on the computer is seen.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
import pandas as pd

import valuechain as vc
from valuechain.recommend.choose_branch import solve_plan
from valuechain.recommend.choose_case import case_of
from valuechain.recommend.choose_program import Limits
from valuechain.recommend.economy import economy_of
from valuechain.recommend.hazards import HazardModel, hazards_of
from valuechain.recommend.option_table import checked_options

LIMIT_SECONDS = 15.0
"""What 600 firms, 100 scenarios and 400 options may take."""

LAYERS, REGIONS, MAKERS = 4, 10, 12


def layered(firms: int, seed: int) -> vc.Network:
    """Return a network in layers: each firm needs two products of the layer before, from one or two suppliers each."""
    draw = np.random.default_rng(seed)
    size = firms // LAYERS
    layer = np.arange(firms) // size
    product = [f"L{a}P{b}" for a, b in zip(layer, np.arange(firms) % max(1, size // MAKERS), strict=True)]
    table = pd.DataFrame(
        {
            "firm": [f"F{k:04d}" for k in range(firms)],
            "sector": product,
            "region": [f"DE{r}" for r in draw.integers(0, REGIONS, firms)],
            "country": "DEU",
            "output": draw.lognormal(4, 0.7, firms).round(2),
        }
    )
    links = []
    for buyer in np.flatnonzero(layer > 0):
        before = table.index[layer == layer[buyer] - 1]
        for wanted in draw.choice(table.loc[before, "sector"].unique(), 2, replace=False):
            makers = before[table.loc[before, "sector"] == wanted]
            chosen = draw.choice(makers, min(len(makers), int(draw.integers(1, 3))), replace=False)
            links += [(f"F{s:04d}", f"F{buyer:04d}", wanted, draw.uniform(1, 5)) for s in chosen]
    frame = pd.DataFrame(links, columns=["supplier", "buyer", "product", "flow"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return vc.Network.from_tables(table, frame, essential_rule="all", name=f"{LAYERS} layers", currency="kEUR")


def shocks(network: vc.Network, count: int, seed: int) -> list[vc.Scenario]:
    """Return scenarios: a region loses 50 to 100 %, or a firm all."""
    draw = np.random.default_rng(seed)
    found = []
    for k in range(count):
        where = {"region": f"DE{draw.integers(0, REGIONS)}"} if k % 2 else {"firms": [draw.choice(network.firm_ids)]}
        loss = float(draw.uniform(0.5, 1)) if k % 2 else 1.0
        found.append(vc.Scenario(name=f"s{k}", shocks=[vc.Shock(where=where, loss=loss)]))
    return found


def options(network: vc.Network, count: int, seed: int) -> pd.DataFrame:
    """Return new links: a need and a firm that sells the product to others, with a cost of 1 to 5."""
    draw = np.random.default_rng(seed)
    rows = set()
    while len(rows) < count:
        link = draw.integers(0, network.n_links)
        makers = np.unique(network.supplier[network.product == network.product[link]])
        rows.add((str(network.firm_ids[draw.choice(makers)]), network.products[network.product[link]],
                  str(network.firm_ids[network.buyer[link]])))  # fmt: skip
    table = pd.DataFrame(sorted(r for r in rows if r[0] != r[2]), columns=["candidate", "product", "buyer"])
    return table.assign(cost=draw.uniform(1, 5, len(table)).round(2))


def main() -> None:
    """Measure one case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=600)
    parser.add_argument("--scenarios", type=int, default=100)
    parser.add_argument("--options", type=int, default=400)
    parser.add_argument("--budget", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--most-partners", type=int)
    parser.add_argument("--cyclic", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.cyclic:
        network = vc.synthetic(firms=given.firms, links_per_firm=4, seed=given.seed)
        hazards = hazards_of(network, HazardModel(probability=0.005), runs=given.scenarios)
    else:
        network = layered(given.firms, given.seed)
        hazards = hazards_of(network, shocks(network, given.scenarios, given.seed))
    economy = economy_of(network, spare_share=0.3)
    table = options(network, given.options, given.seed)
    found, _ = checked_options(economy, table, has_budget=True)
    print(f"{network.name}: {network.n_firms:,} firms, {len(hazards):,} scenarios, {len(found):,} options", flush=True)
    for part in ("compiling", "measured"):
        processor, clock = time.process_time(), time.perf_counter()
        case = case_of(economy, found, hazards.surviving, hazards.probability)
        print(f"  bounds ({part}): {time.process_time() - processor:.2f} s processor", flush=True)
    plan = solve_plan(case, Limits(budget=given.budget, most_partners=given.most_partners, seconds=given.seconds))
    used = (time.process_time() - processor, time.perf_counter() - clock)
    told = "ok" if used[0] <= LIMIT_SECONDS else f"more than {LIMIT_SECONDS:g} s"
    print(f"  to the plan: {used[0]:.2f} s processor, {used[1]:.2f} s clock ({told})")
    print(
        f"  {plan.rows:,} rows, {plan.columns:,} columns; {int(plan.chosen.sum())} options; gap {plan.gap:.4%}",
        flush=True,
    )
    own = (1 - case.surviving) @ economy.value
    again = case.expected(case.losses(plan.chosen, plan.order) - own)
    print(f"  loss {case.expected(case.base - own):.6g} without, {plan.loss:.6g} with, {again:.6g} simulated")


if __name__ == "__main__":
    main()
