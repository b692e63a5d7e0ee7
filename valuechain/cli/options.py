"""Options that several commands share, as decorators."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from valuechain.cli.progress import phase

if TYPE_CHECKING:
    from valuechain.models.cascade import Cascade
    from valuechain.network import Network

F = TypeVar("F", bound=Callable[..., Any])


def refuse_without_effect(where: str, *names: str) -> None:
    """Refuse options that were given on the command line but do nothing here.

    Raises
    ------
    click.UsageError
        With all of them.
    """
    context = click.get_current_context()
    flags = {p.name: "/".join((*p.opts, *p.secondary_opts)) for p in context.command.params}
    given = [flags[name] for name in names if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if given:
        has, them = ("has", "it") if len(given) == 1 else ("have", "them")
        raise click.UsageError(f"{' and '.join(given)} {has} no effect with {where}; leave {them} out")


def network_argument(function: F) -> F:
    """Take the network path or example name as first argument."""
    return click.argument("network", metavar="NETWORK")(function)


def _format_of_output(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """Return the format asked for, else the one the output file is named for."""
    del parameter
    output = context.params.get("output")
    suffix = output.suffix.casefold().lstrip(".") if isinstance(output, Path) else ""
    if suffix in {"xlsx", "xls", "ods", "html", "htm", "pdf"}:
        raise click.BadParameter(
            f"{output}: results are written as text, csv or json; name a file that ends in .txt, .csv or .json",
            param_hint="'--output'",
        )
    return value or (suffix if suffix in {"csv", "json"} else "table")


def output_options(function: F) -> F:
    """Add --format, --output and --force."""
    for option in (
        click.option("--force", is_flag=True, help="Replace files that exist."),
        click.option(
            "--output",
            type=click.Path(path_type=Path),
            metavar="FILE",
            is_eager=True,
            help="Write here, not to stdout.",
        ),
        click.option(
            "--format",
            "form",
            type=click.Choice(["table", "csv", "json"]),
            callback=_format_of_output,
            help="csv and json hold full precision and all rows; fractions stay 0..1. Default: by the name of the "
            "output file, else table.",
        ),
    ):
        function = option(function)
    return function


def top_option(function: F) -> F:
    """Add --top."""
    return click.option(
        "--top", type=click.IntRange(min=1), default=20, show_default=True, help="Rows to show of each ranking."
    )(function)


def threads_option(function: F) -> F:
    """Add --threads."""
    return click.option(
        "--threads", type=click.IntRange(min=1), help="Threads to use (all cores). The result does not depend on it."
    )(function)


def cascade_options(function: F) -> F:
    """Add the parameters of the cascade."""
    for option in (
        click.option("--weights", metavar="COLUMN", help="Column of firms that weighs them in the index (sales)."),
        click.option("--costs", metavar="COLUMN", help="Column of firms with all costs: scales losses of inputs."),
        click.option("--revenue", metavar="COLUMN", help="Column of firms with all sales: base of losses of buyers."),
        click.option(
            "--market",
            metavar="COLUMN",
            default="sector",
            show_default=True,
            help="Firms with the same value can replace each other; 'none': no replacement.",
        ),
        click.option(
            "--stop",
            type=click.Choice(["change", "total"]),
            default="change",
            show_default=True,
            help="Stop when the largest change of a firm, or the growth of total loss, is at most the tolerance.",
        ),
        click.option(
            "--tolerance",
            type=click.FloatRange(min=0, max=1, min_open=True, max_open=True),
            help="A fraction. published: stop threshold (0.01); fixed-point: error of an index aimed at (1e-12).",
        ),
        click.option(
            "--rule",
            type=click.Choice(["published", "fixed-point"]),
            default="published",
            show_default=True,
            help="published: sweeps that stop early. fixed-point: where losses come to rest, with a proven bound.",
        ),
    ):
        function = option(function)
    return function


def cascade_model(
    *,
    rule: str,
    tolerance: float | None,
    stop: str,
    market: str,
    revenue: str | None,
    costs: str | None,
    weights: str | None,
) -> Cascade:
    """Return the cascade the options describe."""
    from valuechain.models.cascade import Cascade  # noqa: PLC0415 - heavy imports only when a command runs

    return Cascade(
        rule="fixed-point" if rule == "fixed-point" else "published",
        tolerance=tolerance,
        stop="total" if stop == "total" else "change",
        market=None if market == "none" else market,
        revenue=revenue,
        costs=costs,
        weights=weights,
    )


def load(path: str) -> Network:
    """Read a network, saying so if it takes long."""
    with phase(f"reading {path}"):
        from valuechain.io import read  # noqa: PLC0415

        return read(path)
