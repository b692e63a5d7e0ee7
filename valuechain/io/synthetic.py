"""Invented networks of any size that look like firm networks do: for tests, benchmarks and trying things out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from valuechain.errors import ParameterError
from valuechain.io.synthetic_economy import (
    COUNTRIES,
    FINAL_SHARE,
    SECTORS,
    STOCK_DAYS,
    Recipe,
    essential_classes,
    make_recipe,
)
from valuechain.network import Network

Index = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SIZE_EXPONENT = 1.1
"""Pareto exponent of firm sizes, close to Zipf's law (Axtell 2001, doi:10.1126/science.1062081, finds 1.06)."""

DEGREE_POWER = 0.75
"""Numbers of partners grow as size to this power, so that degrees have a Pareto tail of exponent 1.1/0.75 = 1.5."""

HOME_SHARE = 0.6
"""Share of links whose supplier is looked for in the buyer's own country first."""

MARGIN = 1.1
"""Least output of a firm over its purchases: it adds value."""

_ROUNDS = 12


def synthetic(
    *,
    firms: int = 1000,
    links_per_firm: float = 5.0,
    sectors: int = 20,
    countries: int = 8,
    clusters: int = 0,
    seed: int = 0,
) -> Network:
    """Return an invented network; the same parameters give the same network, bit for bit.

    Parameters
    ----------
    firms
        Number of firms, at least 2.
    links_per_firm
        Mean number of suppliers of a firm, below the number of firms. On a small dense network there are a few links
        fewer, because a pair of firms has one link at most.
    sectors
        Number of sectors (NACE Rev. 2 divisions, such as C25).
    countries
        Number of countries (ISO 3166-1 alpha-3).
    clusters
        Number of cluster organisations; their members overlap.
    seed
        Seed of the random numbers, at least 0.

    Returns
    -------
    Network
        Firms have Pareto sizes (exponent 1.1) and heavy-tailed numbers of suppliers and buyers. Each sector buys from
        a few sectors, mostly of the tier below, and more often at home. ``output`` is sales plus ``final_demand``;
        ``stock_days`` is missing for a fifth of the firms. Ids are in no order.

    Raises
    ------
    ParameterError
        When a parameter is outside what it accepts.

    Examples
    --------
    >>> synthetic(firms=100, links_per_firm=4, seed=7)
    <Network 'synthetic': 100 firms, 400 links>
    """
    _check(firms, links_per_firm, sectors, countries, clusters, seed)
    rng = np.random.default_rng(seed)
    recipe = make_recipe(sectors, rng)
    population = _population(firms, recipe, countries, rng)
    supplier, buyer = _pairs(population, recipe, round(firms * links_per_firm), rng)
    flow = _flows(population, recipe, supplier, buyer, rng)
    ids = _ids("F", rng.permutation(firms) + 1)
    tables = {
        "firms": _firm_table(population, ids, supplier, buyer, flow, rng),
        "links": pd.DataFrame({"supplier": _take(ids, supplier), "buyer": _take(ids, buyer), "flow": flow}),
        "essential": _essential_table(recipe),
    }
    if clusters:
        tables |= _cluster_tables(population, recipe, ids, clusters, rng)
    notes = (
        f"Invented by valuechain.synthetic(firms={firms}, links_per_firm={links_per_firm:g}, sectors={sectors}, "
        f"countries={countries}, clusters={clusters}, seed={seed}). It describes no real firm."
    )
    # The tables keep every rule of the format by construction (a test checks it); checking a million firms takes longer
    # than making them.
    return Network(tables, {"name": "synthetic", "currency": "kEUR", "synthetic": True, "notes": notes})


def _check(firms: int, links_per_firm: float, sectors: int, countries: int, clusters: int, seed: int) -> None:
    whole = {
        "firms": (firms, 2, 10_000_000),
        "sectors": (sectors, 1, len(SECTORS)),
        "countries": (countries, 1, len(COUNTRIES)),
        "clusters": (clusters, 0, 100_000),
        "seed": (seed, 0, 2**63 - 1),
    }
    problems = [
        f"{name} is {value!r}; give a whole number from {low} to {high}"
        for name, (value, low, high) in whole.items()
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high
    ]
    is_number = isinstance(links_per_firm, int | float | np.number) and not isinstance(links_per_firm, bool)
    if not problems and not (is_number and 1 / firms <= links_per_firm <= firms - 1):
        problems.append(f"links_per_firm is {links_per_firm!r}; give a number from {1 / firms:.3g} to {firms - 1}")
    if problems:
        raise ParameterError("\n".join(problems))


