"""Networks from networks: leave firms out, add links, take a part, add firms up. Each returns a new network."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import DataWarning, ModelWarning, ParameterError, UnknownNameError, suggestion, warn_caller
from valuechain.network import Network

_SUMMED = ("output", "final_demand", "revenue", "costs", "capacity", "employees")


def without(network: Network, firms: Iterable[str]) -> Network:
    """Return the network without some firms, their links, memberships, needs and offers.

    Examples
    --------
    >>> import valuechain as vc
    >>> without(vc.example("textbook"), ["sector_2"]).n_links
    1
    """
    kept = np.ones(network.n_firms, dtype=bool)
    kept[network.positions(list(firms))] = False
    return _part(network, kept)


def subnetwork(network: Network, firms: Iterable[str]) -> Network:
    """Return the network of some firms and the links among them.

    Purchases from firms left out are gone: what is essential is judged on what remains.

    Examples
    --------
    >>> import valuechain as vc
    >>> subnetwork(vc.example("textbook"), ["sector_2"]).n_firms
    1
    """
    kept = np.zeros(network.n_firms, dtype=bool)
    kept[network.positions(list(firms))] = True
    return _part(network, kept)


def _part(network: Network, kept: npt.NDArray[np.bool_]) -> Network:
    if not kept.any():
        raise ParameterError("no firm would be left; name fewer firms to leave out")
    tables = network.tables
    ids = tables["firms"]["firm"][kept]
    left_out = tables["firms"]["firm"][~kept]
    tables["firms"] = tables["firms"][kept].reset_index(drop=True)
    tables["links"] = tables["links"][kept[network.supplier] & kept[network.buyer]].reset_index(drop=True)
    if len(tables["links"]) == 0:
        raise ParameterError("no link would be left between these firms; take more firms")
    if "members" in tables:
        tables["members"] = tables["members"][tables["members"]["firm"].isin(ids)].reset_index(drop=True)
    for name in ("needs", "offers"):
        if name in tables:
            tables[name] = tables[name][~tables[name]["firm"].isin(left_out)].reset_index(drop=True)
    for name in ("members", "needs", "offers"):
        if name in tables and len(tables[name]) == 0:
            del tables[name]
    return Network(tables, network.metadata)


def with_links(network: Network, links: Any) -> Network:
    """Return the network with more links; rows with the supplier, buyer and product of a link add to its flow.

    Suggested partners (rows with ``candidate, product, buyer, flow``) take over a part of their buyer's need: what it
    buys of the product stays the same, and its present suppliers deliver less of it, all by the same part. Several for
    one need together leave the present suppliers an equal part (n new beside m present ones take over at most
    n / (m + n) of the need; one alone its ``flow`` as given, at most the whole need), and a candidate gives all its
    buyers together no more than it has to spare (``spare``, else ``capacity`` less ``output``, else not known and not
    limited): flows are scaled down, with a warning.

    Parameters
    ----------
    network
        The value chain.
    links
        Columns as in links: ``supplier, buyer, flow`` and any others; or suggestions: the result of
        :func:`valuechain.partners` or another with such a table, its table, or rows of it. Suppliers may be
        candidates: they become firms.

    Raises
    ------
    InvalidDataError
        With every fault of the new rows.
    ParameterError
        When suggestions do not say which flow, or ``links`` is no table.
    UnknownNameError
        When the buyer of a suggestion does not buy the product.

    Warns
    -----
    ModelWarning
        Where flows of suggestions are scaled down, or a suggestion is a link already, as when added twice.

    Examples
    --------
    >>> import pandas as pd, valuechain as vc
    >>> more = pd.DataFrame({"supplier": ["sector_1"], "buyer": ["sector_2"], "product": ["new"], "flow": [5.0]})
    >>> with_links(vc.example("textbook"), more).n_links
    5
    """
    tables = network.tables
    links = rows_given(links, "links")
    if "candidate" in links:
        links, tables["links"] = _taken_over(network, links)
    taken = _taken_candidates(network, links)
    if taken is not None:
        tables["firms"], tables["candidates"] = taken
        if len(tables["candidates"]) == 0:
            del tables["candidates"]
    added = links.reset_index(drop=True)
    tables["links"] = pd.concat([tables["links"], added], ignore_index=True)
    metadata = dict(network.metadata)
    with warnings.catch_warnings():
        # What is odd in the network was said when it was read.
        warnings.simplefilter("ignore", DataWarning)
        return Network.from_tables(**{**tables, **metadata})


def rows_given(given: Any, name: str) -> pd.DataFrame:
    """Return the rows of a data frame or of a result; refuse what is neither."""
    rows = getattr(given, "suggestions", getattr(given, "table", given))
    if not isinstance(rows, pd.DataFrame):
        what = "give a data frame, such as rows of the table of partners, or a result"
        raise ParameterError(f"{name} are a {type(given).__name__}, no table; {what}")
    return rows


def _taken_over(network: Network, suggestions: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return suggestions as links, and the network's links with what they take over taken off."""
    lacks = [c for c in ("product", "buyer", "flow") if c not in suggestions]
    if lacks:
        raise ParameterError(f"the suggestions have no column {', '.join(lacks)}; take rows of the table of partners")
    links = network.links
    need = pd.Series(network.products[network.product], index=links.index, dtype="str")
    keys = pd.MultiIndex.from_arrays([links["buyer"], need])
    added = suggestions[["candidate", "buyer", "product", "flow"]].rename(columns={"candidate": "supplier"})
    added = added.reset_index(drop=True).astype(dict.fromkeys(("supplier", "buyer", "product"), "str"))
    _refuse_not_bought(network, added, keys)
    bought = links["flow"].groupby(keys).sum()
    _warn_of_links(network, added, keys)
    added["flow"] *= _part_of_need(network, added, pd.Series(links["supplier"].to_numpy(), index=keys), bought)
    added["flow"] *= _part_of_spare(network, added, suggestions)
    added = added[added["flow"] != 0].reset_index(drop=True)
    taken = added.groupby(["buyer", "product"])["flow"].sum().reindex(keys).fillna(0.0).to_numpy()
    present = bought.reindex(keys).to_numpy()
    part = np.divide(np.minimum(taken, present), present, out=np.zeros_like(present), where=present > 0)
    return added, links.assign(flow=links["flow"] * (1 - part))


