"""What exposure is asked and what it rests on: firms, times to recover, final demand, stocks, capacities."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from valuechain.errors import DefaultWarning, Fault, InvalidDataError, ParameterError, warn_caller
from valuechain.kernels.production_graph import ProductionGraph
from valuechain.models.cascade_network import check_network
from valuechain.models.firm_columns import listed
from valuechain.models.inventory import Inventory
from valuechain.models.inventory_network import prepare
from valuechain.network import Floats, Index, Network
from valuechain.values import MOST_DAYS

RECOVERY_DAYS = 30.0
"""Days that a failure lasts where neither the data nor the caller say."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A network made ready, and what is asked of it.

    ``which`` has the positions of the firms to answer for. By firm: ``recover`` (days down), ``most`` (the most it can
    make, currency per day), ``initial_days`` (stock of inputs, days of use). ``essential`` is the rule in words.
    """

    graph: ProductionGraph
    which: Index
    recover: Floats
    most: Floats
    initial_days: Floats
    default_days: float
    essential: str
    notes: tuple[str, ...]


def read_question(
    network: Network, *, recovery_days: float | None, stock_days: float, firms: Iterable[str] | None
) -> Question:
    """Return the question with every number it rests on; see :func:`valuechain.exposure` for what it raises."""
    check_network(network)
    default = _checked_days(recovery_days)
    model = Inventory(stock_days=stock_days, overproduction=True, lead_times=False)
    which = _chosen(network, firms)
    prepared = prepare(network, model)
    notes: list[str] = []
    recover = _time_to_recover(network, default, said=recovery_days is not None, notes=notes)
    notes += [n for n in prepared.notes if "lead_times" not in n]
    if "lead_days" in network.links:
        notes.append("Goods in transit are not counted: lead_days of links are not used.")
    graph = _with_ends(network, prepared.graph, notes)
    if not (graph.final > 0).any():
        raise _no_final_demand()
    return Question(
        graph=graph,
        which=which,
        recover=recover,
        most=np.maximum(prepared.most, graph.base),
        initial_days=prepared.initial_days,
        default_days=default,
        essential=str(prepared.parameters["essential"]),
        notes=tuple(notes),
    )


def _checked_days(days: float | None) -> float:
    if days is None:
        return RECOVERY_DAYS
    number = isinstance(days, int | float | np.number) and not isinstance(days, bool)
    if not number or not math.isfinite(days) or days <= 0:
        raise ParameterError(f"recovery_days {days!r} is not a number of days; write a number above 0, such as 30")
    if days > MOST_DAYS:
        raise ParameterError(f"recovery_days {days!r} is more than a hundred years; write days, at most {MOST_DAYS:,}")
    return float(days)


def _chosen(network: Network, firms: Iterable[str] | None) -> Index:
    """Return the positions of the firms to answer for, each once."""
    if firms is None:
        return np.arange(network.n_firms)
    ids = [] if isinstance(firms, str) else list(dict.fromkeys(str(f) for f in firms))
    if not ids:
        raise ParameterError(f"firms {firms!r} is not a list of firms; write firms=['F17'], or leave it out for all")
    return network.positions(ids)


def _time_to_recover(network: Network, default: float, *, said: bool, notes: list[str]) -> Floats:
    """Return the days each firm is down when it fails."""
    given = _column(network, "recovery_days")
    missing = np.isnan(given)
    if missing.any():
        words = f"{int(missing.sum()):,} of {network.n_firms:,} firms give no recovery_days"
        notes.append(f"{words}: their time to recover is taken as {default:g} days.")
        if not said:
            _warn_once(
                network,
                "recovery_days",
                f"{words} ({listed(network.firms['firm'][missing])}): their time to recover is taken as {default:g} "
                "days. Fill in the column, or choose another default with recovery_days=... .",
            )
    return np.where(missing, default, given)


def _with_ends(network: Network, graph: ProductionGraph, notes: list[str]) -> ProductionGraph:
    """Return the graph in which firms at the end of the chain sell to final users what they buy, at the least.

    They buy, sell nothing in the network, and say nothing of final demand and output. Were they taken to make nothing,
    a chain whose last firms are known by their purchases only would have nothing to lose.
    """
    unknown = np.isnan(_column(network, "final_demand")) & np.isnan(_column(network, "output"))
    ends = unknown & (graph.base <= 0) & (graph.bought > 0)
    if not ends.any():
        return graph
    words = (
        f"{int(ends.sum()):,} firms buy, sell nothing in the network and give neither final_demand nor output: they "
        "are the end of the chain, and what they buy stands for their final demand"
    )
    notes.append(f"{words}.")
    _warn_once(network, "ends", f"{words} ({listed(network.firms['firm'][ends])}). Fill in final_demand or output.")
    final = np.where(ends, graph.bought, graph.final)
    return graph._replace(final=final, base=np.where(ends, graph.bought, graph.base))


def _column(network: Network, name: str) -> Floats:
    firms = network.firms
    return firms[name].to_numpy(dtype=np.float64) if name in firms else np.full(network.n_firms, np.nan)


def _warn_once(network: Network, what: str, message: str) -> None:
    """Warn of a default once for a network: several questions may be asked of it."""
    key = f"exposure_{what}_said"
    if not network.derived.get(key):
        network.derived[key] = True
        warn_caller(message, DefaultWarning)


def _no_final_demand() -> InvalidDataError:
    return InvalidDataError(
        [
            Fault(
                file="firms",
                column="final_demand",
                problem="is above 0 for no firm, so that no failure could lose any",
                remedy="give final_demand of the firms that sell to final users or outside the network, or output: "
                "what it leaves after sales counts as final demand",
            )
        ]
    )
