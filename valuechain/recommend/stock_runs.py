"""A network in which the money for a partner has bought stock of the product instead, for the inventory model."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from valuechain.errors import DataWarning
from valuechain.models.firm_activity import link_stocks, stock_days
from valuechain.models.inventory import Inventory
from valuechain.network import Network
from valuechain.recommend.stock_worth import DAYS
from valuechain.values import MOST_DAYS

__all__ = ["with_stock"]


def with_stock(network: Network, suggestion: pd.Series, model: Inventory) -> tuple[Network, float]:
    """Return the network in which a buyer holds more stock of a product, and how many days more.

    The days are what ``cost`` buys at the usual price, use at the normal rate. The buyer has them when the run begins,
    and orders to keep them; they come on top of what it holds of the product, by the links, the firm or the model.

    Parameters
    ----------
    network
        The network.
    suggestion
        A suggestion: ``product``, ``buyer`` and ``cost`` (currency).
    model
        Whose default stock holds where the network gives none.

    Examples
    --------
    >>> import pandas as pd, valuechain as vc
    >>> row = pd.Series({"candidate": "x", "product": "sector_1", "buyer": "sector_2", "cost": 2.5})
    >>> more, days = with_stock(vc.example("textbook"), row, vc.Inventory(stock_days=10))
    >>> days > 0, int(more.links["stock_days"].notna().sum())
    (True, 1)
    """
    every = np.arange(network.n_links)
    notes: list[str] = []
    of_firm, first = stock_days(network, model.stock_days, notes)
    _, held = link_stocks(network, every, of_firm, first, notes)
    product = np.flatnonzero(network.products == suggestion["product"])
    of_slot = (network.buyer == network.positions([suggestion["buyer"]])[0]) & np.isin(network.product, product)
    need = float(network.flow[of_slot].sum())
    days = float(suggestion["cost"]) / need * DAYS[network.flow_period]
    days = min(days, MOST_DAYS - float(held[of_slot].max()))
    links = network.links
    own = links["stock_days"].to_numpy(dtype=np.float64) if "stock_days" in links else np.full(len(links), np.nan)
    links = links.assign(stock_days=np.where(of_slot, held + days, own))
    with warnings.catch_warnings():
        # What is odd in the network was said when it was read.
        warnings.simplefilter("ignore", DataWarning)
        return Network.from_tables(**{**network.tables, "links": links, **network.metadata}), days
