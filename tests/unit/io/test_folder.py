import os
import warnings
from pathlib import Path

import pandas as pd
import pytest

from valuechain.errors import DataWarning, InvalidDataError, OutputExistsError, UnreadableFileError
from valuechain.io.folder import read_folder, write_folder
from valuechain.network import Network


@pytest.fixture
def net() -> Network:
    firms = pd.DataFrame(
        {
            "firm": ["007", "=1+1", 'a"b,c', "שלום"],
            "sector": ["C10", "C11", "two\nlines", "😀"],
            "output": [1000.0, None, 0.1, 1e20],
            "note": ["x", None, "'-5", "+"],
        }
    )
    links = pd.DataFrame({"supplier": ["007", "=1+1", 'a"b,c', "שלום"], "buyer": ["=1+1", 'a"b,c', "שלום", "007"]})
    links["flow"] = [10.0, 1 / 3, 0.0, 1e-7]
    members = pd.DataFrame({"firm": ["007"], "cluster": ["food"]})
    clusters = pd.DataFrame({"cluster": ["food"], "country": ["lv"]})
    return Network.from_tables(
        firms, links, members=members, clusters=clusters, name="Test", currency="EUR", table={"deep": [1, {"a": True}]}
    )


@pytest.mark.parametrize("tables", ["csv", "parquet"])
def test_a_network_reads_back_the_same(net: Network, tmp_path: Path, tables: str) -> None:
    write_folder(net, tmp_path / "net", tables=tables)  # type: ignore[arg-type]
    assert sorted(p.name for p in (tmp_path / "net").iterdir()) == sorted(
        ["network.toml", *(f"{name}.{tables}" for name in ("firms", "links", "members", "clusters"))]
    )
    again = read_folder(tmp_path / "net")
    assert again == net
    assert again.fingerprint == net.fingerprint
    assert again.metadata["table"] == {"deep": [1, {"a": True}]}


def test_the_files_are_plain(net: Network, tmp_path: Path) -> None:
    write_folder(net, tmp_path / "net")
    assert (tmp_path / "net" / "clusters.csv").read_text() == "cluster,country\nfood,LVA\n"
    assert (tmp_path / "net" / "network.toml").read_text().startswith('format = 1\nname = "Test"\ncurrency = "EUR"\n')


def test_a_folder_is_kept_unless_forced(net: Network, tmp_path: Path) -> None:
    write_folder(net, tmp_path / "net")
    (tmp_path / "net" / "README.md").write_text("mine")
    (tmp_path / "net" / "needs.csv").write_text("firm,product,quantity,unit\n007,x,1,t\n")
    with pytest.raises(OutputExistsError, match="say --force"):
        write_folder(net, tmp_path / "net", tables="parquet")
    write_folder(net, tmp_path / "net", tables="parquet", force=True)
    assert (tmp_path / "net" / "README.md").read_text() == "mine"
    assert not list((tmp_path / "net").glob("*.csv"))
    assert read_folder(tmp_path / "net") == net


def test_an_empty_folder_is_filled(net: Network, tmp_path: Path) -> None:
    write_folder(net, tmp_path)
    assert read_folder(tmp_path) == net


def test_reading_changes_nothing(net: Network, tmp_path: Path) -> None:
    write_folder(net, tmp_path / "net")
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in (tmp_path / "net").iterdir()}
    read_folder(tmp_path / "net")
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in (tmp_path / "net").iterdir()} == before


def test_european_tables_read_as_numbers(tmp_path: Path) -> None:
    (tmp_path / "network.toml").write_bytes(b'\xef\xbb\xbfformat = 1\r\nname = "DE"\r\n')
    (tmp_path / "Firms.CSV").write_bytes("Firm;Sector;Stock days\r\nM\xfcller;C10;2,5\r\nb;C11;\r\n".encode("cp1252"))
    (tmp_path / "links.csv").write_text("sep=;\nsupplier;buyer;flow\nMüller;b;1.234,5\n\nb;Müller;12 000\n")
    with pytest.warns(DataWarning, match="Windows-1252"):
        net = read_folder(tmp_path)
    assert net.flow.tolist() == [1234.5, 12000.0]
    assert net.firms["stock_days"].iloc[0] == 2.5


