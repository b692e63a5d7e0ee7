"""Centrality against networkx, dense inverses and taking firms out one by one, on networks that are not symmetric."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from valuechain.analysis.centrality_measures import DEFAULT, MEASURES
from valuechain.errors import ParameterError, UnknownNameError

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


def network_of(links: list[tuple], ids: list[str] | None = None, **columns: list) -> vc.Network:
    """Make a network of (supplier, buyer, flow[, product]); firms are listed against the order of their ids."""
    ids = ids or sorted({end for link in links for end in link[:2]}, reverse=True)
    rows = [(s, b, w, *(rest or ("p",))) for s, b, w, *rest in links]
    return vc.Network.from_tables(
        pd.DataFrame({"firm": ids, "sector": "s", **columns}),
        pd.DataFrame(rows, columns=["supplier", "buyer", "flow", "product"]),
        currency="EUR",
    )


def random_network(seed: int, n: int = 14, links: int = 40) -> vc.Network:
    """Return firms with unsorted ids: parallel links, self links, links without flow, two parts and an idle firm."""
    rng = np.random.default_rng(seed)
    ids = [f"f{k}" for k in rng.permutation(n)]
    half = n - 5
    made = {(int(rng.integers(half)), int(rng.integers(half)), f"p{rng.integers(3)}") for _ in range(links)}
    made |= {(half, half + 1, "p0"), (half + 1, half + 2, "p1"), (half + 3, half + 1, "p1"), (0, 0, "p9")}
    rows = [(ids[i], ids[j], float(np.round(rng.lognormal(0, 1), 3)), p) for i, j, p in sorted(made)]
    rows.append((ids[1], ids[half + 1], 0.0, "p0"))
    output = pd.Series(rng.uniform(200, 300, n)).round(1)
    return network_of(rows, ids, output=output.to_list())


def graph_of(network: vc.Network, *, loops: bool = False) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(network.firm_ids)
    for row in network.links.itertuples():
        if row.flow > 0 and (loops or row.supplier != row.buyer):
            old = graph.get_edge_data(row.supplier, row.buyer, {"flow": 0.0})["flow"]
            graph.add_edge(row.supplier, row.buyer, flow=old + row.flow)
    mean = np.mean([w for *_, w in graph.edges(data="flow")])
    for *_, data in graph.edges(data=True):
        data["length"] = mean / data["flow"]
    return graph


def column(network: vc.Network, name: str, **options) -> dict[str, float]:
    found = vc.centrality(network, measures=[name], **options)
    assert found.table.columns[:2].tolist() == ["firm", name]
    return dict(zip(found.table["firm"], found.table[name], strict=True))


def same(one: dict, two: dict, places: float = 1e-9) -> None:
    assert one.keys() == two.keys()
    np.testing.assert_allclose([one[k] for k in one], [two[k] for k in one], rtol=places, atol=places)


def scaled(values: dict[str, float]) -> dict[str, float]:
    total = sum(values.values())
    return {k: v / total for k, v in values.items()}


SEEDS = range(6)


@pytest.mark.parametrize("seed", SEEDS)
def test_strengths_and_pagerank_as_networkx_has_them(seed):
    network = random_network(seed)
    graph, whole = graph_of(network), graph_of(network, loops=True)
    same(column(network, "out_strength"), dict(whole.out_degree(weight="flow")))
    same(column(network, "in_strength"), dict(whole.in_degree(weight="flow")))
    exact = {"weight": "flow", "tol": 1e-14, "max_iter": 5000}
    for damping in (0.85, 0.3):
        same(column(network, "pagerank_upstream", damping=damping), nx.pagerank(graph, damping, **exact))
        same(column(network, "pagerank_downstream", damping=damping), nx.pagerank(graph.reverse(), damping, **exact))


@pytest.mark.parametrize("seed", SEEDS)
def test_katz_as_networkx_has_it_and_within_its_largest_factor(seed):
    network = random_network(seed)
    graph = graph_of(network)
    found = vc.centrality(network, measures=["katz_downstream", "katz_upstream"], attenuation=0.6)
    radius = max(abs(np.linalg.eigvals(nx.to_numpy_array(graph, weight=None))))
    factor = found.parameters["weight of a further link"]
    assert factor == pytest.approx(0.6 / max(1.0, radius), rel=1e-4)
    for name, turned in (("katz_upstream", graph), ("katz_downstream", graph.reverse())):
        known = nx.katz_centrality_numpy(turned, alpha=factor, normalized=False)
        same(dict(zip(found.table["firm"], found.table[name], strict=True)), known, 1e-4)


def test_katz_counts_chains_of_a_network_without_loops():
    network = network_of([("c", "b", 5.0), ("b", "a", 1.0), ("c", "a", 9.0)])
    same(column(network, "katz_downstream"), {"a": 1.0, "b": 1.5, "c": 1 + 2 * 0.5 + 0.25})
    same(column(network, "katz_upstream"), {"c": 1.0, "b": 1.5, "a": 1 + 2 * 0.5 + 0.25})


@pytest.mark.parametrize("seed", SEEDS)
def test_multipliers_influence_and_steps_as_a_dense_inverse_has_them(seed):
    network = random_network(seed)
    flows, ids = network.matrix.toarray(), network.firm_ids
    output = network.firms["output"].to_numpy()
    inverse = np.linalg.inv(np.eye(len(ids)) - flows / output)
    same(column(network, "output_multiplier"), dict(zip(ids, inverse.sum(axis=0), strict=True)))
    same(column(network, "downstreamness"), dict(zip(ids, inverse.sum(axis=0), strict=True)))
    ghosh = np.linalg.inv(np.eye(len(ids)) - flows / output[:, None])
    same(column(network, "input_multiplier"), dict(zip(ids, ghosh.sum(axis=1), strict=True)))
    same(column(network, "upstreamness"), dict(zip(ids, ghosh.sum(axis=1), strict=True)))
    bought = flows.sum(axis=0)
    shares = np.divide(flows, bought, out=np.zeros_like(flows), where=bought > 0)
    known = 0.3 / len(ids) * np.linalg.inv(np.eye(len(ids)) - 0.7 * shares) @ np.ones(len(ids))
    same(column(network, "influence", labour_share=0.3), dict(zip(ids, known, strict=True)))


def test_steps_along_a_chain():
    network = network_of([("ore", "metal", 10.0), ("metal", "car", 10.0)], output=[10.0, 10.0, 10.0])
    same(column(network, "upstreamness"), {"ore": 3.0, "metal": 2.0, "car": 1.0})
    same(column(network, "downstreamness"), {"ore": 1.0, "metal": 2.0, "car": 3.0})


def test_sums_without_end_are_not_known_and_the_others_are():
    loop = [("a", "b", 4.0), ("b", "a", 4.0), ("ore", "a", 1.0), ("x", "y", 2.0)]
    network = network_of(loop, output=[2.0, 5.0, 1.0, 4.0, 4.0])  # y, x, ore, b, a: a and b sell all to each other
    found = vc.centrality(network, measures=["upstreamness"])
    known = dict(zip(found.table["firm"], found.table["upstreamness"], strict=True))
    assert [f for f in known if np.isnan(known[f])] == ["a", "b", "ore"]
    assert known["x"] == pytest.approx(1 + 2 / 5)
    assert any("3 firms for which the sum has no end" in note for note in found.notes)


@pytest.mark.parametrize("seed", SEEDS)
def test_paths_as_networkx_has_them(seed):
    network = random_network(seed)
    graph = graph_of(network)
    same(column(network, "betweenness"), nx.betweenness_centrality(graph, weight="length"))
    same(column(network, "betweenness_unweighted"), nx.betweenness_centrality(graph))
    for name, distance in (("closeness", "length"), ("closeness_unweighted", None)):
        found = column(network, name)
        known = nx.closeness_centrality(graph.reverse(), distance=distance)
        same({f: v for f, v in found.items() if not np.isnan(v)}, {f: v for f, v in known.items() if v > 0})


def test_a_large_flow_is_a_short_way():
    # From a to d over b with large flows, or directly with a small one.
    network = network_of([("a", "b", 100.0), ("b", "d", 100.0), ("a", "d", 1.0)])
    assert column(network, "betweenness") == {"a": 0.0, "b": 0.5, "d": 0.0}
    assert column(network, "betweenness_unweighted") == {"a": 0.0, "b": 0.0, "d": 0.0}
    assert column(network, "closeness")["a"] > column(network, "closeness")["b"]


@pytest.mark.parametrize("seed", SEEDS)
def test_vectors_as_networkx_has_them(seed):
    network = random_network(seed)
    graph = graph_of(network)
    known = nx.eigenvector_centrality(graph.reverse(), weight="flow", max_iter=20000, tol=1e-13)
    same(column(network, "eigenvector"), scaled(known), 1e-7)
    nx.set_edge_attributes(graph, nx.get_edge_attributes(graph, "flow"), "weight")
    hubs, authorities = nx.hits(graph)
    same(column(network, "hub"), hubs, 1e-7)
    same(column(network, "authority"), authorities, 1e-7)


def test_eigenvector_is_not_defined_without_a_loop_or_with_two_equal_ones_in_a_row():
    chain = vc.centrality(network_of([("a", "b", 1.0), ("b", "c", 1.0)]), measures="eigenvector")
    assert chain.table["eigenvector"].isna().all()
    assert any("no firm is in a loop" in note for note in chain.notes)
    twice = [("a", "b", 1.0), ("b", "a", 1.0), ("b", "c", 1.0), ("c", "d", 1.0), ("d", "c", 1.0)]
    assert vc.centrality(network_of(twice), measures="eigenvector").table["eigenvector"].isna().all()
    even = column(network_of([("a", "b", 4.0), ("b", "a", 1.0)]), "eigenvector")  # all its loops have even length
    same(even, {"a": 2 / 3, "b": 1 / 3})


@pytest.mark.parametrize("seed", SEEDS)
def test_structure_as_networkx_and_taking_out_have_it(seed):
    network = random_network(seed, links=16)
    graph = graph_of(network)
    both = graph.to_undirected()
    assert column(network, "core") == nx.core_number(both)
    cut = column(network, "articulation")
    assert {f for f, count in cut.items() if count} == set(nx.articulation_points(both))
    for firm, count in cut.items():
        part = both.subgraph(nx.node_connected_component(both, firm) - {firm})
        pieces = [len(p) for p in nx.connected_components(part)]
        assert count == sum(pieces) - max(pieces, default=0)
    parts = nx.condensation(graph)
    first = {f for p in parts if not parts.in_degree(p) for f in parts.nodes[p]["members"]}
    graph.add_edges_from(("root", f) for f in first)
    reached = set(nx.descendants(graph, "root"))
    assert reached == set(network.firm_ids)
    for firm, count in column(network, "dominated").items():
        rest = graph.subgraph(set(graph) - {firm})
        assert count == len(reached - nx.descendants(rest, "root")) - 1


def test_participation_splits_partners_of_several_clusters():
    links = [("a", "b", 3.0), ("c", "a", 1.0), ("a", "d", 7.0), ("a", "a", 50.0), ("d", "e", 1.0)]
    members = pd.DataFrame({"firm": ["b", "b", "c", "e"], "cluster": ["x", "y", "y", "y"]})
    plain = network_of(links)
    clusters = pd.DataFrame({"cluster": ["x", "y"]})
    network = vc.Network.from_tables(plain.firms, plain.links, members=members, clusters=clusters)
    found = column(network, "participation")
    # a: 1.5 with x, 1.5 + 1 with y; d, in no cluster, is left out.
    assert found["a"] == pytest.approx(1 - (1.5**2 + 2.5**2) / 16)
    assert np.isnan(found["b"])
    assert found["d"] == 0
    bare = vc.centrality(plain, measures="participation")
    assert bare.table["participation"].isna().all()
    assert any("no clusters" in note for note in bare.notes)


def test_nexus_is_the_mean_of_three_places_among_suppliers():
    links = [("a", "b", 10.0), ("b", "c", 2.0, "q"), ("d", "c", 6.0, "q"), ("b", "e", 2.0, "r")]
    found = column(network_of(links), "nexus")
    # sold: a 10, d 6, b 4; share in needs: a 1, d 0.75, b (2 * 2/8 + 2 * 1) / 4; betweenness: b only.
    assert found["a"] == pytest.approx((1 + 1 + 0.25) / 3)
    assert found["d"] == pytest.approx((0.5 + 0.5 + 0.25) / 3)
    assert found["b"] == pytest.approx((0 + 0 + 1) / 3)
    assert np.isnan(found["c"])
    assert np.isnan(found["e"])


def test_samples_are_near_and_say_how_near():
    network = vc.synthetic(firms=300, seed=4)
    names = ["betweenness", "closeness", "betweenness_unweighted"]
    exact = vc.centrality(network, measures=names).table.set_index("firm")
    found = vc.centrality(network, measures=names, samples=128, seed=7)
    table = found.table.set_index("firm").loc[exact.index]
    assert list(table) == [*names, *(f"{n}_error" for n in names)]
    for name in names:
        known = table[name].notna()
        inside = (table[name] - exact[name]).abs()[known] <= table[f"{name}_error"][known]
        assert inside.mean() >= 0.95
        assert known.sum() > 200
        row = found.measures.table.set_index("measure").loc[name]
        assert row["error"] == table[f"{name}_error"].max() > 0
        assert row["confidence"] == 0.95
        assert "128 of 300" in row["method"]
    # A firm that no drawn path meets may still be on some: never an error of zero.
    assert table["betweenness_error"].min() == pytest.approx(1 - 0.05 ** (1 / 128))
    again = vc.centrality(network, measures=names, samples=128, seed=7)
    pd.testing.assert_frame_equal(again.table, found.table)
    assert not vc.centrality(network, measures=names, samples=128, seed=8).table.equals(found.table)
    assert vc.centrality(network, measures=names, samples=300).table.columns.tolist() == ["firm", *names]


def test_large_networks_are_sampled_without_being_told(monkeypatch):
    monkeypatch.setattr("valuechain.analysis.centrality_paths.EXACT_WORK", 1e4)
    monkeypatch.setattr("valuechain.analysis.centrality_paths.SAMPLE_WORK", 8e4)
    found = vc.centrality(vc.synthetic(firms=150, seed=1), measures=["nexus", "betweenness"])
    assert 64 <= found.parameters["samples"] < 150
    errors = found.measures.table.set_index("measure")["error"]
    assert np.isnan(errors["nexus"])
    assert errors["betweenness"] > 0
    assert any("off by no more than" in note for note in found.notes)


def test_systems_too_large_for_a_full_matrix_come_out_the_same(monkeypatch):
    network = vc.synthetic(firms=200, seed=2)
    names = [n for n in MEASURES if n not in {"participation", "eigenvector"}]
    full = vc.centrality(network, measures=names).table
    monkeypatch.setattr("valuechain.analysis.centrality_sums.SMALL", 10)
    pd.testing.assert_frame_equal(vc.centrality(network, measures=names).table, full, rtol=1e-9)


def test_a_long_chain_is_counted_to_its_end():
    n = 1500
    ids = [f"f{k:04d}" for k in range(n)]
    network = network_of([(a, b, 1.0) for a, b in zip(ids[1:], ids, strict=False)], ids, output=[1.0] * n)
    same(column(network, "upstreamness"), {f: k + 1.0 for k, f in enumerate(ids)})
    known = {f: float(n - 1 - k) for k, f in enumerate(ids)}
    assert column(network, "dominated") == dict(zip(ids, range(n), strict=True))
    assert column(network, "articulation") == {f: min(k, known[f]) for k, f in enumerate(ids)}


def test_rows_are_ranked_by_the_first_measure_then_by_id():
    network = network_of([("b", "x", 1.0), ("a", "x", 1.0), ("c", "a", 0.5), ("c", "b", 0.5)])
    found = vc.centrality(network, measures=["out_strength", "closeness"])
    assert found.table["firm"].tolist() == ["a", "b", "c", "x"]
    assert vc.centrality(network, measures=["closeness"]).table["firm"].tolist()[-1] == "x"  # it reaches nobody


def test_every_measure_says_what_it_means_and_the_default_ones_are_some_of_them():
    network = random_network(3)
    found = vc.centrality(network)
    assert found.table.columns.tolist() == ["firm", *DEFAULT]
    everything = vc.centrality(network, measures="all")
    assert everything.table.columns.tolist() == ["firm", *MEASURES]
    about = everything.measures.table
    assert about["measure"].tolist() == list(MEASURES)
    assert (about[["unit", "meaning", "method"]].map(len) > 3).all(axis=None)
    assert about["unit"].tolist()[0] == "EUR per year"
    assert everything.units["betweenness"] == "fraction of pairs"
    assert {"core": "partners", "articulation": "firms"}.items() <= everything.units.items()


def test_what_is_wrong_is_said():
    network = random_network(0)
    with pytest.raises(UnknownNameError, match="'betwenness' is not known; did you mean 'betweenness'") as error:
        vc.centrality(network, measures=["betwenness", "core", "zzz"])
    assert "'zzz' is not known; measures are in_strength" in str(error.value)
    for wrong in ({"damping": 1.0}, {"damping": 0}, {"attenuation": 2}, {"labour_share": "x"}, {"damping": True}):
        with pytest.raises(ParameterError, match="above 0 and below 1"):
            vc.centrality(network, **wrong)
    for wrong in (
        {"samples": 5},
        {"samples": 40.5},
        {"seed": -1},
        {"measures": []},
        {"measures": [3]},
        {"measures": 3},
    ):
        with pytest.raises(ParameterError):
            vc.centrality(network, **wrong)
    with pytest.raises(vc.InvalidDataError, match="no link with a flow above zero; centrality is about"):
        vc.centrality(network_of([("a", "b", 0.0)]))


def test_a_firm_without_output_that_trades_takes_only_what_hangs_on_it():
    links = [("a", "z", 1.0), ("z", "m", 2.0), ("m", "b", 3.0), ("k", "b", 4.0)]
    network = network_of(links, ["z", "a", "m", "k", "b"], output=[0.0, 10.0, 5.0, 8.0, 14.0])
    found = vc.centrality(network, measures=["out_strength", "upstreamness", "downstreamness"])
    table = found.table.set_index("firm")
    # a sells to z, whose output no sale can be set against; m and b buy what comes from z.
    assert table["upstreamness"].dropna().to_dict() == pytest.approx({"m": 1.6, "b": 1.0, "k": 1.5})
    assert table["downstreamness"].dropna().to_dict() == {"a": 1.0, "k": 1.0}
    assert table["out_strength"].notna().all()
    assert (
        "1 firm with output 0 that sells ('z'), and 1 firm whose chains lead to such" in found.undefined["upstreamness"]
    )
    assert any("(downstreamness): 1 firm with output 0 that buys ('z'), and 2 firms" in note for note in found.notes)


def test_only_self_supply_leaves_positions_undefined_or_alone():
    found = vc.centrality(network_of([("a", "a", 1.0)], ["b", "a"], output=[None, 3.0]), measures="all").table
    row = found.set_index("firm").loc["a"]
    assert (row["out_strength"], row["core"], row["katz_downstream"]) == (1.0, 0, 1.0)
    assert row["output_multiplier"] == pytest.approx(1.5)
    assert row[["betweenness", "closeness", "eigenvector", "hub", "nexus", "participation"]].isna().all()
    assert np.isnan(found.set_index("firm").loc["b", "output_multiplier"])
