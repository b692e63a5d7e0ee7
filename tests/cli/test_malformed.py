"""Every malformed folder and workbook gives its exact message, exit code 3, and is left as it was."""

from __future__ import annotations

import hashlib
import runpy
import warnings
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

import valuechain
from valuechain.cli import group
from valuechain.errors import DataWarning, ExitCode, ValueChainError

FOLDERS = runpy.run_path(str(Path(__file__).with_name("malformed_folders.py")))
WORKBOOKS = runpy.run_path(str(Path(__file__).with_name("malformed_workbooks.py")))


def write_files(folder: Path, changed: dict[str, str | bytes | None]) -> Path:
    folder.mkdir()
    for name, content in {**FOLDERS["VALID"], **changed}.items():
        if content is not None:
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def write_sheets(path: Path, changed: dict[str, list[list[Any]] | None]) -> Path:
    path.parent.mkdir()
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in {**WORKBOOKS["VALID"], **changed}.items():
        if rows is not None:
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
    book.save(path)
    return path


def content(folder: Path) -> dict[str, str]:
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def check(path: Path, folder: Path, message: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        with pytest.raises(ValueChainError) as caught:
            valuechain.read(path)
    assert str(caught.value) == "\n".join(message)
    assert caught.value.exit_code == ExitCode.BAD_DATA
    # Control characters of the data must never reach a terminal.
    assert all(line.isprintable() for line in message)

    monkeypatch.chdir(folder)
    ended = CliRunner().invoke(group, ["check", str(path)])
    said = [line for line in ended.stderr.splitlines() if not line.startswith("note: ")]
    assert "\n".join(said) == "error: " + "\n".join(message)
    assert ended.stdout == ""
    assert ended.exit_code == 3
    assert "Traceback" not in ended.output
    assert content(folder) == before


@pytest.mark.parametrize(("changed", "message"), FOLDERS["CASES"].values(), ids=FOLDERS["CASES"])
def test_folder(
    changed: dict[str, str | bytes | None], message: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_files(tmp_path / "net", changed)
    check(folder, folder, message, monkeypatch)


@pytest.mark.parametrize(("changed", "message"), WORKBOOKS["CASES"].values(), ids=WORKBOOKS["CASES"])
def test_workbook(
    changed: dict[str, list[list[Any]] | None],
    message: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = write_sheets(tmp_path / "book" / "net.xlsx", changed)
    check(path, path.parent, message, monkeypatch)


def test_there_are_enough_cases() -> None:
    assert len(FOLDERS["CASES"]) + len(WORKBOOKS["CASES"]) >= 100


def test_all_faults_are_kept_though_the_message_counts_them(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "net", FOLDERS["CASES"]["thousand-faults"][0])
    with pytest.raises(valuechain.InvalidDataError) as caught:
        valuechain.read(folder)
    assert [fault.row for fault in caught.value.faults] == list(range(2, 1002))
    assert caught.value.faults[999].value == "-1000"
