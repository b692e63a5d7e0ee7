"""What the command simulate saves: a folder for one result; for several a folder each, and the table of them all."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from valuechain.cli.output import csv_text
from valuechain.cli.simulate_checks import RUNS
from valuechain.cli.simulate_runs import Found
from valuechain.cli.simulate_text import side_by_side
from valuechain.errors import OutputError
from valuechain.io.atomic import write_text_atomic
from valuechain.models.over_time import MODELS
from valuechain.models.saved_run import write_run
from valuechain.network import Network

COMPARISON = "compare.csv"


def save(net: Network, found: Found, folder: Path, *, force: bool) -> None:
    """Save one result in a folder, or several in folders numbered as they were asked for, with a table of them."""
    if not found.several:
        write_run(next(iter(found.results.values())), folder, force=force)
    else:
        _make(folder)
        rows = []
        for number, result in enumerate(found.results.values(), start=1):
            # Names of scenarios come from files: they are in the files written, not in paths.
            write_run(result, folder / f"run-{number}", force=force)
            model = next(name for name, kind in MODELS.items() if isinstance(result.inputs.model, kind))
            rows.append(
                {"folder": f"run-{number}", "number": number, "scenario": result.inputs.scenario.name, "model": model}
            )
        table = pd.DataFrame(rows).astype({"scenario": "str", "model": "str", "folder": "str"})
        write_text_atomic(folder / RUNS, csv_text(table), force=force)
        write_text_atomic(folder / COMPARISON, csv_text(side_by_side(net, found).table), force=force)
    click.echo(f"wrote {folder}", err=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: {error.strerror or 'cannot be made'}; choose another folder") from error
