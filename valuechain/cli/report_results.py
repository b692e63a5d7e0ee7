"""What the command report puts into a report: saved runs, simulated scenarios, indices, exposure, partners."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuechain.cli.options import cascade_model
from valuechain.cli.output import printable
from valuechain.cli.progress import phase, progress
from valuechain.cli.simulate_input import Asked

if TYPE_CHECKING:
    from valuechain.models.cascade import Cascade
    from valuechain.network import Network
    from valuechain.results import Result

MOST_FIRMS = 1_000
"""Firms up to which times to survive are computed: one linear program each, whose size grows with the network."""

MOST_RANKED = 2_000
"""Firms up to which rankings are compared and drawn: centralities of all firms take longer than the rest."""

STATIC = frozenset({"capacity", "capital"})
"""Shocks that partners are judged by: they make up for lost capacity."""


def saved_results(folders: tuple[Path, ...]) -> list[Result]:
    """Return the runs of all folders, or raise with what is wrong with each of them."""
    from valuechain.errors import InvalidDataError, UnreadableFileError  # noqa: PLC0415
    from valuechain.report.saved_results import read_saved  # noqa: PLC0415

    results: list[Result] = []
    problems = []
    for folder in folders:
        try:
            results += read_saved(folder)
        except (InvalidDataError, UnreadableFileError) as error:
            problems += [line if str(folder) in line else f"{folder}: {line}" for line in str(error).splitlines()]
    if problems:
        raise UnreadableFileError("\n".join(problems))
    return results


def computed_results(net: Network, what: Asked | None, how: dict[str, Any], model: dict[str, Any]) -> list[Result]:
    """Return what the command computes: the runs that were asked for, the index of every firm."""
    from valuechain.analysis.diagnose import diagnose  # noqa: PLC0415 - heavy imports only when a command runs
    from valuechain.cli.analyse import COMPILING  # noqa: PLC0415
    from valuechain.cli.simulate_checks import check_asked  # noqa: PLC0415
    from valuechain.cli.simulate_runs import How, run_asked  # noqa: PLC0415

    found: list[Result] = []
    if what is not None:
        asked_how = How(by=None, checkpoint=None, existing="refuse", scheduler=None, **how)
        # Random scenarios stand beside single ones in a report, so each is run as it says.
        for name, scenario in what.scenarios.items():
            one = Asked(scenarios={name: scenario}, models=what.models)
            is_random = how["runs"] is not None or scenario.ensemble is not None
            said = asked_how if is_random else replace(asked_how, seed=None)
            check_asked(one, said, None)
            found += run_asked(net, one, said).results.values()
    with progress("systemic risk", "firms", at_first=COMPILING) as show:
        diagnosis = diagnose(net, model=cascade_model(**model), threads=how["threads"], progress=show)
    return [diagnosis, *_critical(net, cascade_model(**model), how["threads"]), *found, *_exposure(net)]


def _critical(net: Network, model: Cascade, threads: int | None) -> list[Result]:
    """Return how sure the ranking of single points is, where that takes a second or two."""
    if net.n_firms > MOST_RANKED:
        return []
    from valuechain.analysis.critical import critical  # noqa: PLC0415 - heavy imports only when a command runs

    with phase("ranking single points over draws of uncertain links"):
        return [critical(net, model=model, threads=threads)]


def _exposure(net: Network) -> list[Result]:
    """Return times to survive and to recover, where the data give some of the latter and it does not take long."""
    firms = net.firms
    if "recovery_days" not in firms or not firms["recovery_days"].notna().any():
        return []
    if net.n_firms > MOST_FIRMS:
        click.echo(
            f"note: times to survive are left out, as {net.n_firms:,} firms take long; valuechain exposure has them",
            err=True,
        )
        return []
    from valuechain.analysis.exposure import exposure  # noqa: PLC0415 - heavy imports only when a command runs

    with progress("time to survive", "firms") as show:
        return [exposure(net, progress=show)]


def partner_results(net: Network, what: Asked | None, threads: int | None) -> list[Result]:
    """Return suggested partners, judged by the scenarios that take capacity away; an empty table where none is left."""
    import pandas as pd  # noqa: PLC0415 - heavy imports only when a command runs

    from valuechain.errors import NoPartnerError  # noqa: PLC0415
    from valuechain.recommend.partners import partners  # noqa: PLC0415
    from valuechain.results import Result as Found  # noqa: PLC0415

    scenarios = [] if what is None else list(what.scenarios.values())
    used = [s for s in scenarios if s.shocks and all(shock.what in STATIC for shock in s.shocks)]
    for scenario in scenarios:
        if scenario not in used:
            note = f"partners are not judged by '{scenario.name}', whose shocks are not all of capacity or capital"
            click.echo(printable(f"note: {note}"), err=True)
    with phase("judging partners"):
        try:
            one_or_more: Any = used[0] if len(used) == 1 else used or None
            return [partners(net, scenario=one_or_more, threads=threads)]
        except NoPartnerError as error:
            columns = ["candidate", "product", "buyer", "loss_cut"]
            return [Found(table=pd.DataFrame(columns=columns), title="Partners", notes=(str(error),))]
