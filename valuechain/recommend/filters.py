"""What a partner has to be: near enough, in an area, quick, certified, clean; and who is left out by default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from valuechain.errors import ParameterError, suggestion
from valuechain.scenario.distributions import is_number

__all__ = ["SMALL", "Filters", "checked_filters"]

SMALL = 0.25
"""Share of a need below which a present supplier is asked for more where nobody says."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a partner has to be. A firm of which the needed figure is not known is left out, and counted.

    Parameters
    ----------
    area
        Country codes or a bloc: ``"EU"``, ``"DEU,POL"``, ``["DEU", "POL"]``.
    max_km
        Farthest great-circle distance from the buyer, km (nearshoring). Where one of both gives no
        coordinates, it is not known.
    max_lead_days
        Longest time from order to delivery: the median ``lead_days`` of the candidate's links with this product, or
        its own ``lead_days`` where firms have such a column.
    tags
        Words that must all be among its ``tags``, such as certificates: ``"iso9001"``, ``["iso9001", "sme"]``.
    max_co2
        Most emissions, in the unit of the column ``co2`` of firms.
    same_owner
        True: also firms of the buyer's own group, and of a group that supplies the need already.
    shared_points
        True: also firms that one upstream failure would stop together with all present suppliers. False: never. None:
        only when nobody else is left and one of them cuts a loss.
    suppliers_below
        Also present suppliers whose share of the need is below this (0..1): they would have to deliver more. None:
        those below ``SMALL`` of a need for which no new maker is left, or that industries supply; 0: never.
    active
        Partners that deliver already, ``(candidate, product, buyer)`` each: they are no candidates. See
        :func:`~valuechain.recommend.active_partners.active_keys`.

    Examples
    --------
    >>> Filters(area="EU", max_km=800).max_km
    800
    """

    area: str | Iterable[str] | None = None
    max_km: float | None = None
    max_lead_days: float | None = None
    tags: str | Iterable[str] | None = None
    max_co2: float | None = None
    same_owner: bool = False
    shared_points: bool | None = None
    suppliers_below: float | None = None
    active: tuple[tuple[str, str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse limits that are no numbers; all of them at once."""
        problems = []
        for name in ("max_km", "max_lead_days", "max_co2"):
            value = getattr(self, name)
            if value is not None and (not is_number(value) or value < 0):
                problems.append(f"{name} {value!r} is no limit; write a number from 0")
        for name in ("area", "tags"):
            words = getattr(self, name)
            if words is None or isinstance(words, str):
                continue
            if isinstance(words, Iterable):
                # Read once: it may be a generator.
                words = list(words)
                object.__setattr__(self, name, words)
            if not isinstance(words, list) or not all(isinstance(w, str) for w in words):
                what = "countries or a bloc, such as 'EU'" if name == "area" else "words, such as 'iso9001'"
                problems.append(f"{name} {words!r} is no text; write {what}, or a list of them")
        below = self.suppliers_below
        if below is not None and (not is_number(below) or not 0 <= below <= 1):
            problems.append(f"suppliers_below {below!r} is no share; write a number from 0 to 1")
        if problems:
            raise ParameterError("\n".join(problems))

    def words(self) -> dict[str, object]:
        """Return the choices that are not the default, for ``Result.parameters``."""
        said = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        return said | (
            {"active": f"{len(self.active):,} partner{'s' if len(self.active) > 1 else ''} left out"}
            if self.active
            else {}
        )


def checked_filters(filters: Filters | Mapping[str, object] | None) -> Filters:
    """Return filters from words.

    Raises
    ------
    ParameterError
        When there is no such filter, or a limit is none.
    """
    if filters is None:
        return Filters()
    if isinstance(filters, Filters):
        return filters
    known = [f.name for f in fields(Filters)]
    wrong = [f for f in filters if f not in known]
    if wrong:
        every = "there are " + ", ".join(known)
        hints = [f"filter {f!r} is not known; {suggestion(str(f), known) or every}" for f in wrong]
        raise ParameterError("\n".join(hints))
    return Filters(**filters)  # type: ignore[arg-type]
