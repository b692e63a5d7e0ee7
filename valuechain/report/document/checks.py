"""What a report refuses before any work: results of another network, and a place where it cannot be written."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from valuechain.errors import Fault, InvalidDataError, OutputError, OutputExistsError, ParameterError
from valuechain.io.atomic import check_folder
from valuechain.network import Network
from valuechain.results import Result
from valuechain.values import checked_path

__all__ = ["check_place", "checked_results"]


def checked_results(network: Network, results: object) -> list[Result]:
    """Return results that are of the network.

    Raises
    ------
    InvalidDataError
        With every result that was computed on other data.
    ParameterError
        When something given is no result.
    """
    if isinstance(results, Result):
        raise ParameterError("results is one result; write results=[...] around it")
    if not isinstance(results, Iterable):
        raise ParameterError(f"results is a {type(results).__name__}; give a list of what analyses returned")
    given = list(results)
    wrong = [type(r).__name__ for r in given if not isinstance(r, Result)]
    if wrong:
        raise ParameterError(f"results: {', '.join(wrong)} is no result; give what an analysis returned")
    faults = [f for r in given if (f := _foreign(network, r)) is not None]
    if faults:
        raise InvalidDataError(faults)
    return given


def _foreign(network: Network, result: Result) -> Fault | None:
    of = str(result.parameters.get("fingerprint", network.fingerprint))
    if of == network.fingerprint:
        return None
    name = result.parameters.get("network", "of another name")
    return Fault(
        file="results",
        value=result.title,
        problem=f"was computed on other data: network '{name}' ({of[:12]}), this is '{network.name}' "
        f"({network.fingerprint[:12]})",
        remedy="compute it again on this network, or report on that one",
    )


def check_place(path: str | os.PathLike[str], *, force: bool) -> None:
    """Refuse, before the work, a file that exists or that cannot be written."""
    target = Path(os.path.realpath(checked_path(path)))
    if target.is_dir():
        raise OutputError(f"{path} is a folder; give the name of a file, such as {Path(path) / 'report.html'}")
    if target.is_file() and not force:
        raise OutputExistsError(f"{path} exists and was kept; say --force (force=True) to replace it")
    check_folder(path)
