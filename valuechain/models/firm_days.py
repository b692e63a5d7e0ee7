"""What each firm does each day, as a labelled data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuechain.models.dynamics import FirmDays
from valuechain.network import Floats, Network

if TYPE_CHECKING:
    import xarray

__all__ = ["firms_dataset"]


def firms_dataset(network: Network, firms: FirmDays, usual: Floats) -> xarray.Dataset:
    """Return what each firm does as a data set (day, firm), each variable with its unit and meaning.

    Parameters
    ----------
    network
        The network.
    firms
        What the model kept.
    usual
        Undisturbed production, currency per day; shape (1 or days, firms).
    """
    import xarray  # noqa: PLC0415 - it takes a third of a second, and only this needs it

    per_day = f"{network.currency} per day"
    words: dict[str, tuple[str, str]] = {
        "production": (per_day, "what the firm makes"),
        "demand": (per_day, "orders of clients and final demand"),
        "capacity": (per_day, "most the firm could make"),
        "stock": (network.currency, "stock of all inputs"),
        "delivered_final": (per_day, "what final users get"),
    }
    variables: dict[str, Any] = {
        name: (("day", "firm"), values, {"units": unit, "long_name": meaning})
        for name, (unit, meaning) in words.items()
        if (values := getattr(firms, name)) is not None
    }
    about_usual = {"units": per_day, "long_name": "what the firm makes without any shock"}
    variables["undisturbed"] = (
        ("firm", usual[0], about_usual) if len(usual) == 1 else (("day", "firm"), usual, about_usual)
    )
    coordinates: dict[str, Any] = {"day": np.arange(len(firms.production)), "firm": network.firm_ids}
    if firms.binding is not None:
        about = {"long_name": "number of the product whose lack holds production down, -1: none"}
        variables["binding"] = (("day", "firm"), firms.binding, about)
        coordinates["product"] = np.asarray(network.products)
    return xarray.Dataset(variables, coords=coordinates)
