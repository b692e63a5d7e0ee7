"""What colours mean on a page: one scheme for risk, one for sectors, one for countries, each with its legend."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.report.colours import CATEGORIES, STEPS, UNKNOWN, sequential_steps
from valuechain.report.selection import Selection
from valuechain.report.words import Catalogue, clean, share


@dataclass(frozen=True, kw_only=True)
class LegendEntry:
    """One colour of a legend and what it stands for."""

    colour: str
    label: str
    firms: int | None = None


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """A way to colour firms: ``codes`` are places in ``palette``, one a firm; ``is_scale`` where order has meaning."""

    key: str
    name: str
    meaning: str
    palette: tuple[str, ...]
    codes: tuple[int, ...]
    legend: tuple[LegendEntry, ...]
    is_scale: bool = False


def schemes(selection: Selection, words: Catalogue, unit: str | None) -> tuple[Scheme, ...]:
    """Return the schemes the data allow, the one to start with first. ``unit`` is that of the risk index, if any."""
    page = words["page"]
    found = []
    if unit is not None:
        found.append(_risk(selection, words, unit))
    found.append(_categories(selection.firms["sector"], "sector", page["by_sector"], words))
    if "country" in selection.firms and selection.firms["country"].notna().any():
        found.append(_categories(selection.firms["country"], "country", page["by_country"], words))
    return tuple(found)


def _risk(selection: Selection, words: Catalogue, unit: str) -> Scheme:
    page = words["page"]
    top = float(np.nanmax(selection.index, initial=0.0))
    known = ~np.isnan(selection.index)
    part = np.nan_to_num(selection.index) / (top or 1.0)
    codes = np.where(known, np.rint(part * (STEPS - 1)), STEPS).astype(int)
    palette = (*sequential_steps(), UNKNOWN)
    entries = [
        LegendEntry(colour=palette[round(s * (STEPS - 1))], label=share(s * top, digits=2))
        for s in np.linspace(0, 1, 5)
    ]
    if not known.all():
        entries.append(LegendEntry(colour=UNKNOWN, label=page["not_known"], firms=int((~known).sum())))
    of = unit.removeprefix("fraction of ")
    return Scheme(
        key="risk",
        name=page["by_risk"],
        meaning=page["risk_meaning"].format(of=of),
        palette=palette,
        codes=tuple(int(c) for c in codes),
        legend=tuple(entries),
        is_scale=True,
    )


def _categories(values: pd.Series, key: str, name: str, words: Catalogue) -> Scheme:
    page = words["page"]
    labels = [None if pd.isna(v) else str(v) for v in values]
    counts = Counter(v for v in labels if v is not None)
    ranked = sorted(counts, key=lambda v: (-counts[v], v))
    shown = ranked[: len(CATEGORIES)]
    code = {v: k for k, v in enumerate(shown)}
    rest = len(CATEGORIES)
    readable = country_name if key == "country" else clean
    entries = [LegendEntry(colour=CATEGORIES[k], label=readable(v), firms=counts[v]) for k, v in enumerate(shown)]
    others = sum(counts[v] for v in ranked[len(CATEGORIES) :])
    missing = sum(v is None for v in labels)
    if others:
        label = page["other"].format(count=len(ranked) - len(shown))
        entries.append(LegendEntry(colour=UNKNOWN, label=label, firms=others))
    if missing:
        entries.append(LegendEntry(colour=UNKNOWN, label=page["not_known"], firms=missing))
    return Scheme(
        key=key,
        name=name,
        meaning=page[f"{key}_meaning"],
        palette=(*CATEGORIES, UNKNOWN),
        codes=tuple(rest if v is None else code.get(v, rest) for v in labels),
        legend=tuple(entries),
    )


def country_name(code: str) -> str:
    """Return the common name of a country by its alpha-3 code, or the code where there is none."""
    import pycountry  # noqa: PLC0415 - its tables are read at import

    found = pycountry.countries.get(alpha_3=code)
    if found is None:
        return clean(code)
    return str(getattr(found, "common_name", found.name))
