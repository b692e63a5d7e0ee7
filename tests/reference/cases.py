"""Read the reference cases from the archives, in memory: nothing is extracted, nothing is executed."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parent / "data"


@cache
def archive(model: str) -> Mapping[str, bytes]:
    """Return the files of one model's archive by name."""
    with tarfile.open(DATA / f"{model}.tar.xz", mode="r:xz") as stream:
        files = {}
        for member in stream:
            part = stream.extractfile(member) if member.isfile() else None
            if part is not None:
                files[member.name] = part.read()
    return files


def case_names(model: str) -> list[str]:
    """Return the cases of a model, sorted."""
    return sorted({name.split("/")[0] for name in archive(model) if "/" in name})


@dataclass(frozen=True)
class Case:
    """The files of one case by name inside its folder."""

    name: str
    files: Mapping[str, bytes]

    def frame(self, name: str, **options: object) -> pd.DataFrame:
        """Return a CSV file of the case."""
        return pd.read_csv(io.BytesIO(self.files[name]), **options)  # type: ignore[call-overload]

    def parameters(self) -> dict[str, str]:
        """Return ``params.txt``."""
        lines = self.files["params.txt"].decode().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def subfolders(self, prefix: str) -> list[str]:
        """Return the folders of the case that begin so, sorted."""
        return sorted({name.split("/")[0] for name in self.files if "/" in name and name.startswith(prefix)})


def packed_case(model: str, name: str) -> Case:
    """Return a case from the archive."""
    start = f"{name}/"
    return Case(name, {k.removeprefix(start): v for k, v in archive(model).items() if k.startswith(start)})


def folder_case(folder: Path) -> Case:
    """Return a case from a folder."""
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    return Case(folder.name, files)
