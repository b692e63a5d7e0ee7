"""Options of commands that may run for hours: keep what is done, go on from it, spread it over a cluster."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from valuechain.errors import RunInterrupted

if TYPE_CHECKING:
    from valuechain.runs import Existing

F = TypeVar("F", bound=Callable[..., Any])

WORDS = "valuechain.words"
"""Where the context keeps the words of the command line."""


def long_run_options(function: F) -> F:
    """Add --checkpoint, --resume and --scheduler."""
    for option in (
        click.option(
            "--scheduler",
            metavar="ADDRESS",
            help="Compute on the Dask cluster whose scheduler is there (tcp://host:8786). The result is the same.",
        ),
        click.option("--resume", is_flag=True, help="Go on from the checkpoint. One that exists is never replaced."),
        click.option(
            "--checkpoint",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Keep what is done in this file, so that an interrupted run can go on.",
        ),
    ):
        function = option(function)
    return function


def checked_existing(checkpoint: Path | None, output: Path | None, *, resume: bool) -> Existing:
    """Return what to do with a checkpoint that exists; refuse before the work what cannot be."""
    if checkpoint is None:
        if resume:
            raise click.UsageError("--resume needs the file to go on from: --checkpoint FILE")
        return "refuse"
    if output is not None and output.absolute() == checkpoint.absolute():
        raise click.UsageError(f"{output} is named for two outputs; give each its own file")
    from valuechain.runs.checkpoint import refuse_at_once  # noqa: PLC0415 - heavy imports only when a command runs

    existing: Existing = "resume" if resume else "refuse"
    refuse_at_once(checkpoint, existing)
    return existing


@contextmanager
def telling_how_to_go_on(unit: str) -> Iterator[None]:
    """After an interrupt say what is kept, and the command that goes on."""
    try:
        yield
    except RunInterrupted as stopped:
        if stopped.path is not None and stopped.kept:
            click.echo(
                f"{stopped.kept:,} of {stopped.count:,} {unit} are kept in {stopped.path}; go on with: "
                f"{command_to_go_on()}",
                err=True,
            )
        elif stopped.path is not None:
            click.echo(f"nothing was done yet: {stopped.path} was not written", err=True)
        raise


def command_to_go_on() -> str:
    """Return the command line of this process with --resume."""
    words: list[str] = list(click.get_current_context().meta.get(WORDS, []))
    if "--resume" not in words:
        words.append("--resume")
    return shlex.join(["valuechain", *words])
