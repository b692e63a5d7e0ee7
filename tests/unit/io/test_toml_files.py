import tomllib
from pathlib import Path

import pytest

from valuechain.io.toml_files import parse_toml, read_toml, toml_bytes


# tomllib words mistakes differently from one Python to the next: the place and the remedy are ours.
@pytest.mark.parametrize(
    ("text", "row", "remedy"),
    [
        ("a = 1\nb = text\n", 2, 'put text in quotes: b = "text"'),
        ("a = 1\na = 2\n", 2, "keep one of the lines with this key"),
        ("a = 'x\n", 1, "close the quotes"),
        ('a = "x\n', 1, "close the quotes"),
        ("a = 1\nb: 2\n", 2, 'put = between key and value, such as name = "My network"'),
        ("a = [1,\n", 1, 'write one key a line, text in quotes, such as name = "My network"'),
    ],
)
def test_the_place_of_a_mistake_and_its_remedy(text: str, row: int, remedy: str) -> None:
    content, faults = parse_toml(text, "x.toml")
    assert content is None
    assert [(fault.row, fault.remedy) for fault in faults] == [(row, remedy)]


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
