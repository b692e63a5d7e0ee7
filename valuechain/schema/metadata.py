"""Checks of network.toml: known keys, their types and choices."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from valuechain.errors import Fault, printable, suggestion
from valuechain.schema.columns import ESSENTIAL_RULES, METADATA, MetadataKey

_STORABLE = "use text in quotes, a number, true or false, or lists and tables of these"
_TYPE_WORDS = {
    str: "text in quotes",
    int: "a whole number without quotes",
    bool: "true or false without quotes",
    dict: "a table",
}


def check_metadata(metadata: Mapping[str, Any], file: str) -> tuple[dict[str, Any], list[Fault], list[str]]:
    """Return the metadata with text stripped, the faults, and a note for each key that is likely misspelt.

    Keys the schema does not know are kept.
    """
    faults: list[Fault] = []
    notes: list[str] = []
    kept: dict[str, Any] = {}
    for name, value in metadata.items():
        if isinstance(value, np.generic):
            value = value.item()  # noqa: PLW2901 - numbers from arrays are numbers
        key = METADATA.get(name)
        if key is None:
            hint = suggestion(name, METADATA)
            if hint:
                notes.append(f"{file}: key '{printable(name)}' is not known and kept as it is; {hint}")
            if not _is_storable(value):
                problem = "cannot be stored"
                faults.append(Fault(file=file, column=name, value=_plain(value), problem=problem, remedy=_STORABLE))
            kept[name] = value
            continue
        kept[name] = value.strip() if isinstance(value, str) else value
        faults += _value_faults(key, kept[name], file)
    faults += [
        Fault(file=file, column=key.name, problem="is missing", remedy=f"add {_example(key)}")
        for key in METADATA.values()
        if key.required and key.name not in kept
    ]
    return kept, faults, notes


def _is_storable(value: object) -> bool:
    """Tell whether a value reads back from network.toml as it was (nan never equals itself, None has no form)."""
    if isinstance(value, str):
        return _is_unicode(value)
    if isinstance(value, list):
        return all(_is_storable(v) for v in value)
    if isinstance(value, dict):
        return all(isinstance(k, str) and _is_unicode(k) and _is_storable(v) for k, v in value.items())
    return type(value) in {bool, int, float} and not (isinstance(value, float) and math.isnan(value))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _value_faults(key: MetadataKey, value: Any, file: str) -> list[Fault]:
    if key.name == "essential_rule":
        return essential_rule_faults(value, file)
    right_type = isinstance(value, key.types) and (bool in key.types or not isinstance(value, bool))
    if not right_type:
        words = " or ".join(_TYPE_WORDS[t] for t in key.types)
        return [
            Fault(
                file=file, column=key.name, value=_plain(value), problem="has the wrong type", remedy=f"write {words}"
            )
        ]
    if key.choices and value not in key.choices:
        choices = [f'"{c}"' if isinstance(c, str) else str(c) for c in key.choices]
        remedy = "write " + (", ".join(choices[:-1]) + " or " if len(choices) > 1 else "") + choices[-1]
        if key.name == "format":
            remedy += ", or use a newer version of valuechain"
        return [Fault(file=file, column=key.name, value=_plain(value), problem="is not supported", remedy=remedy)]
    if isinstance(value, str) and not _is_unicode(value):
        problem = "holds a character that does not exist in Unicode"
        return [Fault(file=file, column=key.name, problem=problem, remedy="retype it")]
    if key.name == "name" and not value:
        return [Fault(file=file, column="name", problem="is empty", remedy='write name = "..."')]
    return []


def essential_rule_faults(rule: Any, file: str) -> list[Fault]:
    """Return what is wrong with an ``essential_rule``."""
    remedy = 'write "physical", "all", "none" or { min_share = 0.02 }'
    if isinstance(rule, str):
        if rule in ESSENTIAL_RULES:
            return []
        hint = suggestion(rule, ESSENTIAL_RULES)
        problem = "is not a known rule"
        return [
            Fault(
                file=file,
                column="essential_rule",
                value=rule,
                problem=problem,
                remedy=f"{hint} Else {remedy}" if hint else remedy,
            )
        ]
    share = rule["min_share"] if isinstance(rule, dict) and set(rule) == {"min_share"} else None
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        problem = "is not a known rule"
        return [Fault(file=file, column="essential_rule", value=_plain(rule), problem=problem, remedy=remedy)]
    return []


def _plain(value: object) -> str:
    """Return a value as network.toml has it, without the quotes of a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_plain(v)}" for k, v in value.items()) + " }"
    return str(value)


def _example(key: MetadataKey) -> str:
    return "format = 1" if key.name == "format" else f'{key.name} = "..."'
