"""Names and numbers as the report writes them: firms, products and countries by name, numbers as the language does."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from valuechain.network import Network
from valuechain.report import words as wording
from valuechain.report.schemes import country_name
from valuechain.report.words import Catalogue, clean, headline, local, number, share, short, unscaled

MILLION = 1e6
"""Values below it are said in the unit of the data."""

NAME = 70
"""Characters of a name within a sentence; tables show all of it."""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """A network and the words of one language."""

    network: Network
    words: Catalogue

    @property
    def language(self) -> str:
        """Code of the language."""
        return str(self.words["page"]["language_code"])

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What people call each firm, by id; candidates outside the network too."""
        found: dict[str, str] = {}
        for firms in (self.network.table("candidates"), self.network.firms):
            if firms is not None:
                given = firms["name"] if "name" in firms else firms["firm"]
                pairs = zip(firms["firm"].astype(str), given, strict=True)
                found |= {i: clean(n) if isinstance(n, str) and n.strip() else clean(i) for i, n in pairs}
        return found

    @cached_property
    def products(self) -> Mapping[str, str]:
        """What people call each product, by id."""
        table = self.network.table("products")
        if table is None or "name" not in table:
            return {}
        known = table[table["name"].notna()]
        return {str(p): clean(n) for p, n in zip(known["product"], known["name"], strict=True)}

    @cached_property
    def country_codes(self) -> frozenset[str]:
        """Codes of the countries of firms."""
        firms = self.network.firms
        return frozenset(firms["country"].dropna().astype(str)) if "country" in firms else frozenset()

    @cached_property
    def clusters(self) -> Mapping[str, str]:
        """What people call each cluster, by id."""
        table, members = self.network.table("clusters"), self.network.table("members")
        ids = set() if members is None else set(members["cluster"].astype(str))
        named: dict[str, object] = {}
        if table is not None:
            names = table["name"] if "name" in table else table["cluster"]
            named = dict(zip(table["cluster"].astype(str), names, strict=True))
        return {i: clean(named[i]) if isinstance(named.get(i), str) else clean(i) for i in sorted(ids | set(named))}

    def say(self, key: str, count: int | None = None, /, **values: object) -> str:
        """Return a sentence of the catalogue; ``count`` chooses the form for one, and is ``{count}`` in it."""
        report = self.words["report"]
        if count is not None:
            values["count"] = self.number(count)
            key = f"{key}_one" if count == 1 and f"{key}_one" in report else key
        return str(report[key]).format(**values)

    def number(self, value: float) -> str:
        """Return a number; not known is empty, as is infinity."""
        return local(number(float(value)), self.words) if math.isfinite(value) else ""

    def share(self, value: float) -> str:
        """Return a share as a percentage."""
        return local(share(float(value)), self.words) if math.isfinite(value) else ""

    def amount(self, value: float, unit: str) -> str:
        """Return a value in a few digits with its unit."""
        return " ".join(self.worth(value, unit))

    def worth(self, value: float, unit: str) -> tuple[str, str]:
        """Return a value in a few digits, and its unit in words: millions of thousands are billions."""
        size, plain = unscaled(unit) if abs(value) >= MILLION else (1.0, unit)
        return headline(float(f"{value * size:.10g}"), self.words), self.unit(plain)

    def unit(self, unit: str) -> str:
        """Return a unit in the language: the period of flows, days."""
        for period in ("year", "day"):
            if unit.endswith(f" per {period}"):
                return f"{clean(unit.removesuffix(f' per {period}'))} {self.words['report'][f'per_{period}']}"
        return self.words["units"].get(unit) or clean(unit)

    def firm(self, firm_id: object) -> str:
        """Return the name of a firm for a sentence."""
        return short(self.names.get(str(firm_id), clean(firm_id)), NAME)

    def product(self, product: object) -> str:
        """Return the name of a product for a sentence; an id without a name stands in quotes."""
        name = self.products.get(str(product))
        return short(name, NAME) if name is not None else self.say("quoted", id=short(clean(product), NAME))

    def country(self, code: object) -> str:
        """Return the name of a country."""
        return country_name(str(code), self.language)


def catalogue(language: str) -> Catalogue:
    """Return the words of the report in a language: its own over those of the page.

    Raises
    ------
    ParameterError
        When there is no catalogue for it.
    """
    own = wording.catalogue(language, of="valuechain.report.document")
    page = wording.catalogue(language)
    return {**page, **own, "columns": {**page["columns"], **own["columns"]}}


def is_missing(value: Any) -> bool:
    """Tell whether a cell holds nothing."""
    import pandas as pd  # noqa: PLC0415

    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))