def test_a_missing_folder_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "battery").mkdir()
    with pytest.raises(UnreadableFileError, match=r"no such folder; did you mean 'battery'\?"):
        read_folder(tmp_path / "batery")
    (tmp_path / "file").write_text("")
    with pytest.raises(UnreadableFileError, match="is a file; give the folder"):
        read_folder(tmp_path / "file")


def test_a_misspelt_optional_table_is_told(net: Network, tmp_path: Path) -> None:
    write_folder(net, tmp_path / "net")
    (tmp_path / "net" / "need.csv").write_text("firm,product,quantity,unit\n")
    (tmp_path / "net" / "other.csv").write_text("a\n")
    with pytest.warns(DataWarning) as said:
        read_folder(tmp_path / "net")
    notes = [str(w.message) for w in said]
    assert notes == ["need.csv is not a table of this format and was ignored; did you mean 'needs'?"]


def test_an_interrupted_writing_is_told(net: Network, tmp_path: Path) -> None:
    write_folder(net, tmp_path / "net")
    (tmp_path / "net" / ".valuechain-1" / "old").mkdir(parents=True)
    (tmp_path / "net" / "network.toml").rename(tmp_path / "net" / ".valuechain-1" / "old" / "network.toml")
    with pytest.raises(
        InvalidDataError, match=r"writing was interrupted; the files from before are in \.valuechain-1/old"
    ):
        read_folder(tmp_path / "net")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_a_fault(net: Network, tmp_path: Path) -> None:
    write_folder(net, tmp_path / "net")
    (tmp_path / "net" / "firms.csv").chmod(0)
    with pytest.raises(InvalidDataError, match=r"firms\.csv: cannot be read \(Permission denied\)"):
        read_folder(tmp_path / "net")


def test_repeated_links_are_joined_the_same_way_every_time(tmp_path: Path) -> None:
    firms = pd.DataFrame({"firm": ["a", "b"], "sector": ["x", "y"]})
    links = pd.DataFrame(
        {
            "supplier": ["a", "b", "a", "b", "a"],
            "buyer": ["b", "a", "b", "a", "b"],
            "flow": [1.0, 2.0, 3.0, 4.0, 5.0],
            "lead_days": [1.0, None, 9.0, None, 2.0],
            "status": ["validated", "declared", "inferred", "declared", None],
            "confidence": [0.9, 0.5, 0.2, None, 1.0],
            "source": ["A", None, "B", None, "A"],
            "mode": [None, "road", "rail", "road", None],
            "date": ["2024", "2023", "2022-01-01", None, "2025"],
            "weight": [1.0, 5.0, 2.0, 5.0, 1.0],
            "conflict": [1.0, 1.0, 2.0, 2.0, 1.0],
        }
    )
    with pytest.warns(DataWarning, match="3 repeated rows"):
        net = Network.from_tables(firms, links)
    joined = net.links.astype(object).where(net.links.notna(), None)
    assert joined["flow"].tolist() == [9.0, 6.0]
    assert joined["lead_days"].tolist() == [9.0, None]
    assert joined["status"].tolist() == ["inferred", "declared"]
    assert joined["confidence"].tolist() == [0.2, 0.5]
    assert joined["source"].tolist() == ["A; B", None]
    assert joined["mode"].tolist() == ["rail", "road"]
    assert joined["date"].tolist() == ["2022-01-01", "2023"]
    assert joined["weight"].tolist() == [None, 5.0]
    assert joined["conflict"].tolist() == [None, None]
    write_folder(net, tmp_path / "net")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        assert read_folder(tmp_path / "net") == net
