"""On which products an area depends on others: the European Commission's indicators, and those of GeoDep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from valuechain.analysis.dependency_flows import AreaFlows, area_flows, import_index, ratio, world_index
from valuechain.errors import ParameterError, suggestion
from valuechain.network import Floats, Network
from valuechain.results import Result, number_text, rank_key
from valuechain.schema.blocs import area_countries, bloc_table

Preset = Literal["EU-2021", "GeoDep"]
Exports = Literal["total", "extra"]

INDICATORS = ("cdi1", "cdi2", "cdi3")
PRESETS: dict[str, dict[str, Any]] = {
    "EU-2021": {
        "thresholds": {"cdi1": 0.4, "cdi2": 0.5, "cdi3": 1.0},
        "exports": "total",
        "second": "extra-area imports over all imports of the area's countries",
        "source": "European Commission, SWD(2021) 352",
    },
    "GeoDep": {
        "thresholds": {"cdi1": 0.4, "cdi2": 0.4, "cdi3": 1.0},
        "exports": "extra",
        "second": "concentration (HHI) of the world's exports by country, the area as one country",
        "source": "Lefebvre and Wibaux (2024), CEPII Policy Brief 47",
    },
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Dependency(Result):
    """Products for which an area depends on others; ``dependent`` counts those above all three thresholds."""

    dependent: int


def dependency(
    network: Network,
    *,
    area: str | Iterable[str] = "EU",
    preset: Preset = "EU-2021",
    thresholds: Mapping[str, float] | None = None,
    exports: Exports | None = None,
) -> Dependency:
    """Return for which products an area depends on suppliers outside.

    Imports are flows to a buyer in the area from a supplier in another country; flows within a country are no trade.
    ``cdi1`` is the HHI of the countries outside from which the area imports; ``cdi2`` is extra-area imports over all
    imports of its countries (EU-2021), or the HHI of the world's exports (GeoDep); ``cdi3`` is extra-area imports over
    exports. A product is dependent when all three are above their thresholds.

    Parameters
    ----------
    network
        The value chain; firms need ``country``.
    area
        Name of a bloc (``EU``, ``EU28``, ``EEA``, ``EFTA``, ``USMCA``, ``ASEAN``) or a list of country codes.
    preset
        ``EU-2021`` or ``GeoDep``: what ``cdi2`` is, and the thresholds.
    thresholds
        Other thresholds, such as ``{"cdi2": 0.6}``.
    exports
        What ``cdi3`` divides by: ``total`` (all exports of the area's countries, those to each other too) or ``extra``
        (exports that leave the area). None: ``total`` for EU-2021, ``extra`` for GeoDep.

    Returns
    -------
    Dependency
        Table ``product, cdi1, cdi2, cdi3, dependent, certain, largest, largest_share, import_value, unknown_share`` and
        bounds ``cdi1_low, cdi1_high ...``: one row a product that the area imports or, where countries are not known,
        may import; dependent ones first, then larger extra-area imports. Indicators are of flows whose two countries
        are known; ``certain`` says that no way to fill in the others would change ``dependent``. ``cdi3`` is infinite
        without exports.

    Raises
    ------
    UnknownNameError
        When there is no such bloc or country, or firms have no country.
    ParameterError
        When a preset, threshold or ``exports`` is not known.

    References
    ----------
    European Commission (2021), Strategic dependencies and capacities, SWD(2021) 352. Lefebvre and Wibaux (2024), Import
    dependencies: where does the EU stand?, CEPII Policy Brief 47. Which parts could be checked against these:
    ``docs/methods/dependence.md``.

    Examples
    --------
    >>> import valuechain as vc
    >>> found = vc.dependency(vc.example("eu_battery"), area="EU")
    >>> list(found.table.columns[:5])
    ['product', 'cdi1', 'cdi2', 'cdi3', 'dependent']
    """
    limits, exports = _choices(preset, thresholds, exports)
    name, countries = area_countries(area)
    flows = area_flows(network, countries)
    table = _table(network, flows, preset, limits, exports)
    units = {"cdi1": "0..1", "cdi2": "fraction" if preset == "EU-2021" else "0..1", "cdi3": "ratio"}
    return Dependency(
        table=table,
        title=f"Dependence of {name} on imports, by product ({preset})",
        units={
            **units,
            "largest_share": "fraction of extra-area imports",
            "import_value": network.flow_unit,
            "unknown_share": "fraction of flow",
            **{f"{c}_{end}": unit for c, unit in units.items() for end in ("low", "high")},
        },
        parameters={
            "area": name,
            "countries": len(countries),
            **_bloc_day(name),
            "preset": preset,
            **{f"{c} above": limits[c] for c in INDICATORS},
            "exports": exports,
            "years": 1,
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=_sentences(network, table, flows, name, preset, limits, exports),
        dependent=int(table["dependent"].sum()),
    )


def _choices(
    preset: str, thresholds: Mapping[str, float] | None, exports: str | None
) -> tuple[dict[str, float], Exports]:
    if preset not in PRESETS:
        hint = suggestion(str(preset), PRESETS) or f"write one of {', '.join(PRESETS)}"
        raise ParameterError(f"preset '{preset}' is not known; {hint}")
    given = dict(thresholds or {})
    wrong = [f"'{c}' is no indicator; write cdi1, cdi2 or cdi3" for c in given if c not in INDICATORS]
    for indicator, value in given.items():
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        top = np.inf if indicator == "cdi3" else 1.0
        if indicator in INDICATORS and not (number and 0 <= float(value) <= top and float(value) < np.inf):
            kind = "a number of 0 or more" if indicator == "cdi3" else "between 0 and 1"
            wrong.append(f"threshold of {indicator} is {value!r}; it has to be {kind}")
    if exports not in {None, "total", "extra"}:
        wrong.append(f"exports '{exports}' is not known; write 'total' or 'extra'")
    if wrong:
        raise ParameterError("\n".join(wrong))
    limits = {**PRESETS[preset]["thresholds"], **{c: float(v) for c, v in given.items()}}
    chosen = PRESETS[preset]["exports"] if exports is None else exports
    return limits, "total" if chosen == "total" else "extra"


def _bloc_day(name: str) -> dict[str, str]:
    return {"members as of": str(bloc_table()[name]["as_of"])} if name in bloc_table() else {}


def _table(
    network: Network, flows: AreaFlows, preset: str, limits: Mapping[str, float], exports: Exports
) -> pd.DataFrame:
    first = import_index(flows)
    second = _second(flows) if preset == "EU-2021" else world_index(flows)
    third = _third(flows, exports)
    measured = {"cdi1": first[:3], "cdi2": second, "cdi3": third}
    # An indicator that cannot be measured is above no threshold; it may be, when its upper bound is.
    with np.errstate(invalid="ignore"):
        above, surely, maybe = (
            np.logical_and.reduce([measured[c][k] > limits[c] for c in INDICATORS]) for k in range(3)
        )
    whole = flows.extra + flows.intra + flows.may_import
    table = pd.DataFrame(
        {
            "product": pd.Series(network.products, dtype="str"),
            **{c: measured[c][0] for c in INDICATORS},
            "dependent": above,
            "certain": surely == maybe,
            "largest": pd.Series(first[3], dtype="str"),
            "largest_share": first[4],
            "import_value": flows.extra,
            "unknown_share": np.divide(flows.may_import, whole, out=np.zeros_like(whole), where=whole > 0),
            **{f"{c}_{end}": measured[c][k] for c in INDICATORS for k, end in ((1, "low"), (2, "high"))},
        }
    )[whole > 0]
    table["_flow"] = -rank_key(table["import_value"])
    table = table.sort_values(["dependent", "_flow", "product"], ascending=[False, True, True], ignore_index=True)
    return table.drop(columns="_flow")


def _second(flows: AreaFlows) -> tuple[Floats, Floats, Floats]:
    """Return extra-area over all imports, and what it may be: each unknown flow is such an import, another, or none."""
    into = flows.extra + flows.intra
    low = ratio(flows.extra, into + flows.maybe_intra)
    high = ratio(flows.extra + flows.maybe_extra, into + flows.maybe_extra)
    return ratio(flows.extra, into), low, high


def _third(flows: AreaFlows, exports: Exports) -> tuple[Floats, Floats, Floats]:
    """Return extra-area imports over exports, infinite where there are imports only, and what it may be."""
    total = exports == "total"
    sold = flows.exports + (flows.intra if total else 0.0)
    more = flows.maybe_exports + (flows.maybe_intra_only if total else 0.0)
    low = ratio(flows.extra, sold + more, infinite=True)
    return ratio(flows.extra, sold, infinite=True), low, ratio(flows.extra + flows.maybe_extra, sold, infinite=True)


def _sentences(  # noqa: PLR0917
    network: Network,
    table: pd.DataFrame,
    flows: AreaFlows,
    name: str,
    preset: str,
    limits: Mapping[str, float],
    exports: str,
) -> tuple[str, ...]:
    sold = "all exports of its countries" if exports == "total" else "exports that leave it"
    count = int(table["dependent"].sum())
    notes = [
        f"{count} of {len(table)} products that {name} imports, or may import, are dependent: cdi1 above "
        f"{limits['cdi1']:g} (concentration, HHI, of the countries outside it imports from), "
        f"cdi2 above {limits['cdi2']:g} ({PRESETS[preset]['second']}) and cdi3 above {limits['cdi3']:g} (extra-area "
        f"imports over {sold})."
    ]
    if count:
        top = table.iloc[0]
        notes.append(
            f"Largest: {top['product']}, {number_text(top['import_value'])} {network.flow_unit} from outside, "
            f"{top['largest_share']:.0%} of it from {top['largest']}."
        )
    if preset == "GeoDep":
        notes.append("GeoDep asks for two of three years; this network is one year, which is used alone.")
    unknown = int((table["unknown_share"] > 0).sum())
    if unknown:
        open_ = int((~table["certain"]).sum())
        notes.append(
            f"{flows.firms_unknown} firms have no country: indicators are of flows whose two countries are known, and "
            f"cdi1_low to cdi3_high bound them for the {unknown} products this concerns. For {open_} of them the "
            "answer may be another (certain: false)."
        )
    if not flows.has_inside:
        notes.append(f"No firm of the network is known to be in {name}.")
    notes.append("Trade seen in this network only: imports and exports outside its tables do not count.")
    return tuple(notes)