def _refuse_not_bought(network: Network, added: pd.DataFrame, bought: pd.MultiIndex) -> None:
    """Refuse suggestions of what their buyer does not buy: there is no need to take over a part of."""
    known = added["buyer"].isin(network.firms["firm"])
    strange = known & ~pd.MultiIndex.from_frame(added[["buyer", "product"]]).isin(bought)
    lines = []
    for buyer, product in added.loc[strange, ["buyer", "product"]].drop_duplicates().itertuples(index=False):
        own = sorted(set(bought.get_level_values(1)[bought.get_level_values(0) == buyer]))
        remedy = suggestion(product, own) or f"it buys {', '.join(own[:5]) or 'nothing'}"
        lines.append(f"product '{product}' is not bought by buyer '{buyer}'; {remedy}")
    if lines:
        raise UnknownNameError("\n".join(lines))


def _warn_of_links(network: Network, added: pd.DataFrame, keys: pd.MultiIndex) -> None:
    """Warn of suggestions that deliver already: their flow comes on top, also when they are added by mistake twice."""
    links = network.links.loc[network.flow > 0, ["supplier"]]
    names = [(s, *key) for s, key in zip(links["supplier"], keys[network.flow > 0], strict=True)]
    known = pd.MultiIndex.from_frame(added[["supplier", "buyer", "product"]]).isin(names)
    if known.any():
        words = [f"{r.supplier} for {r.product} of {r.buyer}" for r in added[known].itertuples()]
        warn_caller(f"a link already, and the flow comes on top of what it delivers: {_first(words)}", ModelWarning)


