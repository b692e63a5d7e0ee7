"""Which inputs are essential: the essential table, else the network's rule, else all, with a warning that says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuechain.errors import DefaultWarning, Fault, InvalidDataError, warn_caller
from valuechain.network import Network
from valuechain.schema.metadata import essential_rule_faults
from valuechain.slots import Slots, slots_of

Classes = npt.NDArray[np.int8]

NEGLIGIBLE, NON_ESSENTIAL, ESSENTIAL = 0, 1, 2

_OLD_GROUP = re.compile(r"(?:[A-Z]|\d{1,2})t(?:[A-Z]|\d{1,2})x?\Z")
_SECTION = re.compile(r"([A-V])(?:[\s._]?\d[\dTA-V_.\-]*)?\Z")
_NUMBERED_D = re.compile(r"D\d{2}(?:[T_\-]\d{2})*\Z")
_DIVISION = re.compile(r"\d{2}")


@dataclass(frozen=True, kw_only=True)
class Essentiality:
    """Class of every slot and the words for the rule it came from.

    ``slot_class`` has shape (slots,), values 0 negligible, 1 non-essential, 2 essential.
    """

    slots: Slots
    slot_class: Classes
    rule: str

    @property
    def link_class(self) -> Classes:
        """Class of every link, that of its slot; shape (links,)."""
        return self.slot_class[self.slots.of_link]


def essentiality(network: Network) -> Essentiality:
    """Return the class of every slot, from the essential table, else ``essential_rule``, else all essential.

    Warns
    -----
    DefaultWarning
        When the network says nothing and every input is taken as essential; once for a network.

    Raises
    ------
    InvalidDataError
        When the rule is "physical" and a sector is not a NACE code, or the rule is unknown.
    """
    found = network.derived.get("essentiality")
    if not isinstance(found, Essentiality):
        # Kept with the network, which never changes: several analyses of one network ask, and the default is said once.
        found = network.derived["essentiality"] = _decide(network)
        found.slot_class.flags.writeable = False
    return found


def _decide(network: Network) -> Essentiality:
    slots = slots_of(network)
    table = network.table("essential")
    rule = network.metadata.get("essential_rule")
    if table is not None:
        classes = _from_table(network, slots)
        _warn_of_idle_table(network, classes)
        return Essentiality(slots=slots, slot_class=classes, rule=_table_words(network))
    if rule is None:
        warn_caller(
            f"network '{network.name}' does not say which inputs are essential: all are taken as essential. "
            'Write essential_rule = "physical" (goods only; needs NACE sectors) or "all" in network.toml (sheet '
            "network of a workbook), or give an essential table.",
            DefaultWarning,
        )
        return Essentiality(slots=slots, slot_class=_all(slots, ESSENTIAL), rule="all inputs essential (default)")
    faults = essential_rule_faults(rule, "network.toml")
    if faults:
        raise InvalidDataError(faults)
    if isinstance(rule, Mapping):
        share = float(rule["min_share"])
        words = f"essential at {share:.4g} or more of the buyer's purchases (min_share)"
        return Essentiality(slots=slots, slot_class=_from_share(network, slots, share), rule=words)
    if rule == "physical":
        words = "essential where supplier and buyer both make goods (physical; Diem et al. 2022)"
        return Essentiality(slots=slots, slot_class=_from_goods(network, slots), rule=words)
    klass = ESSENTIAL if rule == "all" else NON_ESSENTIAL
    words = "all inputs essential" if rule == "all" else "no input essential"
    return Essentiality(slots=slots, slot_class=_all(slots, klass), rule=words)


def _all(slots: Slots, klass: int) -> Classes:
    return np.full(len(slots), klass, dtype=np.int8)


def _default_class(network: Network) -> int:
    return int(network.metadata.get("default_class", NON_ESSENTIAL))


def _table_words(network: Network) -> str:
    given = "" if "default_class" in network.metadata else " (default)"
    return f"essential table; pairs not listed have class {_default_class(network)}{given}"


def _from_table(network: Network, slots: Slots) -> Classes:
    table = network.table("essential")
    if table is None:
        raise AssertionError("only called with a table")
    product_at = {p: k for k, p in enumerate(network.products)}
    sector_at = {s: k for k, s in enumerate(network.sectors)}
    classes = np.full((len(network.products), len(network.sectors)), _default_class(network), dtype=np.int8)
    for product, sector, klass in zip(table["input"], table["buyer_sector"], table["class"], strict=True):
        if product in product_at and sector in sector_at:
            classes[product_at[product], sector_at[sector]] = int(klass)
    return np.asarray(classes[slots.product, network.sector[slots.buyer]], dtype=np.int8)


def _warn_of_idle_table(network: Network, classes: Classes) -> None:
    """Say when an essential table makes nothing essential: one misspelt code would otherwise switch all needs off."""
    table = network.table("essential")
    meant = table is not None and bool((table["class"] == ESSENTIAL).any())
    if meant and len(classes) and not (classes == ESSENTIAL).any():
        unlisted = _default_class(network)
        warn_caller(
            f"the essential table of network '{network.name}' makes 0 of {len(classes):,} needs essential; pairs not "
            f"listed have class {unlisted}. Write default_class = 2 in network.toml (sheet network of a workbook) if "
            "unlisted inputs are essential, and check that inputs and sectors are written as in firms and links.",
            DefaultWarning,
        )


def _from_share(network: Network, slots: Slots, share: float) -> Classes:
    bought = network.purchases[slots.buyer]
    # Shares are compared with a hair of slack: 0.02 of purchases must count as 0.02 in any currency.
    essential = slots.flow >= share * bought * (1 - 1e-12)
    return np.where(essential & (slots.flow > 0), ESSENTIAL, NON_ESSENTIAL).astype(np.int8)


def _from_goods(network: Network, slots: Slots) -> Classes:
    sectors = [str(s) for s in network.sectors]
    goods = makes_goods(sectors)
    unknown = [s for s in sectors if goods[s] is None]
    if unknown:
        raise InvalidDataError(
            [
                Fault(
                    file="firms",
                    column="sector",
                    value=s,
                    problem="is not a NACE code, so the rule 'physical' cannot tell goods from services",
                    remedy="write a NACE code, or give an essential table",
                )
                for s in unknown
            ]
        )
    makes = np.array([bool(goods[s]) for s in sectors])[network.sector]
    # A slot is physical when any of its suppliers makes goods; suppliers of one product do so alike.
    supplied = np.zeros(len(slots), dtype=bool)
    np.logical_or.at(supplied, slots.of_link, makes[network.supplier])
    return np.where(supplied & makes[slots.buyer], ESSENTIAL, NON_ESSENTIAL).astype(np.int8)


def makes_goods(sectors: list[str]) -> dict[str, bool | None]:
    """Tell for each NACE code whether it is in sections A to F, None where it is no NACE code.

    Codes may be sections (``C``), letter and number (``C25.6``), divisions (``25``), classes (``25.62``), or the
    groups of other tables (``AtB``, ``15t16``, ``C10T12``). Where groups with a small t occur, numbers are read as NACE
    Rev. 1.1, in which 01-45 are goods; else as Rev. 2 or 2.1, in which 01-43 are. Where every code is a D with numbers
    (``D01T02``, ``D45T47``), the D is a prefix, not section D.
    """
    last_goods = 45 if any(_OLD_GROUP.match(s) for s in sectors) else 43
    is_prefixed = len(sectors) > 1 and all(_NUMBERED_D.match(s) for s in sectors)
    return {s: _is_goods(re.split(r"[T_\-]", s[1:])[0] if is_prefixed else s, last_goods) for s in sectors}


def _is_goods(sector: str, last_goods: int) -> bool | None:
    section = _SECTION.match(sector) or (re.match(r"([A-V])t[A-V]", sector) if _OLD_GROUP.match(sector) else None)
    if section:
        return section.group(1) <= "F"
    division = _DIVISION.match(sector)
    if division and re.fullmatch(r"\d{2}(\.?\d{1,2}|t\d{2}x?)?", sector):
        return int(division.group()) <= last_goods if int(division.group()) else None
    return None
