"""Blocs of countries: lists that come with the program, and lists a user gives."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from valuechain.errors import ParameterError, UnknownNameError, suggestion
from valuechain.schema.countries import country_code, country_hint

__all__ = ["PARTITION", "area_countries", "bloc_table", "partition"]

PARTITION = ("EU", "EFTA", "USMCA", "ASEAN")
"""Blocs that share no country: what ``merge="bloc"`` counts as one unless told otherwise."""


@lru_cache(maxsize=1)
def bloc_table() -> dict[str, dict[str, Any]]:
    """Return the blocs that come with the program: name, members, the day of the list and its source."""
    return tomllib.loads((Path(__file__).parent / "blocs.toml").read_text(encoding="utf-8"))


def _members(name: str) -> tuple[str, ...]:
    table = bloc_table()
    known = {n.casefold(): n for n in table}
    if name.strip().casefold() not in known:
        hint = suggestion(name, table) or f"known are {', '.join(table)}; or list the countries"
        raise UnknownNameError(f"no bloc is called '{name}'; {hint}")
    return tuple(table[known[name.strip().casefold()]]["members"])


def _codes(countries: Iterable[str], what: str) -> tuple[str, ...]:
    """Return alpha-3 codes, each once; every code that does not exist is named."""
    given = [str(c).strip() for c in countries]
    codes = [country_code(c) for c in given]
    wrong = [
        f"'{c}' of {what} is no country; {country_hint(c)}" for c, k in zip(given, codes, strict=True) if k is None
    ]
    if wrong:
        raise UnknownNameError("\n".join(wrong))
    if not codes:
        raise ParameterError(f"{what} has no country; name at least one")
    return tuple(dict.fromkeys(str(c) for c in codes))


def area_countries(area: str | Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """Return the name and the countries of an area.

    Parameters
    ----------
    area
        Name of a bloc (``"EU"``), a country code (``"DEU"``), codes with commas (``"DEU,FRA"``) or a list of codes.

    Raises
    ------
    UnknownNameError
        When there is no such bloc or country.
    ParameterError
        When no country is named.

    Examples
    --------
    >>> area_countries("usmca"), area_countries(["DE", "FRA"])
    (('USMCA', ('CAN', 'MEX', 'USA')), ('DEU+FRA', ('DEU', 'FRA')))
    """
    if isinstance(area, str) and "," not in area:
        known = {n.casefold(): n for n in bloc_table()}
        code = country_code(area)
        if area.strip().casefold() not in known and code is not None:
            return code, (code,)
        members = _members(area)
        return known[area.strip().casefold()], members
    if not isinstance(area, Iterable):
        raise ParameterError(f"area {area!r} is no text; write countries or a bloc, such as 'EU', or a list of them")
    parts = [p for p in area.split(",") if p.strip()] if isinstance(area, str) else list(area)
    codes = _codes(parts, "the area")
    return "+".join(codes[:4]) + (f"+{len(codes) - 4}" if len(codes) > 4 else ""), codes


def partition(blocs: Iterable[str] | Mapping[str, Iterable[str]] | None = None) -> dict[str, str]:
    """Return the bloc of each country that is in one.

    Parameters
    ----------
    blocs
        Names of blocs, or a table of own ones ``{name: countries}``; None: those of ``PARTITION``.

    Raises
    ------
    UnknownNameError
        When there is no such bloc or country.
    ParameterError
        When a country is in two of them, since it can count for one only.

    Examples
    --------
    >>> partition({"Baltics": ["EE", "LV", "LT"]})["EST"]
    'Baltics'
    """
    if isinstance(blocs, str):
        blocs = [blocs]
    if isinstance(blocs, Mapping):
        chosen = {str(n): _codes([c] if isinstance(c, str) else c, f"bloc '{n}'") for n, c in blocs.items()}
    else:
        chosen = {str(n): _members(str(n)) for n in (PARTITION if blocs is None else blocs)}
    of_country: dict[str, str] = {}
    twice = []
    for name, members in chosen.items():
        twice += [f"{c} is in {of_country[c]} and {name}" for c in members if c in of_country]
        of_country |= dict.fromkeys(members, name)
    if twice:
        raise ParameterError(f"a country can count for one bloc only: {'; '.join(twice[:5])}")
    return of_country
