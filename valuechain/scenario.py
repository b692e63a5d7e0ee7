"""Scenarios: shocks, where they fall, and scenario files. One scenario runs through every model."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import ScenarioError, UnknownNameError, UnreadableFileError, shown, suggestion
from valuechain.network import Index, Network
from valuechain.schema.countries import country_code

What = Literal["capacity", "capital", "demand", "link", "essential-input"]
Recovery = Literal["none", "instant", "linear", "uniform", "exponential", "neighbours", "convex", "concave"]

FIRM_SELECTORS = ("firms", "country", "region", "sector", "cluster", "product", "owner")
ENDS = ("supplier", "buyer")
LINK_SELECTORS = (
    *FIRM_SELECTORS,
    *("route", "mode", *ENDS),
    *(f"{end}_{key}" for end in ENDS for key in FIRM_SELECTORS if key not in {"firms", "product"}),
)
_NO_WHERE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Shock:
    """One disruption: what is lost, where, how much, when.

    Parameters
    ----------
    what
        ``capacity`` or ``capital`` (production is lost), ``demand`` (final buyers stay away; a negative loss is a
        surge), ``link`` (deliveries are cut), ``essential-input`` (an input is gone for its buyers).
    where
        Selectors, combined by AND: ``firms``, ``country``, ``region`` (prefix of a NUTS code), ``sector``,
        ``cluster``, ``product``, ``owner``, and for links ``route``, ``mode``, ``supplier``, ``buyer``,
        ``supplier_country``, ``buyer_country`` and so on (``docs/scenarios.md``). Each a value or a list of values.
    loss
        Lost fraction, 0..1 (for demand from -1 up), or in an ensemble a distribution such as
        ``{"distribution": "beta", "a": 2, "b": 5}``.
    start
        First day with the loss; day 0 is the first simulated day.
    days
        How long the loss stays whole before recovery sets in; None: to the end; with a recovery, 0.
    recovery, recovery_days
        How it comes back; None: at once after ``days``.

    Examples
    --------
    >>> Shock(what="capacity", where={"firms": ["F17"]}, loss=0.6).loss
    0.6
    """

    what: What = "capacity"
    where: Mapping[str, Any] = field(default_factory=lambda: _NO_WHERE)
    loss: float | Mapping[str, Any] = 1.0
    start: int = 0
    days: int | None = None
    recovery: Recovery | None = None
    recovery_days: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no model could use."""
        problems = list(_shock_problems(self))
        if problems:
            raise ScenarioError("\n".join(problems))
        object.__setattr__(self, "where", MappingProxyType(dict(self.where)))