@dataclass(frozen=True, kw_only=True)
class _Population:
    """Firms by position, and the same firms sorted by sector and country, so that each group is one range."""

    sector: Index
    country: Index
    n_countries: int
    size: Floats
    order: Index  # positions of firms sorted by sector, then country
    start: Index  # first place in ``order`` of each (sector, country), and the end
    pull: Floats  # running sum of the weights in ``order``, with a leading 0

    def range_of(self, sector: Index, country: Index) -> tuple[Index, Index]:
        group = sector * self.n_countries + country
        return self.start[group], self.start[group + 1]

    def range_of_sector(self, sector: Index) -> tuple[Index, Index]:
        return self.start[sector * self.n_countries], self.start[(sector + 1) * self.n_countries]


def _population(firms: int, recipe: Recipe, countries: int, rng: np.random.Generator) -> _Population:
    size = rng.pareto(SIZE_EXPONENT, firms) + 1.0
    n_sectors = len(recipe.tier)
    sector = rng.choice(n_sectors, firms, p=_normal(rng.uniform(0.5, 1.5, n_sectors)))
    country = rng.choice(countries, firms, p=_normal(np.arange(1.0, countries + 1.0) ** -0.8))
    group = sector * countries + country
    order = np.argsort(group, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=n_sectors * countries))])
    pull = np.concatenate([[0.0], np.cumsum(size[order] ** DEGREE_POWER)])
    return _Population(
        sector=sector, country=country, n_countries=countries, size=size, order=order, start=start, pull=pull
    )


def _normal(weights: Floats) -> Floats:
    return weights / weights.sum()


def _pairs(people: _Population, recipe: Recipe, links: int, rng: np.random.Generator) -> tuple[Index, Index]:
    """Return supplier and buyer of each link, no pair twice, none with itself, in random order."""
    firms = len(people.size)
    wanted = _wanted(people.size**DEGREE_POWER, links, rng)
    found = np.zeros(0, dtype=np.int64)
    for _ in range(_ROUNDS):
        buyer = np.repeat(np.arange(firms), wanted)
        supplier = _draw_suppliers(people, recipe, buyer, rng)
        keys = (supplier * firms + buyer)[supplier != buyer]
        found = _distinct(np.concatenate([found, keys]))
        if len(found) >= links:
            break
        # Pairs drawn twice leave a gap: other buyers fill it, as the largest may know every supplier already.
        wanted = np.bincount(rng.integers(0, firms, links - len(found)), minlength=firms)
    found = rng.permutation(found)[:links]
    return found // firms, found % firms


def _distinct(keys: Index) -> Index:
    """Return the keys once each, sorted; np.unique hashes them, and on such keys that is fifty times slower."""
    keys = np.sort(keys)
    return keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if len(keys) else keys


def _wanted(weights: Floats, links: int, rng: np.random.Generator) -> Index:
    """Return the number of suppliers of each firm: one each as far as links last, the rest by weight."""
    firms = len(weights)
    if links <= firms:
        wanted = np.zeros(firms, dtype=np.int64)
        wanted[rng.choice(firms, links, replace=False)] = 1
        return wanted
    spread = rng.multinomial(links - firms, _normal(weights))
    return np.asarray(1 + np.minimum(spread, firms - 2), dtype=np.int64)


def _draw_suppliers(people: _Population, recipe: Recipe, buyer: Index, rng: np.random.Generator) -> Index:
    """Return a supplier for each buyer: first the sector by recipe, then home or abroad, then a firm by weight."""
    place = rng.random(len(buyer))
    sector_of = people.sector[buyer]
    column = (recipe.cumulative[sector_of] < place[:, None]).sum(axis=1)
    sector = recipe.suppliers[sector_of, np.minimum(column, recipe.suppliers.shape[1] - 1)]
    low, high = people.range_of_sector(sector)
    home_low, home_high = people.range_of(sector, people.country[buyer])
    at_home = (rng.random(len(buyer)) < HOME_SHARE) & (home_high > home_low)
    low, high = np.where(at_home, home_low, low), np.where(at_home, home_high, high)
    # A sector without firms: any firm may stand in.
    nobody = high <= low
    low, high = np.where(nobody, 0, low), np.where(nobody, len(people.order), high)
    target = people.pull[low] + rng.random(len(buyer)) * (people.pull[high] - people.pull[low])
    chosen = np.clip(np.searchsorted(people.pull, target, side="right") - 1, low, high - 1)
    return people.order[chosen]


