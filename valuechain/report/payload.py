"""The one data blob of a page: what the script needs, as plain JSON that cannot break out of its element."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.network import Floats
from valuechain.report.engines import VIS_FIRMS
from valuechain.report.packing import codes, counts, fronted, pack, real, short_real
from valuechain.report.schemes import Scheme, country_name
from valuechain.report.selection import Selection
from valuechain.report.words import Catalogue, clean

RADIUS = (5.5, 25.0)
"""Radius of the smallest and the largest firm, pixels."""
WIDTH = (0.5, 4.0)
"""Width of the lightest and the heaviest link, pixels."""

_ESCAPES = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}

OPTIONS: Mapping[str, Any] = {
    "autoResize": True,
    "physics": {"enabled": False},
    "layout": {"randomSeed": 1, "improvedLayout": False},
    "nodes": {"shape": "dot", "borderWidth": 1, "borderWidthSelected": 3, "chosen": False},
    "edges": {
        "smooth": False,
        "chosen": False,
        "selectionWidth": 0,
        "color": {"color": "#8a97a8", "opacity": 0.34, "inherit": False},
        "arrows": {"to": {"enabled": False, "scaleFactor": 0.45}},
    },
    "interaction": {
        "hover": False,
        "keyboard": False,
        "navigationButtons": False,
        "selectConnectedEdges": False,
        "tooltipDelay": 1_000_000,
        "zoomSpeed": 0.6,
    },
}
"""Options of vis-network. Links carry no title: a title with "href" in it would be run as HTML by stock pyvis."""


def json_blob(data: Any) -> str:
    """Return data as JSON that is safe inside a script element: no ``<``, ``>``, ``&`` or line separators."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign, escape in _ESCAPES.items():
        text = text.replace(sign, escape)
    return text


def radii(size: Floats) -> Floats:
    """Return the radius of each firm in pixels: its area grows with its size; unknown counts as smallest."""
    known = np.nan_to_num(size)
    top = float(known.max(initial=0.0))
    part = np.sqrt(known / top) if top > 0 else np.zeros(len(size))
    return np.asarray(RADIUS[0] + (RADIUS[1] - RADIUS[0]) * part)


def blob(
    selection: Selection,
    places: npt.NDArray[np.int64],
    colouring: Sequence[Scheme],
    words: Catalogue,
    details: Mapping[str, Any],
) -> dict[str, Any]:
    """Return all that the script needs. ``details`` are texts that belong to the results."""
    return {
        "words": words["script"],
        "schemes": [_scheme(s, selection) for s in colouring],
        "firms": _firms(selection, places, words["page"]["language_code"]),
        "links": _links(selection),
        "products": selection.products,
        **details,
    }


