"""Runs on disk: a folder that says what was run, holds what came out, and is enough to run it again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from valuechain.errors import (
    Fault,
    InvalidDataError,
    ModelWarning,
    OutputExistsError,
    ParameterError,
    UnreadableFileError,
    warn_caller,
)
from valuechain.io.atomic import STAGE_PREFIX, Content, write_folder_atomic
from valuechain.io.run_files import about_of, days_bytes, firms_writer, read_days, read_firms
from valuechain.io.toml_files import read_toml
from valuechain.models.cascade_network import check_network
from valuechain.models.ensemble import EnsembleResult, ensemble
from valuechain.models.saved_about import SavedAbout, about_run, about_text, checked_about, versions
from valuechain.models.saved_ensemble import KIND as ENSEMBLE
from valuechain.models.saved_ensemble import TABLES, SavedEnsemble, checked_ensemble, write_ensemble
from valuechain.models.simulate import SimulationResult, simulate
from valuechain.network import Network
from valuechain.runs import Progress
from valuechain.values import checked_path

if TYPE_CHECKING:
    import xarray

__all__ = ["read_run", "repeat_run", "write_run"]

ABOUT, DAYS, FIRMS = "run.toml", "days.parquet", "firms.nc"
OWN = {ABOUT, DAYS, FIRMS, *(f"{name}.parquet" for name in TABLES)}
_OTHER = "the files are of different runs, or one was changed by hand: write the run again"
_WRITTEN = "give a folder that vc.write_run wrote"


def write_run(run: SimulationResult | EnsembleResult, folder: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write a run as a folder, whole or not at all: what was run, and all that came out.

    Parameters
    ----------
    run
        What :func:`valuechain.simulate` or :func:`valuechain.ensemble` returned.
    folder
        The folder; made where it is missing, its parent is not. It gets ``run.toml`` (model and parameters, scenario,
        network, versions, headline figures, for people), ``days.parquet`` (the table) and, where firms were kept,
        ``firms.nc`` (firms by day, NetCDF); an ensemble gets ``runs``, ``exceedance``, ``draws``, ``groups`` and
        ``firms`` as Parquet besides. Each of the tables also says, as JSON, what ``run.toml`` says.
    force
        Replace the run in a folder that is not empty; files that are no part of a run stay.

    Raises
    ------
    OutputExistsError
        When the folder is not empty and ``force`` was not said.
    OutputError
        When it cannot be written: no such parent folder, no permission, disk full.
    ParameterError
        When the seed of the run is a generator, whose state no file holds.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("textbook")
    >>> run = vc.simulate(net, {"sector_1": 0.5}, days=30)
    >>> vc.write_run(run, "my_run")
    >>> vc.read_run("my_run").total_loss == run.total_loss
    True
    """
    if isinstance(run, EnsembleResult):
        write_ensemble(run, folder, force=force)
        return
    if not isinstance(run, SimulationResult):
        raise ParameterError(f"{type(run).__name__} is no run; give what valuechain.simulate returned")
    about, target = about_run(run), checked_path(folder, "folder")
    if not force and target.is_dir() and any(target.iterdir()):
        raise OutputExistsError(
            f"{folder} is not empty and was kept; say --force (force=True) to replace the run in it"
        )
    write = None if run.firms is None else firms_writer(run.firms, about)

    def contents() -> Iterator[tuple[str, Content]]:
        yield DAYS, days_bytes(run.table, about)
        if write is not None:
            yield FIRMS, write
        yield ABOUT, about_text(about, run.inputs.scenario).encode()

    write_folder_atomic(target, contents(), lambda name: name.casefold() in OWN)


def read_run(folder: str | os.PathLike[str]) -> SimulationResult:
    """Return a run that was written: the same tables, figures and inputs, to the last bit.

    Parameters
    ----------
    folder
        What :func:`valuechain.write_run` wrote.

    Raises
    ------
    UnreadableFileError
        When there is no such folder.
    InvalidDataError
        With every fault of every file: missing, damaged, of another run.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("textbook")
    >>> vc.write_run(vc.simulate(net, {"sector_1": 0.5}, days=30), "half")
    >>> vc.resilience(net, vc.read_run("half")).table["measure"].iloc[0]
    'total loss'
    """
    path = checked_path(folder, "folder")
    _check_folder(path)
    faults: list[Fault] = []
    about, said = _folder_about(path, faults)
    days = read_days(path / DAYS, faults)
    firms = None
    if (path / FIRMS).exists() or (about is not None and about.has_firms):
        firms = read_firms(path / FIRMS, faults)
    if not faults and about is not None and days is not None:
        faults += [_of_another(n, f[1], said) for n, f in ((DAYS, days), (FIRMS, firms)) if f and f[1] != said]
        faults += _table_faults(days[0], about.inputs.days)
        faults += [] if firms is None else _firms_faults(firms[0], about, days[0])
    if faults or about is None or days is None:
        raise InvalidDataError(faults)
    return SimulationResult(
        table=days[0],
        firms=None if firms is None else firms[0],
        inputs=about.inputs,
        **about.result,
    )


