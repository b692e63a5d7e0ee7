"""The sheet ``network`` of a workbook: the keys of network.toml as rows of key, value and, where needed, type.

Text, whole numbers, fractions and true/false stand in the cell as they are. ``essential_rule`` with a share has the
row ``essential_rule.min_share``. What a cell cannot hold exactly (lists, tables, empty text) stands as JSON, and the
third column says ``json``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from valuechain.errors import Fault
from valuechain.schema import METADATA

MIN_SHARE = "essential_rule.min_share"
HEADER = ("key", "value", "type")
_SHARE_TEXT = re.compile(r"\s*\{?\s*min_share\s*=\s*([0-9.eE+-]+)\s*\}?\s*")
_LARGEST_WHOLE = 10**15


def rows_from_metadata(metadata: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    """Return key, value and type of each row, ``format`` first.

    Examples
    --------
    >>> rows_from_metadata({"name": "x", "essential_rule": {"min_share": 0.02}, "list": [1]})
    [('format', 1, ''), ('name', 'x', ''), ('essential_rule.min_share', 0.02, ''), ('list', '[1]', 'json')]
    """
    rows: list[tuple[str, Any, str]] = [("format", 1, "")]
    for key, value in metadata.items():
        if key == "essential_rule" and isinstance(value, dict) and _is_plain(value.get("min_share")):
            rows.append((MIN_SHARE, value["min_share"], ""))
        elif _is_plain(value) and key == _known_key(key) and key.strip() == key and key != MIN_SHARE:
            rows.append((key, value, ""))
        else:
            rows.append((key, json.dumps(value), "json"))
    return rows


def _is_plain(value: Any) -> bool:
    """Tell whether a typed cell gives this very value back."""
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) < _LARGEST_WHOLE
    if isinstance(value, float):
        # A whole float would come back as int.
        return math.isfinite(value) and value != int(value)
    return isinstance(value, str) and value != "" and _typed("", value) == value


def _known_key(key: str) -> str:
    plain = key.strip().casefold()
    return plain if plain in METADATA else key


def metadata_from_rows(rows: list[tuple[int, list[Any]]], file: str) -> tuple[dict[str, Any], list[Fault]]:
    """Return the metadata and what is wrong with the rows; ``rows`` has row numbers and cells.

    A key without value is not known and left out.
    """
    metadata: dict[str, Any] = {}
    faults: list[Fault] = []
    for number, cells in rows:
        key, value, kind = (*cells[:3], None, None, None)[:3]
        if number == 1 and str(key).strip().casefold() == "key":
            continue
        if value is None:
            continue
        if key is None:
            problem = "has no key"
            faults.append(Fault(file=file, row=number, value=str(value), problem=problem, remedy="name it in column A"))
            continue
        try:
            name, content = _entry(str(key), value, str(kind or ""))
        except ValueError:
            faults.append(
                Fault(
                    file=file,
                    row=number,
                    column=str(key),
                    value=str(value),
                    problem="is not JSON",
                    remedy="mend it, or empty column C and write plain text",
                )
            )
            continue
        if name in metadata:
            remedy = "keep one of the rows"
            faults.append(Fault(file=file, row=number, column=name, problem="is there twice", remedy=remedy))
        metadata[name] = content
    return metadata, faults


def _entry(key: str, value: Any, kind: str) -> tuple[str, Any]:
    if kind.strip().casefold() == "json":
        return key, json.loads(str(value))
    if key.strip().casefold() == MIN_SHARE:
        return "essential_rule", {"min_share": _typed("min_share", value)}
    name = _known_key(key)
    if name == "essential_rule" and isinstance(value, str) and (share := _SHARE_TEXT.fullmatch(value)):
        return name, {"min_share": float(share[1])}
    return name, _typed(name, value)


def _typed(key: str, value: Any) -> Any:
    """Return a cell as the key wants it: spreadsheets store ``2024`` as text or as a fraction without warning."""
    types = METADATA[key].types if key in METADATA else ()
    if isinstance(value, str):
        text = value.strip()
        if int in types and re.fullmatch(r"-?[0-9]{1,15}", text):
            return int(text)
        if bool in types and text.casefold() in {"true", "false", "yes", "no"}:
            return text.casefold() in {"true", "yes"}
        return value
    if isinstance(value, float) and value == int(value) and (int in types or str in types):
        value = int(value)
    if types == (str,) and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, bool | int | float):
        return value
    return str(value)
