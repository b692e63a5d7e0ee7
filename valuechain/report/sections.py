"""The results of a page as sections, in the order of reading: who is critical, whom to contact, then all else."""

from __future__ import annotations

from collections.abc import Sequence

from valuechain.analysis.diagnose import Diagnosis
from valuechain.analysis.single_points import SinglePoints
from valuechain.models.ensemble_result import EnsembleResult
from valuechain.models.simulate import SimulationResult
from valuechain.models.systemic_risk import SystemicRisk
from valuechain.network import Network
from valuechain.report.partners.section import is_suggestion, partners_section
from valuechain.report.partners.sets import sets_section
from valuechain.report.saved_results import SavedEnsembleResult
from valuechain.report.tables import Labels, Section, section_of
from valuechain.report.words import Catalogue
from valuechain.results import Result

__all__ = ["sections"]


def sections(network: Network, results: Sequence[Result], labels: Labels, words: Catalogue) -> tuple[Section, ...]:
    """Return the sections of all results: a diagnosis brings several, suggestions follow what is critical."""
    parts = _parts(results)
    seen: set[int] = set()
    unique = [(k, r) for k, r in parts if not (id(r) in seen or seen.add(id(r)))]  # type: ignore[func-returns-value]
    keys: dict[str, int] = {}
    found: list[Section] = []
    for key, result in unique:
        keys[key] = keys.get(key, 0) + 1
        name = key if keys[key] == 1 else f"{key}-{keys[key]}"
        if key == "partners":
            first = sum(len(section.suggested) for section in found)
            found.append(partners_section(name, network, result, labels, words, first=first))
            sets = sets_section(
                name.replace("partners", "together"),
                network,
                result,
                labels,
                words,
                first=first + len(found[-1].suggested),
            )
            found += [] if sets is None else [sets]
        else:
            found.append(section_of(name, key, result, labels, words))
    return tuple(found)


def _parts(results: Sequence[Result]) -> list[tuple[str, Result]]:
    parts: list[tuple[str, Result]] = []
    for result in results:
        if isinstance(result, Diagnosis):
            parts += [
                ("critical", result),
                ("single_sourced", result.single_sourced),
                ("product_concentration", result.product_concentration),
            ]
            if result.product_countries is not None:
                parts.append(("product_countries", result.product_countries))
            if result.country_concentration is not None:
                parts.append(("country_concentration", result.country_concentration))
            parts += [("risk", result.risk), ("overview", result.overview)]
        elif isinstance(result, SinglePoints) and parts and parts[0][0] == "critical":
            parts.insert(1, ("points", result))
        else:
            parts.append((_key_of(result), result))
    first = [part for part in parts[:2] if part[0] in {"critical", "points"}]
    partners = [part for part in parts if part[0] == "partners"]
    return [*first, *partners, *(part for part in parts[len(first) :] if part[0] != "partners")]


def _key_of(result: Result) -> str:
    """Return the name under which the words of a result are kept."""
    if isinstance(result, SystemicRisk):
        return "risk"
    if isinstance(result, SinglePoints):
        return "points"
    if isinstance(result, SimulationResult):
        return "run"
    if is_suggestion(result):
        return "partners"
    return "ensemble" if isinstance(result, EnsembleResult | SavedEnsembleResult) else "result"
