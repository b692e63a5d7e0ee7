"""What a reader of a run should know of its shocks: those that hit everything, and those that can change nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from valuechain.models.effects import Effect
from valuechain.models.firm_activity import final_demand
from valuechain.network import Network
from valuechain.scenario import Scenario

__all__ = ["shock_notes"]


def shock_notes(network: Network, scenario: Scenario, effects: Sequence[Effect], *, days: int) -> list[str]:
    """Return sentences on shocks that select everything, begin too late, or take what is not there.

    Parameters
    ----------
    network, scenario
        The network and the scenario.
    effects
        Whom each shock hits.
    days
        Simulated days.
    """
    notes = []
    for effect in effects:
        shock = scenario.shocks[effect.number - 1]
        of_links = effect.kind in {"link", "essential-input"}
        if not shock.where:
            what = f"all {network.n_links:,} links" if of_links else f"all {network.n_firms:,} firms"
            notes.append(f"Shock {effect.number} has no selector in where: it hits {what}.")
        if of_links and not network.flow[effect.hit].any():
            notes.append(f"Shock {effect.number} changes nothing: the links it hits carry no flow.")
        if effect.kind == "demand" and not final_demand(network, [])[effect.hit].any():
            notes.append(f"Shock {effect.number} changes nothing: the firms it hits have no final demand.")
    late = [
        str(k) for k, s in enumerate(scenario.shocks, start=1) if not isinstance(s.start, Mapping) and s.start >= days
    ]
    if late:
        which = f"Shock {late[0]} begins" if len(late) == 1 else f"Shocks {', '.join(late)} begin"
        notes.append(f"{which} after the last simulated day, {days - 1}: nothing of it is seen.")
    return notes
