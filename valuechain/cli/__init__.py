"""The command line: a file per command group. A command parses, calls one public function, prints its result.

Nothing heavy is imported here or at the top of the command files, so that ``--help`` answers at once.
"""

from __future__ import annotations

from typing import Any

import click

from valuechain import __version__
from valuechain.cli.alternatives import alternatives_command, match_command
from valuechain.cli.analyse import diagnose_command, risk_command
from valuechain.cli.cascade import cascade_command
from valuechain.cli.centrality import centrality_command
from valuechain.cli.choose import choose_command
from valuechain.cli.critical import critical_command
from valuechain.cli.cuts import cuts_command
from valuechain.cli.data import check_command, convert_command, examples_command
from valuechain.cli.dependence import (
    concentration_command,
    country_single_points_command,
    dependency_command,
    reach_command,
    supplier_exposure_command,
)
from valuechain.cli.ending import ReaderGoneError, end_cleanly
from valuechain.cli.export import export_command
from valuechain.cli.exposure import exposure_command
from valuechain.cli.long_runs import WORDS
from valuechain.cli.partners import partners_command
from valuechain.cli.report import report_command
from valuechain.cli.simulate import simulate_command

__all__ = ["group", "main"]


class CleanGroup(click.Group):
    """A group of commands that always ends with a documented exit code and a message, never with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a closed pipe must reach :mod:`valuechain.cli.ending`."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGoneError from error

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the command line; its words are kept, since an interrupted run says how to go on."""
        words = list(args)
        context = super().make_context(info_name, args, parent, **extra)
        context.meta[WORDS] = words
        return context

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command line; see :func:`valuechain.cli.ending.end_cleanly`."""
        kwargs["standalone_mode"] = False
        end_cleanly(lambda: super(CleanGroup, self).main(*args, **kwargs))


@click.group(
    name="valuechain",
    cls=CleanGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 the analysis failed, 2 wrong usage, 3 bad data, 130 interrupted.",
)
@click.version_option(__version__, prog_name="valuechain")
def group() -> None:
    """Find where a value chain would break, what a disruption would do, and which partners would help.

    NETWORK is a folder of tables, an .xlsx workbook, a .graphml or .gexf file, or the name of an example.

    \b
    Example: valuechain diagnose eu_battery --html eu_battery.html
    """  # noqa: D301


for _command in (
    check_command,
    diagnose_command,
    critical_command,
    risk_command,
    cascade_command,
    simulate_command,
    centrality_command,
    concentration_command,
    dependency_command,
    country_single_points_command,
    supplier_exposure_command,
    reach_command,
    cuts_command,
    exposure_command,
    partners_command,
    choose_command,
    alternatives_command,
    match_command,
    export_command,
    report_command,
    convert_command,
    examples_command,
):
    group.add_command(_command)


def main() -> None:
    """Run the command line of this process."""
    group.main(prog_name="valuechain")
