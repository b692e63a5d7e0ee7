import tomllib
from pathlib import Path

import pytest

from valuechain.io.toml_files import parse_toml, read_toml, toml_bytes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\nb = text\n", 'x.toml row 2: is not TOML (invalid value, column 5); put text in quotes: b = "text"'),
        (
            "a = 1\na = 2\n",
            "x.toml row 2: is not TOML (cannot overwrite a value, at end of document); keep one of the lines with this key",
        ),
        ("a = 'x\n", "x.toml row 1: is not TOML (found invalid character '\\n', column 7); close the quotes"),
    ],
)
def test_the_place_of_a_mistake_and_its_remedy(text: str, message: str) -> None:
    content, faults = parse_toml(text, "x.toml")
    assert content is None
    # tomllib words some mistakes differently from one Python to the next: the place and the remedy are ours.
    assert [str(fault).split(" is not")[0] for fault in faults] == [message.split(" is not")[0]]
    assert [fault.remedy for fault in faults] == [message.rsplit("; ", maxsplit=1)[1]]


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 5000, "a = " + "9" * 5000, "a = 2024-13-45", "[a]\n[a]\n", "\x00", "a"]
)
def test_every_mistake_is_a_fault(text: str) -> None:
    content, faults = parse_toml(text, "x.toml")
    assert content is None
    assert len(faults) == 1


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xef\xbb\xbfa = 1\r\n")
    assert read_toml(tmp_path / "x.toml") == ({"a": 1}, [])


def test_other_encodings_are_told_with_the_row(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b'a = 1\nb = "\xfc"\n')
    content, faults = read_toml(tmp_path / "x.toml")
    assert content is None
    assert [(fault.row, fault.problem) for fault in faults] == [(2, "has the wrong encoding (byte 0xfc is not UTF-8)")]


def test_what_is_written_reads_back() -> None:
    content = {"name": "a\r\n\x00\"'\\", "list": [1, 2.5, True, {"x": "y"}], "table": {"deep": {"a": []}}, "ü .": -0.5}
    assert tomllib.loads(toml_bytes(content).decode()) == content
