"""What to simulate, as the options of the command say: scenarios, models, their parameters."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import click

from valuechain.cli.cascade_input import by_name, failing_firms, read_all, scenario_files

if TYPE_CHECKING:
    from valuechain.models.over_time import Model
    from valuechain.scenario import Scenario

MODEL_NAMES = ("inventory", "ario", "cascade")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What to simulate: scenarios by name and models by name, each with each."""

    scenarios: dict[str, Scenario]
    models: dict[str, Model]

    @property
    def is_one(self) -> bool:
        """Tell whether there is one run to look at, not several to compare."""
        return len(self.scenarios) * len(self.models) == 1


def asked(
    fail: tuple[str, ...], files: tuple[Path, ...], models: tuple[str, ...], parameters: tuple[str, ...]
) -> Asked:
    """Return what to simulate; faults of all files and options are said at once."""
    if fail and files:
        raise click.UsageError(
            "--fail and --scenario are both given: take one of them, --fail FIRM (once or more) for firms that fail "
            "from day 0 on, or --scenario FILE (once or more) for anything else"
        )
    if not fail and not files:
        raise click.UsageError("say what happens: either --scenario FILE (once or more) or --fail FIRM (once or more)")
    chosen = tuple(dict.fromkeys(models)) or MODEL_NAMES[:1]
    made = models_of(chosen, parameters)
    return Asked(scenarios=_scenarios(fail, files), models=dict(zip(chosen, made, strict=True)))


def _scenarios(fail: tuple[str, ...], files: tuple[Path, ...]) -> dict[str, Scenario]:
    from valuechain.models.simulate import checked_scenario  # noqa: PLC0415 - heavy imports only when a command runs

    if files:
        return by_name(read_all(list(scenario_files(files))))
    scenario = checked_scenario(failing_firms(fail))
    return {scenario.name: scenario}


def models_of(names: tuple[str, ...], parameters: tuple[str, ...]) -> list[Model]:
    """Return the models of these names with the parameters of ``--set NAME=VALUE``, which must fit one of them.

    Raises
    ------
    ParameterError
        With every fault of every parameter: not written as NAME=VALUE, unknown, no value for it.
    """
    from valuechain.errors import ParameterError, suggestion  # noqa: PLC0415
    from valuechain.models.over_time import MODELS  # noqa: PLC0415

    words, problems = _words(parameters)
    known = {name: get_type_hints(MODELS[name]) for name in names}
    every = sorted({field for fields in known.values() for field in fields})
    for name in (n for n in words if n not in every):
        hint = suggestion(name, every) or "there are " + ", ".join(every)
        problems.append(f"--set {name}: is no parameter of {' or '.join(names)}; {hint}")
    made: list[Model] = []
    for model, fields in known.items():
        try:
            made.append(MODELS[model](**{k: _value(text, fields[k]) for k, text in words.items() if k in fields}))
        except ParameterError as error:
            problems += [f"--set {line}" for line in str(error).splitlines()]
    if problems:
        raise ParameterError("\n".join(dict.fromkeys(problems)))
    return made


def _words(parameters: tuple[str, ...]) -> tuple[dict[str, str], list[str]]:
    """Return the text of each ``NAME=VALUE`` by name, and what is wrong with how they are written."""
    words: dict[str, str] = {}
    problems = []
    for word in parameters:
        name, sign, text = (part.strip() for part in word.partition("="))
        if not sign or not name:
            problems.append(f"--set {word}: write NAME=VALUE, such as --set tau=10")
        elif name in words:
            problems.append(f"--set {name}: given more than once; keep one")
        else:
            words[name] = text
    return words, problems


_SWITCHES = {"yes": True, "true": True, "no": False, "false": False}


def _value(text: str, kind: Any) -> Any:
    """Return a value as its field takes it: none and yes or no where it may be, numbers, tables as in TOML, else text.

    Examples
    --------
    >>> _value("None", int | None), _value("Yes", bool), _value("no", str), _value("4", int | None)
    (None, True, 'no', 4)
    """
    kinds = {kind, *get_args(kind)}
    word = text.casefold()
    if word == "none" and NoneType in kinds:
        return None
    if word in _SWITCHES and bool in kinds:
        return _SWITCHES[word]
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