def _part_of_need(
    network: Network, added: pd.DataFrame, present: pd.Series, bought: pd.Series
) -> npt.NDArray[np.float64]:
    """Return the part of its flow that each suggestion gets, so that several for one need leave present suppliers some.

    One takes over what it asks for, at most the whole need. Of n beside m present suppliers all together take over at
    most n / (m + n) of the need, so that the present ones keep an equal part. Shape (suggestions,).
    """
    part = np.ones(len(added))
    held: list[str] = []
    needs: dict[tuple[str, str], float] = dict(zip(bought.index, bought.tolist(), strict=True))
    for key, rows in added.groupby(["buyer", "product"]):
        if key not in needs:
            continue
        new = set(rows["supplier"])
        old = set(present[present.index == key]) - new
        most = needs[key] * (len(new) / (len(new) + len(old)) if len(new) > 1 else 1.0)
        asked = float(rows["flow"].sum())
        if asked > most * (1 + 1e-9):
            part[rows.index] = most / asked
            held.append(f"{key[1]} of {key[0]} ({asked:,.4g} to {most:,.4g} {network.flow_unit})")
    if held:
        warn_caller(
            "suggestions for one need are scaled down, so that they take over no more than the need and present "
            f"suppliers keep an equal part beside several: {_first(held)}",
            ModelWarning,
        )
    return part


