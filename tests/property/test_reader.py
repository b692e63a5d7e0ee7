"""The reader never fails in an unplanned way, and what is written reads back the same."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valuechain.errors import DataWarning, ValueChainError
from valuechain.io.csv_files import csv_bytes, parse_csv
from valuechain.io.csv_text import has_regular_quotes, records
from valuechain.io.folder import read_folder, write_folder
from valuechain.network import Network
from valuechain.schema import TABLES
from valuechain.schema.cells import BLANKS

VALID = {
    "network.toml": b'format = 1\nname = "Test"\n',
    "firms.csv": b"firm,sector\nmill,C10\nbaker,C11\n",
    "links.csv": b"supplier,buyer,flow\nmill,baker,10\n",
}
WORDS = [
    "firm",
    "sector",
    "supplier",
    "buyer",
    "flow",
    "name",
    "mill",
    "baker",
    "10",
    "1.234",
    "1,5",
    "-",
    "#N/A",
    "=1",
]
WORDS += ["1e999", "sep=;", "PAR1", "Flow"]
SIGNS = [",", ";", "\t", "|", '"', '""', "'", "\n", "\r\n", "\r", " ", "=", "[", "]", "{", "\0", "ß€", "\ufeff"]
BYTES = [b"\x81", b"\xff\xfe", b"\xfc", b"PK\x03\x04"]
PIECES = st.sampled_from([*(text.encode() for text in WORDS + SIGNS), *BYTES])
CONTENT = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(PIECES, max_size=30).map(b"".join),
    # A valid beginning brings the odd part past the header.
    st.builds(
        lambda name, rest: VALID[name] + rest,
        st.sampled_from(sorted(VALID)),
        st.lists(PIECES, max_size=20).map(b"".join),
    ),
)
FILES = ["firms.csv", "links.csv", "network.toml", "members.csv", "firms.parquet"]


def quiet_read(folder: Path) -> Network:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return read_folder(folder)


@given(name=st.sampled_from(FILES), data=CONTENT)
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_odd_files_give_only_errors_of_ours(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for file, content in {**VALID, name: data}.items():
            if name != "firms.parquet" or file != "firms.csv":
                (Path(folder) / file).write_bytes(content)
        try:
            net = quiet_read(Path(folder))
        except ValueChainError as error:
            message = str(error)
            net = None
        if net is None:
            assert message
            assert all(line.isprintable() for line in message.split("\n"))
            return
        assert np.isfinite(net.flow).all()
        again = Path(folder) / "again"
        write_folder(net, again)
        assert quiet_read(again) == net


@given(text=st.text(alphabet=list('ab",;\n\r \t'), max_size=25), separator=st.sampled_from(",;"))
@settings(max_examples=940, deadline=None)
def test_both_csv_parsers_agree(text: str, separator: str) -> None:
    header = separator.join(["firm", "sector", "name"])
    raw = parse_csv(f"{header}\n{text}".encode(), "firms.csv", TABLES["firms"])
    if not has_regular_quotes(f"{header}\n{text}", separator):
        return
    rows = [[*row, "", "", ""][:3] for row in records(text, separator)]
    expected = [row for row in rows if any(cell.strip() for cell in row)]
    found = [list(row) for row in raw.frame.itertuples(index=False) if any(cell.strip() for cell in row)]
    assert found == expected


TEXT = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t\r"), max_size=12),
    st.sampled_from(
        ["007", "=1+1", "'=x", "''+1", "-5", "@a", "'", '"', '""', 'a"b', "a,b", "a;b", "a\r\nb", "c\rd", "NA", "nan"]
    ),
    st.sampled_from(
        ["#N/A x", "1e5", "0.1", "1,5", "true", "שלום", "😀", "\u202eabc", "\ufeffx", " ", "1.234", "sep=;", "\u2019x"]
    ),
)
ID = TEXT.map(lambda text: "".join(c for c in text if c.isprintable() or c == "\ufeff").strip(BLANKS)).filter(bool)
NUMBER = st.one_of(st.none(), st.floats(0, 1e99, allow_subnormal=True), st.integers(0, 10**9).map(float))


@st.composite
def networks(draw: st.DrawFn) -> Network:
    ids = draw(st.lists(ID, min_size=1, max_size=6, unique=True))
    size, n_links = len(ids), draw(st.integers(1, 8))
    firms = pd.DataFrame({"firm": ids, "sector": draw(_column(ID, size))})
    for name, kind in (("name", TEXT), ("output", NUMBER), ("tags", TEXT), ("employees", NUMBER)):
        if draw(st.booleans()):
            firms[name] = pd.Series(
                draw(_column(st.one_of(st.none(), kind), size)), dtype=float if kind is NUMBER else object
            )
    if draw(st.booleans()):
        firms[draw(ID.map(lambda text: "x" + text))] = pd.Series(
            draw(_column(st.one_of(st.none(), TEXT), size)), dtype=object
        )
    links = pd.DataFrame(
        {
            "supplier": draw(_column(st.sampled_from(ids), n_links)),
            "buyer": draw(_column(st.sampled_from(ids), n_links)),
            "flow": draw(_column(st.floats(0, 1e99), n_links)),
            "extra": pd.Series(draw(_column(st.floats(-1e99, 1e99), n_links))),
            "source": pd.Series(draw(_column(st.one_of(st.none(), TEXT), n_links)), dtype=object),
        }
    )
    metadata: dict[str, Any] = draw(
        st.dictionaries(
            st.sampled_from(["notes", "source", "my key", "a.b", 'q"']),
            st.text(st.characters(exclude_categories=["Cs"])),
        )
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return Network.from_tables(firms, links, name=draw(ID), **metadata)


def _column(values: st.SearchStrategy[Any], size: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=size, max_size=size)


@given(net=networks())
@settings(max_examples=110, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_reads_back_the_same(net: Network) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_folder(net, Path(folder) / "net")
        from_csv = quiet_read(Path(folder) / "net")
        write_folder(net, Path(folder) / "net", force=True, tables="parquet")
        from_parquet = quiet_read(Path(folder) / "net")
    assert from_csv == net
    assert from_parquet == net
    assert from_csv.fingerprint == from_parquet.fingerprint == net.fingerprint


@given(net=networks(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_order_of_rows_changes_only_the_order(net: Network, seed: int) -> None:
    random = np.random.default_rng(seed)
    tables = {name: frame.iloc[random.permutation(len(frame))] for name, frame in net.tables.items()}
    with tempfile.TemporaryDirectory() as folder:
        write_folder(net, Path(folder) / "net")
        for name, frame in tables.items():
            (Path(folder) / "net" / f"{name}.csv").write_bytes(csv_bytes(frame.reset_index(drop=True)))
        shuffled = quiet_read(Path(folder) / "net")
    for name, frame in tables.items():
        # A first row order is as good as another: sorted back by position the tables are the same.
        back = shuffled.tables[name].set_axis(frame.index, axis=0).sort_index()
        pd.testing.assert_frame_equal(back, net.tables[name])
    order = net.positions(shuffled.firm_ids)
    assert (shuffled.matrix.toarray() == net.matrix.toarray()[np.ix_(order, order)]).all()
