"""The packed cases are the source files, unchanged, and packing gives the same bytes every time."""

from __future__ import annotations

import io
import json
import os
import tarfile

import pytest

from tests.reference.cases import DATA, archive, case_names, packed_case
from tests.reference.pack import LEFT_OUT, MODELS, files_of, main, packed

CASES = {"cascade": 7, "inventory": 8, "ario": 5}  # ario: four cases and the folder of their common table


@pytest.mark.parametrize("model", MODELS)
def test_all_cases_are_there(model):
    assert len(case_names(model)) == CASES[model]
    assert not any(part in LEFT_OUT for name in archive(model) for part in name.split("/"))


def test_archives_stay_small():
    assert sum(p.stat().st_size for p in DATA.iterdir()) <= 8_000_000


@pytest.mark.parametrize("model", MODELS)
def test_files_are_unchanged(model, shared):
    source = shared / "reference" / model
    if not source.is_dir():
        pytest.skip(f"{source} is not here")
    files = {p.relative_to(source).as_posix(): p.read_bytes() for p in files_of(source)}
    assert dict(archive(model)) == files


def test_bytes_depend_on_content_only(tmp_path):
    for name, time in (("one", 1_000_000_000), ("two", 1_700_000_000)):
        folder = tmp_path / name / "case"
        folder.mkdir(parents=True)
        for file in ("b.csv", "a.csv") if name == "one" else ("a.csv", "b.csv"):
            (folder / file).write_text(f"{file}\n1\n")
            os.utime(folder / file, (time, time))
        (folder / "a.csv").chmod(0o600 if name == "one" else 0o644)
    one, two = packed(tmp_path / "one"), packed(tmp_path / "two")
    assert one == two
    with tarfile.open(fileobj=io.BytesIO(one), mode="r:xz") as stream:
        assert [(m.name, m.mtime, m.uid, m.mode) for m in stream] == [
            ("case/a.csv", 0, 0, 0o644),
            ("case/b.csv", 0, 0, 0o644),
        ]


def test_missing_source_is_a_usage_error(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["--source", str(tmp_path), "--target", str(tmp_path / "out")])
    assert "cascade" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_cases_of_later_models_read_back():
    inventory = packed_case("inventory", "c01_n5_R0_permanent")
    assert len(inventory.frame("firms.csv")) == 5
    assert json.loads(inventory.files["params.json"])
    table = packed_case("ario", "_mrio")
    assert {"Z.csv", "Y.csv", "x.csv"} <= set(table.files)
