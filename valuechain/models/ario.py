"""The parameters of ARIO, the sector-level model of production after a disaster (Hallegatte 2008, 2014)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Literal, TypeGuard

from valuechain.errors import ParameterError
from valuechain.values import MOST_DAYS, settle

__all__ = ["Ario"]

SHORTEST_STOCK = 2.0
"""Days that a target of a day or less becomes: what is used today must be in stock before today's deliveries."""

_VARIANTS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {"psi": {"psi": 0.8, "restoration": 60.0}, "base": {"psi": 1.0, "restoration": 1.0}}
)


@dataclass(frozen=True, kw_only=True)
class Ario:
    """Parameters of ARIO: industries with stocks of inputs, overproduction and rebuilding, day by day.

    Each firm of the network is an industry; firms of one sector supply the same input, in whatever region they are, and
    buyers share their orders among them. Symbols and equations are those of ``docs/methods/ario.md``.

    Parameters
    ----------
    variant
        ``psi``: production falls once a stock is below the share ``psi`` of its target. ``base``: as soon as it is
        below the target. The variant decides what ``psi`` and ``restoration`` are where they are not given.
    psi
        Fraction of the target stock below which production falls; None: 0.8, or 1 in the variant ``base``.
    stock_days
        Target stocks n in days of use, one number or ``{sector of the input: days}`` (sectors left out: 90). A day or
        less becomes 2; infinity means an input that never runs out. Where the firms of a network give ``stock_days``,
        those stand in place of a number that is not of a sector by name; not in reference mode.
    restoration
        Days over which a gap in a stock is made good by orders; None: 60, or 1 in the variant ``base``.
    alpha_base, alpha_max, tau_alpha
        Overproduction: factor of capacity in normal times, the highest, and days to get there.
    tau_rebuild
        Days over which what is destroyed is ordered anew, where the shock or event does not say.
    capital_ratio
        Capital in years of value added.
    orders
        ``alt``: buyers ask for more where suppliers of the sector can make more. ``noalt``: always in the same shares.
    scarcity_tolerance
        Missing production, as a fraction of demand, up to which overproduction falls back. Not in reference mode.
    monetary_factor
        How many units of currency one unit of the table is: 1e6 for millions. Amounts of events may have another.
    reference
        True: day by day what the published program computes, its quirks included, which depend on units and on exact
        zeros. False: the same model without them. ``docs/methods/ario.md`` lists every difference.

    References
    ----------
    Hallegatte (2008), Risk Analysis 28(3):779; Hallegatte (2014), Risk Analysis 34(1):152.

    Examples
    --------
    >>> Ario(stock_days={"energy": 5.0}, alpha_max=1.4).psi
    0.8
    >>> Ario(variant="base").restoration
    1.0
    """

    variant: Literal["psi", "base"] = "psi"
    psi: float | None = None
    stock_days: float | Mapping[str, float] = field(default=90.0)
    restoration: float | None = None
    alpha_base: float = 1.0
    alpha_max: float = 1.25
    tau_alpha: float = 365.0
    tau_rebuild: float = 60.0
    capital_ratio: float = 4.0
    orders: Literal["alt", "noalt"] = "alt"
    scarcity_tolerance: float = 1e-6
    monetary_factor: float = 1e6
    reference: bool = False

    def __post_init__(self) -> None:
        """Fill in what the variant decides, and refuse parameters that no run could use."""
        settle(self, (f.name for f in fields(self)))
        problems = []
        if self.variant not in tuple(_VARIANTS):
            problems.append(f"variant '{self.variant}' is not known; write 'psi' or 'base'")
        if self.orders not in ("alt", "noalt"):
            problems.append(f"orders '{self.orders}' is not known; write 'alt' or 'noalt'")
        for name, value in _VARIANTS.get(str(self.variant), _VARIANTS["psi"]).items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        problems += [p for name in _RANGES if (p := _range_problem(self, name)) is not None]
        problems += _stock_problems(self.stock_days)
        if not problems and self.alpha_max < self.alpha_base:
            problems.append(f"alpha_max {self.alpha_max} is below alpha_base {self.alpha_base}; write at least as much")
        reference: object = self.reference
        if not isinstance(reference, bool):
            problems.append(f"reference {reference!r} is neither True nor False")
        if problems:
            raise ParameterError("\n".join(problems))


_RANGES: Mapping[str, tuple[float, float, str]] = MappingProxyType(
    {
        "psi": (0.0, 1.0, "a fraction of the target stock such as 0.8"),
        "restoration": (1.0, math.inf, "a number of days from 1"),
        "alpha_base": (0.0, math.inf, "a factor such as 1"),
        "alpha_max": (0.0, math.inf, "a factor such as 1.25"),
        "tau_alpha": (1.0, math.inf, "a number of days from 1"),
        "tau_rebuild": (1.0, math.inf, "a number of days from 1"),
        "capital_ratio": (0.0, math.inf, "years of value added, such as 4"),
        "scarcity_tolerance": (0.0, 1.0, "a small fraction such as 1e-6"),
        "monetary_factor": (0.0, math.inf, "a number above 0, such as 1e6 for millions"),
    }
)
_ABOVE_ZERO = {"psi", "alpha_base", "capital_ratio", "monetary_factor"}


def _range_problem(model: Ario, name: str) -> str | None:
    low, high, words = _RANGES[name]
    value = getattr(model, name)
    if _is_number(value) and low <= value <= high and math.isfinite(value) and (value > low or name not in _ABOVE_ZERO):
        return None
    return f"{name} {value!r} is out of range; write {words}"


def _stock_problems(days: object) -> list[str]:
    given: dict[object, object] = dict(days) if isinstance(days, Mapping) else {None: days}
    return [
        f"stock_days {value!r}{f' of sector {sector!r}' if sector is not None else ''} is no number of days; "
        f"write a number from 0 to {MOST_DAYS:,} (a hundred years), or math.inf"
        for sector, value in given.items()
        if not _is_number(value) or not (0 <= value <= MOST_DAYS or value == math.inf)
    ]


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
