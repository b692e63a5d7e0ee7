"""What suggested partners were judged on: the hazards stand beside every gain, as they may be others than the runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from valuechain.recommend.hazards import ANY_FIRM
from valuechain.report.document.parts import Run
from valuechain.report.document.telling import Telling
from valuechain.report.words import clean, short
from valuechain.results import Result

__all__ = ["basis_sentences", "over_which"]

NAMES = 120
"""Characters of the names of scenarios."""


def over_which(telling: Telling, result: Result) -> str:
    """Return the hazards of a gain in a few words, to follow on ``of the expected loss``; empty where not known."""
    scenario = _scenario(result.parameters)
    if not scenario:
        return ""
    return telling.say("over_any") if scenario == ANY_FIRM else telling.say("over_named", name=scenario)


def basis_sentences(telling: Telling, results: Sequence[Result], runs: Sequence[Run]) -> list[str]:
    """Return in a sentence each what gains were judged on, and that this is none of the runs where it is not."""
    found = []
    for result in results:
        scenario = _scenario(result.parameters)
        if not scenario:
            continue
        count = result.parameters.get("scenarios")
        drawn = int(count) if isinstance(count, int) else 1
        key = "basis_any" if scenario == ANY_FIRM else "basis_named"
        said = telling.say(key, drawn, name=scenario)
        names = {str(run.parameters.get("scenario") or run.title) for run in runs}
        told = str(result.parameters.get("scenario", ""))
        if names and not any(name in told for name in names):
            said = f"{said} {telling.say('basis_not_runs')}"
        found.append(said)
    return list(dict.fromkeys(found))


def _scenario(parameters: Mapping[str, object]) -> str:
    return short(clean(parameters.get("scenario") or ""), NAMES)
