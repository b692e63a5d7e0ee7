"""Filters on partners made ready for a network: which candidates pass each, and of which the figure is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import ParameterError
from valuechain.network import Floats, Index, Network
from valuechain.recommend.filters import Filters
from valuechain.recommend.places import Places, places_of
from valuechain.results import number_text
from valuechain.schema.blocs import area_countries

__all__ = ["Leads", "Step", "Wishes", "leads_of", "wishes_of"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One filter: its words, which candidates pass, and of which nothing is known; shapes (candidates,).

    ``is_wish``: it is asked for, and removes firms that could be partners.
    """

    words: str
    passes: Mask
    unknown: Mask
    is_wish: bool = False


Wish = Callable[[int, int, Index], Step]


@dataclass(frozen=True, kw_only=True, eq=False)
class Leads:
    """Days from order to delivery of each firm and product: the median over the firm's links, else what firms say."""

    of_link: pd.Series
    of_firm: Floats

    def days(self, product: int, firms: Index) -> Floats:
        """Return the lead time of firms for a product, days; NaN where not known."""
        keys = pd.MultiIndex.from_arrays([firms, np.full(len(firms), product)])
        found = self.of_link.reindex(keys).to_numpy(dtype=np.float64)
        return np.where(np.isnan(found), self.of_firm[firms], found)

    @property
    def is_known(self) -> bool:
        """Tell whether any lead time is."""
        return bool(self.of_link.notna().any() or (~np.isnan(self.of_firm)).any())


def leads_of(network: Network) -> Leads:
    """Return the lead times of a network."""
    links, firms = network.links, network.firms
    days = links["lead_days"].to_numpy(dtype=np.float64) if "lead_days" in links else np.full(network.n_links, np.nan)
    rows = pd.DataFrame({"firm": network.supplier, "product": network.product, "days": days})
    return Leads(
        of_link=rows.groupby(["firm", "product"])["days"].median(),
        of_firm=number_column(firms, "lead_days") if "lead_days" in firms else np.full(network.n_firms, np.nan),
    )


def number_column(firms: pd.DataFrame, column: str) -> Floats:
    """Return a column of firms as numbers.

    Raises
    ------
    ParameterError
        When some of its cells are no numbers.
    """
    if firms[column].dtype.kind not in "if":
        raise ParameterError(f"column '{column}' of firms is not numeric; write plain numbers, or leave cells empty")
    return firms[column].to_numpy(dtype=np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Wishes:
    """The filters made ready for a network."""

    made: tuple[Wish, ...]
    places: Places
    leads: Leads

    def steps(self, buyer: int, product: int, firms: Index) -> list[Step]:
        """Return what each filter says of candidates for a buyer's need; positions of firms, shape (candidates,)."""
        return [wish(buyer, product, firms) for wish in self.made]


def wishes_of(network: Network, filters: Filters) -> Wishes:
    """Return the filters made ready for a network.

    Raises
    ------
    ParameterError
        When a filter needs a column that firms do not have; all of them at once.
    UnknownNameError
        When the area has no such country.
    """
    firms, places, leads = network.firms, places_of(network), leads_of(network)
    needed = {
        "area": filters.area is not None and "country" not in firms,
        "max_km": filters.max_km is not None and bool(np.isnan(places.latitude).all()),
        "max_lead_days": filters.max_lead_days is not None and not leads.is_known,
        "tags": filters.tags is not None and "tags" not in firms,
        "max_co2": filters.max_co2 is not None and "co2" not in firms,
    }
    columns = {"area": "country", "max_km": "latitude and longitude", "max_lead_days": "lead_days (links)"}
    lacks = [
        f"filter {f} needs {columns.get(f, f.removeprefix('max_'))} of firms" for f, lack in needed.items() if lack
    ]
    if lacks:
        raise ParameterError("\n".join(f"{line}, which network '{network.name}' does not give" for line in lacks))
    made: list[Wish] = []
    if filters.area is not None:
        made.append(_area(firms, filters.area))
    if filters.max_km is not None:
        made.append(_distance(places, float(filters.max_km)))
    if filters.max_lead_days is not None:
        made.append(_lead(leads, float(filters.max_lead_days)))
    if filters.tags is not None:
        made.append(_tags(firms, filters.tags))
    if filters.max_co2 is not None:
        made.append(_co2(firms, float(filters.max_co2)))
    return Wishes(made=tuple(made), places=places, leads=leads)


def _area(firms: pd.DataFrame, area: str | Iterable[str]) -> Wish:
    name, countries = area_countries(area)
    inside, unknown = firms["country"].isin(countries).to_numpy(), firms["country"].isna().to_numpy()
    words = f"not in {name}"
    return lambda _buyer, _product, f: Step(words=words, passes=inside[f], unknown=unknown[f])


def _distance(places: Places, limit: float) -> Wish:
    def wish(buyer: int, _product: int, firms: Index) -> Step:
        return _at_most(f"farther than {number_text(limit)} km", places.distance(buyer, firms), limit)

    return wish


def _lead(leads: Leads, limit: float) -> Wish:
    def wish(_buyer: int, product: int, firms: Index) -> Step:
        return _at_most(f"lead time above {number_text(limit)} days", leads.days(product, firms), limit)

    return wish


def _co2(firms: pd.DataFrame, limit: float) -> Wish:
    emitted = number_column(firms, "co2")
    return lambda _buyer, _product, f: _at_most(f"co2 above {number_text(limit)}", emitted[f], limit)


def _at_most(words: str, values: Floats, limit: float) -> Step:
    unknown = np.isnan(values)
    return Step(words=words, passes=~unknown & (np.where(unknown, np.inf, values) <= limit), unknown=unknown)


def _tags(firms: pd.DataFrame, tags: str | Iterable[str]) -> Wish:
    given = tags.split(",") if isinstance(tags, str) else [str(t) for t in tags]
    wanted = {t.strip().casefold() for t in given if t.strip()}
    if not wanted:
        raise ParameterError("filter tags names no word; write such as 'iso9001'")
    unknown = firms["tags"].isna().to_numpy()
    words = [{w.strip().casefold() for w in str(t).split(",")} for t in firms["tags"].where(~unknown, "")]
    has = np.array([wanted <= w for w in words], dtype=bool)
    said = f"without {', '.join(sorted(wanted))}"
    return lambda _buyer, _product, f: Step(words=said, passes=has[f] & ~unknown[f], unknown=unknown[f])
