"""Outside candidates as firms: a network to which the table candidates was added, and what these could deliver."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuechain.network import Floats, Network

__all__ = ["with_candidates"]


def with_candidates(network: Network) -> tuple[Network, Floats | None, frozenset[str]]:
    """Return the network with its candidates as firms without links, their spare capacity, and whose is not known.

    The spare capacity is NaN for all other firms. A candidate with several products has one row for each; its spare
    capacity is their sum, and not known where one of them is not: then it is in the third answer, and 0 in the second.
    Without candidates the network is returned as it is, with None.

    Examples
    --------
    >>> import pandas as pd, valuechain as vc
    >>> few = pd.DataFrame({"firm": ["new"], "product": ["bread"], "country": ["DEU"], "spare_capacity": [5.0]})
    >>> net = vc.example("textbook")
    >>> net = vc.Network.from_tables(net.firms, net.links, candidates=few, essential_rule="all")
    >>> more, spare, unknown = with_candidates(net)
    >>> more.firm_ids[-1], float(spare[-1]), len(unknown)
    ('new', 5.0, 0)
    """
    candidates = network.table("candidates")
    if candidates is None or not len(candidates):
        return network, None, frozenset()
    tables = network.tables
    firms = tables["firms"]
    new = candidates.drop_duplicates("firm").reset_index(drop=True)
    sector = new["sector"] if "sector" in new else pd.Series(None, index=new.index, dtype="str")
    new = new.assign(sector=sector.where(sector.notna(), new["product"]))
    tables["firms"] = pd.concat([firms, new[[c for c in firms.columns if c in new]]], ignore_index=True)
    del tables["candidates"]
    if "spare_capacity" in candidates:
        spare = candidates.groupby("firm")["spare_capacity"].agg(lambda values: values.sum(skipna=False))
    else:
        spare = pd.Series(np.nan, index=new["firm"])
    outside = np.full(len(tables["firms"]), np.nan)
    given = spare.reindex(new["firm"]).to_numpy(dtype=np.float64)
    outside[len(firms) :] = np.where(np.isnan(given), 0.0, given)
    return Network(tables, network.metadata), outside, frozenset(new["firm"][np.isnan(given)].tolist())
