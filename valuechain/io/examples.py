"""The example networks that come with the package: which there are, and one of them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from valuechain.errors import UnknownNameError, suggestion

if TYPE_CHECKING:
    from valuechain.network import Network


@dataclass(frozen=True, kw_only=True)
class ExampleInfo:
    """An example: its name, its folder, and what it is in one line."""

    name: str
    path: Path
    description: str


def example(name: str) -> Network:
    """Return an example network.

    Parameters
    ----------
    name
        One of :func:`example_names`.

    Raises
    ------
    UnknownNameError
        When there is no such example; the message names the closest.

    Examples
    --------
    >>> example("textboook")
    Traceback (most recent call last):
        ...
    valuechain.errors.UnknownNameError: no example is called 'textboook'; ...
    """
    from valuechain.io.folder import read_folder  # noqa: PLC0415 - listing examples must not load the readers

    known = {e.name: e for e in example_names()}
    if name not in known:
        remedy = suggestion(name, known) or "the examples are " + (", ".join(known) or "not installed")
        raise UnknownNameError(f"no example is called '{name}'; {remedy}")
    return read_folder(known[name].path)


def example_names() -> list[ExampleInfo]:
    """Return the examples, sorted by name.

    Examples
    --------
    >>> all(e.path.is_dir() and e.description for e in example_names())
    True
    """
    return [
        ExampleInfo(name=file.parent.name, path=file.parent, description=_description(file))
        for file in sorted(_examples_folder().glob("*/network.toml"))
    ]


def _examples_folder() -> Path:
    """Return the folder of examples: inside the installed package, else at the root of the checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_graphs"
    return installed if installed.is_dir() else package.parent / "graphs"


def _description(file: Path) -> str:
    """Return the first line of ``notes``, else the name: enough for a list, never a reason to fail it."""
    try:
        keys = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        return f"cannot be read: {error}"
    for key in ("description", "notes", "name"):
        lines = str(keys.get(key, "")).strip().splitlines()
        if lines:
            return lines[0].strip()
    return file.parent.name
