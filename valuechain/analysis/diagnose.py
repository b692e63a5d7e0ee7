"""The main job: say where a value chain is weak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.analysis.concentration import HIGH, Concentration, concentration
from valuechain.analysis.overview import Overview, overview
from valuechain.analysis.single_sourced import SingleSourced, firm_names, single_sourced_inputs
from valuechain.errors import ParameterError
from valuechain.models.cascade_network import Cascade
from valuechain.models.cascade_run import Progress
from valuechain.models.systemic_risk import SystemicRisk, systemic_risk
from valuechain.network import Network
from valuechain.results import Result


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Diagnosis(Result):
    """Overview, critical firms and concentration of a network; each section is a result of its own.

    The table lists the ``top`` firms whose failure would hurt most, with the reason in words.
    ``product_concentration`` counts each supplier, ``product_countries`` the suppliers of one country as one,
    ``country_concentration`` looks at the suppliers within each country; the last two are None where no firm has a
    country.
    """

    overview: Overview
    risk: SystemicRisk
    single_sourced: SingleSourced
    product_concentration: Concentration
    product_countries: Concentration | None
    country_concentration: Concentration | None

    @property
    def sections(self) -> tuple[Result, ...]:
        """The sections in the order a reader wants them."""
        concentrations = (self.product_concentration, self.product_countries, self.country_concentration)
        return (self.overview, self.risk, self.single_sourced, *(c for c in concentrations if c is not None))


def diagnose(
    network: Network,
    *,
    top: int = 20,
    model: Cascade | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    """Return where a value chain is weak: overview, critical firms, single sources, concentration.

    Parameters
    ----------
    network
        The value chain.
    top
        Firms in the ranked table; the sections hold all.
    model
        Parameters of the cascade; default ``Cascade()``.
    threads
        Threads for the cascade; default one a core.
    progress
        Called with firms done and firms in all.

    Returns
    -------
    Diagnosis
        Table ``firm, name, sector, country, index, index_down, index_up, why``.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.diagnose(vc.example("textbook")).table["firm"].iloc[0]
    'sector_1'
    """
    if isinstance(top, bool) or not isinstance(top, int | np.integer) or top < 1:
        raise ParameterError(f"top {top!r} is not a number of firms; write a whole number from 1")
    risk = systemic_risk(network, model=model, threads=threads, progress=progress)
    single = single_sourced_inputs(network)
    by_product = concentration(network, by="product")
    has_country = "country" in network.firms and network.firms["country"].notna().any()
    of_countries = concentration(network, by="product", merge="country") if has_country else None
    by_country = concentration(network, by="country") if has_country else None
    table = _critical(network, risk, single, top)
    return Diagnosis(
        table=table,
        title=f"Diagnosis of {network.name}",
        units={k: v for k, v in risk.units.items() if k in table},
        parameters={**risk.parameters, "top": int(top)},
        notes=_verdict(risk, single, by_product, network),
        overview=overview(network),
        risk=risk,
        single_sourced=single,
        product_concentration=by_product,
        product_countries=of_countries,
        country_concentration=by_country,
    )


def _critical(network: Network, risk: SystemicRisk, single: SingleSourced, top: int) -> pd.DataFrame:
    """Return the ranked firms with what people know them by and why they are on the list."""
    firms = network.firms
    shown = [c for c in ("firm", "name", "sector", "country") if c in firms]
    ranked = risk.table.head(top).merge(firms[shown], on="firm", how="left", validate="one_to_one")
    # The product with the most buyers first: a firm may be the only source of several.
    alone = single.table.sort_values("buyers", ascending=False, kind="stable").groupby("supplier")
    only = alone.agg(product=("product", "first"), buyers=("buyers", "first"), products=("product", "size"))
    sales = pd.Series(network.sales / max(float(network.sales.sum()), 1e-300), index=network.firm_ids)
    ranked["why"] = [
        _why((float(i), float(d), float(u)), float(sales[f]), only.loc[f] if f in only.index else None)
        for f, i, d, u in zip(ranked["firm"], ranked["index"], ranked["index_down"], ranked["index_up"], strict=True)
    ]
    return ranked[[*shown, "index", "index_down", "index_up", "why"]]


def _why(lost: tuple[float, float, float], own: float, only: pd.Series | None) -> str:
    """Say in words why a firm is on the list; ``lost`` is index, index_down, index_up, ``own`` its share of sales."""
    index, down, up = lost
    if index <= 0:
        return "nothing is lost in this network if it fails"
    if own == 0:
        return f"a market: sells nothing here; {index:.1%} of sales hang on its purchases"
    if index > own * 1.05:
        main = "its buyers lack its product" if down >= up * (1 - 1e-9) else "its suppliers lose a customer"
        words = f"{index:.1%} of sales lost, {index / own:.1f} times what it sells here; mainly because {main}"
    else:
        words = f"{index:.1%} of sales lost, nearly all of it its own"
    if only is not None:
        buyers = "1 buyer" if only["buyers"] == 1 else f"{only['buyers']} buyers"
        words += f"; only source of {only['product']} for {buyers}"
        if only["products"] > 1:
            words += f" and of {only['products'] - 1} more product{'' if only['products'] == 2 else 's'}"
    return words


def _verdict(risk: SystemicRisk, single: SingleSourced, by_product: Concentration, network: Network) -> tuple[str, ...]:
    notes = _worst_failures(risk.table, network)
    if single.slots:
        notes.append(
            f"{single.slots:,} of {single.essential_slots:,} essential needs hang on one supplier: "
            "a buyer stops when that one fails."
        )
    elif single.essential_slots:
        notes.append("Every essential need has at least two suppliers.")
    if len(by_product.table):
        high = int((by_product.table["hhi_low"] > HIGH).sum())
        notes.append(f"{high} of {len(by_product.table)} products are concentrated (hhi above {HIGH}).")
    # What the ranking rests on belongs beside the headline, not only at the end of the page.
    return (*notes, *risk.notes[1:])


def _worst_failures(ranked: pd.DataFrame, network: Network) -> list[str]:
    """Name the worst supplier; a firm that only buys (a final market) is named beside it, not in its place."""
    firms = network.firms
    label = dict(zip(firms["firm"], firm_names(network), strict=True))
    sells = dict(zip(firms["firm"], network.sales > 0, strict=True))
    worst = ranked.iloc[0]
    suppliers = ranked[ranked["firm"].map(sells)]
    if len(suppliers) == 0 or float(worst["index"]) <= 0:
        return ["No firm sells anything in this network, so nothing is lost when one fails."]
    first = suppliers.iloc[0]
    notes = [
        f"The failure of {label[first['firm']]} would hurt most: {first['index']:.1%} of all sales in the network "
        "would be lost."
    ]
    if worst["firm"] != first["firm"]:
        notes.append(
            f"{worst['index']:.1%} of sales hang on the purchases of {label[worst['firm']]}, which sells nothing here: "
            "it is a market rather than a supplier."
        )
    return notes
