"""network.toml: read with the place of a mistake, write so that it reads back the same."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from valuechain.errors import Fault

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)\Z")
_BARE_TEXT = re.compile(r"\s*([A-Za-z_]+)\s*=\s*([^\"'\[{\d\s+\-#][^#\"]*?)\s*\Z")
_SAVE = "save it as UTF-8 text"


def read_toml(path: Path) -> tuple[dict[str, Any] | None, list[Fault]]:
    """Return the content of a TOML file, or None and the fault that it has."""
    file = path.name
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        return None, [Fault(file=file, problem=problem, remedy="close it in other programs and check its permissions")]
    try:
        # Editors on Windows put a byte order mark first, which TOML does not allow.
        text = data.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        problem = f"has the wrong encoding (byte 0x{data[error.start]:02x} is not UTF-8)"
        return None, [Fault(file=file, row=row, problem=problem, remedy=_SAVE)]
    return parse_toml(text, file)


def parse_toml(text: str, file: str) -> tuple[dict[str, Any] | None, list[Fault]]:
    """Return the content of a TOML text, or None and the fault that it has, with line and column."""
    try:
        return tomllib.loads(text), []
    except RecursionError:
        return None, [Fault(file=file, problem="is nested too deeply", remedy="write plain lines of key = value")]
    except ValueError as error:  # TOMLDecodeError, and plain ValueError for an integer of thousands of digits
        return None, [_syntax_fault(str(error), text, file)]


def _syntax_fault(message: str, text: str, file: str) -> Fault:
    lines = text.splitlines()
    place = _PLACE.search(message)
    what = message[: place.start()] if place else message.split(";", maxsplit=1)[0]
    row = int(place[1]) if place and place[1] else max(1, len(lines))
    column = f", column {place[2]}" if place and place[2] else ""
    return Fault(
        file=file,
        row=row,
        problem=f"is not TOML ({what[:1].lower()}{what[1:].rstrip('.')}{column})",
        remedy=_remedy(what, lines[row - 1] if row <= len(lines) else ""),
    )


def _remedy(what: str, line: str) -> str:
    if "Unterminated" in what or "'\\n'" in what or what in {'Expected "\'"', "Expected '\"'"}:
        return "close the quotes"
    if "Expected '='" in what:
        return 'put = between key and value, such as name = "My network"'
    bare = _BARE_TEXT.match(line)
    if "overwrite" in what or "twice" in what:
        return "keep one of the lines with this key"
    if bare is not None:
        return f'put text in quotes: {bare[1]} = "{bare[2]}"'
    return 'write one key a line, text in quotes, such as name = "My network"'


def toml_bytes(content: Mapping[str, Any]) -> bytes:
    """Return a TOML file."""
    return tomli_w.dumps(dict(content)).encode()
