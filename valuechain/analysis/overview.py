"""What is in a network: size, value, connectedness, and what is missing in the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import connected_components

from valuechain.network import Network
from valuechain.results import Result, number_text
from valuechain.schema import TABLES


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Overview(Result):
    """Headline figures of a network. ``total_flow`` is in the network's flow unit."""

    firms: int
    links: int
    total_flow: float
    components: int


def overview(network: Network) -> Overview:
    """Return headline figures and how complete the data are.

    Returns
    -------
    Overview
        Table ``item, value, unit, meaning``; missing data are rows ``firms.country missing`` with the number of rows
        that lack it, and a row ``firms: columns not given`` with the names of columns without any value.

    Examples
    --------
    >>> import valuechain as vc
    >>> overview(vc.example("textbook")).total_flow
    950.0
    """
    rows = [*_size_rows(network), *_shape_rows(network), *_missing_rows(network)]
    table = pd.DataFrame(rows, columns=["item", "value", "unit", "meaning"])
    weak = next(int(r[1]) for r in rows if r[0] == "components")
    return Overview(
        table=table,
        title=f"Overview of {network.name}",
        parameters={"network": network.name, "fingerprint": network.fingerprint},
        notes=tuple(_sentences(network)),
        firms=network.n_firms,
        links=network.n_links,
        total_flow=float(network.flow.sum()),
        components=weak,
    )


Row = tuple[str, float, str, str]


def _size_rows(network: Network) -> list[Row]:
    firms = network.firms
    rows: list[Row] = [
        ("firms", network.n_firms, "firms", "rows of the firms table"),
        ("links", network.n_links, "links", "supplier, buyer and product"),
        ("products", len(network.products), "products", "what is bought; a sector where links name no product"),
        ("sectors", len(network.sectors), "sectors", "what firms make"),
    ]
    for column, thing in (("country", "countries"), ("region", "regions"), ("owner", "owners")):
        if column in firms and firms[column].notna().any():
            rows.append((thing, firms[column].nunique(), thing, f"different values of firms.{column}"))
    members = network.table("members")
    if members is not None:
        rows.append(("clusters", members["cluster"].nunique(), "clusters", "clusters with members"))
    rows.append(("total flow", float(network.flow.sum()), network.flow_unit, "value of all links"))
    for column, meaning in (("output", "value of all that firms make"), ("final_demand", "sales to final users")):
        if column in firms and firms[column].notna().any():
            known = int(firms[column].notna().sum())
            words = meaning if known == network.n_firms else f"{meaning}; {known:,} firms that give it"
            rows.append((column.replace("_", " "), float(firms[column].sum()), network.flow_unit, words))
    return rows


def _shape_rows(network: Network) -> list[Row]:
    n = network.n_firms
    linked = np.zeros(n, dtype=bool)
    linked[network.supplier] = linked[network.buyer] = True
    matrix = network.matrix
    weak, label = connected_components(matrix, directed=True, connection="weak")
    largest = int(np.bincount(label).max()) if n else 0
    strong, strong_label = connected_components(matrix, directed=True, connection="strong")
    loop = int(np.bincount(strong_label).max()) if strong else 0
    loop = loop if loop > 1 else 0
    buys, sells = network.purchases > 0, network.sales > 0
    return [
        ("components", int(weak), "parts", "parts of the network with no link between them"),
        ("firms in the largest part", largest, "firms", "how much of the network hangs together"),
        ("largest loop", loop, "firms", "firms that supply each other in circles, directly or not; 0: no circle"),
        ("firms without suppliers", int((linked & ~buys).sum()), "firms", "start of the chain, or purchases not known"),
        ("firms without buyers", int((linked & ~sells).sum()), "firms", "end of the chain, or sales not known"),
        ("links without flow", int((network.flow == 0).sum()), "links", "a flow of 0: nothing is delivered"),
        ("firms without links", int((~linked).sum()), "firms", "nothing is known of their trade"),
    ]


def _missing_rows(network: Network) -> list[Row]:
    rows: list[Row] = []
    for name in ("firms", "links"):
        frame = network.table(name)
        if frame is None:
            continue
        not_given: list[str] = []
        for column in TABLES[name].columns:
            if column.required:
                continue
            absent = len(frame) if column.name not in frame else int(frame[column.name].isna().sum())
            if absent == len(frame):
                not_given.append(column.name)
            elif absent:
                rows.append((f"{name}.{column.name} missing", absent, "rows", f"of {len(frame):,}: {column.meaning}"))
        if not_given:
            rows.append((f"{name}: columns not given", len(not_given), "columns", ", ".join(not_given)))
    return rows


def _sentences(network: Network) -> list[str]:
    year = f" in {network.metadata['year']}" if "year" in network.metadata else ""
    firms = "1 firm trades" if network.n_firms == 1 else f"{network.n_firms:,} firms trade"
    links = "1 link" if network.n_links == 1 else f"{network.n_links:,} links"
    sentences = [f"{firms} {number_text(float(network.flow.sum()))} {network.flow_unit}{year} on {links}."]
    if network.metadata.get("synthetic"):
        sentences.append("This network is invented: no figure in it describes a real firm.")
    status = network.links.get("status")
    if status is not None and (status == "inferred").any():
        sentences.append(
            f"{int((status == 'inferred').sum()):,} of {links} are inferred, not declared or validated: "
            "read single flows with care."
        )
    if "currency" not in network.metadata:
        sentences.append("The currency is not stated: add currency to network.toml.")
    return sentences
