"""The documentation is true: pages made from the program have not drifted, links lead somewhere, what is quoted runs.

Fenced blocks of the pages under docs: lines of ``sh`` blocks that begin with ``valuechain `` are run, in the order of
the page, in a temporary folder; ``# exit 3`` at the end of a line says how the command must end. Each line of an
``output`` block must occur in what the commands of the page have printed so far (``...`` stands for lines left out).
``toml`` blocks that begin with ``# file.toml`` are written to that file first. ``python`` blocks are run, in one
namespace a page; ``py`` and ``text`` blocks are not.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import socket
import warnings
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest
from click.testing import CliRunner

import valuechain.cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "graphs").glob("*/README.md")])
OWN = [p for p in PAGES if (ROOT / "docs") in p.parents]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
EXIT = re.compile(r"\s+# exit (\d+)$")

FIRMS = (
    ("F01", "24.10", "Steel works north", "DE", 4200),
    ("F02", "24.10", "Steel works south", "IT", 3900),
    ("F03", "26.11", "Chip maker", "TW", 2500),
    ("F04", "20.16", "Resin plant", "NL", 1800),
    ("F05", "25.62", "Turning shop A", "DE", 950),
    ("F06", "25.62", "Turning shop B", "DE", 780),
    ("F07", "25.73", "Tool maker", "AT", 640),
    ("F08", "22.29", "Moulder", "DE", 720),
    ("F09", "27.11", "Motor maker A", "DE", 2100),
    ("F10", "27.11", "Motor maker B", "CZ", 1500),
    ("F11", "26.51", "Sensor maker", "DE", 890),
    ("F12", "27.32", "Cable maker", "PL", 1300),
    ("F13", "28.13", "Pump maker", "DE", 3300),
    ("F14", "28.25", "Fan maker", "DE", 2700),
    ("F15", "28.22", "Hoist maker", "DE", 4100),
    ("F16", "33.12", "Repair shop", "DE", 410),
    ("F17", "49.41", "Haulier", "DE", 520),
    ("F18", "71.12", "Design office", "DE", 300),
    ("F19", "35.11", "Power utility", "DE", 900),
    ("F20", "62.01", "Software house", "DE", 350),
)
LINKS = (
    "F01 F05 210, F02 F05 90, F01 F06 260, F01 F15 380, F02 F15 200, F02 F13 150, F03 F11 240, F04 F08 310, "
    "F08 F11 60, F08 F13 120, F08 F14 140, F05 F09 180, F06 F10 150, F05 F13 130, F06 F15 190, F07 F05 70, "
    "F07 F06 60, F07 F08 55, F09 F13 420, F09 F14 510, F10 F15 480, F10 F14 110, F11 F13 160, F11 F14 170, "
    "F11 F15 210, F12 F09 95, F12 F10 80, F12 F15 140, F16 F13 40, F16 F15 45, F17 F13 70, F17 F14 65, "
    "F17 F15 80, F18 F15 60, F19 F01 160, F19 F08 70, F20 F15 50, F20 F11 40"
)


def fill_template(path: Path) -> None:
    """Fill the template as the page on spreadsheets tells a reader to: 20 firms, 38 links, name, currency and year."""
    book = openpyxl.load_workbook(path)
    firms = [dict(zip(("firm", "sector", "name", "country", "output"), row, strict=True)) for row in FIRMS]
    links = [dict(zip(("supplier", "buyer", "flow"), part.split(), strict=True)) for part in LINKS.split(", ")]
    for sheet, rows in ((book["firms"], firms), (book["links"], links)):
        column = {cell.value: cell.column for cell in sheet[1]}
        for number, row in enumerate(rows, start=2):
            for name, value in row.items():
                sheet.cell(number, column[name], float(value) if name == "flow" else value)
    given = {"name": "Pump cluster", "currency": "kEUR", "year": 2024}
    for key, value in book["network"].iter_rows(min_row=2, max_col=2):
        value.value = given.get(key.value, value.value)
    book.save(path)


def spoil_workbook(folder: Path) -> None:
    """Save my.xlsx as faulty.xlsx with the faults that the page on spreadsheets shows."""
    book = openpyxl.load_workbook(folder / "my.xlsx")
    for sheet, name, row, value in (
        ("firms", "country", 3, "Italia"),
        ("firms", "firm", 7, "F05"),
        ("firms", "capacity", 9, 600),
        ("links", "buyer", 4, "F5"),
        ("links", "flow", 6, -380),
        ("links", "flow", 8, "about 200"),
        ("links", "confidence", 10, 80),
    ):
        column = {cell.value: cell.column for cell in book[sheet][1]}
        book[sheet].cell(row, column[name], value)
    book.save(folder / "faulty.xlsx")


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "docs" / "build_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_made_pages_have_not_drifted() -> None:
    assert sorted(builder().drifted()) == [], "run python docs/build_docs.py"


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", BLOCK.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", t.casefold()).replace(" ", "-") for t in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = {(ROOT / "docs" / t.partition("#")[0]).resolve() for t in LINK.findall(index)}
    assert [str(p) for p in OWN if p.name != "index.md" and p not in listed] == []


@pytest.mark.parametrize("page", OWN, ids=lambda p: str(p.relative_to(ROOT)))
def test_quoted_commands_and_scripts_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    if not any(kind in {"sh", "python", "output"} for kind, _ in blocks):
        return
    if any(kind == "python" and "import pymrio" in text for kind, text in blocks):
        pytest.importorskip("pymrio")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    printed = ""
    for kind, text in blocks:
        if kind == "toml" and (named := re.match(r"# (\S+\.toml)\n", text)):
            (tmp_path / named[1]).write_text(text, encoding="utf-8")
        elif kind == "sh":
            printed += run_commands(text)
        elif kind == "python":
            printed += run_script(text, names)
        elif kind == "output":
            check_output(text, printed)


def run_commands(block: str) -> str:
    printed = ""
    for line in block.splitlines():
        if not line.startswith("valuechain "):
            continue
        wanted = int(found[1]) if (found := EXIT.search(line)) else 0
        ran = CliRunner().invoke(valuechain.cli.group, shlex.split(EXIT.sub("", line))[1:], prog_name="valuechain")
        assert ran.exit_code == wanted, f"{line}\n{ran.output}"
        printed += ran.output
        if "--template" in line:
            fill_template(Path("my.xlsx"))
            spoil_workbook(Path())
    return printed


def run_script(block: str, names: dict[str, object]) -> str:
    capture: list[str] = []
    names["print"] = lambda *words: capture.append(" ".join(map(str, words)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(block, "<docs>", "exec"), names)  # noqa: S102 - our own pages
    return "\n".join(capture) + "\n"


def check_output(block: str, printed: str) -> None:
    plain = " ".join(printed.split())
    missing = [line for line in block.splitlines() if line.strip("… .") and " ".join(line.split()) not in plain]
    assert missing == [], "the program does not print this"


def test_no_connection_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: object, **more: object) -> None:
        raise AssertionError(f"a connection: {words}")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.chdir(tmp_path)
    run_commands("valuechain convert --template my.xlsx\nvaluechain diagnose my.xlsx --html my.html")
    page = Path("my.html").read_text(encoding="utf-8")
    assert "default-src &#39;none&#39;" in page, "the page may fetch nothing"


def test_pages_keep_to_the_house_style() -> None:
    text = {p: p.read_text(encoding="utf-8") for p in [*OWN, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]}
    assert [str(p) for p, t in text.items() if "\u2014" in t] == [], "no em dashes"
