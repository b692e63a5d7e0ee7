"""What a section on the structure concludes, in the report's own words: in the verdict, and below its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuechain.analysis.concentration import HIGH, Concentration
from valuechain.report.document.parts import Parts
from valuechain.report.document.tables import is_market
from valuechain.report.document.telling import Telling
from valuechain.report.words import clean
from valuechain.results import rank_key

if TYPE_CHECKING:
    import pandas as pd


def points_said(telling: Telling, parts: Parts) -> list[str]:
    """Return which firm stops most, by value, and how many stop others."""
    table = parts.points.table
    if not parts.points.points:
        return [telling.say("verdict_no_points")]
    top = table[table["stops"] > 0].iloc[0]
    value = telling.amount(float(top["value_stopped"]), telling.network.flow_unit)
    worst = telling.say("verdict_point", int(top["stops"]), firm=telling.firm(top["firm"]), value=value)
    return [worst, telling.say("verdict_points", parts.points.points, all=telling.number(len(table)))]


def most_critical(telling: Telling, parts: Parts) -> pd.Series | None:
    """Return the row of the firm with the largest index that sells something; a final market is no weak point."""
    if parts.risk is None:
        return None
    table = parts.risk.table
    suppliers = table[~is_market(telling, table["firm"])]
    return suppliers.iloc[0] if len(suppliers) and float(suppliers["index"].iloc[0]) > 0 else None


def risk_said(telling: Telling, parts: Parts) -> list[str]:
    """Return whose failure loses most by the index, and the market that stands above it, if one does."""
    top = most_critical(telling, parts)
    if parts.risk is None or top is None:
        return []
    unit = str(parts.risk.units.get("index", ""))
    base = telling.words["bases"].get(unit) or clean(unit.removeprefix("fraction of "))
    share = telling.share(float(top["index"]))
    found = [telling.say("verdict_risk", firm=telling.firm(top["firm"]), share=share, base=base)]
    first = parts.risk.table.iloc[0]
    if first["firm"] != top["firm"]:
        words = {"firm": telling.firm(first["firm"]), "share": telling.share(float(first["index"]))}
        found.append(telling.say("verdict_market", **words))
    return found


def single_said(telling: Telling, parts: Parts) -> list[str]:
    """Return how many essential needs hang on one supplier."""
    single = parts.single_sourced
    if not single.essential_slots:
        return []
    if not single.slots:
        return [telling.say("verdict_no_single", single.essential_slots)]
    share = telling.share(single.slots / single.essential_slots)
    words = {"slots": telling.number(single.slots), "all": telling.number(single.essential_slots), "share": share}
    return [telling.say("verdict_single", **words)]


def exposed_said(telling: Telling, parts: Parts) -> list[str]:
    """Return how many firms take longer to come back than others can do without them."""
    if parts.exposure is None or not parts.exposure.exposed_buyers:
        return []
    return [telling.say("verdict_exposed", parts.exposure.exposed_buyers)]


def concentrated_said(telling: Telling, parts: Parts) -> list[str]:
    """Return how many products come from few suppliers, and the first of them."""
    return _concentrated(telling, parts.by_product, "")


def origins_said(telling: Telling, parts: Parts) -> list[str]:
    """Return how many products come from few countries, and the first of them."""
    return [] if parts.by_country is None else _concentrated(telling, parts.by_country, "_countries")


def _concentrated(telling: Telling, result: Concentration, of: str) -> list[str]:
    table = result.table
    if not len(table):
        return []
    high = table[table["hhi_low"] > HIGH]
    words = {"all": telling.number(len(table)), "limit": telling.number(HIGH)}
    if not len(high):
        return [telling.say(f"verdict_not_concentrated{of}", **words)]
    # Of equally concentrated products the one with most flow is named.
    top = high.iloc[0]
    largest = {"country": telling.country(top["largest"])} if of else {"firm": telling.firm(top["largest"])}
    words |= {"product": telling.product(top["group"]), "share": telling.share(float(top["largest_share"])), **largest}
    return [telling.say(f"verdict_concentrated{of}", len(high), **words)]


def countries_said(telling: Telling, parts: Parts) -> list[str]:
    """Return how many products hang on one country, and the largest of them."""
    if parts.countries is None:
        return []
    table = parts.countries.table
    single = table[table["single_point"]]
    if not len(single):
        return []
    # Sums differ in their last digits with the order of rows: equal flows are told apart by name.
    ranked = single.assign(_flow=-rank_key(single["flow"])).sort_values(["_flow", "product", "country"])
    top = ranked.iloc[0]
    return [
        telling.say(
            "verdict_country",
            int(single["product"].nunique()),
            product=telling.product(top["product"]),
            country=telling.country(top["country"]),
            share=telling.share(float(top["lost_share"])),
            buyers=telling.number(int(top["buyers_without_source"])),
        )
    ]
