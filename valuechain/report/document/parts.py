"""The results of a report by what they answer; what is quick and rests on no choice is computed where it is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from valuechain.analysis.concentration import Concentration, concentration
from valuechain.analysis.country_points import CountrySinglePoints, country_single_points
from valuechain.analysis.critical import Critical
from valuechain.analysis.diagnose import Diagnosis
from valuechain.analysis.exposure import Exposure
from valuechain.analysis.overview import Overview, overview
from valuechain.analysis.single_points import SinglePoints, single_points_of_failure
from valuechain.analysis.single_sourced import SingleSourced, single_sourced_inputs
from valuechain.models.ensemble_result import EnsembleResult
from valuechain.models.simulate import SimulationResult
from valuechain.models.systemic_risk import SystemicRisk
from valuechain.network import Network
from valuechain.report.document.fronts import front_of
from valuechain.report.saved_results import SavedEnsembleResult
from valuechain.results import Result

__all__ = ["Ensemble", "Parts", "Run", "parts_of"]

R = TypeVar("R", bound=Result)

Ensemble = EnsembleResult | SavedEnsembleResult
Run = SimulationResult | Ensemble

SUGGESTION = frozenset({"candidate", "product", "buyer", "loss_cut"})
"""Columns of a table of suggested partners, each judged alone."""

CHOSEN = frozenset({"candidate", "product", "buyer", "cut_in_set"})
"""Columns of a set of partners that was chosen as a whole."""


@dataclass(kw_only=True)
class Parts:
    """Results by what they answer; those the report has no place of its own for are in ``others``."""

    overview: Overview
    points: SinglePoints
    single_sourced: SingleSourced
    by_product: Concentration
    by_country: Concentration | None
    countries: CountrySinglePoints | None
    critical: Critical | None = None
    risk: SystemicRisk | None = None
    exposure: Exposure | None = None
    runs: list[Run] = field(default_factory=list)
    partners: list[Result] = field(default_factory=list)
    sets: list[Result] = field(default_factory=list)
    fronts: list[Result] = field(default_factory=list)
    others: list[Result] = field(default_factory=list)

    @property
    def used(self) -> list[Result]:
        """All results, in the order of reading."""
        first = self.points if self.critical is None else self.critical
        structure = (first, self.risk, self.single_sourced, self.by_product, self.by_country, self.countries)
        found = [r for r in structure if r is not None]
        exposed = [] if self.exposure is None else [self.exposure]
        return [*found, *self.runs, *exposed, *self.partners, *self.sets, *self.fronts, *self.others]


def parts_of(network: Network, results: Sequence[Result]) -> Parts:
    """Return the results sorted; the overview and the structure of the network are computed where not given."""
    given = _flat(results)
    has_country = "country" in network.firms and bool(network.firms["country"].notna().any())
    judged = _take(given, Critical)
    parts = Parts(
        critical=judged,
        overview=_take(given, Overview) or overview(network),
        points=_by_firm(given) or (single_points_of_failure(network) if judged is None else judged.points),
        single_sourced=_take(given, SingleSourced) or single_sourced_inputs(network),
        by_product=_concentration(given, "none") or concentration(network, by="product"),
        by_country=None,
        countries=None,
    )
    if has_country:
        parts.by_country = _concentration(given, "country") or concentration(network, by="product", merge="country")
        parts.countries = _take(given, CountrySinglePoints) or country_single_points(network)
    parts.risk = _take(given, SystemicRisk)
    parts.exposure = _take(given, Exposure)
    for result in given:
        _place(parts, result)
    return parts


def _place(parts: Parts, result: Result) -> None:
    columns = set(map(str, result.table.columns))
    if isinstance(result, Run):
        parts.runs.append(result)
    elif columns >= SUGGESTION:
        parts.partners.append(result)
    elif columns >= CHOSEN:
        parts.sets.append(result)
    elif front_of(result, "") is not None:
        parts.fronts.append(result)
    else:
        parts.others.append(result)


def _flat(results: Iterable[Result]) -> list[Result]:
    """Return each result once, a diagnosis by its sections."""
    flat: list[Result] = []
    for result in results:
        if not isinstance(result, Diagnosis):
            flat.append(result)
            continue
        # The concentration within each country belongs to the page; here products and their countries are enough.
        flat += [part for part in result.sections if part is not result.country_concentration]
    return list({id(r): r for r in flat}.values())


def _take(given: list[Result], kind: type[R]) -> R | None:
    """Return the first result of a kind and take it off the list."""
    for k, result in enumerate(given):
        if isinstance(result, kind):
            del given[k]
            return result
    return None


def _by_firm(given: list[Result]) -> SinglePoints | None:
    for k, result in enumerate(given):
        if isinstance(result, SinglePoints) and result.parameters.get("by") == "firm":
            del given[k]
            return result
    return None


def _concentration(given: list[Result], merge: str) -> Concentration | None:
    for k, result in enumerate(given):
        if not isinstance(result, Concentration):
            continue
        if result.parameters.get("by") == "product" and result.parameters.get("merge") == merge:
            del given[k]
            return result
    return None
