"""The models over time: which there are, and how a network is made ready for each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from valuechain.errors import ParameterError
from valuechain.models.ario import Ario
from valuechain.models.cascade_dynamics import cascade_dynamics
from valuechain.models.cascade_network import Cascade, check_network
from valuechain.models.dynamics import Dynamics
from valuechain.models.inventory import Inventory
from valuechain.models.inventory_dynamics import inventory_dynamics
from valuechain.network import Network

__all__ = ["MODELS", "Model", "dynamics_of"]

Model = Inventory | Ario | Cascade

MODELS: Mapping[str, type[Inventory] | type[Ario] | type[Cascade]] = MappingProxyType(
    {"inventory": Inventory, "ario": Ario, "cascade": Cascade}
)
"""The models by the names they have in files."""


def dynamics_of(network: Network, model: Model | None) -> Dynamics:
    """Return a network made ready for a model; None: the inventory model as it comes.

    Raises
    ------
    ParameterError
        When that is no network or no model.
    """
    check_network(network)
    model = Inventory() if model is None else model
    if isinstance(model, Inventory):
        return inventory_dynamics(network, model)
    if isinstance(model, Cascade):
        return cascade_dynamics(network, model)
    raise ParameterError(f"model {model!r} is none; write model=vc.Inventory(), vc.Ario() or vc.Cascade()")
