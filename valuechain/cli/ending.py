"""How a command ends: exit codes and messages, warnings as notes, an interrupt without a traceback."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from typing import Any, TextIO

import click

from valuechain.cli.output import printable
from valuechain.errors import ExitCode, ValueChainError, ValueChainWarning

DEBUG = "VALUECHAIN_DEBUG"
"""Environment variable: when set, an unexpected error shows its traceback."""


class ReaderGoneError(Exception):
    """The reader of our output went away; not an OSError, of which click would make exit code 1."""


def end_cleanly(run: Callable[[], Any]) -> None:
    """Run a command and leave the process with its exit code, whatever happens."""
    sys.exit(int(exit_code(run)))


def exit_code(run: Callable[[], Any]) -> int:
    """Run a command, print what went wrong to stderr, and return the exit code."""
    with warnings.catch_warnings():
        _show_warnings_as_notes()
        try:
            run()
        except ValueChainError as error:
            click.echo(printable(f"error: {error}"), err=True)
            return error.exit_code
        except click.exceptions.Exit as ended:
            return ended.exit_code
        except click.ClickException as error:
            error.show()
            return error.exit_code
        except (click.Abort, KeyboardInterrupt):
            click.echo("interrupted", err=True)
            return ExitCode.INTERRUPTED
        except (BrokenPipeError, ReaderGoneError):
            # The reader of our output went away (| head): not an error, but Python would complain at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.DONE
        except OSError as error:
            click.echo(f"error: {error.filename or 'the output'}: {error.strerror or error}", err=True)
            return ExitCode.FAILED
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            click.echo(
                f"error: this should not have happened ({type(error).__name__}: {error}). Please report it with the "
                f"command you ran; {DEBUG}=1 shows the details.",
                err=True,
            )
            return ExitCode.FAILED
    return ExitCode.DONE


def _show_warnings_as_notes() -> None:
    """Print each of our warnings once, in words for a person; hide those of libraries, which users cannot act on."""
    said: set[str] = set()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        del filename, lineno, file, line
        text = str(message)
        if issubclass(category, ValueChainWarning) and text not in said:
            said.add(text)
            click.echo(printable(f"note: {text}"), err=True)

    warnings.simplefilter("ignore")
    warnings.simplefilter("always", ValueChainWarning)
    warnings.showwarning = show
