"""Readers and writers: level 4. ``read`` and ``write`` choose by what the path is; each format has its own file.

Nothing heavy is imported here: the command line's help must start fast.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from valuechain.errors import ParameterError, UnknownNameError, UnreadableFileError, suggestion
from valuechain.values import checked_path

if TYPE_CHECKING:
    from valuechain.network import Network

GRAPH_SUFFIXES = (".graphml", ".gexf")
OTHER_SUFFIXES = {
    ".xls": "save it as .xlsx in the spreadsheet program",
    ".xlsm": "save it as .xlsx in the spreadsheet program",
    ".xlsb": "save it as .xlsx in the spreadsheet program",
    ".ods": "save it as .xlsx in the spreadsheet program",
    ".csv": "give the folder that holds firms.csv and links.csv",
    ".parquet": "give the folder that holds firms.parquet and links.parquet",
    ".toml": "give the folder that holds it",
    ".zip": "unpack it and give the folder",
}
"""Files that are close to what can be read, and what to do with each."""


def read(path: str | os.PathLike[str], *, flow: str | None = None, sector: str | None = None) -> Network:
    """Return the network in a folder, an .xlsx workbook, a .graphml or .gexf file, or an example of that name.

    A path that exists wins over an example's name.

    Parameters
    ----------
    path
        Folder, file, or the bare name of an example.
    flow
        Graph files of other programs: the edge attribute that holds the flow, such as ``weight``.
    sector
        Graph files of other programs: the node attribute that holds the sector.

    Raises
    ------
    UnreadableFileError
        When there is no such file, or it is not what its name says.
    UnknownNameError
        When a bare name is neither a path nor an example.
    InvalidDataError
        With every fault of the data.

    Examples
    --------
    >>> import valuechain.io
    >>> valuechain.io.read("eu-batery")
    Traceback (most recent call last):
        ...
    valuechain.errors.UnknownNameError: 'eu-batery' is neither a path nor an example; ...
    """
    source = checked_path(path)
    suffix = source.suffix.casefold()
    is_graph = suffix in GRAPH_SUFFIXES and not source.is_dir()
    if (flow is not None or sector is not None) and not is_graph:
        raise ParameterError(f"{source}: the options flow and sector are for .graphml and .gexf files; leave them out")
    if not source.exists():
        return _read_example(source)
    if source.is_dir():
        from valuechain.io.folder import read_folder  # noqa: PLC0415 - pandas only when data are read

        return read_folder(source)
    if suffix == ".xlsx":
        from valuechain.io.excel import read_workbook  # noqa: PLC0415

        return read_workbook(source)
    if suffix == ".graphml":
        from valuechain.io.graphml import read_graphml  # noqa: PLC0415

        return read_graphml(source, flow=flow or "flow", sector=sector or "sector")
    if suffix == ".gexf":
        from valuechain.io.gexf import read_gexf  # noqa: PLC0415

        return read_gexf(source, flow=flow or "flow", sector=sector or "sector")
    remedy = OTHER_SUFFIXES.get(suffix, "give a folder, an .xlsx, a .graphml or a .gexf file")
    raise UnreadableFileError(f"{source}: files of this kind are not read; {remedy}")


def write(net: Network, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write a network to a workbook, a graph file or a folder, by what the path ends in. Never half a file.

    Parameters
    ----------
    net
        The network.
    path
        Ends in .xlsx, .graphml or .gexf; anything else is a folder.
    force
        Replace what is there.

    Raises
    ------
    OutputExistsError
        When the target exists and ``force`` is not said; it is kept.
    """
    target = checked_path(path)
    suffix = "" if target.is_dir() else target.suffix.casefold()
    if suffix == ".xlsx":
        from valuechain.io.excel import write_workbook  # noqa: PLC0415

        write_workbook(net, target, force=force)
    elif suffix == ".graphml":
        from valuechain.io.graphml import write_graphml  # noqa: PLC0415

        write_graphml(net, target, force=force)
    elif suffix == ".gexf":
        from valuechain.io.gexf import write_gexf  # noqa: PLC0415

        write_gexf(net, target, force=force)
    elif suffix in OTHER_SUFFIXES:
        raise ParameterError(f"{target}: this kind is not written; name a folder, an .xlsx, .graphml or .gexf")
    else:
        from valuechain.io.folder import write_folder  # noqa: PLC0415

        write_folder(net, target, force=force)


def _read_example(source: Path) -> Network:
    from valuechain.io.examples import example, example_names  # noqa: PLC0415

    names = [e.name for e in example_names()]
    is_bare = len(source.parts) == 1
    if is_bare and source.name in names:
        return example(source.name)
    if is_bare and not source.suffix:
        hint = suggestion(source.name, [*names, *_neighbours(source)])
        known = "examples: " + ", ".join(names) if names else "no examples are installed"
        remedy = f"{hint} ({known})" if hint else f"give a path that exists or an example's name ({known})"
        raise UnknownNameError(f"'{source}' is neither a path nor an example; {remedy}")
    hint = suggestion(source.name, [*_neighbours(source), *names])
    raise UnreadableFileError(f"{source}: there is no such file or folder; {hint or 'check the path'}")


def _neighbours(source: Path) -> list[str]:
    """Return what lies beside a path that does not exist: the likely meaning of a misspelt name."""
    try:
        return sorted(p.name for p in source.parent.iterdir() if not p.name.startswith("."))[:10_000]
    except OSError:
        return []
