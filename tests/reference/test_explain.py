"""Explanations on the reference cases: contributions add up to the published numbers, and the tree is a tree."""

from __future__ import annotations

import numpy as np
import pytest

import valuechain as vc
from tests.reference.test_cascade import CASES, VARIANTS, load, scenarios
from valuechain.analysis.cascade_causes import binding, sides
from valuechain.models.cascade_replay import history_of, state_behind

PUBLISHED = 1e-9
EXACT = 1e-12


def shocks_of(loaded):
    """Return scenarios as shocks: those of the case that lose supply and demand alike."""
    for scenario, rows in list(scenarios(loaded.case).items()):
        if (rows["psi_down"] == rows["psi_up"]).all():
            yield scenario, dict(zip(loaded.ids[rows["firm"]], rows["psi_down"], strict=True))


@pytest.mark.parametrize("name", CASES)
def test_contributions_add_up_to_the_published_losses_of_every_firm(name):
    loaded = load(name, VARIANTS[1])
    compared = 0
    for folder in loaded.case.subfolders("eps_"):
        h = loaded.case.frame(f"{folder}/h.csv", dtype={"scenario": str}).set_index("scenario")
        for scenario, shock in shocks_of(loaded):
            run = vc.cascade(loaded.network, shock, model=loaded.model(float(folder[4:]), loaded.weights[0]))
            history, state = history_of(run), state_behind(run)
            table = run.table.set_index("firm").loc[loaded.network.firm_ids]
            every = np.arange(loaded.network.n_firms)
            at = loaded.network.positions(loaded.ids[h.loc[scenario, "firm"]])
            for side, column in zip(sides(history), ("down", "up"), strict=True):
                _, amount = binding(side, loaded.network, every, state.felt(side.process))
                lost = np.minimum(1.0, np.maximum(side.shock, amount))
                assert np.abs(lost - table[f"loss_{column}"].to_numpy()).max() <= EXACT
                assert np.abs(lost[at] - (1 - h.loc[scenario, f"h_{column}"].to_numpy())).max() <= PUBLISHED
                compared += 1
    assert compared


@pytest.mark.parametrize("name", CASES)
def test_explanations_and_trees_of_the_cases(name):
    loaded = load(name, VARIANTS[1])
    folder = loaded.case.subfolders("eps_")[0]
    for _, shock in list(shocks_of(loaded))[:3]:
        run = vc.cascade(loaded.network, shock, model=loaded.model(float(folder[4:]), loaded.weights[0]))
        for firm in run.table["firm"].iloc[:: max(1, len(run.table) // 5)]:
            one = vc.explain(run, firm=firm)
            for process, loss in (("inputs missing", one.loss_down), ("buyers missing", one.loss_up)):
                bound = one.table[(one.table["process"] == process) & one.table["binds"]]
                assert min(1.0, bound["contribution"].sum()) == pytest.approx(loss, abs=EXACT)
        spread = vc.propagation(run)
        first = spread.table.set_index(["process", "firm"])["sweep"]
        hit = spread.table[spread.table["from_firm"].notna()]
        came = first.loc[list(zip(hit["process"], hit["from_firm"], strict=True))].to_numpy()
        assert (came < hit["sweep"].to_numpy()).all()
        assert spread.sweeps.table["index"].iloc[-1] == pytest.approx(run.index, abs=EXACT)
