"""What to simulate, as the options of the command say: scenarios, models, their parameters."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    if bool(fail) == bool(files):
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
    """Return the models of these names with the parameters of ``--set NAME=VALUE``, which must fit one of them."""
    from valuechain.errors import ParameterError, suggestion  # noqa: PLC0415
    from valuechain.models.over_time import MODELS  # noqa: PLC0415

    values = _values(parameters)
    known = {name: tuple(MODELS[name].__dataclass_fields__) for name in names}
    every = sorted({field for fields in known.values() for field in fields})
    strange = [name for name in values if name not in every]
    if strange:
        words = " or ".join(names)
        hints = (f"--set {n}: is no parameter of {words}; {suggestion(n, every) or _known(every)}" for n in strange)
        raise ParameterError("\n".join(hints))
    return [MODELS[name](**{k: v for k, v in values.items() if k in known[name]}) for name in names]


def _known(every: list[str]) -> str:
    return "there are " + ", ".join(every)


def _values(parameters: tuple[str, ...]) -> dict[str, Any]:
    """Return the values of ``NAME=VALUE``: numbers, true or false, tables as in TOML, else text."""
    values: dict[str, Any] = {}
    for word in parameters:
        name, sign, text = word.partition("=")
        if not sign or not name.strip():
            raise click.UsageError(f"--set {word}: write NAME=VALUE, such as --set tau=10")
        if name.strip() in values:
            raise click.UsageError(f"--set {name.strip()}: given more than once; keep one")
        try:
            values[name.strip()] = tomllib.loads(f"value = {text}")["value"]
        except (tomllib.TOMLDecodeError, RecursionError):
            values[name.strip()] = text.strip()
    return values