def _flows(people: _Population, recipe: Recipe, supplier: Index, buyer: Index, rng: np.random.Generator) -> Floats:
    """Return flows in cents: they grow with both sizes, and a buyer's add up to about half of its size."""
    # A supplier that stands in for an empty sector is in no recipe; it sells little, but more than nothing.
    share = np.maximum(recipe.share[people.sector[supplier], people.sector[buyer]], 0.01)
    weight = np.sqrt(people.size[supplier]) * share
    weight *= rng.lognormal(0.0, 0.8, len(buyer))
    total = np.bincount(buyer, weight, len(people.size))
    scale = 1000.0 * people.size * rng.uniform(0.3, 0.7, len(people.size))
    return np.maximum(np.round(weight / total[buyer] * scale[buyer], 2), 0.01)


def _firm_table(
    people: _Population, ids: pd.Series, supplier: Index, buyer: Index, flow: Floats, rng: np.random.Generator
) -> pd.DataFrame:
    firms = len(people.size)
    sales, purchases = np.bincount(supplier, flow, firms), np.bincount(buyer, flow, firms)
    tier = np.array([t for _, t in SECTORS])[people.sector]
    share = FINAL_SHARE[tier]
    floor = np.maximum(MARGIN * purchases - sales, 10.0 * people.size)
    demand = np.round(np.maximum(sales * share / (1 - share), floor), 2)
    output = np.round(sales + demand, 2)
    stock = np.maximum(1.0, np.round(STOCK_DAYS[tier] * rng.lognormal(0.0, 0.5, firms)))
    stock[rng.random(firms) < 0.2] = np.nan
    return pd.DataFrame(
        {
            "firm": ids,
            "sector": _words([code for code, _ in SECTORS], people.sector),
            "country": _words(list(COUNTRIES), people.country),
            "output": output,
            "final_demand": demand,
            "capacity": np.ceil(output * rng.uniform(1.05, 1.4, firms)),
            "stock_days": stock,
            "recovery_days": np.round(rng.lognormal(3.4, 0.6, firms)) + 1.0,
            "employees": np.ceil(output / 200.0 * rng.lognormal(0.0, 0.4, firms)),
            "kind": _words(["firm"], np.zeros(firms, dtype=np.int64)),
        }
    )


def _words(words: list[str], codes: Index) -> pd.Series:
    return _take(pd.Series(words, dtype="str"), codes)


def _take(values: pd.Series, positions: Index) -> pd.Series:
    return values.take(positions).reset_index(drop=True)


def _ids(letter: str, numbers: Any) -> pd.Series:
    digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.large_string()), 7, padding="0")
    start, nothing = (pa.scalar(text, pa.large_string()) for text in (letter, ""))
    return pd.Series(pd.array(pc.binary_join_element_wise(start, digits, nothing), dtype="str"))


def _essential_table(recipe: Recipe) -> pd.DataFrame:
    inputs, buyers = np.nonzero(recipe.share)
    codes = [code for code, _ in SECTORS]
    return pd.DataFrame(
        {
            "input": _words(codes, inputs),
            "buyer_sector": _words(codes, buyers),
            "class": essential_classes(recipe, inputs, buyers).astype(np.float64),
        }
    )


def _cluster_tables(
    people: _Population, recipe: Recipe, ids: pd.Series, clusters: int, rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Return clusters around a firm: firms of its country, of its sector and of the sectors it buys from."""
    names = _ids("K", rng.permutation(clusters) + 1)
    centres = rng.integers(0, len(people.size), clusters)
    member: list[Index] = []
    cluster: list[Index] = []
    for k, centre in enumerate(centres):
        sectors = np.unique(np.append(recipe.suppliers[people.sector[centre]][:2], people.sector[centre]))
        ranges = people.range_of(sectors, np.full(len(sectors), people.country[centre]))
        near = np.concatenate([people.order[low:high] for low, high in zip(*ranges, strict=True)])
        count = min(len(near), 5 + int(rng.lognormal(2.5, 0.8)))
        chosen = rng.choice(near, count, replace=False)
        # Firms are in several clusters: one joins from the cluster before.
        guest = [member[-1][0]] if member else []
        chosen = np.unique(np.concatenate([chosen, [centre], guest]).astype(np.int64))
        member.append(rng.permutation(chosen))
        cluster.append(np.full(len(chosen), k))
    members = np.concatenate(member)
    place = np.concatenate(cluster)
    return {
        "clusters": pd.DataFrame(
            {
                "cluster": names,
                "name": "Cluster " + names + " (invented)",
                "country": _words(list(COUNTRIES), people.country[centres]),
            }
        ),
        "members": pd.DataFrame(
            {
                "firm": _take(ids, members),
                "cluster": _take(names, place),
            }
        ),
    }