def _shock_problems(shock: Shock) -> Iterable[str]:
    if not isinstance(shock.what, str) or shock.what not in get_args(What):
        yield f"what '{shock.what}' is not known; {_remedy(str(shock.what), get_args(What))}"
    selectors = LINK_SELECTORS if shock.what in {"link", "essential-input"} else FIRM_SELECTORS
    where: object = shock.where
    if not isinstance(where, Mapping):
        yield f"where {shock.where!r} is not a table of selectors; write {{'firms': ['F17']}} or {{'country': 'DEU'}}"
    for key in where if isinstance(where, Mapping) else ():
        if key not in selectors:
            yield f"where '{key}' does not select for {shock.what}; {_remedy(key, selectors)}"
    yield from _loss_problems(shock)
    for name in ("start", "days"):
        value = getattr(shock, name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            yield f"{name} {value!r} is not a number of days; write a whole number from 0"
    if shock.recovery is not None and str(shock.recovery) not in get_args(Recovery):
        yield f"recovery '{shock.recovery}' is not known; {_remedy(str(shock.recovery), get_args(Recovery))}"
    if shock.recovery_days is not None and not (_is_number(shock.recovery_days) and shock.recovery_days >= 0):
        yield f"recovery_days {shock.recovery_days!r} is not a number of days; write a number from 0"


def _loss_problems(shock: Shock) -> Iterable[str]:
    if isinstance(shock.loss, Mapping):
        if "distribution" not in shock.loss:
            yield 'loss has no distribution; write { distribution = "beta", a = 2, b = 5 }'
        return
    low = -math.inf if shock.what == "demand" else 0.0
    if not _is_number(shock.loss) or not low <= shock.loss <= 1:
        yield f"loss {shock.loss!r} is not a fraction; write a number from 0 to 1 (1: all is lost)"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _remedy(word: str, known: Sequence[str]) -> str:
    return suggestion(word, known) or _one_of(known)


def _one_of(words: Sequence[str]) -> str:
    return "write " + ", ".join(words[:-1]) + f" or {words[-1]}"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Any number and mix of shocks over a number of days.

    Parameters
    ----------
    shocks
        The shocks.
    name
        Name shown to people.
    days
        Simulated days.
    ensemble
        ``runs``, ``seed`` and ``correlation`` for many runs; None for one.
    file
        The file it was read from, for messages.
    """

    shocks: Sequence[Shock] = ()
    name: str = "scenario"
    days: int = 365
    ensemble: Mapping[str, Any] | None = None
    file: str | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Make the shocks a tuple and refuse a horizon that is none."""
        object.__setattr__(self, "shocks", tuple(self.shocks))
        if isinstance(self.days, bool) or not isinstance(self.days, int) or self.days < 1:
            raise ScenarioError(f"days {self.days!r} is not a horizon; write a whole number from 1")
        if not isinstance(self.name, str):
            raise ScenarioError(f"name {self.name!r} is not text; write it in quotes")
        if self.ensemble is not None and not isinstance(self.ensemble, Mapping):
            raise ScenarioError(f"ensemble {self.ensemble!r} is not a table; write [ensemble] with runs and seed")


def read_scenario(path: str | os.PathLike[str]) -> Scenario:
    """Return the scenario in a TOML file.

    Parameters
    ----------
    path
        A file in the form of ``docs/scenarios.md``.

    Raises
    ------
    UnreadableFileError
        When there is no such file.
    ScenarioError
        With every fault: file, shock number, key, remedy; TOML faults with line and column.

    Examples
    --------
    >>> import valuechain as vc
    >>> folder = next(e.path for e in vc.example_names() if e.name == "baltic_mobility")
    >>> vc.read_scenario(folder / "scenarios" / "power_module_fire.toml").name
    'Fire at the power module plant'
    """
    file = Path(path)
    try:
        # Some editors put a mark of the encoding first, which TOML does not know.
        data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UnreadableFileError(
            f"{file}: {error.strerror or 'cannot be read'}; give the path of a .toml file"
        ) from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{file}: is not UTF-8 text; save it as UTF-8") from error
    except RecursionError as error:
        raise ScenarioError(f"{file}: is nested too deeply; write a scenario as in docs/scenarios.md") from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{file}: {error}; see docs/scenarios.md for the format") from error
    problems: list[str] = []
    known = ("name", "days", "shock", "ensemble")
    problems += [f"key '{key}' is not known; {_remedy(key, known)}" for key in data if key not in known]
    tables = data.get("shock", [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        problems.append("shock is not a list of tables; write [[shock]]")
        tables = []
    elif not tables:
        problems.append("there is no shock; add a table [[shock]]")
    shocks = [s for k, t in enumerate(tables) if (s := _read_shock(t, k + 1, problems)) is not None]
    scenario = None
    try:
        scenario = Scenario(
            shocks=shocks,
            name=data.get("name", file.stem),
            days=data.get("days", 365),
            ensemble=data.get("ensemble"),
            file=str(file),
        )
    except ScenarioError as error:
        problems.append(str(error))
    if problems or scenario is None:
        raise ScenarioError("\n".join(f"{file}: {p}" for p in problems))
    return scenario


def _read_shock(table: dict[str, Any], number: int, problems: list[str]) -> Shock | None:
    known = tuple(Shock.__dataclass_fields__)
    unknown = [key for key in table if key not in known]
    problems += [f"shock {number}: key '{k}' is not known; {_remedy(k, known)}" for k in unknown]
    missing = [key for key in ("what", "where", "loss") if key not in table]
    problems += [f"shock {number}: {key} is missing; add it" for key in missing]
    where = table.get("where", {})
    if not isinstance(where, dict):
        problems.append(f'shock {number}: where is not a table; write where = {{ country = "DEU" }}')
        return None
    if unknown or missing:
        return None
    try:
        return Shock(**table)
    except ScenarioError as error:
        problems += [f"shock {number}: {line}" for line in str(error).splitlines()]
        return None


# ---- selecting


def selected_firms(network: Network, where: Mapping[str, Any]) -> Index:
    """Return the positions of the firms that all selectors select; none given selects every firm.

    Raises
    ------
    ScenarioError
        With every value that does not occur in the network, or when together they select nothing.
    """
    chosen = np.ones(network.n_firms, dtype=bool)
    problems: list[str] = []
    for key, wanted in where.items():
        values = [str(v) for v in (wanted if isinstance(wanted, list | tuple | set) else [wanted])]
        chosen &= _selector(network, key, values, problems)
    if problems:
        raise ScenarioError("\n".join(problems))
    if not chosen.any():
        words = ", ".join(f"{k} = {v!r}" for k, v in where.items())
        raise ScenarioError(f"no firm of network '{network.name}' has {words}; widen one of them")
    return np.flatnonzero(chosen)


def _selector(network: Network, key: str, values: list[str], problems: list[str]) -> npt.NDArray[np.bool_]:
    """Return which firms one selector selects, and add what is wrong with its values."""
    chosen = np.zeros(network.n_firms, dtype=bool)
    if key not in FIRM_SELECTORS:
        problems.append(f"where '{key}' does not select firms; {_one_of(FIRM_SELECTORS)}")
    elif key == "firms":
        try:
            chosen[network.positions(values)] = True
        except UnknownNameError as error:
            problems += [f"where firms: {line}" for line in str(error).splitlines()]
    elif key == "cluster":
        members = network.table("members")
        if members is None:
            problems.append(f"where cluster: network '{network.name}' has no table members; add it")
        else:
            found = matches(members["cluster"], values, network, key, problems)
            chosen[network.positions(members["firm"][found])] = True
    elif key == "product":
        product = pd.Series(network.products[network.product], dtype="str")
        chosen[network.supplier[matches(product, values, network, key, problems)]] = True
    elif key not in network.firms:
        problems.append(f"where {key}: the firms of network '{network.name}' have no column '{key}'; add it")
    else:
        values = [country_code(v) or v for v in values] if key == "country" else values
        chosen = matches(network.firms[key], values, network, key, problems)
    return chosen


def matches(
    column: pd.Series, values: list[str], network: Network, key: str, problems: list[str]
) -> npt.NDArray[np.bool_]:
    """Return which rows of a column have one of the values; add to ``problems`` each value that no row has."""
    chosen = np.zeros(len(column), dtype=bool)
    for value in values:
        hit = column.str.startswith(value, na=False) if key == "region" else column == value
        if not hit.any():
            known = sorted(str(v) for v in column.dropna().unique())
            few = f"values are {', '.join(map(shown, known))}" if 0 < len(known) <= 12 else "check it"
            hint = suggestion(value, known) or few
            problems.append(f"where {key}: {shown(value)} selects nothing in network '{network.name}'; {hint}")
        chosen |= hit.to_numpy(dtype=bool, na_value=False)
    return chosen


def lost_activity(network: Network, scenario: Scenario) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the fraction of supply and of demand each firm loses at the start, for models without time.

    Capacity and capital shocks lose both; demand shocks only demand. Shocks on one firm combine as independent ones:
    1 - (1 - a)(1 - b). Start, days and recovery have no meaning here.

    Returns
    -------
    tuple
        Lost supply and lost demand, each of shape (firms,), in 0..1.

    Raises
    ------
    ScenarioError
        With every shock that such a model cannot answer or that selects nothing.
    """
    kept_down = np.ones(network.n_firms)
    kept_up = np.ones(network.n_firms)
    problems = [] if scenario.shocks else ["there is no shock; add one"]
    problems += [] if scenario.ensemble is None else [_ENSEMBLE]
    for number, shock in enumerate(scenario.shocks, start=1):
        wrong, firms = list(_not_without_time(shock)), np.zeros(0, dtype=np.int64)
        try:
            # Whom it hits is looked up even so, as all faults are told at once; links are for other models to select.
            firms = firms if shock.what in _OF_LINKS else selected_firms(network, shock.where)
        except ScenarioError as error:
            wrong += str(error).splitlines()
        problems += [f"shock {number}: {line}" for line in wrong]
        if not wrong and not isinstance(shock.loss, Mapping):
            kept_up[firms] *= 1 - shock.loss
            if shock.what != "demand":
                kept_down[firms] *= 1 - shock.loss
    if problems:
        place = "" if scenario.file is None else f"{scenario.file}: "
        raise ScenarioError("\n".join(place + line for line in problems))
    return 1 - kept_down, 1 - kept_up


_OF_LINKS = ("link", "essential-input")
_ENSEMBLE = "[ensemble] asks for many random runs, which need a model over time; take it out to run the cascade once"


def _not_without_time(shock: Shock) -> Iterable[str]:
    """Yield what a model without time cannot do with a shock."""
    if shock.what in _OF_LINKS:
        yield f"'{shock.what}' shocks need a model over time; the cascade takes capacity, capital and demand shocks"
    if isinstance(shock.loss, Mapping):
        yield "loss is a distribution; a single run needs one number"
    elif shock.loss < 0:
        yield f"a surge (loss {shock.loss}) needs a model over time"
