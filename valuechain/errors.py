"""Exceptions, warnings and exit codes: level 0, imports nothing of the package.

Every exception refines a built-in one, so that ``except ValueError`` keeps working, and carries the exit code that the
command line ends with.
"""

from __future__ import annotations

import difflib
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

_PACKAGE = Path(__file__).parent

SHOWN_PER_KIND = 20
"""How many faults of one kind (same file, column and remedy) a message spells out; the exception keeps all."""


class ExitCode(IntEnum):
    """How a command ends. These numbers are part of the interface: scripts rely on them."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    BAD_DATA = 3
    INTERRUPTED = 130


class ValueChainError(Exception):
    """Base of all errors this package raises on purpose."""

    exit_code: ExitCode = ExitCode.FAILED

    def __str__(self) -> str:
        """Return the message as it was written (KeyError would quote it)."""
        return str(self.args[0]) if self.args else ""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong with the data: where it is, what it is, and what to do about it.

    ``row`` is the row as a spreadsheet shows it (the header is row 1); None where a whole file or column is meant.
    """

    file: str
    problem: str
    remedy: str
    row: int | None = None
    column: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        """Return ``links.csv row 214: buyer 'F17' is not in firms; add it or drop the link``."""
        place = self.file
        if self.row is not None:
            place += f" row {self.row}"
        subject = ""
        if self.column is not None and self.row == 1:
            subject = f"column {shown(self.column)} "
        elif self.column is not None:
            subject = self.column
            subject += " " if self.value is None else f" {shown(self.value)} "
        elif self.value is not None:
            subject = f"{shown(self.value)} "
        return printable(f"{place}: {subject}{self.problem}; {self.remedy}")


def shown(value: str, limit: int = 60) -> str:
    """Return a value from a table quoted for a message: one line, no control characters, shortened."""
    text = printable(value[: limit + 1])
    return f"'{text[:limit]}...'" if len(text) > limit else f"'{text}'"


def printable(text: str) -> str:
    """Return a text with control characters, which could move a terminal's cursor, spelt out."""
    if text.isprintable():
        return text
    codes = (f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}" for c in text)
    return "".join(c if c.isprintable() else code for c, code in zip(text, codes, strict=True))


class InvalidDataError(ValueChainError, ValueError):
    """The data break a rule of the data model; ``faults`` lists every one of them."""

    exit_code = ExitCode.BAD_DATA

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(describe_faults(self.faults))


def describe_faults(faults: Sequence[Fault]) -> str:
    """Return all faults, one a line; of one kind at most ``SHOWN_PER_KIND`` are spelled out and the rest counted."""
    seen: Counter[tuple[str, str | None, str]] = Counter()
    lines = []
    for fault in faults:
        kind = (fault.file, fault.column, fault.problem.split(" (")[0])
        seen[kind] += 1
        if seen[kind] <= SHOWN_PER_KIND:
            lines.append(str(fault))
    for (file, column, problem), count in seen.items():
        if count > SHOWN_PER_KIND:
            what = f"{column} {problem}" if column else problem
            lines.append(printable(f"{file}: {count - SHOWN_PER_KIND} more rows where {what}"))
    return "\n".join(lines)


class UnknownNameError(ValueChainError, LookupError):
    """A firm, column, example or other name does not exist; the message names the closest ones."""

    exit_code = ExitCode.BAD_DATA


class NoPartnerError(ValueChainError, LookupError):
    """No candidate is left for a need; the message says how many each filter removed."""

    exit_code = ExitCode.BAD_DATA


class ParameterError(ValueChainError, ValueError):
    """A parameter of a function or model is outside what it accepts."""

    exit_code = ExitCode.USAGE


class ScenarioError(ValueChainError, ValueError):
    """A scenario cannot be read, selects nothing, or asks a model for what it does not do."""

    exit_code = ExitCode.BAD_DATA


