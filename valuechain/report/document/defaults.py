"""Defaults that the numbers of a report rest on, because the data do not say."""

from __future__ import annotations

from valuechain.essential import essentiality
from valuechain.network import Network
from valuechain.report.document.parts import Parts
from valuechain.report.document.telling import Telling

__all__ = ["default_sentences"]


def default_sentences(telling: Telling, parts: Parts) -> tuple[str, ...]:
    """Return a sentence for each default that a number in the report rests on."""
    network = telling.network
    all_firms, all_links = telling.number(network.n_firms), telling.number(network.n_links)
    found = [telling.say("default_essential")] if essentiality(network).rule.endswith("(default)") else []
    links = network.links
    unnamed = int(links["product"].isna().sum()) if "product" in links else network.n_links
    if unnamed:
        found.append(telling.say("default_product", unnamed, all=all_links))
    unknown = _lacking(network, "output")
    if unknown:
        found.append(telling.say("default_output", unknown, all=all_firms))
    if parts.risk is not None and str(parts.risk.parameters.get("revenue", "")).startswith("sales inside"):
        found.append(telling.say("default_revenue"))
    stocks = {float(r.parameters["stock_days"]) for r in parts.runs if _is_number(r.parameters.get("stock_days"))}
    without = _lacking(network, "stock_days")
    if stocks and without:
        days = telling.say("or").join(telling.number(d) for d in sorted(stocks))
        found.append(telling.say("default_stock", without, all=all_firms, days=days))
    if parts.exposure is not None and _lacking(network, "recovery_days"):
        days = telling.number(float(parts.exposure.parameters.get("recovery_days") or 30))
        lacking = _lacking(network, "recovery_days")
        found.append(telling.say("default_recovery", lacking, all=all_firms, days=days))
    return tuple(found)


def _lacking(network: Network, column: str) -> int:
    """Return how many firms have no value in a column."""
    firms = network.firms
    return int(firms[column].isna().sum()) if column in firms else network.n_firms


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
