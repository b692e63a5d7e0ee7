"""Write scenario files."""

from __future__ import annotations

import os

from valuechain.errors import ScenarioError
from valuechain.io.atomic import write_text_atomic
from valuechain.scenario import Scenario, scenario_text

__all__ = ["write_scenario"]


def write_scenario(scenario: Scenario, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write a scenario as a TOML file, whole or not at all; reading it gives an equal scenario.

    Parameters
    ----------
    scenario
        The scenario. Keys that have their default are left out; sets and tuples come back as lists.
    path
        The file, such as ``fire.toml``.
    force
        Replace a file that exists.

    Raises
    ------
    ScenarioError
        When there is no shock, or a value that no file can hold.
    OutputExistsError
        When the file exists and ``force`` was not said.
    OutputError
        When it cannot be written.

    Examples
    --------
    >>> import valuechain as vc
    >>> fire = vc.Scenario(name="fire", shocks=[vc.Shock(where={"firms": ["F17"]}, loss=0.6)])
    >>> vc.write_scenario(fire, "fire.toml")
    >>> vc.read_scenario("fire.toml") == fire
    True
    """
    if not isinstance(scenario, Scenario):
        raise ScenarioError(f"scenario {scenario!r} is none; give a Scenario")
    if not scenario.shocks:
        raise ScenarioError("there is no shock, and a scenario file needs one; add a Shock")
    write_text_atomic(path, scenario_text(scenario), force=force)