def _part_of_spare(network: Network, added: pd.DataFrame, suggestions: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the part of its flow that each suggestion gets, so that no candidate gives away its capacity twice."""
    spare = suggestions["spare"].to_numpy(dtype=np.float64) if "spare" in suggestions else np.full(len(added), np.nan)
    firms = network.firms.set_index("firm")
    if {"capacity", "output"} <= set(firms):
        own = (firms["capacity"] - firms["output"]).clip(lower=0.0).reindex(added["supplier"]).to_numpy()
        spare = np.where(np.isnan(spare), own, spare)
    # What an outside candidate has to spare is said by product.
    inside = added["supplier"].isin(network.firms["firm"]).to_numpy(dtype=bool)
    pool = pd.MultiIndex.from_arrays([added["supplier"], added["product"].where(inside == 0, "")])
    asked = added["flow"].groupby(pool).transform("sum").to_numpy()
    spare = pd.Series(spare).groupby(pool).transform("max").to_numpy()
    # Unknown is not zero: nothing is taken off where nobody says what is to spare.
    over = asked > spare * (1 + 1e-9)
    part = np.divide(spare, asked, out=np.ones(len(added)), where=over)
    if over.any():
        rows = added.assign(asked=asked, spare=spare)[over].drop_duplicates("supplier")
        words = [
            f"{r.supplier} has {r.spare:,.4g} to spare and is asked for {r.asked:,.4g} {network.flow_unit}"
            for r in rows.itertuples()
        ]
        warn_caller(f"no capacity is given out twice, flows are scaled down: {_first(words)}", ModelWarning)
    return part


def _first(words: list[str], count: int = 3) -> str:
    return "; ".join(words[:count]) + (f" and {len(words) - count:,} more" if len(words) > count else "")


def _taken_candidates(network: Network, links: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Return firms with the candidates that the new links use, and the candidates that remain."""
    candidates = network.table("candidates")
    if candidates is None or "supplier" not in links:
        return None
    used = candidates["firm"].isin(links["supplier"].astype("str"))
    if not used.any():
        return None
    new = candidates[used].drop_duplicates("firm").copy()
    sector = new["sector"] if "sector" in new else pd.Series(np.nan, index=new.index, dtype="str")
    new["sector"] = sector.where(sector.notna(), new["product"])
    shared = [c for c in network.firms.columns if c in new]
    firms = pd.concat([network.firms, new[shared]], ignore_index=True)
    return firms, candidates[~candidates["firm"].isin(new["firm"])].reset_index(drop=True)


def aggregate(network: Network, *, by: Literal["cluster", "country", "sector", "owner", "region"]) -> Network:
    """Return the network with the firms of one cluster, country, sector, owner or region added up to one.

    Flows inside a group become a link to itself. A firm in several clusters counts in each with an equal part, so that
    totals stay. Firms without the value stay as they are. Sums of partly unknown values stay unknown.

    Parameters
    ----------
    network
        The value chain.
    by
        Column of firms, or ``cluster`` for the memberships.

    Returns
    -------
    Network
        Firms are the groups (``kind`` is industry); products are kept.

    Examples
    --------
    >>> import valuechain as vc
    >>> aggregate(vc.example("textbook"), by="sector").n_firms
    2
    """
    share = _membership(network, by)
    labels = sorted(share["group"].unique())
    firms = _added_firms(network, share, labels)
    links = network.links.assign(product=network.products[network.product])
    rows = links[["supplier", "buyer", "product", "flow"]]
    for end in ("supplier", "buyer"):
        part = share.rename(columns={"firm": end, "group": f"{end}_group", "part": f"{end}_part"})
        rows = rows.merge(part, on=end)
    rows["flow"] = rows["flow"] * rows["supplier_part"] * rows["buyer_part"]
    groups = ["supplier_group", "buyer_group", "product"]
    rows = rows.groupby(groups, as_index=False).agg(flow=("flow", "sum"))
    rows = rows.rename(columns={"supplier_group": "supplier", "buyer_group": "buyer"})
    metadata = {**network.metadata, "name": f"{network.name} by {by}"}
    essential = network.table("essential") if by == "sector" else None
    if by != "sector":
        # What is essential was said by sector of the buyer, which a mixed group no longer has: nothing is said then,
        # and an analysis warns of its default.
        metadata.pop("essential_rule", None)
        metadata.pop("default_class", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return Network.from_tables(firms, rows, essential=essential, products=network.table("products"), **metadata)


def _membership(network: Network, by: str) -> pd.DataFrame:
    """Return firm, group and the part of the firm that counts in the group; parts of a firm add to 1."""
    firms = network.firms
    if by == "cluster":
        members = network.table("members")
        if members is None:
            raise UnknownNameError(f"network '{network.name}' has no members table; add it to use by='cluster'")
        share = members[["firm", "cluster"]].rename(columns={"cluster": "group"})
    elif by in {"country", "sector", "owner", "region"}:
        if by not in firms:
            raise UnknownNameError(f"firms of network '{network.name}' has no column '{by}'; add it")
        share = firms[["firm", by]].rename(columns={by: "group"}).dropna()
    else:
        known = ("cluster", "country", "sector", "owner", "region")
        raise ParameterError(f"by '{by}' is not known; {suggestion(by, known) or 'write ' + ', '.join(known)}")
    alone = firms.loc[~firms["firm"].isin(share["firm"]), ["firm"]]
    taken = set(share["group"])
    single = [f"{f} (firm)" if f in taken else f for f in alone["firm"]]
    share = pd.concat([share, alone.assign(group=single)], ignore_index=True)
    share["part"] = 1.0 / share.groupby("firm")["firm"].transform("size")
    return share.astype({"firm": "str", "group": "str"})


def _added_firms(network: Network, share: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    firms = network.firms.merge(share, on="firm")
    grouped = firms.groupby("group")
    added: dict[str, Any] = {"firm": labels}
    sectors = grouped["sector"].agg(_only_value).reindex(labels)
    added["sector"] = sectors.where(sectors.notna(), "mixed").to_numpy()
    if "country" in firms:
        same = grouped["country"].agg(_only_value)
        added["country"] = same.reindex(labels).to_numpy()
    for column in _SUMMED:
        if column in firms:
            parts = (firms[column] * firms["part"]).groupby(firms["group"]).agg(lambda s: s.sum(skipna=False))
            added[column] = parts.reindex(labels).to_numpy()
    added["kind"] = "industry"
    return pd.DataFrame(added).astype({"sector": "str"})


def _only_value(values: pd.Series) -> object:
    """Return the value all rows have, missing where they differ or any is missing."""
    distinct = values.drop_duplicates()
    return distinct.iloc[0] if len(distinct) == 1 else np.nan
