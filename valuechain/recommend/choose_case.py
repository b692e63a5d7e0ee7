"""What a choice of partners is made from: options as arrays, scenarios that matter, and bounds on every activity."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from valuechain.network import Floats, Index
from valuechain.recommend.economy import Backups, Economy, delivered_of, losses_of
from valuechain.recommend.granted import SURE, with_granted
from valuechain.recommend.tiers import activity_within

__all__ = ["Case", "Options", "case_of", "tail_mean"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Options:
    """New links that may be chosen; all of shape (options,).

    Parameters
    ----------
    slot, firm
        Essential slot and candidate of each, positions in the economy.
    limit
        Most it delivers, currency per flow period.
    fixed, unit
        Cost of taking it (currency), and price above the usual one of each unit that is ordered (currency per currency
        of flow).
    joint, minimum
        Cost of taking the candidate at all (currency, once for all its buyers), and least that all buyers together
        order from it (currency per flow period); the same for all options of a candidate.
    country
        Country of the candidate, -1 where not known.
    """

    slot: Index
    firm: Index
    limit: Floats
    fixed: Floats
    unit: Floats
    joint: Floats
    minimum: Floats
    country: Index

    def __len__(self) -> int:
        return len(self.slot)

    @property
    def partner(self) -> Index:
        """Number of the candidate of each option, 0, 1, 2 ..."""
        return np.asarray(np.unique(self.firm, return_inverse=True)[1], dtype=np.int64)

    def only(self, keep: Mask) -> Options:
        """Return some of the options."""
        return Options(**{name: getattr(self, name)[keep] for name in self.__dataclass_fields__})

    def cost(self, chosen: Mask, order: Floats) -> float:
        """Return what a set costs when ``order`` is ordered (currency per flow period; shape (options,))."""
        first = np.unique(self.firm[chosen], return_index=True)[1]
        joint = self.joint[chosen][first].sum()
        return float(self.fixed[chosen].sum() + (self.unit * order)[chosen].sum() + joint)


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """Economy, options and scenarios, equal ones taken together.

    Parameters
    ----------
    economy, options
        The economy and the options.
    surviving, probability
        Capacity left, shape (scenarios, firms), and probability, shape (scenarios,), of scenarios that differ.
    low, high
        Activity without options, and with all of them and no capacity shared: every choice lies between. Shape
        (scenarios, firms).
    tiers
        How many tiers a lack is followed; None: without end.
    """

    economy: Economy
    options: Options
    surviving: Floats
    probability: Floats
    low: Floats
    high: Floats
    tiers: int | None = None
    tried: dict[bytes, Floats] = field(default_factory=dict, repr=False)

    @property
    def base(self) -> Floats:
        """Output lost in each scenario without options, currency per flow period."""
        return losses_of(self.economy, self.low)

    def losses(self, chosen: Mask, order: Floats) -> Floats:
        """Return the output lost in each scenario with a set, simulated: who asks for the same shares it by need."""
        key = np.where(chosen, order, -1.0).tobytes()
        if key not in self.tried:
            losses = self.base.copy()
            # Where all options together change nothing, a set changes nothing.
            some = self.matters(chosen)
            if chosen.any() and some.any():
                losses[some] = losses_of(self.economy, self._activity(chosen, order, some)[0])
            self.tried[key] = losses
        return self.tried[key]

    def matters(self, chosen: Mask) -> Mask:
        """Tell the scenarios in which a set may change something; shape (scenarios,)."""
        rises = self.high - self.low > 1e-12
        # Followed some tiers only, others may have risen by what the buyer made before something else stopped it.
        if self.tiers is None:
            rises = rises[:, self.economy.graph.slot_buyer[self.options.slot[chosen]]]
        return np.asarray(rises.any(axis=1))

    def backups(self, chosen: Mask, order: Floats) -> Backups:
        """Return a set as back-up links; of a slot, the cheapest to order is called first."""
        some = np.flatnonzero(chosen)
        some = some[np.lexsort((some, self.options.unit[some], self.options.slot[some]))]
        n = self.economy.network.n_firms
        return Backups(
            slot=self.options.slot[some],
            pool=self.options.firm[some],
            limit=order[some],
            pool_firm=np.arange(n),
            pool_spare=self.economy.spare,
        )

    def delivered(self, chosen: Mask, order: Floats) -> Floats:
        """Return what each option delivers in each scenario when a set is simulated; shape (scenarios, options)."""
        given = np.zeros((len(self.probability), len(self.options)))
        if chosen.any():
            every = np.ones(len(self.probability), dtype=bool)
            some = np.flatnonzero(chosen)
            some = some[np.lexsort((some, self.options.unit[some], self.options.slot[some]))]
            _, activity = self._activity(chosen, order, every)
            given[:, some] = delivered_of(self.economy, self.surviving, activity, self.backups(chosen, order))
        return given

    def _activity(self, chosen: Mask, order: Floats, scenarios: Mask) -> tuple[Floats, Floats]:
        backups = self.backups(chosen, order)
        return activity_within(self.economy, self.surviving[scenarios], tiers=self.tiers, backups=backups)

    def expected(self, losses: Floats) -> float:
        """Return the mean of losses, weighed by probability."""
        return float(losses @ self.probability)

    def with_options(self, options: Options) -> Case:
        """Return the case with other options of the same economy."""
        high = _highest(self.economy, self.surviving, options, self.tiers)
        return replace(self, options=options, high=high, tried={})


def case_of(
    economy: Economy, options: Options, surviving: Floats, probability: Floats, *, tiers: int | None = None
) -> Case:
    """Return the case; scenarios in which the same is left of all firms become one."""
    rows, place = np.unique(surviving, axis=0, return_inverse=True)
    weight = np.bincount(np.asarray(place).reshape(-1), weights=probability, minlength=len(rows))
    return Case(
        economy=economy,
        options=options,
        surviving=rows,
        probability=np.asarray(weight, dtype=np.float64),
        low=activity_within(economy, rows, tiers=tiers)[0],
        high=_highest(economy, rows, options, tiers),
        tiers=tiers,
    )


def _highest(economy: Economy, surviving: Floats, options: Options, tiers: int | None) -> Floats:
    """Return activities that no choice exceeds: every option gives all it can, as if nobody shared its capacity."""
    need, spare = economy.graph.need[options.slot], economy.spare[options.firm]
    # What an option gives is at most its limit, and at most the spare capacity times the activity of its firm.
    sure = options.limit < spare
    more, left = with_granted(
        economy,
        surviving,
        slot=options.slot,
        firm=np.where(sure, SURE, options.firm),
        share=np.minimum(options.limit, spare) / need,
    )
    return activity_within(more, left, tiers=tiers)[0][:, : economy.network.n_firms]


def tail_mean(losses: Floats, probability: Floats, level: float) -> float:
    """Return the mean of the worst ``1 - level`` of losses (CVaR; Rockafellar and Uryasev 2000, equation 4)."""
    order = np.argsort(-losses, kind="stable")
    left = np.minimum(np.cumsum(probability[order]), 1 - level)
    weight = np.diff(np.r_[0.0, left])
    return float(losses[order] @ weight / weight.sum())