def repeat_run(
    network: Network, path: str | os.PathLike[str], *, progress: Progress | None = None
) -> SimulationResult | EnsembleResult:
    """Return a run that was written, computed anew: with the same versions of the program the same bits.

    Parameters
    ----------
    network
        The network it was run on.
    path
        The folder of the run, or any one of its files: each says what was run.
    progress
        Called with runs done and runs in all, for an ensemble.

    Raises
    ------
    UnreadableFileError
        When there is no such folder or file.
    InvalidDataError
        When it is damaged, no run, or a run of another network.

    Warns
    -----
    ModelWarning
        When other versions of the program or its libraries made it.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("textbook")
    >>> run = vc.simulate(net, {"sector_1": 0.5}, days=30)
    >>> vc.write_run(run, "again")
    >>> vc.repeat_run(net, "again/days.parquet").table.equals(run.table)
    True
    """
    check_network(network)
    file = checked_path(path)
    faults: list[Fault] = []
    said = _said(file, faults)
    name = file.name if file.is_file() else ABOUT
    if isinstance(said, dict) and said.get("kind") == ENSEMBLE:
        about: SavedAbout | SavedEnsemble | None = checked_ensemble(said, name, faults)
    else:
        about = None if faults else checked_about(said, name, faults)
    if about is not None and about.fingerprint != network.fingerprint:
        faults.append(_of_another_network(about, network, file.name))
    if faults or about is None:
        raise InvalidDataError(faults)
    _warn_of_versions(about.versions, file.name)
    if isinstance(about, SavedEnsemble):
        return ensemble(network, about.scenario, model=about.model, progress=progress, **about.options)
    inputs = about.inputs
    return simulate(
        network,
        inputs.scenario,
        model=inputs.model,
        days=inputs.days,
        seed=inputs.seed,
        keep_firms=about.has_firms,
    )


def _said(file: Path, faults: list[Fault]) -> Any:
    """Return what a folder or a file of a run says it is."""
    if file.is_file():
        return _file_about(file, faults)
    _check_folder(file)
    return _folder_said(file, faults)


def _of_another_network(about: SavedAbout | SavedEnsemble, network: Network, file: str) -> Fault:
    problem = f"is a run of another network, '{about.network}' (fingerprint {about.fingerprint[:12]})"
    remedy = (
        f"read that network, this is '{network.name}' ({network.fingerprint[:12]}); or run its scenario on this "
        "one: what stands under [scenario] in run.toml is a scenario file"
    )
    return Fault(file=file, problem=problem, remedy=remedy)


def _warn_of_versions(made_with: Mapping[str, str], file: str) -> None:
    here = versions()
    other = [f"{k} {v} (here {here.get(k, 'not known')})" for k, v in made_with.items() if here.get(k) != v]
    if other:
        warn_caller(f"{file} was made with {', '.join(other)}: numbers may differ in the last digits", ModelWarning)


def _check_folder(path: Path) -> None:
    if path.is_dir():
        return
    if path.exists():
        raise UnreadableFileError(f"{path} is a file; give the folder that holds {ABOUT}")
    raise UnreadableFileError(f"{path}: there is no such folder; {_WRITTEN}")


def _folder_about(path: Path, faults: list[Fault]) -> tuple[SavedAbout | None, Any]:
    """Return what run.toml says, checked and as it stands."""
    said = _folder_said(path, faults)
    if isinstance(said, dict) and said.get("kind") == ENSEMBLE:
        remedy = "read its tables with pandas.read_parquet, or vc.repeat_run it"
        faults.append(Fault(file=ABOUT, problem="is of an ensemble, not of one run", remedy=remedy))
        return None, None
    return (None, None) if said is None else (checked_about(said, ABOUT, faults), said)


