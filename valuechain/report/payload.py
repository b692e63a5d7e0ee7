"""The one data blob of a page: what the script needs, as plain JSON that cannot break out of its element."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.network import Floats
from valuechain.report.schemes import Scheme, country_name
from valuechain.report.selection import LINKS_DRAWN, Selection
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
    firms = selection.firms
    return {
        "words": words["script"],
        "graph": _graph(selection, places),
        "schemes": [{"key": s.key, "palette": s.palette, "codes": s.codes} for s in colouring],
        "firms": {
            "id": selection.ids,
            "name": [_name(firms, k, selection.ids[k]) for k in range(len(firms))],
            **{c: _codes(firms, c) for c in ("sector", "country", "region")},
            "output": _numbers(firms["output"]) if "output" in firms else None,
            "sales": _numbers(selection.sales),
            "index": _numbers(selection.index),
            "down": _numbers(selection.index_down),
            "up": _numbers(selection.index_up),
            "suppliers": selection.suppliers.tolist(),
            "buyers": selection.buyers.tolist(),
        },
        "links": {
            "supplier": selection.supplier.tolist(),
            "buyer": selection.buyer.tolist(),
            "product": selection.product.tolist(),
            "flow": _numbers(selection.flow),
        },
        "products": selection.products,
        **details,
    }


def firm_names(selection: Selection) -> list[str]:
    """Return what people call each firm: its name, or its id where it has none."""
    return [_name(selection.firms, k, i) for k, i in enumerate(selection.ids)]


def _name(firms: pd.DataFrame, row: int, firm_id: str) -> str:
    name = firms["name"].iloc[row] if "name" in firms else None
    return clean(name) if isinstance(name, str) and name.strip() else firm_id


def _codes(firms: pd.DataFrame, column: str) -> dict[str, Any] | None:
    """Return a text column as labels and a code a firm, -1 where it is missing."""
    if column not in firms:
        return None
    codes, labels = pd.factorize(firms[column], sort=True)
    readable = country_name if column == "country" else clean
    return {"labels": [readable(str(v)) for v in labels], "codes": codes.tolist()}


def _numbers(values: Iterable[float]) -> list[float | int | None]:
    """Return numbers of six digits, whole ones as whole, what is not known as null."""
    return [_number(float(v)) for v in values]


def _number(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded == int(rounded) else rounded


def _graph(selection: Selection, places: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return nodes, edges and options as pyvis hands them to vis-network; ids are places, never names."""
    from pyvis.network import Network as Canvas  # noqa: PLC0415 - brings IPython along

    size, _ = selection.size
    radius = radii(size)
    canvas = Canvas(directed=True, cdn_resources="in_line")
    # Set directly: add_node and add_edge search all that is there already, and drop a link whose reverse exists.
    canvas.nodes = [
        {"id": k, "x": int(x), "y": int(y), "size": round(float(r), 1)}
        for k, ((x, y), r) in enumerate(zip(places, radius, strict=True))
    ]
    canvas.node_ids = list(range(selection.n_firms))
    canvas.node_map = {node["id"]: node for node in canvas.nodes}
    canvas.edges = [{"from": s, "to": b, "width": w} for s, b, w in drawn_links(selection)]
    canvas.set_options(json.dumps(OPTIONS))
    nodes, edges, _, _, _, options = canvas.get_network_data()
    # Rows without keys: a third of the size.
    return {
        "nodes": [[node["x"], node["y"], node["size"]] for node in nodes],
        "edges": [[edge["from"], edge["to"], edge["width"]] for edge in edges],
        "options": json.loads(options),
    }


def drawn_links(selection: Selection) -> list[tuple[int, int, float]]:
    """Return supplier, buyer and width of the lines to draw, heaviest first: one for all products of a pair."""
    n = max(selection.n_firms, 1)
    other = selection.supplier != selection.buyer
    pairs, inverse = np.unique(selection.supplier[other] * n + selection.buyer[other], return_inverse=True)
    flow = np.bincount(inverse, weights=selection.flow[other], minlength=len(pairs))
    order = np.lexsort((pairs, -flow))[:LINKS_DRAWN]
    top = float(flow.max(initial=0.0))
    width = WIDTH[0] + (WIDTH[1] - WIDTH[0]) * np.sqrt(flow / top if top > 0 else flow)
    return [(int(pairs[k] // n), int(pairs[k] % n), round(float(width[k]), 1)) for k in order]
