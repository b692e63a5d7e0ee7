"""Graphs: networkx, igraph, GraphML and GEXF both ways, files of other programs, and files that mean harm."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import igraph
import networkx as nx
import pandas as pd
import pytest

from valuechain import io as vio
from valuechain.errors import InvalidDataError, OutputExistsError, ParameterError, UnreadableFileError
from valuechain.io.gexf import read_gexf, write_gexf
from valuechain.io.graph import from_igraph, from_networkx, to_igraph, to_networkx
from valuechain.io.graphml import read_graphml, write_graphml
from valuechain.network import Network

GRAPHML = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{}</graphml>'
GEXF = '<gexf xmlns="http://www.gexf.net/1.2draft" xmlns:viz="http://www.gexf.net/1.2draft/viz" version="1.2">{}</gexf>'


def full_network() -> Network:
    """Return a network with every table, ids out of order, parallel links and text that XML and JSON stumble over."""
    firms = pd.DataFrame(
        {
            "firm": ["z9", "<a>", "007", "x y", "🏭&\"'"],
            "sector": ["10", "C10", "G46", "]]>", "C10"],
            "name": ["b\r\nc", None, "\ttab\x85", "</data>", "&amp;"],
            "country": ["DE", None, "LV", "LV", "FR"],
            "employees": [0.1 + 0.2, None, 1e30, 5.0, 1e-300],
            "label": ["own", None, "columns", "of", "Gephi"],
            "nothing": [None] * 5,
        }
    )
    links = pd.DataFrame(
        {
            "supplier": ["x y", "z9", "<a>", "z9", "🏭&\"'"],
            "buyer": ["z9", "<a>", "007", "<a>", "x y"],
            "product": ["p", "q", None, "r", "p"],
            "flow": [1 / 3, 0.0, 2.0, 1e22, 7.0],
            "source": ["s", None, "t", "u", "v"],
            "weight": [1.0, 2.0, None, 4.0, 5.0],
            "weight_": ["a", None, "b", "c", "007"],
            "id": ["i"] * 5,
        }
    )
    return Network.from_tables(
        firms,
        links,
        essential=pd.DataFrame({"input": ["p"], "buyer_sector": ["10"], "class": [2]}),
        clusters=pd.DataFrame({"cluster": ["k"], "name": [None], "url": ["https://example.org/?a=1&b=2"]}),
        members=pd.DataFrame({"firm": ["007", "<a>"], "cluster": ["k", "k"]}),
        products=pd.DataFrame({"product": ["p"], "own": [0.1]}),
        candidates=pd.DataFrame({"firm": ["new"], "product": ["p"], "country": ["EE"], "unit_cost": [1.5]}),
        needs=pd.DataFrame({"firm": ["007"], "product": ["p"], "quantity": [3], "unit": ["t"]}),
        offers=pd.DataFrame({"firm": ["new"], "product": ["p"], "quantity": [4], "unit": ["t"], "from": ["2025-01"]}),
        name="all & <sundry>",
        essential_rule={"min_share": 0.02},
        own=[1, {"a": "\x01"}],
        year=2024,
    )


def simple_graph() -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_node("mill", sector="C10")
    graph.add_node(7, sector="G46", output=3)
    graph.add_edge("mill", 7, flow=2)
    return graph


@pytest.mark.parametrize(("there", "back"), [(to_networkx, from_networkx), (to_igraph, from_igraph)])
def test_round_trip_through_objects(there: Callable, back: Callable) -> None:
    net = full_network()
    assert back(there(net)) == net
    assert back(there(net)).fingerprint == net.fingerprint


@pytest.mark.parametrize("suffix", [".graphml", ".gexf"])
def test_round_trip_through_files(tmp_path: Path, suffix: str) -> None:
    net = full_network()
    vio.write(net, tmp_path / f"net{suffix}")
    back = vio.read(tmp_path / f"net{suffix}")
    assert back == net
    assert back.fingerprint == net.fingerprint


def test_networkx_reads_our_graphml_without_loss(tmp_path: Path) -> None:
    net = full_network()
    write_graphml(net, tmp_path / "net.graphml")
    assert from_networkx(nx.read_graphml(tmp_path / "net.graphml", force_multigraph=True)) == net


def test_igraph_reads_our_graphml(tmp_path: Path) -> None:
    frame = full_network().firms.assign(employees=[1.0, None, 2.0, 3.0, 4.0])
    net = Network.from_tables(frame, full_network().links, name="x")
    write_graphml(net, tmp_path / "net.graphml")
    graph = igraph.Graph.Read_GraphML(str(tmp_path / "net.graphml"))
    # The last id has an ampersand, which igraph leaves coded in attributes of elements.
    assert graph.vs["id"][:4] == net.firm_ids.tolist()[:4]
    assert graph.es["flow"] == net.flow.tolist()


def test_networkx_reads_our_gexf_as_gephi_would(tmp_path: Path) -> None:
    net = full_network()
    write_gexf(net, tmp_path / "net.gexf")
    graph = nx.read_gexf(tmp_path / "net.gexf", version="1.3")
    assert list(graph) == net.firm_ids.tolist()
    assert graph.nodes["007"]["sector"] == "G46"
    assert graph.nodes["007"]["country"] == "LVA"
    weights = {(s, b): (d["flow"], d.get("weight")) for s, b, d in graph.edges(data=True)}
    assert weights["<a>", "007"] == (2.0, 2.0)


def test_edges_run_from_supplier_to_buyer() -> None:
    net = full_network()
    graph = to_networkx(net)
    assert graph.has_edge("x y", "z9")
    assert not graph.has_edge("z9", "x y")
    first = to_igraph(net).es[0]
    assert (first.source, first.target) == (3, 0)


def test_missing_values_are_absent() -> None:
    assert "name" not in to_networkx(full_network()).nodes["<a>"]


def test_order_of_links_survives_removal_of_an_edge() -> None:
    graph = to_networkx(full_network())
    graph.remove_edge("z9", "<a>", key=1)
    assert from_networkx(graph).links["flow"].tolist() == [1 / 3, 2.0, 1e22, 7.0]


def test_attributes_added_later_are_kept() -> None:
    graph = to_networkx(full_network())
    nx.set_node_attributes(graph, dict.fromkeys(graph, 3), "community")
    assert from_networkx(graph).firms["community"].tolist() == [3.0] * 5


def test_foreign_graph() -> None:
    net = from_networkx(simple_graph(), metadata={"currency": "kEUR"})
    assert net.firm_ids.tolist() == ["mill", "7"]
    assert net.flow.tolist() == [2.0]
    assert (net.name, net.currency) == ("network", "kEUR")


def test_input_is_left_as_it_is() -> None:
    graph = simple_graph()
    before = copy.deepcopy(graph)
    from_networkx(graph)
    assert nx.utils.graphs_equal(graph, before)


def test_other_attributes_are_named_by_options() -> None:
    graph = nx.DiGraph([("a", "b", {"weight": 3.0})])
    nx.set_node_attributes(graph, "C10", "industry")
    with pytest.raises(InvalidDataError) as caught:
        from_networkx(graph)
    assert 'flow is not an attribute; add it, or say flow="weight"' in str(caught.value)
    assert 'sector is not an attribute; add it, or say sector="industry"' in str(caught.value)
    assert from_networkx(graph, flow="weight", sector="industry").flow.tolist() == [3.0]


def test_two_attributes_for_one_column() -> None:
    graph = nx.DiGraph([("a", "b", {"weight": 3.0, "flow": 2.0})])
    nx.set_node_attributes(graph, "C10", "sector")
    with pytest.raises(ParameterError, match="there is also an attribute 'flow'"):
        from_networkx(graph, flow="weight")


@pytest.mark.parametrize("graph", [nx.Graph([(1, 2)]), nx.MultiGraph([(1, 2)])])
def test_undirected_networkx_is_refused(graph: nx.Graph) -> None:
    with pytest.raises(InvalidDataError, match="is not directed"):
        from_networkx(graph)


def test_undirected_igraph_is_refused() -> None:
    with pytest.raises(InvalidDataError, match="is not directed"):
        from_igraph(igraph.Graph([(0, 1)]))


def test_empty_graph_is_refused() -> None:
    with pytest.raises(InvalidDataError, match="has no nodes"):
        from_networkx(nx.DiGraph())


def test_node_without_sector_is_named() -> None:
    graph = simple_graph()
    del graph.nodes[7]["sector"]
    with pytest.raises(InvalidDataError, match="graph nodes row 3: sector is empty"):
        from_networkx(graph)


@pytest.mark.parametrize("stored", ["{", "[]", '{"format": 2}', '{"format": 1, "metadata": {}}', "[" * 5000])
def test_spoilt_record_is_a_fault(stored: str) -> None:
    graph = simple_graph()
    graph.graph["valuechain"] = stored
    with pytest.raises(InvalidDataError, match="valuechain cannot be read"):
        from_networkx(graph)


def test_record_that_breaks_rules_is_checked_too() -> None:
    graph = to_networkx(full_network())
    record = json.loads(graph.graph["valuechain"])
    record["tables"]["essential"][2][2] = [9]
    graph.graph["valuechain"] = json.dumps(record)
    with pytest.raises(InvalidDataError, match="graph essential row 2: class '9' is not a known class"):
        from_networkx(graph)


@pytest.mark.parametrize("suffix", ["graphml", "gexf"])
def test_character_that_xml_cannot_hold_is_refused(tmp_path: Path, suffix: str) -> None:
    firms = pd.DataFrame({"firm": ["a", "b"], "sector": "x", "name": ["fine", "\uffff"]})
    net = Network.from_tables(firms, pd.DataFrame({"supplier": ["a"], "buyer": ["b"], "flow": [1.0]}))
    with pytest.raises(InvalidDataError, match=rf"n.{suffix} nodes row 3: name .* XML cannot hold"):
        vio.write(net, tmp_path / f"n.{suffix}")


@pytest.mark.parametrize("write", [write_graphml, write_gexf])
def test_existing_file_is_kept(tmp_path: Path, write: Callable) -> None:
    (tmp_path / "n").write_text("mine")
    with pytest.raises(OutputExistsError):
        write(full_network(), tmp_path / "n")
    assert (tmp_path / "n").read_text() == "mine"


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize("prolog", [BOMB, OUTSIDE])
@pytest.mark.parametrize(("suffix", "body"), [("graphml", GRAPHML), ("gexf", GEXF)])
def test_entities_are_refused(tmp_path: Path, prolog: str, suffix: str, body: str) -> None:
    path = tmp_path / f"n.{suffix}"
    path.write_text(prolog + body.format(""))
    with pytest.raises(UnreadableFileError, match="declares a document type or entities"):
        vio.read(path)


@pytest.mark.parametrize("content", [b"", b"<", b"a,b\n", b"<graphml>", b"\xff\xfe<\0", b'<?xml encoding="no"?><a/>'])
@pytest.mark.parametrize("read", [read_graphml, read_gexf])
def test_what_is_not_xml_is_refused(tmp_path: Path, content: bytes, read: Callable) -> None:
    (tmp_path / "n").write_bytes(content)
    with pytest.raises(UnreadableFileError):
        read(tmp_path / "n")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file"):
        read_gexf(tmp_path / "n.gexf")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "has no graph in it"),
        ('<graph edgedefault="undirected"/>', "is not directed"),
        ('<graph edgedefault="directed"/><graph edgedefault="directed"/>', "more than one graph"),
        ('<graph><node id="a"><graph id="g"/></node></graph>', "graphs inside nodes"),
        ("<graph><node/></graph>", "node 1 has no id"),
        ('<graph><node id="a"/><edge source="a"/></graph>', "edge 1 has no target"),
        ('<graph><edge source="a" target="b" directed="false"/></graph>', "is not directed"),
        ("<graph><hyperedge/></graph>", "more than two ends"),
        ("<graph/>", "has no nodes"),
    ],
)
def test_graphml_that_is_no_network(tmp_path: Path, body: str, words: str) -> None:
    (tmp_path / "n.graphml").write_text(GRAPHML.format(body))
    with pytest.raises(InvalidDataError, match=words):
        read_graphml(tmp_path / "n.graphml")


def test_graphml_of_another_program(tmp_path: Path) -> None:
    keys = (
        '<key id="s" for="node" attr.name="Sector" attr.type="string"><default>C10</default></key>'
        '<key id="w" for="edge" attr.name="weight" attr.type="int"/>'
        '<key id="f" for="node" attr.name="note" attr.type="boolean"/>'
    )
    nodes = '<node id="b"><data key="s">G46</data><data key="f">true</data></node><node id="a"/>'
    edge = '<edge source="a" target="b"><data key="w"> 5 </data></edge>'
    (tmp_path / "n.graphml").write_text(GRAPHML.format(f'{keys}<graph edgedefault="directed">{nodes}{edge}</graph>'))
    net = vio.read(tmp_path / "n.graphml", flow="weight")
    assert net.firms["sector"].tolist() == ["G46", "C10"]
    assert (net.name, net.flow.tolist(), net.supplier.tolist()) == ("n", [5.0], [1])
    with pytest.raises(InvalidDataError, match='say flow="weight"'):
        vio.read(tmp_path / "n.graphml")


def test_gexf_of_gephi(tmp_path: Path) -> None:
    body = (
        '<graph defaultedgetype="directed"><attributes class="node" mode="static">'
        '<attribute id="0" title="sector" type="string"/><attribute id="1" title="Degree" type="integer"/></attributes>'
        '<nodes><node id="n1" label="Mill"><attvalues><attvalue for="0" value="C10"/><attvalue for="1" value="3"/>'
        '</attvalues><viz:size value="10"/><viz:color r="1" g="2" b="3"/></node>'
        '<node id="n2" label="Baker"><attvalues><attvalue for="0" value="C10"/></attvalues></node></nodes>'
        '<edges><edge id="5" source="n1" target="n2" weight="2.5"/></edges></graph>'
    )
    (tmp_path / "n.gexf").write_text(GEXF.format(body))
    net = vio.read(tmp_path / "n.gexf", flow="weight")
    assert net.firms["name"].tolist() == ["Mill", "Baker"]
    assert net.firms["Degree"].tolist()[0] == 3.0
    assert net.flow.tolist() == [2.5]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('<graph><nodes><node id="a"/></nodes><edges><edge source="a" target="a"/></edges></graph>', "is not directed"),
        (
            '<graph defaultedgetype="directed"><edges><edge source="a" target="a" type="mutual"/></edges></graph>',
            "not dir",
        ),
        ('<graph><attributes class="node" mode="dynamic"/></graph>', "change over time"),
    ],
)
def test_gexf_that_is_no_network(tmp_path: Path, body: str, words: str) -> None:
    (tmp_path / "n.gexf").write_text(GEXF.format(body))
    with pytest.raises(InvalidDataError, match=words):
        read_gexf(tmp_path / "n.gexf")


def test_edge_to_unknown_node_is_named(tmp_path: Path) -> None:
    key = '<key id="f" for="edge" attr.name="flow" attr.type="double"/>'
    sector = '<key id="s" for="node" attr.name="sector" attr.type="string"/>'
    nodes = '<node id="a"><data key="s">x</data></node>'
    edge = '<edge source="a" target="ghost"><data key="f">1</data></edge>'
    (tmp_path / "n.graphml").write_text(GRAPHML.format(f"{key}{sector}<graph>{nodes}{edge}</graph>"))
    with pytest.raises(InvalidDataError, match=r"n.graphml edges row 2: buyer 'ghost' is not in firms"):
        read_graphml(tmp_path / "n.graphml")
