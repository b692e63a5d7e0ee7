"""The value-chain folder, format 1: network.toml and a table a file, as CSV or Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from valuechain.errors import Fault, OutputExistsError, UnreadableFileError, closest, printable, shown, suggestion
from valuechain.io.atomic import STAGE_PREFIX, write_folder_atomic
from valuechain.io.csv_files import csv_bytes, read_csv
from valuechain.io.parquet import parquet_bytes, read_parquet
from valuechain.io.toml_files import read_toml, toml_bytes
from valuechain.network import Network
from valuechain.schema import TABLES, RawTable, Table

METADATA_FILE = "network.toml"
_READERS = {".csv": read_csv, ".parquet": read_parquet}
_EXAMPLE = 'make it with the two lines format = 1 and name = "My network"'
_PYMRIO_FILE = "file_parameters.json"
"""What pymrio writes beside the tables that it saves."""


def read_folder(path: Path) -> Network:
    """Return the network in a folder; nothing in the folder changes.

    Parameters
    ----------
    path
        Folder with network.toml, firms and links, and any other table of format 1, each as .csv or .parquet. Other
        files are ignored.

    Raises
    ------
    UnreadableFileError
        When there is no such folder, or it holds a table saved by pymrio.
    InvalidDataError
        With every fault of every file.

    Examples
    --------
    >>> read_folder(Path("graphs/eu_batery"))
    Traceback (most recent call last):
        ...
    valuechain.errors.UnreadableFileError: graphs/eu_batery: there is no such folder; ...
    """
    names = _file_names(path)
    _refuse_pymrio(path, names)
    faults: list[Fault] = []
    raw: dict[str, RawTable] = {}
    metadata = _read_metadata(path, names, faults)
    for table in TABLES.values():
        files = _files_of(table, names)
        if len(files) == 1:
            raw[table.name] = _READERS[Path(files[0]).suffix.casefold()](path / files[0], table)
        elif files:
            found = " and ".join(shown(f) for f in files)
            faults.append(
                Fault(file=table.name, problem=f"is there more than once ({found})", remedy="keep one of them")
            )
        elif table.required:
            faults.append(_missing_table(table, names))
    notes = _misspelt(names, raw)
    if raw and notes:
        next(iter(raw.values())).notes += notes
    return Network.from_raw(raw, metadata, metadata_file=METADATA_FILE, faults=faults, stacklevel=3)


def _file_names(path: Path) -> list[str]:
    try:
        return sorted(p.name for p in path.iterdir() if p.is_file())
    except FileNotFoundError:
        near = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        remedy = suggestion(path.name, near) or "check the path"
        raise UnreadableFileError(f"{path}: there is no such folder; {remedy}") from None
    except NotADirectoryError:
        raise UnreadableFileError(f"{path} is a file; give the folder that holds {METADATA_FILE}") from None
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror}; check its permissions") from error


def _refuse_pymrio(path: Path, names: list[str]) -> None:
    """Raise where a folder is what pymrio saved and no network: three missing files would not say what to do."""
    if _PYMRIO_FILE in names and METADATA_FILE not in {n.casefold() for n in names}:
        raise UnreadableFileError(
            f"{path} holds an input-output table saved by pymrio; make it a folder of this format first, in Python: "
            f"vc.write(from_pymrio(pymrio.load_all({str(path)!r})), 'my_table') "
            "(docs/bring-an-input-output-table.md has the lines)"
        )


def _read_metadata(path: Path, names: list[str], faults: list[Fault]) -> dict[str, Any] | None:
    files = [n for n in names if n.casefold() == METADATA_FILE]
    if not files:
        faults.append(Fault(file=METADATA_FILE, problem="is missing", remedy=_metadata_remedy(path, names)))
        return None
    if len(files) > 1:
        found = " and ".join(shown(f) for f in files)
        faults.append(
            Fault(file=METADATA_FILE, problem=f"is there more than once ({found})", remedy="keep one of them")
        )
        return None
    metadata, found_faults = read_toml(path / files[0])
    faults += found_faults
    return metadata


def _metadata_remedy(path: Path, names: list[str]) -> str:
    interrupted = sorted(p.name for p in path.glob(f"{STAGE_PREFIX}*") if (p / "old").is_dir())
    if interrupted:
        return f"writing was interrupted; the files from before are in {interrupted[0]}/old"
    near = [n for n in names if n.casefold().endswith((".toml", ".toml.txt"))]
    return f"rename {shown(near[0])} to {METADATA_FILE}" if len(near) == 1 else _EXAMPLE


def _files_of(table: Table, names: list[str]) -> list[str]:
    return [n for n in names if Path(n).suffix.casefold() in _READERS and Path(n).stem.casefold() == table.name]


def _missing_table(table: Table, names: list[str]) -> Fault:
    """Return the fault of a required table that is not there, with the file that may be meant."""
    stems = {Path(n).stem: n for n in names if Path(n).stem.casefold() not in TABLES or Path(n).suffix != ".csv"}
    near = closest(table.name, stems, 1)
    required = ", ".join(c.name for c in table.columns if c.required)
    file = f"{table.name}.csv"
    if not near:
        return Fault(file=file, problem="is missing", remedy=f"add it: {table.meaning}, with the columns {required}")
    found = stems[near[0]]
    same_kind = Path(found).suffix.casefold() in _READERS
    remedy = f"rename {shown(found)} to {table.name}{Path(found).suffix.casefold()}"
    return Fault(file=file, problem="is missing", remedy=remedy if same_kind else f"save {shown(found)} as {file}")


def _misspelt(names: list[str], raw: dict[str, RawTable]) -> list[str]:
    """Return a note for each table file that is ignored and likely meant as an optional table."""
    notes = []
    absent = [t for t in TABLES if t not in raw]
    for name in names:
        stem, suffix = Path(name).stem, Path(name).suffix.casefold()
        if suffix in _READERS and stem.casefold() not in TABLES:
            near = closest(stem, absent, 1)
            notes += (
                [f"{printable(name)} is not a table of this format and was ignored; {suggestion(stem, near)}"]
                if near
                else []
            )
    return notes


def write_folder(net: Network, path: Path, *, force: bool = False, tables: Literal["csv", "parquet"] = "csv") -> None:
    """Write a network as a folder, whole or not at all; reading it gives an equal network.

    Parameters
    ----------
    net
        The network.
    path
        The folder. It is made where it is missing, its parent is not.
    force
        Replace the network in a folder that is not empty; files that are no part of the format stay.
    tables
        Format of the tables.

    Raises
    ------
    OutputExistsError
        When the folder is not empty and ``force`` was not said.
    OutputError
        When it cannot be written: no such parent folder, no permission, disk full.
    """
    target = Path(path)
    if not force and target.is_dir() and any(target.iterdir()):
        raise OutputExistsError(
            f"{path} is not empty and was kept; say --force (force=True) to replace the network in it"
        )
    write_folder_atomic(target, _contents(net, tables), is_of_format)


def _contents(net: Network, tables: Literal["csv", "parquet"]) -> Iterator[tuple[str, bytes]]:
    write = csv_bytes if tables == "csv" else parquet_bytes
    for name, frame in net.tables.items():
        yield f"{name}.{tables}", write(frame)
    yield METADATA_FILE, toml_bytes({"format": 1, **net.metadata})


def is_of_format(name: str) -> bool:
    """Tell whether a file of this name in the folder of a network is part of the network."""
    stem, suffix = Path(name).stem.casefold(), Path(name).suffix.casefold()
    return name.casefold() == METADATA_FILE or (suffix in _READERS and stem in TABLES)
