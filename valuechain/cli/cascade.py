"""The command cascade: how far a disruption spreads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from valuechain.cli.explain import why_options, why_text
from valuechain.cli.options import cascade_model, cascade_options, load, network_argument, output_options, top_option
from valuechain.cli.output import emit, refuse_existing, result_text
from valuechain.cli.progress import phase


@click.command("cascade")
@network_argument
@click.option("--scenario", type=click.Path(path_type=Path), metavar="FILE", help="Scenario file (.toml).")
@click.option(
    "--fail", multiple=True, metavar="FIRM[=FRACTION]", help="Firm that fails, wholly or by a fraction; repeatable."
)
@why_options
@top_option
@cascade_options
@output_options
def cascade_command(
    network: str,
    scenario: Path | None,
    fail: tuple[str, ...],
    explain: tuple[str, ...],
    tree: bool,
    top: int,
    form: str,
    output: Path | None,
    force: bool,
    **model: Any,
) -> None:
    """Show how far one disruption spreads: the loss of every firm.

    \b
    Example: valuechain cascade baltic_mobility --fail FI-007
    Example: valuechain cascade eu_battery --fail CHN.graphite_refining --explain DEU.cells --tree
    Example: valuechain cascade my_folder --scenario my_folder/scenarios/flood.toml
    """  # noqa: D301
    if (scenario is None) == (not fail):
        raise click.UsageError("say what fails: either --scenario FILE or --fail FIRM (once or more)")
    refuse_existing([output] if output else [], force=force)
    net = load(network)
    with phase("cascade (the first run also compiles, once)"):
        from valuechain.models.cascade import cascade  # noqa: PLC0415
        from valuechain.scenario import read_scenario  # noqa: PLC0415

        shock = read_scenario(scenario) if scenario is not None else failing_firms(fail)
        result = cascade(net, shock, model=cascade_model(**model))
        shown = why_text(result, explain, form, top, tree=tree) if explain or tree else result_text(result, form, top)
    emit(shown, output, force=force)


def failing_firms(words: tuple[str, ...]) -> dict[str, float]:
    """Return firm and lost fraction of ``F17`` or ``F17=0.6``."""
    lost: dict[str, float] = {}
    for word in words:
        firm, sign, fraction = word.rpartition("=")
        if not sign:
            lost[word] = 1.0
            continue
        percent = fraction.strip().endswith("%")
        try:
            number = float(fraction.strip().rstrip("%").replace(",", "."))
        except ValueError as error:
            raise click.UsageError(
                f"--fail {word}: '{fraction}' is not a fraction; write {firm}=0.5 for half"
            ) from error
        lost[firm] = number / 100 if percent else number
        if not 0 <= lost[firm] <= 1:
            raise click.UsageError(f"--fail {word}: {fraction} is not between 0 and 1; write {firm}=0.5 or {firm}=50%")
    return lost
