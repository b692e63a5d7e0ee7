"""What the numbers rest on: parameters of each result, gaps in the data, limits, and where the data come from."""

from __future__ import annotations

from collections.abc import Sequence

from valuechain.network import Network
from valuechain.report.build import content_fingerprint
from valuechain.report.document.blocks import Block, Heading, Section, Text
from valuechain.report.document.defaults import default_sentences
from valuechain.report.document.parts import Parts
from valuechain.report.document.tables import plain_table
from valuechain.report.document.telling import Telling
from valuechain.report.facts import version_text
from valuechain.report.words import clean, short
from valuechain.results import Result, setting_text

_OF_THE_NETWORK = frozenset({"network", "fingerprint", "top", "none"})
GAPS = 40
PARAMETER = 160
"""Characters of the value of a parameter."""


def method_section(telling: Telling, parts: Parts) -> Section:
    """Return method and limits."""
    rests = [(short(clean(r.title), 120), _parameters(telling, r)) for r in parts.used]
    headings = [(telling.say("column_result"), "text"), (telling.say("column_rests"), "long")]
    rows = [list(row) for row in dict.fromkeys(rests) if row[1]]
    blocks: list[Block] = [
        Text(sentences=(telling.say("method_intro"),)),
        plain_table(telling.say("method_title"), headings, rows),  # type: ignore[arg-type]
        Heading(text=telling.say("defaults")),
        Text(sentences=default_sentences(telling, parts) or (telling.say("no_defaults"),), is_list=True),
        Heading(text=telling.say("gaps")),
        *_gaps(telling, parts),
        Heading(text=telling.say("limits")),
        Text(sentences=_limits(telling, parts), is_list=True),
    ]
    return Section(key="method", title=telling.say("method"), blocks=blocks)


def _parameters(telling: Telling, result: Result) -> str:
    said = []
    for key, value in result.parameters.items():
        if key not in _OF_THE_NETWORK and value is not None:
            name = telling.words["parameters"].get(key) or clean(key).replace("_", " ")
            text = telling.words["parameter_values"].get(f"{key}.{value}") or short(
                clean(setting_text(value)), PARAMETER
            )
            said.append(f"{name}: {text}")
    return "; ".join(said)


def _gaps(telling: Telling, parts: Parts) -> list[Block]:
    """Return what the data lack: columns without any value, and rows that lack one."""
    rows, not_given = [], []
    for item, value, meaning in parts.overview.table[["item", "value", "meaning"]].itertuples(index=False, name=None):
        if str(item).endswith(" missing"):
            of = telling.number(int(str(meaning).split(":", 1)[0].removeprefix("of ").replace(",", "")))
            rows.append([clean(str(item).removesuffix(" missing")), telling.number(float(value)), of])
        elif str(item).endswith(": columns not given"):
            not_given.append(f"{str(item).split(':', 1)[0]}: {clean(meaning)}")
    blocks: list[Block] = []
    if not_given:
        sentences = tuple(telling.say("not_given", columns=columns) for columns in not_given)
        blocks.append(Text(sentences=sentences, is_list=True))
    if rows:
        headings = [
            (telling.say(f"column_{k}"), kind) for k, kind in zip(("gap", "missing", "of"), _KINDS, strict=True)
        ]
        blocks.append(plain_table(telling.say("gaps_title"), headings, rows[:GAPS]))  # type: ignore[arg-type]
    return blocks or [Text(sentences=(telling.say("no_gaps"),))]


_KINDS = ("text", "number", "number")


def _limits(telling: Telling, parts: Parts) -> tuple[str, ...]:
    keys = ["limit_scope", "limit_missing", "limit_points"]
    keys += ["limit_risk"] if parts.risk is not None else []
    keys += ["limit_runs"] if parts.runs else []
    keys += ["limit_partners"] if parts.partners else []
    keys += ["limit_language"] if telling.language != "en" else []
    return tuple(telling.say(key) for key in keys)


def provenance_section(telling: Telling, results: Sequence[Result]) -> Section:
    """Return where the data come from and what made the report."""
    network = telling.network
    meta = network.metadata
    rows = [[telling.say("provenance_name"), clean(network.name)]]
    rows += [
        [telling.say(f"provenance_{k}"), clean(meta[k])] for k in ("source", "year", "licence", "notes") if k in meta
    ]
    rows += [
        [telling.say("provenance_unit"), telling.unit(network.flow_unit)],
        [telling.say("provenance_fingerprint"), content_fingerprint(network)],
        [telling.say("provenance_version"), version_text()],
    ]
    seeds = _seeds(results)
    rows += [[telling.say("provenance_seeds"), seeds]] if seeds else []
    headings = [(telling.say("column_what"), "text"), (telling.say("column_is"), "long")]
    table = plain_table(telling.say("provenance_title"), headings, rows)  # type: ignore[arg-type]
    return Section(key="provenance", title=telling.say("provenance"), blocks=[table])


def _seeds(results: Sequence[Result]) -> str:
    found = [
        f"{short(clean(r.parameters.get('scenario') or r.title), 60)}: {clean(r.parameters['seed'])}"
        for r in results
        if r.parameters.get("seed") is not None
    ]
    return "; ".join(dict.fromkeys(found))


def is_invented(network: Network) -> bool:
    """Tell whether the network says that it describes no real firm."""
    return bool(network.metadata.get("synthetic", False))
