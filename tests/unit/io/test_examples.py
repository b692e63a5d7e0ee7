"""Examples, and how ``read`` and ``write`` choose between formats."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from valuechain import io as vio
from valuechain.errors import OutputExistsError, ParameterError, UnknownNameError, UnreadableFileError
from valuechain.io import examples
from valuechain.network import Network


def two(name: str = "two") -> Network:
    firms = pd.DataFrame({"firm": ["b", "a"], "sector": ["C10", "G46"]})
    return Network.from_tables(firms, pd.DataFrame({"supplier": ["a"], "buyer": ["b"], "flow": [2.5]}), name=name)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    vio.write(two("Toy"), folder / "toy")
    (folder / "toy" / "network.toml").write_text('format = 1\nname = "Toy"\nnotes = "A toy.\\nMore."\n')
    (folder / "broken").mkdir()
    (folder / "broken" / "network.toml").write_text("format = ")
    monkeypatch.setattr(examples, "_examples_folder", lambda: folder)
    monkeypatch.chdir(tmp_path)
    return folder


def test_examples_are_listed_with_a_line(shelf: Path) -> None:
    listed = {e.name: e for e in examples.example_names()}
    assert list(listed) == ["broken", "toy"]
    assert listed["toy"].description == "A toy."
    assert listed["toy"].path == shelf / "toy"
    assert listed["broken"].description.startswith("cannot be read")


def test_example_by_name(shelf: Path) -> None:
    assert examples.example("toy").name == "Toy"
    assert vio.read("toy").name == "Toy"


def test_unknown_example_is_suggested(shelf: Path) -> None:
    with pytest.raises(UnknownNameError, match="no example is called 'toyy'; did you mean 'toy'"):
        examples.example("toyy")
    with pytest.raises(UnknownNameError, match="'tois' is neither a path nor an example; give a path that exists"):
        vio.read("tois")


def test_path_wins_over_example(shelf: Path, tmp_path: Path) -> None:
    vio.write(two("mine"), tmp_path / "toy")
    assert vio.read("toy").name == "mine"


def test_misspelt_path_is_suggested(tmp_path: Path) -> None:
    vio.write(two(), tmp_path / "rhine.xlsx")
    with pytest.raises(UnreadableFileError, match=r"there is no such file or folder; did you mean 'rhine.xlsx'"):
        vio.read(tmp_path / "rine.xlsx")


def test_bare_name_beside_a_folder_is_suggested(shelf: Path, tmp_path: Path) -> None:
    vio.write(two(), tmp_path / "rhine")
    with pytest.raises(UnknownNameError, match="did you mean 'rhine'"):
        vio.read("rine")


@pytest.mark.parametrize("suffix", ["", ".xlsx", ".XLSX", ".graphml", ".gexf"])
def test_read_gives_what_was_written(tmp_path: Path, suffix: str) -> None:
    path = os.fspath(tmp_path / f"net{suffix}")
    vio.write(two(), path)
    assert vio.read(path) == two()
    with pytest.raises(OutputExistsError):
        vio.write(two("other"), path)
    assert vio.read(path) == two()
    vio.write(two("other"), path, force=True)
    assert vio.read(path).name == "other"


@pytest.mark.parametrize("name", ["a.xls", "a.csv", "a.ods", "a.txt"])
def test_other_files_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(UnreadableFileError, match="files of this kind are not read"):
        vio.read(tmp_path / name)


def test_other_files_are_not_written_as_folders(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="this kind is not written"):
        vio.write(two(), tmp_path / "a.csv")


def test_graph_options_are_for_graph_files(tmp_path: Path) -> None:
    vio.write(two(), tmp_path / "net")
    with pytest.raises(ParameterError, match="leave them out"):
        vio.read(tmp_path / "net", flow="weight")
