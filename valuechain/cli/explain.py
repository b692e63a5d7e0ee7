"""The options --explain and --tree of the command cascade: why a firm loses what it loses, and how it spread."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from valuechain.cli.output import (
    csv_text,
    heading_lines,
    is_narrow,
    parameter_lines,
    section_lines,
    table_text,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd

    from valuechain.analysis.explain import Explanation
    from valuechain.analysis.propagation import Propagation
    from valuechain.models.cascade import CascadeResult

F = TypeVar("F", bound=Callable[..., Any])

INDENTS = 16
"""Levels of a tree that are indented; deeper ones stay where they are."""


def why_options(function: F) -> F:
    """Add --explain and --tree."""
    for option in (
        click.option(
            "--tree", is_flag=True, help="Show whom the failure hit, through what, and whom that hit in turn."
        ),
        click.option(
            "--explain",
            multiple=True,
            metavar="FIRM",
            help="Say why this firm loses what it loses: what binds, who is behind it, the way there; repeatable.",
        ),
    ):
        function = option(function)
    return function


def why_text(run: CascadeResult, firms: tuple[str, ...], form: str, top: int, *, tree: bool) -> str:
    """Return explanations of firms and the tree of a cascade in a format; csv holds one kind of table."""
    if form == "csv" and firms and tree:
        raise click.UsageError("csv holds one table: give --explain or --tree, or take --format json")
    from valuechain.analysis.explain import explain  # noqa: PLC0415
    from valuechain.analysis.propagation import propagation  # noqa: PLC0415

    explained = [explain(run, firm=f) for f in dict.fromkeys(firms)]
    spread = propagation(run) if tree else None
    if form == "csv":
        return _csv(explained, spread)
    if form == "json":
        return _json(run, explained, spread)
    lines: list[str] = []
    for one in explained:
        lines += [*_explanation_lines(one, top), ""]
    if spread is not None:
        lines += [*_tree_lines(run, spread, top), ""]
    return "\n".join([*lines, *parameter_lines(run)])


def _csv(explained: list[Explanation], spread: Propagation | None) -> str:
    import pandas as pd  # noqa: PLC0415

    if spread is not None:
        return csv_text(spread.table)
    table = pd.concat([e.table for e in explained], ignore_index=True)
    return csv_text(table.assign(binds=table["binds"].map({True: "true", False: "false"}).astype("str")))


def _json(run: CascadeResult, explained: list[Explanation], spread: Propagation | None) -> str:
    from valuechain.results import as_json_data  # noqa: PLC0415

    data: dict[str, Any] = {"cascade": as_json_data(run), "explanations": [as_json_data(e) for e in explained]}
    if spread is not None:
        data["propagation"] = as_json_data(spread)
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)


# ---- one firm


def _explanation_lines(one: Explanation, top: int) -> list[str]:
    """Return an explanation as text: sentences, then what binds, who is behind it and the way there."""
    lines = [*heading_lines(one.title), *wrapped(one.notes)]
    causes = one.causes.table[one.causes.table["loss"] > 0]
    if len(causes) > 1 and (causes["kind"] != "own shock").any():
        heads = {"process": "process", "kind": "cause", "product": "product", "loss": "takes", "margin": "less by"}
        lines += ["", "What takes activity (in each process the worst counts):", _table(causes.head(top), heads)]
    behind = one.table[one.table["binds"] & (one.table["contribution"] > 0) & (one.table["kind"] != "own shock")]
    if len(behind):
        heads = {
            "process": "process",
            "partner": "partner",
            "partner_name": "name",
            "product": "product",
            "share": "share",
            "not_replaced": "not\nreplaced",
            "partner_loss": "its\nloss",
            "contribution": "contri-\nbution",
        }
        if is_narrow():
            mixed = len(set(behind["process"])) > 1
            heads = {k: v for k, v in heads.items() if k != "partner_name" and (mixed or k != "process")}
            behind = behind.assign(process=behind["process"].str.removesuffix(" missing"))
        lines += ["", "Who is behind it (contribution = share x not replaced x its loss):"]
        lines += [_table(behind.head(top), heads), *_left_out(len(behind), top)]
    if len(one.path.table) > 1:
        lines += ["", *wrapped(["The way there, from the end; each loss is owed most of all to the firm below it:"])]
        lines += [_table(one.path.table.head(top), _path_heads())]
        lines += _left_out(len(one.path.table), top)
    return lines


def _path_heads() -> dict[str, str]:
    heads = {
        "sweep": "sweep",
        "firm": "firm",
        "name": "name",
        "loss": "loss",
        "product": "through",
        "contribution": "contri-\nbution",
    }
    return {k: v for k, v in heads.items() if k != "name"} if is_narrow() else heads


def _table(table: pd.DataFrame, heads: dict[str, str]) -> str:
    """Return columns of a table; every number but the sweep is a fraction, shown as percent."""
    shown = table[list(heads)]
    return table_text(shown, {str(c): "fraction" for c in shown if shown[c].dtype.kind == "f"}, heads)


def _left_out(count: int, top: int) -> list[str]:
    return [f"({top:,} of {count:,} rows; --top shows more, --format csv all)"] if count > top else []


# ---- the tree


def _tree_lines(run: CascadeResult, spread: Propagation, top: int) -> list[str]:
    """Return how a cascade spread as two indented trees, one a process, and the totals by sweep."""
    from valuechain.analysis.cascade_causes import PROCESSES  # noqa: PLC0415
    from valuechain.analysis.single_sourced import firm_names  # noqa: PLC0415

    network = run.source.network
    names = dict(zip(network.firm_ids, firm_names(network), strict=True))
    lines = [*heading_lines(spread.title), *wrapped(spread.notes)]
    for process in PROCESSES:
        rows = spread.table[spread.table["process"] == process]
        if len(rows):
            title = "Hit because " + process.replace("missing", "are missing")
            lines += ["", *wrapped([f"{title} (sweep, firm, loss in the end, through which product):"])]
            lines += _branches(rows, names, top, lacks=process == PROCESSES[0])
    return [*lines, "", *section_lines(spread.sweeps)]


def _branches(rows: pd.DataFrame, names: dict[str, str], top: int, *, lacks: bool) -> list[str]:
    """Return the tree of one process: of the firms hit by others the ``top`` with the largest losses."""
    known = list(rows[["firm", "sweep", "from_firm", "product", "loss_process"]].itertuples(index=False, name=None))
    children: dict[str | None, list[int]] = {}
    for k, (_, _, source, _, _) in enumerate(known):
        children.setdefault(source if isinstance(source, str) else None, []).append(k)
    roots = children.get(None, [])
    hit = len(known) - len(roots)
    chosen = _worst_first(known, children, roots, top)
    shown = [k for k in roots if k in chosen] or roots[:top]
    # A long tree is walked by hand: Python would run out of stack.
    lines, to_show = [], [(k, 0) for k in reversed(shown)]
    while to_show:
        k, depth = to_show.pop()
        lines += wrapped(
            [_branch_line(known[k], names, lacks=lacks)], f"{known[k][1]:>3}  " + "  " * min(depth, INDENTS)
        )
        below = [c for c in children.get(known[k][0], []) if c in chosen]
        to_show += [
            (c, depth + 1) for c in sorted(below, key=lambda c: (-round(known[c][4], 12), known[c][0]), reverse=True)
        ]
    if hit > top:
        lines.append(f"({top:,} of {hit:,} firms hit; --top shows more, --format csv all)")
    if len(shown) < len(roots):
        lines.append(f"({len(roots) - len(shown):,} more firms hit by the shock; none of those shown was hit by them)")
    return lines


def _worst_first(
    known: list[tuple[str, int, object, object, float]],
    children: dict[str | None, list[int]],
    roots: list[int],
    top: int,
) -> set[int]:
    """Return the rows to show: the ``top`` largest losses that hang on rows shown, and their roots."""

    def entries(row: int) -> list[tuple[float, str, int, int]]:
        return [(-round(known[c][4], 12), known[c][0], c, row) for c in children.get(known[row][0], [])]

    heap = [entry for root in roots for entry in entries(root)]
    heapq.heapify(heap)
    chosen: set[int] = set()
    count = 0
    while heap and count < top:
        _, _, row, parent = heapq.heappop(heap)
        chosen |= {row, parent}
        count += 1
        for entry in entries(row):
            heapq.heappush(heap, entry)
    return chosen


def _branch_line(row: tuple[str, int, object, object, float], names: dict[str, str], *, lacks: bool) -> str:
    """Return ``F17 Pump maker: 62.0%, lacks castings``."""
    from valuechain.analysis.explain_words import percent  # noqa: PLC0415

    firm, sweep, _, product, loss = row
    name = "" if names[firm] == firm else f" {names[firm]}"
    if sweep == 0:
        how = "hit by the shock"
    elif not isinstance(product, str):
        how = "many small losses"
    else:
        how = f"lacks {product}" if lacks else f"sells less {product}"
    return f"{firm}{name}: {percent(loss)}, {how}"
