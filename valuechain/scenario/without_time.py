"""What a scenario takes from each firm where a model has no time in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from valuechain.errors import ScenarioError
from valuechain.network import Network
from valuechain.scenario.selectors import selected_firms
from valuechain.scenario.shock import Scenario, Shock

__all__ = ["lost_activity"]


def lost_activity(network: Network, scenario: Scenario) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the fraction of supply and of demand each firm loses at the start, for models without time.

    Capacity and capital shocks lose both; demand shocks only demand. Shocks on one firm combine as independent ones:
    1 - (1 - a)(1 - b). Start, days and recovery have no meaning here.

    Returns
    -------
    tuple
        Lost supply and lost demand, each of shape (firms,), in 0..1.

    Raises
    ------
    ScenarioError
        With every shock that such a model cannot answer or that selects nothing.
    """
    kept_down = np.ones(network.n_firms)
    kept_up = np.ones(network.n_firms)
    problems = [] if scenario.shocks else ["there is no shock; add one"]
    problems += [] if scenario.ensemble is None else [_ENSEMBLE]
    for number, shock in enumerate(scenario.shocks, start=1):
        wrong, firms = list(_not_without_time(shock)), np.zeros(0, dtype=np.int64)
        try:
            # Whom it hits is looked up even so, as all faults are told at once; links are for other models to select.
            firms = firms if shock.what in _OF_LINKS else selected_firms(network, shock.where)
        except ScenarioError as error:
            wrong += str(error).splitlines()
        problems += [f"shock {number}: {line}" for line in wrong]
        if not wrong and not isinstance(shock.loss, Mapping):
            kept_up[firms] *= 1 - shock.loss
            if shock.what != "demand":
                kept_down[firms] *= 1 - shock.loss
    if problems:
        place = "" if scenario.file is None else f"{scenario.file}: "
        raise ScenarioError("\n".join(place + line for line in problems))
    return 1 - kept_down, 1 - kept_up


_OF_LINKS = ("link", "essential-input")
_ENSEMBLE = "[ensemble] asks for many random runs, which need a model over time; take it out to run the cascade once"


def _not_without_time(shock: Shock) -> Iterable[str]:
    """Yield what a model without time cannot do with a shock."""
    if shock.what in _OF_LINKS:
        yield f"'{shock.what}' shocks need a model over time; the cascade takes capacity, capital and demand shocks"
    if isinstance(shock.loss, Mapping):
        yield "loss is a distribution; a single run needs one number"
    elif shock.loss < 0:
        yield f"a surge (loss {shock.loss}) needs a model over time"
    if shock.probability is not None:
        yield "probability is for ensembles; take it out to let the shock happen"
