"""Parameters of the inventory model: firm-level production over time with stocks of inputs (Inoue and Todo 2019)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from valuechain.errors import ParameterError, suggestion

Rationing = Literal["proportional", "final-last", "smallest-first", "final-last-smallest-first"]
Orders = Literal["past", "full", "no-return"]

__all__ = ["Inventory", "Orders", "Rationing"]


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """Parameters of the inventory model.

    Firms make goods day by day from stocks of inputs and order what they use; a supplier that is short shares out what
    it has. A disruption arrives when stocks are empty, and again upstream when orders fall.

    Parameters
    ----------
    rationing
        Who is served first when a supplier is short. ``proportional``: everybody in proportion to the order.
        ``final-last``: clients in proportion, final demand gets the rest. ``smallest-first``: the orders that are
        smallest relative to the usual amount are filled first. ``final-last-smallest-first``: both.
    orders
        What is ordered beside what is used. ``past``: towards the target stock for yesterday's production. ``full``:
        towards the whole target, whatever production is. ``no-return``: as ``past``, but surplus stock lowers no order.
    tau
        Days over which a gap in stocks is closed, more than 0.
    stock_days
        Target stock in days of use where firms have no ``stock_days``.
    overproduction
        True: firms make up to ``capacity`` (a column of firms) when more is ordered; False: never more than usual.
    reference
        True: the published program to the last digit that matters, quirks included: every input is essential,
        thresholds have a unit, some goods are delivered to nobody. False: the same rules made sound; see
        ``docs/methods/inventory.md``.

    References
    ----------
    Inoue and Todo (2019), Nature Sustainability 2:841; Hallegatte (2008), Risk Analysis 28:779.

    Examples
    --------
    >>> Inventory(rationing="final-last").tau
    6
    """

    rationing: Rationing = "proportional"
    orders: Orders = "past"
    tau: float = 6
    stock_days: float = 15
    overproduction: bool = False
    reference: bool = False

    def __post_init__(self) -> None:
        """Refuse parameters that no run could use."""
        for name, known in (("rationing", get_args(Rationing)), ("orders", get_args(Orders))):
            value = getattr(self, name)
            if value not in known:
                hint = suggestion(str(value), known) or "write " + " or ".join(f"'{k}'" for k in known)
                raise ParameterError(f"{name} '{value}' is not known; {hint}")
        for name in ("tau", "stock_days"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
                raise ParameterError(f"{name} {value!r} is not a number of days; write a number above 0, such as 6")
        for name in ("overproduction", "reference"):
            if not isinstance(getattr(self, name), bool):
                raise ParameterError(f"{name} {getattr(self, name)!r} is neither True nor False; write one of them")
        if self.reference and self.overproduction:
            raise ParameterError("overproduction is not in the published program; leave out reference=True")
