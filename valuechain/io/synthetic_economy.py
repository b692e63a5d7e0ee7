"""The economy behind invented networks: sectors with their tiers, countries, and what each sector buys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Index = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

RAW, MATERIALS, COMPONENTS, GOODS, SERVICES = range(5)

_TIERS = {
    RAW: "A01 B08 B07 A02 B06 B05 A03 B09",
    MATERIALS: "C24 C20 C22 C23 C17 C16 C19 D35 C13 E38",
    COMPONENTS: "C25 C26 C27 C33 C18 C15 E36 F43 E37 E39",
    GOODS: "C29 C28 C10 C30 C21 C31 C32 C11 C14 C12 F41 F42",
    SERVICES: "G46 H49 M71 J62 H52 N77 G45 H50 K64 M70 N82 M72 H51 J61 N78 G47 L68 M69 I56 N80 N81 H53 J63 K65 I55",
}
"""NACE Rev. 2 divisions by place in the chain, the more usual ones first."""

_PATTERN = (GOODS, COMPONENTS, MATERIALS, RAW, SERVICES, COMPONENTS, GOODS, MATERIALS, SERVICES, SERVICES)


def _ordered() -> tuple[tuple[str, int], ...]:
    """Return sectors so that any number of the first ones is a mix of all tiers."""
    left = {tier: codes.split() for tier, codes in _TIERS.items()}
    ordered: list[tuple[str, int]] = []
    while any(left.values()):
        ordered.extend((left[tier].pop(0), tier) for tier in _PATTERN if left[tier])
    return tuple(ordered)


SECTORS = _ordered()
"""Code and tier of each sector."""

_COUNTRIES = (
    "DEU FRA ITA POL ESP NLD SWE LVA BEL CZE AUT DNK FIN EST LTU HUN ROU PRT IRL GRC SVK BGR HRV SVN LUX CYP MLT "
    "NOR CHE GBR TUR UKR USA CHN JPN KOR IND TWN VNM MEX"
)
COUNTRIES = tuple(_COUNTRIES.split())
"""ISO 3166-1 alpha-3 codes, in order of their weight."""

FINAL_SHARE = np.array([0.10, 0.10, 0.20, 0.70, 0.45])
"""Share of output that goes to final users, by tier."""

STOCK_DAYS = np.array([30.0, 25.0, 15.0, 12.0, 5.0])
"""Median input stock in days, by tier."""

_CLOSENESS = np.array(
    [
        [1.0, 0.3, 0.2, 0.1, 1.0],
        [4.0, 2.0, 0.3, 0.1, 1.0],
        [0.5, 5.0, 2.0, 0.2, 1.0],
        [0.5, 2.0, 6.0, 1.0, 1.0],
        [0.1, 0.3, 0.7, 0.7, 3.0],
    ]
)
"""How likely a buyer of a tier (row) buys from a sector of a tier (column)."""

_INPUTS = 6


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What each sector buys.

    ``suppliers`` and ``cumulative`` have shape (sectors, inputs): the sectors bought from, the dearest first, and the
    running sum of their shares. ``share`` has shape (sectors, sectors), suppliers in rows.
    """

    tier: Index
    suppliers: Index
    cumulative: Floats
    share: Floats


def make_recipe(sectors: int, rng: np.random.Generator) -> Recipe:
    """Return a random recipe: each sector buys from up to six sectors, mostly of the tier below its own."""
    tier = np.array([t for _, t in SECTORS[:sectors]], dtype=np.int64)
    inputs = min(_INPUTS, sectors)
    suppliers = np.zeros((sectors, inputs), dtype=np.int64)
    shares = np.zeros((sectors, inputs))
    for buyer in range(sectors):
        weights = _CLOSENESS[tier[buyer], tier]
        suppliers[buyer] = rng.choice(sectors, inputs, replace=False, p=weights / weights.sum())
        shares[buyer] = np.sort(rng.dirichlet(np.full(inputs, 2.0)))[::-1]
    share = np.zeros((sectors, sectors))
    share[suppliers.ravel(), np.repeat(np.arange(sectors), inputs)] = shares.ravel()
    return Recipe(tier=tier, suppliers=suppliers, cumulative=np.cumsum(shares, axis=1), share=share)


def essential_classes(recipe: Recipe, inputs: Index, buyers: Index) -> Index:
    """Return the class of each pair of input and buyer.

    Goods are essential to makers of goods unless their share is small.
    Services are non-essential to makers of goods and essential to services that buy much of them.
    """
    goods_in, goods_out = recipe.tier[inputs] != SERVICES, recipe.tier[buyers] != SERVICES
    share = recipe.share[inputs, buyers]
    classes = np.where(goods_in & goods_out & (share > 0.05), 2, 1)
    classes[~goods_in & ~goods_out & (share > 0.3)] = 2
    classes[share < 0.02] = 0
    return np.asarray(classes, dtype=np.int64)