class UnreadableFileError(ValueChainError, OSError):
    """A file or folder is missing, or is not what its name says."""

    exit_code = ExitCode.BAD_DATA


class OutputExistsError(ValueChainError, FileExistsError):
    """The output exists already and was kept; say ``force`` to replace it."""

    exit_code = ExitCode.USAGE


class OutputError(ValueChainError, OSError):
    """The output cannot be written: no such folder, no permission, disk full."""


class ConservationError(ValueChainError, ArithmeticError):
    """Goods appeared or vanished in a run: its numbers would be wrong, so there are none."""


class SolverError(ValueChainError, ArithmeticError):
    """A linear program could not be solved, so there is no number; the message says what may help."""


class CheckpointError(ValueChainError, ValueError):
    """A checkpoint is damaged, or holds another network, other parameters or another kind of run; it was left as is."""

    exit_code = ExitCode.BAD_DATA


class SchedulerError(ValueChainError, ConnectionError):
    """A scheduler cannot be reached, has no workers, lost them, or its workers run other versions."""


class RunInterrupted(KeyboardInterrupt):
    """A long run was interrupted; says what was kept and where.

    ``kept`` of ``count`` items are in ``path``, which is None when no checkpoint was asked for.
    """

    def __init__(self, *, kept: int, count: int, path: Path | None) -> None:
        self.kept, self.count, self.path = kept, count, path
        super().__init__(f"{kept:,} of {count:,} are kept in {path}" if path is not None else "nothing was kept")


class MissingExtraError(ValueChainError, ImportError):
    """An optional package is needed; the message has the line that installs it."""


class ValueChainWarning(UserWarning):
    """Base of all warnings of this package."""


class DataWarning(ValueChainWarning):
    """The data are usable, but something in them is likely not what was meant."""


class DefaultWarning(ValueChainWarning):
    """A number rests on a default, because the data do not say."""


class ModelWarning(ValueChainWarning):
    """A result needs care when it is read."""


class CheckpointWarning(ValueChainWarning):
    """A checkpoint could not be written; the run goes on without."""


def warn_caller(message: str, category: type[ValueChainWarning]) -> None:
    """Warn at the line outside this package that asked, however many functions lie between."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and Path(frame.f_code.co_filename).is_relative_to(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level + 1)


_LOOKALIKES = str.maketrans("oil", "011")
"""Letters that people type for digits, and digits for letters."""


def closest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to ``count`` of the known names most like ``name``, the best first."""
    folded: dict[str, str] = {}
    for candidate in known:
        folded.setdefault(candidate.casefold().strip(), candidate)
    key = name.casefold().strip()
    if key in folded:
        return [folded[key]]
    if len(key) > 100:
        return []
    alike = key.translate(_LOOKALIKES)
    same = [f for f in folded if f.translate(_LOOKALIKES) == alike] if len(folded) <= 20_000 else []
    if same:
        return [folded[f] for f in same[:count]]
    # difflib compares with every candidate in pure Python; among many ids only one letter more, less or other is tried.
    near = list(folded) if len(folded) <= 2000 else [f for f in _one_letter_off(key) if f in folded][:50]
    return [folded[f] for f in difflib.get_close_matches(key, near, n=count, cutoff=0.7)]


def _one_letter_off(word: str) -> Iterable[str]:
    """Yield, each once, the words one swap, drop, change or insertion away."""
    letters = sorted(set("abcdefghijklmnopqrstuvwxyz0123456789-_. /" + word))
    halves = [(word[:k], word[k:]) for k in range(len(word) + 1)]
    words = [a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1]
    words += [a + b[1:] for a, b in halves if b]
    words += [a + c + b[1:] for a, b in halves if b for c in letters]
    words += [a + c + b for a, b in halves for c in letters]
    return dict.fromkeys(words)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'F17'?`` or an empty string when nothing is close."""
    names = closest(name, known)
    if not names:
        return ""
    return "did you mean " + " or ".join(shown(n) for n in names) + "?"
