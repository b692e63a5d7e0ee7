"""What colours mean on a page: one scheme for risk, one for sectors, one for countries, each with its legend."""

from __future__ import annotations

import gettext
from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from valuechain.report.clusters import Clusters
from valuechain.report.colours import CATEGORIES, NO_LOSS, STEPS, UNKNOWN, difference_steps, sequential_steps
from valuechain.report.selection import Selection
from valuechain.report.words import Catalogue, clean, local, share


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


def schemes(
    selection: Selection, words: Catalogue, base: str | None, clusters: Clusters | None = None
) -> tuple[Scheme, ...]:
    """Return the schemes the data allow, the first one to start with. ``base``: what risk is a share of, if known."""
    page = words["page"]
    found = []
    if base is not None:
        found.append(_risk(selection, words, base))
    found.append(_categories(selection.firms["sector"], "sector", page["by_sector"], words))
    if clusters is not None:
        of = pd.Series(clusters.first(selection.n_firms), dtype="object")
        found.append(_categories(of, "cluster", page["by_cluster"], words, none=page["no_cluster"]))
    if "country" in selection.firms and selection.firms["country"].notna().any():
        found.append(_categories(selection.firms["country"], "country", page["by_country"], words))
    return tuple(found)


def _risk(selection: Selection, words: Catalogue, base: str) -> Scheme:
    page = words["page"]
    top = float(np.nanmax(selection.index, initial=0.0))
    known = ~np.isnan(selection.index)
    part = np.nan_to_num(selection.index) / (top or 1.0)
    codes = np.where(known, np.rint(part * (STEPS - 1)), STEPS).astype(int)
    palette = (*sequential_steps(), UNKNOWN)
    entries = [
        LegendEntry(colour=palette[round(s * (STEPS - 1))], label=local(share(s * top, digits=2), words))
        for s in np.linspace(0, 1, 5)
    ]
    if not known.all():
        entries.append(LegendEntry(colour=UNKNOWN, label=page["not_known"], firms=int((~known).sum())))
    return Scheme(
        key="risk",
        name=page["by_risk"],
        meaning=page["risk_meaning"].format(of=base),
        palette=palette,
        codes=tuple(int(c) for c in codes),
        legend=tuple(entries),
        is_scale=True,
    )


def _categories(values: pd.Series, key: str, name: str, words: Catalogue, *, none: str | None = None) -> Scheme:
    page = words["page"]
    labels = [None if pd.isna(v) else str(v) for v in values]
    counts = Counter(v for v in labels if v is not None)
    ranked = sorted(counts, key=lambda v: (-counts[v], v))
    shown = ranked[: len(CATEGORIES)]
    code = {v: k for k, v in enumerate(shown)}
    rest = len(CATEGORIES)
    tongue = page["language_code"]
    names = [country_name(v, tongue) if key == "country" else clean(v) for v in shown]
    entries = [LegendEntry(colour=CATEGORIES[k], label=names[k], firms=counts[v]) for k, v in enumerate(shown)]
    others = sum(counts[v] for v in ranked[len(CATEGORIES) :])
    missing = sum(v is None for v in labels)
    if others:
        label = page["other"].format(count=len(ranked) - len(shown))
        entries.append(LegendEntry(colour=UNKNOWN, label=label, firms=others))
    if missing:
        entries.append(LegendEntry(colour=UNKNOWN, label=none or page["not_known"], firms=missing))
    return Scheme(
        key=key,
        name=name,
        meaning=page[f"{key}_meaning"],
        palette=(*CATEGORIES, UNKNOWN),
        codes=tuple(rest if v is None else code.get(v, rest) for v in labels),
        legend=tuple(entries),
    )


def loss_legend(words: Catalogue) -> tuple[LegendEntry, ...]:
    """Return the legend of losses of a day or sweep: none, then a quarter each."""
    palette = sequential_steps()
    rest = [(palette[round(s * (STEPS - 1))], s) for s in (0.02, 0.25, 0.5, 0.75, 1.0)]
    return tuple(LegendEntry(colour=c, label=local(share(s), words)) for c, s in ((NO_LOSS, 0.0), *rest))


def difference_legend(words: Catalogue) -> tuple[LegendEntry, ...]:
    """Return the legend of differences between two runs."""
    palette, page = difference_steps(), words["page"]
    labels = (page["less"], local("-50%", words), page["same"], local("+50%", words), page["more"])
    return tuple(
        LegendEntry(colour=palette[round(s * (STEPS - 1))], label=label)
        for s, label in zip((0.0, 0.25, 0.5, 0.75, 1.0), labels, strict=True)
    )


def country_name(code: str, language: str = "en") -> str:
    """Return the common name of a country by its alpha-3 code in a language, or the code where there is none."""
    import pycountry  # noqa: PLC0415 - its tables are read at import

    found = pycountry.countries.get(alpha_3=code)
    if found is None:
        return clean(code)
    name = str(getattr(found, "common_name", found.name))
    return _translation(language).gettext(name) if language != "en" else name


@cache
def _translation(language: str) -> gettext.NullTranslations:
    import pycountry  # noqa: PLC0415

    return gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)