def _firms(selection: Selection, places: npt.NDArray[np.int64], language: str) -> dict[str, Any]:
    firms, large = selection.firms, selection.n_firms > VIS_FIRMS
    names = firm_names(selection)
    amounts = short_real if large else real
    spare = spare_capacity(firms)
    # What the script can add up from the links is not sent along.
    derived = selection.is_complete
    indices = {"index": selection.index, "down": selection.index_down, "up": selection.index_up}
    known = not np.isnan(selection.index).all()
    step = max(1, -(-int(np.abs(places).max(initial=0)) // (2**15 - 1)))
    return {
        "count": selection.n_firms,
        "id": fronted(selection.ids) if large else selection.ids,
        "name": None if names == list(selection.ids) else names,
        **{c: _codes(firms, c, language) for c in ("sector", "country", "region")},
        "output": amounts(firms["output"].to_numpy(dtype=np.float64)) if "output" in firms else None,
        "sales": None if derived else amounts(selection.sales),
        "spare": None if np.isnan(spare).all() else amounts(spare),
        **{name: amounts(values) if known else None for name, values in indices.items()},
        "suppliers": None if derived else counts(selection.suppliers),
        "buyers": None if derived else counts(selection.buyers),
        "step": step,
        "x": pack(np.rint(places[:, 0] / step), "i2"),
        "y": pack(np.rint(places[:, 1] / step), "i2"),
        "radius": pack(np.rint(radii(selection.size[0]) * 10), "u1"),
    }


def _links(selection: Selection) -> dict[str, Any]:
    """Return the links by supplier: how many each firm sells through, then who buys; products by firm if it has one."""
    product, supplier = selection.product, selection.supplier
    first = np.zeros(selection.n_firms, dtype=np.int64)
    first[supplier[::-1]] = product[::-1]
    by_firm = bool((first[supplier] == product).all())
    amounts = short_real if selection.n_firms > VIS_FIRMS else real
    return {
        "sold": counts(np.bincount(supplier, minlength=selection.n_firms)),
        "buyer": counts(selection.buyer),
        "product": counts(first if by_firm else product),
        "by_firm": by_firm,
        "flow": amounts(selection.flow),
        "lines": selection.room.lines,
    }


def _scheme(scheme: Scheme, selection: Selection) -> dict[str, Any]:
    """Return a scheme as codes in its palette: a firm each, or, where a column decides, one for each of its labels."""
    found = {"key": scheme.key, "palette": scheme.palette}
    if scheme.key == "risk" and not np.isnan(selection.index).all():
        return found  # the script scales the index
    if scheme.key not in {"sector", "country"}:
        return found | {"codes": codes(np.array(scheme.codes, int))}
    of, labels = pd.factorize(selection.firms[scheme.key], sort=True)
    colour = np.zeros(len(labels), dtype=np.int64)
    colour[of[of >= 0]] = np.array(scheme.codes, int)[of >= 0]
    return found | {"of": colour.tolist()}


def spare_capacity(firms: pd.DataFrame) -> Floats:
    """Return what each firm could make on top of its output, NaN where capacity or output is not known."""
    if not {"capacity", "output"} <= set(firms):
        return np.full(len(firms), np.nan)
    capacity, output = (firms[c].to_numpy(dtype=np.float64) for c in ("capacity", "output"))
    return np.maximum(capacity - output, 0.0)


def firm_names(selection: Selection) -> list[str]:
    """Return what people call each firm: its name, or its id where it has none."""
    return [_name(selection.firms, k, i) for k, i in enumerate(selection.ids)]


def _name(firms: pd.DataFrame, row: int, firm_id: str) -> str:
    name = firms["name"].iloc[row] if "name" in firms else None
    return clean(name) if isinstance(name, str) and name.strip() else firm_id


def _codes(firms: pd.DataFrame, column: str, language: str) -> dict[str, Any] | None:
    """Return a text column as labels and a code a firm, -1 where it is missing."""
    if column not in firms:
        return None
    places, labels = pd.factorize(firms[column], sort=True)
    names = [country_name(str(v), language) if column == "country" else clean(str(v)) for v in labels]
    # Codes, not words of a language, stand in the address of a view.
    ids = {"ids": [str(v) for v in labels]} if column == "country" else {}
    return {"labels": names, "codes": codes(places), **ids}


def vis_options() -> dict[str, Any]:
    """Return the options that pyvis hands to vis-network."""
    from pyvis.network import Network as Canvas  # noqa: PLC0415 - brings IPython along

    canvas = Canvas(directed=True, cdn_resources="in_line")
    canvas.set_options(json.dumps(OPTIONS))
    *_, options = canvas.get_network_data()
    found: dict[str, Any] = json.loads(options)
    return found


def drawn_links(selection: Selection) -> list[tuple[int, int, float]]:
    """Return supplier, buyer and width of the lines to draw, heaviest first: one for all products of a pair."""
    n = max(selection.n_firms, 1)
    other = selection.supplier != selection.buyer
    pairs, inverse = np.unique(selection.supplier[other] * n + selection.buyer[other], return_inverse=True)
    flow = np.bincount(inverse, weights=selection.flow[other], minlength=len(pairs))
    order = np.lexsort((pairs, -flow))[: selection.room.lines]
    top = float(flow.max(initial=0.0))
    width = WIDTH[0] + (WIDTH[1] - WIDTH[0]) * np.sqrt(flow / top if top > 0 else flow)
    return [(int(pairs[k] // n), int(pairs[k] % n), round(float(width[k]), 1)) for k in order]
