"""What the measures of centrality are computed on: flows with the links between two firms added up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from valuechain.errors import Fault, InvalidDataError
from valuechain.network import Floats, Index, Network


@dataclass(frozen=True, eq=False)
class Trade:
    """The flows of a network above zero, suppliers in rows, each pair of firms once.

    ``accounts`` has shape (firms, firms) and what firms supply to themselves, as accounts of output do; ``others``
    leaves that out, since nobody else hangs on it.
    """

    network: Network

    @cached_property
    def accounts(self) -> sparse.csr_array:
        """All flows; shape (firms, firms)."""
        made = sparse.csr_array(self.network.matrix.copy())
        made.eliminate_zeros()
        return made

    @cached_property
    def others(self) -> sparse.csr_array:
        """Flows to others; shape (firms, firms)."""
        made = self.accounts.tocoo()
        kept = made.row != made.col
        shape = made.shape
        return sparse.csr_array(sparse.coo_array((made.data[kept], (made.row[kept], made.col[kept])), shape=shape))

    @cached_property
    def ends(self) -> tuple[Index, Index]:
        """Supplier and buyer of each pair of firms, in the order of ``others.data``."""
        made = self.others.tocoo()
        return made.row.astype(np.int64), made.col.astype(np.int64)

    @cached_property
    def length(self) -> Floats:
        """Length of each pair, mean flow / flow: a pair with the mean flow is 1 long, one with ten times that 0.1."""
        flow = self.others.data
        # A flow of next to nothing is as long as a number can well be added up.
        return flow.mean() / np.maximum(flow, flow.mean() * 1e-100) if len(flow) else flow

    @cached_property
    def graph(self) -> Any:
        """The pairs as a directed igraph graph, in the order of ``ends``."""
        import igraph  # noqa: PLC0415 - slow to import, and most measures do without

        edges = np.column_stack(self.ends)
        return igraph.Graph(n=self.network.n_firms, edges=edges, directed=True)

    @cached_property
    def by_id(self) -> Index:
        """Positions of the firms in the order of their ids; shape (firms,)."""
        return np.argsort(self.network.firm_ids.astype(str), kind="stable")


def trade_of(network: Network) -> Trade:
    """Return the flows of a network.

    Raises
    ------
    InvalidDataError
        When there is no link with a flow above zero.
    """
    if not (network.flow > 0).any():
        problem = "has no link with a flow above zero" if network.n_links else "has no links"
        remedy = "centrality is about who supplies whom: give at least one link with its flow"
        raise InvalidDataError([Fault(file="links", problem=problem, remedy=remedy)])
    return Trade(network)
