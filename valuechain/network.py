"""The network: immutable tables, CSR arrays and the one door between labels and positions. Nothing else."""

from __future__ import annotations

import copy
import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from valuechain.errors import DataWarning, Fault, InvalidDataError, UnknownNameError, suggestion
from valuechain.schema import TABLES, RawTable, check_metadata, check_tables, sum_repeated_links
from valuechain.schema.lookup import ids_by_name
from valuechain.values import column_bytes, facts_html

Index = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Network:
    """A value chain: firms, supply links and what else its tables hold. It never changes.

    Make one with :func:`valuechain.read`, :func:`valuechain.example` or :meth:`Network.from_tables`. The tables are
    returned as copies, the arrays are read-only. Positions 0, 1, 2 ... number firms and links in table order.

    Notes
    -----
    Matrices have suppliers in rows and buyers in columns (``docs/decisions/0001-orientation.md``).
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame], metadata: Mapping[str, Any]) -> None:
        """Take tables that have passed the checks; use :meth:`from_tables` for all others."""
        self._tables = {name: frame.copy(deep=False) for name, frame in tables.items()}
        self._metadata = copy.deepcopy({k: v for k, v in metadata.items() if k not in {"format", "decimal"}})
        self.derived: dict[str, Any] = {}
        """What functions above worked out of this network and may ask for again; never written, never compared."""

    @classmethod
    def from_tables(  # noqa: PLR0913 - one argument a table, names fixed
        cls,
        firms: pd.DataFrame,
        links: pd.DataFrame,
        *,
        essential: pd.DataFrame | None = None,
        clusters: pd.DataFrame | None = None,
        members: pd.DataFrame | None = None,
        products: pd.DataFrame | None = None,
        candidates: pd.DataFrame | None = None,
        needs: pd.DataFrame | None = None,
        offers: pd.DataFrame | None = None,
        name: str = "network",
        **metadata: Any,
    ) -> Network:
        """Return a checked network made from data frames.

        Parameters
        ----------
        firms
            One row a firm; must have ``firm`` and ``sector``.
        links
            One row a link; must have ``supplier``, ``buyer``, ``flow`` (currency per flow period).
        essential, clusters, members, products, candidates, needs, offers
            Optional tables of format 1, see ``docs/format.md``.
        name
            Name of the network.
        **metadata
            Further keys of network.toml: ``currency``, ``year``, ``essential_rule`` ...

        Raises
        ------
        InvalidDataError
            With every fault of every table.

        Examples
        --------
        >>> import pandas as pd
        >>> firms = pd.DataFrame({"firm": ["mill", "baker"], "sector": ["flour", "bread"]})
        >>> links = pd.DataFrame({"supplier": ["mill"], "buyer": ["baker"], "flow": [10.0]})
        >>> Network.from_tables(firms, links, name="bread", currency="kEUR").n_links
        1
        """
        frames = {
            "firms": firms,
            "links": links,
            "essential": essential,
            "clusters": clusters,
            "members": members,
            "products": products,
            "candidates": candidates,
            "needs": needs,
            "offers": offers,
        }
        raw = {n: RawTable(n, f.reset_index(drop=True)) for n, f in frames.items() if f is not None}
        return cls.from_raw(raw, {"format": 1, "name": name, **metadata})

    @classmethod
    def from_raw(
        cls,
        raw: Mapping[str, RawTable],
        metadata: Mapping[str, Any] | None,
        *,
        metadata_file: str = "network.toml",
        faults: Sequence[Fault] = (),
        stacklevel: int = 2,
    ) -> Network:
        """Return a checked network made from tables as read. Readers call this; it warns of what is odd.

        ``faults`` are those the reader found itself; ``metadata`` is None when one of them is that it is unreadable.
        """
        meta, found, notes = ({}, [], []) if metadata is None else check_metadata(metadata, metadata_file)
        found = [*faults, *found]
        sign = meta.get("decimal") if meta.get("decimal") in {".", ","} else None
        checked = check_tables(raw, decimal=sign)
        found += checked.faults
        if found:
            raise InvalidDataError(found)
        sum_repeated_links(checked, raw["links"].file)
        for note in [*notes, *checked.notes]:
            warnings.warn(note, DataWarning, stacklevel=stacklevel + 1)
        return cls(checked.tables, meta)

    def __reduce__(self) -> tuple[type[Network], tuple[dict[str, pd.DataFrame], dict[str, Any]]]:
        """Copy and pickle what the network is; arrays are worked out anew, since a pickle would thaw them."""
        return Network, (self._tables, self._metadata)

    # ---- tables

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The keys of network.toml but ``format``. Changing them changes nothing here."""
        return MappingProxyType(copy.deepcopy(self._metadata))

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a table by name, None when the network has none of that name. Changing it changes nothing here."""
        if name not in TABLES:
            raise UnknownNameError(f"no table is called '{name}'; {suggestion(name, TABLES)}")
        frame = self._tables.get(name)
        return None if frame is None else frame.copy(deep=False)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables of the network, by name."""
        return {name: frame.copy(deep=False) for name, frame in self._tables.items()}

    @property
    def firms(self) -> pd.DataFrame:
        """The firms, one row each, in table order."""
        return self._tables["firms"].copy(deep=False)

    @property
    def links(self) -> pd.DataFrame:
        """The links, one row each, in table order."""
        return self._tables["links"].copy(deep=False)

    @property
    def name(self) -> str:
        """Name of the network."""
        return str(self._metadata["name"])

    @property
    def currency(self) -> str:
        """Unit of all values, ``currency`` where the data do not say."""
        return str(self._metadata.get("currency", "currency"))

    @property
    def flow_period(self) -> str:
        """Period of every flow and value: ``year`` or ``day``."""
        return str(self._metadata.get("flow_period", "year"))

    @property
    def flow_unit(self) -> str:
        """Unit of flows, such as ``MEUR per year``."""
        return f"{self.currency} per {self.flow_period}"

    # ---- labels and positions

    @property
    def n_firms(self) -> int:
        """Number of firms."""
        return len(self._tables["firms"])

    @property
    def n_links(self) -> int:
        """Number of links."""
        return len(self._tables["links"])

    @property
    def firm_ids(self) -> npt.NDArray[np.object_]:
        """Ids of the firms by position."""
        return self._tables["firms"]["firm"].to_numpy(dtype=object)

    def positions(self, labels: Any) -> Index:
        """Return the position of each firm id: the only way from labels to arrays.

        Raises
        ------
        UnknownNameError
            When an id is not in firms; the message names all of them and the closest ids.
        """
        values = pa.array([str(v) for v in labels] if not isinstance(labels, pd.Series) else labels.astype("str"))
        found = pc.index_in(values.cast(pa.large_string()), value_set=self._id_values)
        positions = np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
        if (positions < 0).any():
            unknown = list(dict.fromkeys(str(values[k]) for k in np.flatnonzero(positions < 0)[:1000]))
            ids = ids_by_name(self._tables["firms"])
            lines = [
                f"firm '{u}' is not in network '{self.name}'; "
                f"{_named(ids.get(u.casefold())) or suggestion(u, self.firm_ids) or 'add it or drop it'}"
                for u in unknown[:20]
            ]
            if len(unknown) > 20:
                lines.append(f"and {len(unknown) - 20} more unknown firms")
            raise UnknownNameError("\n".join(lines))
        return positions

    @cached_property
    def _id_values(self) -> pa.Array:
        return pa.array(self._tables["firms"]["firm"], type=pa.large_string(), from_pandas=True)

    # ---- arrays in link order

    @cached_property
    def supplier(self) -> Index:
        """Position of the supplier of each link; shape (links,)."""
        return _frozen(self.positions(self._tables["links"]["supplier"]))

    @cached_property
    def buyer(self) -> Index:
        """Position of the buyer of each link; shape (links,)."""
        return _frozen(self.positions(self._tables["links"]["buyer"]))

    @cached_property
    def flow(self) -> Floats:
        """Flow of each link in ``flow_unit``; shape (links,)."""
        return _frozen(self._tables["links"]["flow"].to_numpy(dtype=np.float64).copy())

    @cached_property
    def sector(self) -> Index:
        """Position of each firm's sector in ``sectors``; shape (firms,)."""
        codes, _ = self._sector_codes
        return codes

    @property
    def sectors(self) -> npt.NDArray[np.object_]:
        """The sectors, sorted."""
        return self._sector_codes[1]

    @cached_property
    def _sector_codes(self) -> tuple[Index, npt.NDArray[np.object_]]:
        codes, labels = pd.factorize(self._tables["firms"]["sector"], sort=True)
        return _frozen(np.asarray(codes, dtype=np.int64)), _frozen(np.array(labels, dtype=object))

    @cached_property
    def _product_codes(self) -> tuple[Index, npt.NDArray[np.object_]]:
        sectors = self._tables["firms"]["sector"].to_numpy(dtype=object)
        links = self._tables["links"]
        if "product" not in links or links["product"].isna().all():
            used = np.zeros(len(self.sectors), dtype=bool)
            used[self.sector[self.supplier]] = True
            renumber = np.cumsum(used) - 1
            codes = renumber[self.sector[self.supplier]].astype(np.int64)
            return _frozen(codes), _frozen(self.sectors[used])
        named = links["product"]
        if named.isna().any():
            named = named.where(named.notna(), pd.Series(sectors[self.supplier], index=named.index, dtype="str"))
        codes, labels = pd.factorize(named, sort=True)
        return _frozen(np.asarray(codes, dtype=np.int64)), _frozen(np.array(labels, dtype=object))

    @property
    def product(self) -> Index:
        """Position of each link's product in ``products``; the supplier's sector where links name none."""
        return self._product_codes[0]

    @property
    def products(self) -> npt.NDArray[np.object_]:
        """The products bought in this network, sorted."""
        return self._product_codes[1]

    # ---- matrices and sums

    @property
    def matrix(self) -> sparse.csr_array:
        """Flows as a sparse matrix, suppliers in rows, buyers in columns, products added; shape (firms, firms)."""
        # A new object around the same read-only arrays: what a caller adds to it stays with the caller.
        made = self._matrix
        return sparse.csr_array((made.data, made.indices, made.indptr), shape=made.shape)

    @cached_property
    def _matrix(self) -> sparse.csr_array:
        shape = (self.n_firms, self.n_firms)
        matrix = sparse.csr_array(sparse.coo_array((self.flow, (self.supplier, self.buyer)), shape=shape))
        for part in (matrix.data, matrix.indices, matrix.indptr):
            part.flags.writeable = False
        return matrix

    @cached_property
    def sales(self) -> Floats:
        """Sales of each firm inside the network; shape (firms,)."""
        return _frozen(np.bincount(self.supplier, weights=self.flow, minlength=self.n_firms))

    @cached_property
    def purchases(self) -> Floats:
        """Purchases of each firm inside the network; shape (firms,)."""
        return _frozen(np.bincount(self.buyer, weights=self.flow, minlength=self.n_firms))

    @cached_property
    def fingerprint(self) -> str:
        """Hash of all tables and metadata: two networks with the same content have the same fingerprint."""
        digest = hashlib.sha256()
        for name in sorted(self._tables):
            frame = self._tables[name]
            digest.update(repr((name, list(frame.columns), len(frame))).encode())
            for column in frame.columns:
                values = frame[column]
                digest.update(str(column).encode() + b"\0" + str(values.dtype).encode() + b"\0")
                for part in column_bytes(values):
                    digest.update(part)
        digest.update(json.dumps(dict(self.metadata), sort_keys=True, default=repr).encode())
        return digest.hexdigest()

    def __eq__(self, other: object) -> bool:
        """Tell whether all tables (values, order of rows and columns) and metadata are the same."""
        if not isinstance(other, Network):
            return NotImplemented
        return (
            dict(self.metadata) == dict(other.metadata)
            and self._tables.keys() == other._tables.keys()
            and all(frame.equals(other._tables[name]) for name, frame in self._tables.items())
        )

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        return f"<Network '{self.name}': {self.n_firms:,} firms, {self.n_links:,} links>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: name, size, and where the data come from, safe and short."""
        facts = {"firms": f"{self.n_firms:,}", "links": f"{self.n_links:,}", "products": f"{len(self.products):,}"}
        facts |= {"value of all links": f"{self.flow.sum():,.4g} {self.flow_unit}"}
        facts |= {k: str(self._metadata[k]) for k in ("year", "source", "licence") if k in self._metadata}
        if self._metadata.get("synthetic"):
            facts["invented"] = "no figure in it describes a real firm"
        facts["fingerprint"] = self.fingerprint[:12]
        return facts_html(self.name, facts)


def _named(firm: str | None) -> str:
    return f"that is a name: write its id '{firm}'" if firm is not None else ""


def _frozen(array: Any) -> Any:
    array.flags.writeable = False
    return array
