"""Whatever a valid network holds, every format and graph object gives it back exactly."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from valuechain.errors import DataWarning, InvalidDataError
from valuechain.io.excel import read_workbook, write_workbook
from valuechain.io.gexf import read_gexf, write_gexf
from valuechain.io.graph import from_igraph, from_networkx, to_igraph, to_networkx
from valuechain.io.graphml import read_graphml, write_graphml
from valuechain.network import Network
from valuechain.schema.cells import BLANKS

HOSTILE = st.sampled_from(
    [
        *("007", "1e5", "-0", "12345678901234567890", "1,5", "NaN", "null", "true"),
        *("=1+1", "@x", "'", "''a", "_x000D_", "_x005F_", "]]>", "</data>", "&amp;", "&#10;"),
        *("a\r\nb", "a\tb", "🏭", "e\u0301", "\u202e", "a\u2028b", "a\x85b", "\ufeffx"),
    ]
)
UNICODE = st.text(
    # Control characters are faults; the few that text may hold are among the hostile ones.
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=8,
).filter(lambda text: text.strip(BLANKS))
TEXT = HOSTILE | UNICODE
IDS = TEXT.filter(lambda text: not set(text) & set("\r\n\t\u2028\u2029"))
NUMBERS = st.floats(0, 1e99, allow_nan=False) | st.integers(0, 2**53).map(float) | st.sampled_from([5e-324, 0.1 + 0.2])


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Return a valid network; text that the checks refuse is not drawn again, the whole example is dropped."""
    ids = draw(st.lists(IDS, min_size=2, max_size=5, unique_by=lambda text: text.strip(BLANKS)))
    count = len(ids)

    def column(values: st.SearchStrategy[Any], size: int) -> list[Any]:
        return draw(st.lists(st.none() | values, min_size=size, max_size=size))

    own = draw(st.lists(IDS.map(lambda text: text.strip(BLANKS)), max_size=2, unique_by=str.casefold))
    firms = {"firm": ids, "sector": draw(st.lists(TEXT, min_size=count, max_size=count)), "name": column(TEXT, count)}
    firms |= {"employees": column(NUMBERS, count), "country": column(st.sampled_from(["LV", "DEU", "EL"]), count)}
    firms |= {n: column(TEXT if draw(st.booleans()) else NUMBERS, count) for n in own if n not in firms}
    pairs = draw(st.lists(st.tuples(*[st.sampled_from(ids)] * 2, TEXT), min_size=1, max_size=6, unique=True))
    size = len(pairs)
    links = {"supplier": [p[0] for p in pairs], "buyer": [p[1] for p in pairs], "product": [p[2] for p in pairs]}
    links |= {"flow": draw(st.lists(NUMBERS, min_size=size, max_size=size)), "source": column(TEXT, size)}
    links |= {n: column(TEXT, size) for n in own if n not in links}
    products = pd.DataFrame(
        {"product": draw(st.lists(IDS, min_size=1, max_size=2, unique_by=lambda text: text.strip(BLANKS)))}
    )
    members = pd.DataFrame({"firm": ids[:1], "cluster": [draw(IDS)], "role": [draw(st.none() | TEXT)]})
    values = st.recursive(
        TEXT | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
        max_leaves=4,
    )
    metadata = draw(st.dictionaries(st.sampled_from(["own", " Own", "a.b", "essential_rule.min_share"]), values))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        try:
            return Network.from_tables(
                pd.DataFrame(firms),
                pd.DataFrame(links),
                products=products,
                members=members,
                name=draw(TEXT),
                **metadata,
            )
        except InvalidDataError:
            assume(False)
            raise


def returns(net: Network, back: Callable[[], Network]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        again = back()
    for name, frame in net.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], frame, check_exact=True)
    assert again == net
    assert again.fingerprint == net.fingerprint


def through_file(net: Network, write: Callable[..., None], read: Callable[..., Network], suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"net{suffix}"
        write(net, path)
        returns(net, lambda: read(path))


CALM = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


@CALM
@given(networks())
def test_networkx(net: Network) -> None:
    returns(net, lambda: from_networkx(to_networkx(net)))


@CALM
@given(networks())
def test_igraph(net: Network) -> None:
    returns(net, lambda: from_igraph(to_igraph(net)))


@CALM
@given(networks())
def test_graphml(net: Network) -> None:
    through_file(net, write_graphml, read_graphml, ".graphml")


@CALM
@given(networks())
def test_gexf(net: Network) -> None:
    through_file(net, write_gexf, read_gexf, ".gexf")


@settings(CALM, max_examples=12)
@given(networks())
def test_workbook(net: Network) -> None:
    through_file(net, write_workbook, read_workbook, ".xlsx")