def _folder_said(path: Path, faults: list[Fault]) -> Any:
    """Return what run.toml says, as it stands."""
    if not (path / ABOUT).is_file():
        old = sorted(p.name for p in path.glob(f"{STAGE_PREFIX}*") if (p / "old").is_dir())
        remedy = f"writing was interrupted; the files from before are in {old[0]}/old" if old else _WRITTEN
        faults.append(Fault(file=ABOUT, problem="is missing", remedy=remedy))
        return None
    said, found = read_toml(path / ABOUT)
    faults += found
    return said


def _file_about(file: Path, faults: list[Fault]) -> Any:
    """Return what a file of a run says; what kind of file it is, its first bytes tell."""
    try:
        with file.open("rb") as opened:
            first = opened.read(4)
    except OSError as error:
        raise UnreadableFileError(f"{file} cannot be read: {error.strerror}; check its permissions") from error
    if first[:3] == b"CDF" or first == b"PAR1":
        return about_of(file, faults, is_netcdf=first[:3] == b"CDF")
    said, found = read_toml(file)
    faults += found
    return said


def _of_another(file: str, about: Any, said: Any) -> Fault:
    """Return the fault of a file that says something else than run.toml."""
    keys = _differences(about, said, "") or ["what it is"]
    more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
    return Fault(file=file, problem=f"and {ABOUT} differ in {', '.join(keys[:3])}{more}", remedy=_OTHER)


def _differences(one: Any, two: Any, place: str) -> list[str]:
    if not isinstance(one, dict) or not isinstance(two, dict):
        return [] if one == two else [place.removesuffix(".")]
    keys = [*one, *(k for k in two if k not in one)]
    return [d for key in keys for d in _differences(one.get(key), two.get(key), f"{place}{key}.")]


def _table_faults(table: pd.DataFrame, days: int) -> list[Fault]:
    """Return what is wrong with the table of days."""
    wanted = {"day": np.dtype(np.int64), "production": np.dtype(np.float64), "loss": np.dtype(np.float64)}
    wrong = [name for name, kind in wanted.items() if name not in table or table[name].dtype != kind]
    if wrong:
        return [Fault(file=DAYS, problem=f"has no numbers in {', '.join(wrong)}", remedy=_WRITTEN)]
    faults = []
    if table["day"].tolist() != list(range(days)):
        faults.append(Fault(file=DAYS, problem=f"does not hold days 0 to {days - 1}", remedy=_OTHER))
    if not np.isfinite(table[["production", "loss"]].to_numpy()).all():
        faults.append(Fault(file=DAYS, problem="has numbers that are none", remedy=_OTHER))
    return faults


def _firms_faults(firms: xarray.Dataset, about: SavedAbout, table: pd.DataFrame) -> list[Fault]:
    """Return what is wrong with firms by day: coordinates, shapes, and sums that are not those of the table."""
    days = about.inputs.days
    shape = dict(firms.sizes)
    if not about.has_firms:
        return [Fault(file=FIRMS, problem="belongs to another run: this one kept no firms", remedy="take it away")]
    if (
        not {"day", "firm"} <= shape.keys()
        or shape["day"] != days
        or firms["day"].to_numpy().tolist() != list(range(days))
    ):
        return [Fault(file=FIRMS, problem=f"does not hold days 0 to {days - 1} of firms", remedy=_OTHER)]
    faults = []
    ids = firms["firm"].to_numpy()
    if ids.dtype != object or len(set(ids)) < len(ids):
        faults.append(Fault(file=FIRMS, problem="has ids of firms twice, or none", remedy=_OTHER))
    lacking = [n for n in ("production", "demand", "capacity", "undisturbed") if n not in firms]
    if lacking or firms["production"].dims != ("day", "firm"):
        problem = f"lacks {', '.join(lacking) or 'production by day and firm'}"
        return [*faults, Fault(file=FIRMS, problem=problem, remedy=_OTHER)]
    made, by_day = firms["production"].to_numpy().sum(axis=1), table["production"].to_numpy()
    if len(made) == len(by_day) and not np.allclose(made, by_day, rtol=1e-9, atol=1e-9 * float(np.abs(by_day).max())):
        faults.append(Fault(file=FIRMS, problem=f"does not add up to the production in {DAYS}", remedy=_OTHER))
    return faults
