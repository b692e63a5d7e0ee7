"""Parameters of the inventory model: firm-level production over time with stocks of inputs (Inoue and Todo 2019)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal, get_args

from valuechain.errors import ParameterError, suggestion
from valuechain.values import MOST_DAYS as LONGEST
from valuechain.values import settle

Rationing = Literal["proportional", "final-last", "smallest-first", "final-last-smallest-first"]
Orders = Literal["past", "full", "no-return"]

__all__ = ["Inventory", "Orders", "Rationing"]

MOST_DAYS = 1_000_000
"""No run is as long: more days of short deliveries than this cannot be counted."""


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
    lead_times
        True: goods on a link take its ``lead_days`` from order to arrival, rounded up to whole days; a day where the
        link names none. What is in transit counts as stock that is on order. False: every link takes a day. None (the
        default): True, but in reference mode False.
    switch_after
        Days in a row on which a supplier delivers less than 99 % of what was ordered after which the buyer orders what
        is lacking from its other suppliers of the same product that have capacity to spare, until the first delivers
        in full again. None: buyers never switch. Suppliers have capacity to spare where demand has fallen, or with
        ``overproduction``.
    reference
        True: the published program to the last digit that matters, quirks included: every input is essential,
        thresholds have a unit, some goods are delivered to nobody. It knows neither lead times nor switching. False:
        the same rules made sound; see ``docs/methods/inventory.md``.

    Raises
    ------
    ParameterError
        When a parameter is none that a run could use, or not in the published program where ``reference`` is True.

    References
    ----------
    Inoue and Todo (2019), Nature Sustainability 2:841; Hallegatte (2008), Risk Analysis 28:779; for goods in transit
    Sterman (1989), Management Science 35:321.

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
    lead_times: bool | None = None
    switch_after: int | None = None
    reference: bool = False

    def __post_init__(self) -> None:
        """Refuse parameters that no run could use, all at once."""
        settle(self, (f.name for f in fields(self)))
        problems = [*self._bad_choices(), *self._bad_numbers(), *self._bad_switches()]
        if self.reference is True:
            problems += self._not_published()
        if problems:
            raise ParameterError("\n".join(problems))

    @property
    def has_lead_times(self) -> bool:
        """Tell whether goods take the ``lead_days`` of their link."""
        return not self.reference if self.lead_times is None else self.lead_times

    def _bad_choices(self) -> Iterator[str]:
        for name, known in (("rationing", get_args(Rationing)), ("orders", get_args(Orders))):
            value = getattr(self, name)
            if value not in known:
                hint = suggestion(str(value), known) or "write " + " or ".join(f"'{k}'" for k in known)
                yield f"{name} '{value}' is not known; {hint}"

    def _bad_numbers(self) -> Iterator[str]:
        for name in ("tau", "stock_days"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
                yield f"{name} {value!r} is not a number of days; write a number above 0, such as 6"
            elif name == "stock_days" and value > LONGEST:
                yield f"{name} {value!r} is more than a hundred years; write days, at most {LONGEST:,}"
        after = self.switch_after
        if after is not None and (isinstance(after, bool) or not isinstance(after, int) or not 1 <= after <= MOST_DAYS):
            yield (
                f"switch_after {after!r} is not a number of days; write a whole number from 1, such as 3, or None "
                "where buyers never switch"
            )

    def _bad_switches(self) -> Iterator[str]:
        for name in ("overproduction", "reference"):
            if not isinstance(getattr(self, name), bool):
                yield f"{name} {getattr(self, name)!r} is neither True nor False; write one of them"
        if not any(self.lead_times is known for known in (True, False, None)):
            yield f"lead_times {self.lead_times!r} is neither True nor False nor None; write one of them"

    def _not_published(self) -> Iterator[str]:
        if self.overproduction:
            yield "overproduction is not in the published program; leave out reference=True"
        if self.lead_times:
            yield "lead_times=True is not in the published program; leave out reference=True"
        if self.switch_after is not None:
            yield "switch_after is not in the published program; leave out reference=True"
