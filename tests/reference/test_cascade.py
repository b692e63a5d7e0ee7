"""The cascade against the authors' own program (GLcascade + fastcascade 0.9.3.1) and its equations in dense NumPy."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import SHARED
from tests.reference.cases import Case, case_names, folder_case, packed_case
from tests.reference.dense_cascade import DEVIATIONS, Dense, dense_cascade, flows_by_sector, indices
from valuechain.kernels.cascade import Shocks
from valuechain.models.cascade_network import prepare
from valuechain.models.cascade_run import run

TOLERANCE = 1e-9
PAPER_EXAMPLE = "p01_paper_example_n11"
MISSING = f"{PAPER_EXAMPLE} is an example of the authors, not committed, and {SHARED} is not here"
HERE = SHARED / "reference" / "cascade" / PAPER_EXAMPLE
CASES = [
    pytest.param(PAPER_EXAMPLE, marks=pytest.mark.skipif(not HERE.is_dir(), reason=MISSING)),
    *case_names("cascade"),
]
VARIANTS = ("as published", "relabelled and shuffled")


@dataclass
class Loaded:
    """A case as a network; ``ids`` has the firm id of each published number."""

    case: Case
    network: vc.Network
    ids: np.ndarray
    columns: dict[str, str | None]
    weights: list[str | None]

    def model(self, eps: float, weight: str | None, **options) -> vc.Cascade:
        return vc.Cascade(tolerance=eps, weights=weight, **self.columns, **options)


_LOADED: dict[tuple[str, str], Loaded] = {}


def load(name: str, variant: str = VARIANTS[0]) -> Loaded:
    if (name, variant) not in _LOADED:
        case = folder_case(HERE) if name == PAPER_EXAMPLE else packed_case("cascade", name)
        _LOADED[name, variant] = _network(case, shuffled=variant == VARIANTS[1])
    return _LOADED[name, variant]


def _network(case: Case, *, shuffled: bool) -> Loaded:
    firms = case.frame("firms.csv").rename(columns={"id": "firm"})
    links = case.frame("edges.csv").rename(columns={"customer": "buyer", "weight": "flow"})
    classes = case.frame("ess.csv").melt("supplier_sector", var_name="buyer_sector", value_name="class")
    essential = classes.rename(columns={"supplier_sector": "input"})
    columns: dict[str, str | None] = {"market": "sector" if case.parameters()["sigma"] == "p" else None}
    for kind in ("revenue", "costs"):
        if f"{kind}.csv" in case.files:
            firms[kind] = case.frame(f"{kind}.csv")[kind]
            columns[kind] = kind
    weights: list[str | None] = [None]
    if "h_weights.csv" in case.files:
        table = case.frame("h_weights.csv")
        firms[["weight_a", "weight_b"]] = table[["w1", "w2"]]
        weights = ["weight_a", "weight_b"]
    ids = firms["firm"].astype(str).to_numpy()
    if shuffled:
        draw = np.random.default_rng(len(firms))
        ids = np.array([f"{'ZåÄ中'[k % 4]} {k:x}/{len(firms)}" for k in draw.permutation(len(firms))], dtype=object)
        firms, links, essential = (f.sample(frac=1, random_state=3) for f in (firms, links, essential))
    firms["firm"] = ids[firms["firm"]]
    links["supplier"], links["buyer"] = ids[links["supplier"]], ids[links["buyer"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        network = vc.Network.from_tables(firms, links, essential=essential, name=case.name)
    return Loaded(case, network, ids, columns, weights)


def scenarios(case: Case) -> dict[str, pd.DataFrame]:
    table = case.frame("scenarios.csv")
    return {str(n): rows for n, rows in table.groupby("scenario", sort=False)}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", CASES)
def test_all_single_failures(name, variant):
    loaded = load(name, variant)
    for folder in loaded.case.subfolders("eps_"):
        expected = loaded.case.frame(f"{folder}/esri_single_firm.csv")
        assert len(expected) == loaded.network.n_firms
        for k, weight in enumerate(loaded.weights, start=1):
            result = vc.systemic_risk(loaded.network, model=loaded.model(float(folder[4:]), weight), threads=2)
            table = result.table.set_index("firm").loc[loaded.ids[expected["firm"]]]
            assert table["sweeps"].tolist() == expected["iterations"].tolist()
            for ours, theirs in (("index", "ESRI"), ("index_down", "ESRI_d"), ("index_up", "ESRI_u")):
                difference = np.abs(table[ours].to_numpy() - expected[f"{theirs}_weight_{k}"].to_numpy())
                assert difference.max() <= TOLERANCE, (folder, ours)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", CASES)
def test_scenarios_through_the_public_function(name, variant):
    loaded = load(name, variant)
    compared = 0
    for folder in loaded.case.subfolders("eps_"):
        h = loaded.case.frame(f"{folder}/h.csv", dtype={"scenario": str}).set_index("scenario")
        published = loaded.case.frame(f"{folder}/esri_scenarios.csv", dtype={"scenario": str}).set_index("scenario")
        for scenario, rows in scenarios(loaded.case).items():
            if not (rows["psi_down"] == rows["psi_up"]).all():
                continue  # {firm: fraction} loses both alike; see test_scenarios_with_losses_that_differ
            shock = dict(zip(loaded.ids[rows["firm"]], rows["psi_down"], strict=True))
            for k, weight in enumerate(loaded.weights, start=1):
                result = vc.cascade(loaded.network, shock, model=loaded.model(float(folder[4:]), weight))
                table = result.table.set_index("firm").loc[loaded.ids[h.loc[scenario, "firm"]]]
                for column in ("down", "up"):
                    works = 1 - table[f"loss_{column}"].to_numpy()
                    assert np.abs(works - h.loc[scenario, f"h_{column}"].to_numpy()).max() <= TOLERANCE
                assert (table["loss"] == table[["loss_down", "loss_up"]].max(axis=1)).all()
                row = published.loc[scenario]
                assert result.index == pytest.approx(row[f"ESRI_weight_{k}"], abs=TOLERANCE)
                assert result.index_down == pytest.approx(row[f"ESRI_d_weight_{k}"], abs=TOLERANCE)
                assert result.index_up == pytest.approx(row[f"ESRI_u_weight_{k}"], abs=TOLERANCE)
                assert result.sweeps == row["iterations"]
                compared += 1
    assert compared


@pytest.mark.parametrize("name", CASES)
def test_scenarios_with_losses_that_differ(name):
    loaded = load(name, VARIANTS[1])
    names = list(scenarios(loaded.case))
    rows = pd.concat(scenarios(loaded.case).values())
    counts = [len(s) for s in scenarios(loaded.case).values()]
    shocks = Shocks(
        np.r_[0, np.cumsum(counts)],
        loaded.network.positions(loaded.ids[rows["firm"]]),
        rows["psi_down"].to_numpy(dtype=float),
        rows["psi_up"].to_numpy(dtype=float),
    )
    for folder in loaded.case.subfolders("eps_"):
        h = loaded.case.frame(f"{folder}/h.csv", dtype={"scenario": str}).set_index("scenario")
        published = loaded.case.frame(f"{folder}/esri_scenarios.csv", dtype={"scenario": str}).set_index("scenario")
        for k, weight in enumerate(loaded.weights, start=1):
            prepared = prepare(loaded.network, loaded.model(float(folder[4:]), weight))
            outcome = run(prepared, shocks, keep_firms=True, threads=2)
            assert outcome.sweeps.tolist() == published.loc[names, "iterations"].tolist()
            expected = published.loc[names, [f"{c}_weight_{k}" for c in ("ESRI", "ESRI_d", "ESRI_u")]].to_numpy()
            assert np.abs(outcome.index[:, 0, :] - expected).max() <= TOLERANCE
            for s, scenario in enumerate(names):
                at = loaded.network.positions(loaded.ids[h.loc[scenario, "firm"]])
                assert np.abs(outcome.h_down[s, at] - h.loc[scenario, "h_down"].to_numpy()).max() <= TOLERANCE
                assert np.abs(outcome.h_up[s, at] - h.loc[scenario, "h_up"].to_numpy()).max() <= TOLERANCE


# ---- the equations once more


def dense_of(case: Case) -> Dense:
    firms, links, classes = case.frame("firms.csv"), case.frame("edges.csv"), case.frame("ess.csv", index_col=0)
    codes = {s: k for k, s in enumerate(classes.index)}
    sector = firms["sector"].map(codes).to_numpy()
    matrix = np.zeros((len(firms), len(firms)))
    np.add.at(matrix, (links["supplier"], links["customer"]), links["weight"])
    return Dense(
        flows=flows_by_sector(matrix, sector),
        sector=sector,
        essential=classes[list(classes.index)].to_numpy()[: sector.max() + 1],
        market=sector if case.parameters()["sigma"] == "p" else None,
        revenue=case.frame("revenue.csv")["revenue"].to_numpy() if "revenue.csv" in case.files else None,
        costs=case.frame("costs.csv")["costs"].to_numpy() if "costs.csv" in case.files else None,
        weights=case.frame("h_weights.csv")["w1"].to_numpy() if "h_weights.csv" in case.files else None,
    )


def lost(rows: pd.DataFrame, n: int) -> tuple[np.ndarray, np.ndarray]:
    down, up = np.zeros(n), np.zeros(n)
    down[rows["firm"]], up[rows["firm"]] = rows["psi_down"], rows["psi_up"]
    return down, up


SMALL = ["p02_edge_n7", "p03_linear_n50", "p04_leontief_n100", "p05_mixed_n200", "p06_revcost_n300"]


def difference_from_published(name: str, deviation: str) -> float:
    """Return the largest difference of any h from the published ones, over scenarios and thresholds."""
    case = packed_case("cascade", name)
    dense, largest = dense_of(case), 0.0
    for folder in case.subfolders("eps_"):
        h = case.frame(f"{folder}/h.csv", dtype={"scenario": str}).set_index("scenario")
        for scenario, rows in list(scenarios(case).items()):
            down, up = lost(rows, len(dense.sector))
            ours = dense_cascade(dense, down, up, eps=float(folder[4:]), deviation=deviation)
            for values, column in zip(ours[:2], ("h_down", "h_up"), strict=True):
                published = h.loc[scenario].sort_values("firm")[column].to_numpy()
                largest = max(largest, float(np.abs(values - published).max()))
    return largest


@pytest.mark.parametrize("name", SMALL)
def test_dense_equations_match_published(name):
    assert difference_from_published(name, "") <= TOLERANCE


CAUGHT_BY = {
    "downstream frozen once quiet": "p05_mixed_n200",
    "limit of 5 sweeps": "p05_mixed_n200",
    "upstream as sum of L h": "p06_revcost_n300",
    "self loops dropped": "p05_mixed_n200",
    "class-0 purchases left out of the denominator": "p05_mixed_n200",
    "essential matrix transposed": "p05_mixed_n200",
    "shock multiplied instead of capped": "p05_mixed_n200",
}


@pytest.mark.parametrize("deviation", CAUGHT_BY)
def test_cases_tell_each_silent_deviation(deviation):
    # Were the package to do this, it would be far from the numbers it is compared with above.
    assert difference_from_published(CAUGHT_BY[deviation], deviation) > 1e-3


def test_every_deviation_is_told_somewhere():
    # The guard has no effect at the scale of the cases; tests/unit/models/test_cascade.py has a network where it does.
    assert set(CAUGHT_BY) == set(DEVIATIONS) - {"guard at 0 only"}


def package_numbers(loaded: Loaded, model: vc.Cascade, down: np.ndarray, up: np.ndarray):
    at = loaded.network.positions(loaded.ids)
    shocks = Shocks(np.array([0, len(at)]), at, down, up)
    outcome = run(prepare(loaded.network, model), shocks, keep_firms=True, threads=1)
    return outcome.h_down[0, at], outcome.h_up[0, at], int(outcome.sweeps[0]), outcome.index[0, 0]


@pytest.mark.parametrize(("name", "eps"), [*((n, e) for n in SMALL for e in (1e-2, 1e-6)), ("p07_physical_n500", 1e-2)])
def test_stop_by_total_on_the_cases(name, eps):
    loaded, dense = load(name, VARIANTS[1]), dense_of(packed_case("cascade", name))
    differs = False
    for rows in scenarios(loaded.case).values():
        down, up = lost(rows, len(dense.sector))
        model = loaded.model(eps, loaded.weights[0], stop="total")
        h_down, h_up, sweeps, index = package_numbers(loaded, model, down, up)
        expected = dense_cascade(dense, down, up, eps=eps, by_total=True)
        assert sweeps == expected[2]
        assert np.abs(h_down - expected[0]).max() <= TOLERANCE
        assert np.abs(h_up - expected[1]).max() <= TOLERANCE
        assert index == pytest.approx(indices(dense, *expected[:2]), abs=TOLERANCE)
        differs |= sweeps != dense_cascade(dense, down, up, eps=eps)[2]
    assert differs or name == "p02_edge_n7"  # else the two rules could be the same and nothing would tell


def random_network(seed: int) -> tuple[Dense, Loaded]:
    """Return an asymmetric network with self loops, products other than sectors, idle firms, and ids out of order."""
    draw = np.random.default_rng(seed)
    n, n_sectors, n_products = int(draw.integers(8, 30)), int(draw.integers(2, 6)), int(draw.integers(2, 7))
    sector = draw.integers(0, n_sectors, n)
    flows = np.where(draw.random((n_products, n, n)) < 0.06, draw.lognormal(2, 1.5, (n_products, n, n)), 0.0)
    flows[0, 0, 1], flows[-1, 1, 1] = 3.0, 0.5
    flows[:, -1, :] = flows[:, :, -1] = 0
    essential = draw.integers(0, 3, (n_products, n_sectors))
    revenue = flows.sum(axis=(0, 2)) * draw.uniform(1, 1.5, n)
    costs = flows.sum(axis=(0, 1)) * draw.uniform(1, 1.5, n)
    weights = draw.uniform(0, 5, n)
    dense = Dense(flows, sector, essential, market=sector, revenue=revenue, costs=costs, weights=weights)
    ids = np.array([f"ü{k:02d}" for k in draw.permutation(n)], dtype=object)
    firms = pd.DataFrame(
        {"firm": ids, "sector": [f"s{k}" for k in sector], "revenue": revenue, "costs": costs, "size": weights}
    ).sample(frac=1, random_state=seed)
    product, supplier, buyer = np.nonzero(flows)
    links = pd.DataFrame(
        {
            "supplier": ids[supplier],
            "buyer": ids[buyer],
            "product": [f"p{k}" for k in product],
            "flow": flows[product, supplier, buyer],
        }
    ).sample(frac=1, random_state=seed)
    table = [(f"p{k}", f"s{s}", essential[k, s]) for k in range(n_products) for s in range(n_sectors)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        network = vc.Network.from_tables(
            firms, links, essential=pd.DataFrame(table, columns=["input", "buyer_sector", "class"])
        )
    return dense, Loaded(Case(str(seed), {}), network, ids, {}, [])


@pytest.mark.parametrize("with_columns", [False, True])
@pytest.mark.parametrize("stop", ["change", "total"])
@pytest.mark.parametrize("seed", range(6))
def test_random_networks_match_the_dense_equations(seed, stop, with_columns):
    dense, loaded = random_network(seed)
    draw = np.random.default_rng(100 + seed)
    n = len(dense.sector)
    down, up = (np.where(draw.random(n) < 0.2, draw.random(n), 0.0) for _ in range(2))
    columns = {"revenue": "revenue", "costs": "costs", "weights": "size"} if with_columns else {}
    if not with_columns:
        dense.revenue = dense.costs = dense.weights = None
    for market in ("sector", None):
        dense.market = dense.sector if market else None
        for eps in (1e-2, 1e-5):
            model = vc.Cascade(tolerance=eps, stop=stop, market=market, **columns)
            h_down, h_up, sweeps, index = package_numbers(loaded, model, down, up)
            expected = dense_cascade(dense, down, up, eps=eps, by_total=stop == "total")
            assert sweeps == expected[2]
            assert np.abs(h_down - expected[0]).max() <= TOLERANCE
            assert np.abs(h_up - expected[1]).max() <= TOLERANCE
            assert index == pytest.approx(indices(dense, *expected[:2]), abs=TOLERANCE)
