"""Networks for property tests: asymmetric, ids out of order and not ASCII, self loops, idle firms, several products."""

from __future__ import annotations

import warnings

import pandas as pd
from hypothesis import strategies as st

import valuechain as vc

LETTERS = "aZ09éß中-_ .жΩ"
COUNTRIES = ("DEU", "POL", "EST", None)


@st.composite
def tables(draw: st.DrawFn, max_firms: int = 9) -> dict[str, pd.DataFrame]:
    """Return firms, links and essential as tables, rows in no order."""
    words = st.text(LETTERS, min_size=1, max_size=4).map(str.strip).filter(bool)
    ids = draw(st.lists(words, min_size=2, max_size=max_firms, unique=True))
    n = len(ids)
    sectors = draw(st.lists(st.sampled_from(["s2", "s1", "s10", "ö"]), min_size=n, max_size=n))
    number = st.floats(0.01, 1000).map(lambda x: float(f"{x:.3g}"))
    optional = st.one_of(st.none(), number)
    firms = pd.DataFrame(
        {
            "firm": ids,
            "sector": sectors,
            "country": draw(st.lists(st.sampled_from(COUNTRIES), min_size=n, max_size=n)),
            "owner": draw(st.lists(st.sampled_from(["g", "h", None]), min_size=n, max_size=n)),
            "output": draw(st.lists(optional, min_size=n, max_size=n)),
            "size": draw(st.lists(number, min_size=n, max_size=n)),
        }
    ).astype({"country": "str", "owner": "str", "output": "float64"})
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.sampled_from([None, "p", "q"]))
    drawn = draw(st.lists(pairs, min_size=1, max_size=4 * n, unique=True))
    flows = draw(st.lists(st.one_of(number, st.just(0.0)), min_size=len(drawn), max_size=len(drawn)))
    links = pd.DataFrame(
        {
            "supplier": [ids[i] for i, _, _ in drawn],
            "buyer": [ids[j] for _, j, _ in drawn],
            "product": pd.Series([p for _, _, p in drawn], dtype="str"),
            "flow": flows,
        }
    )
    products = ["p", "q", "s1", "s2", "s10", "ö"]
    keys = st.tuples(st.sampled_from(products), st.sampled_from(products[2:]))
    chosen = draw(st.lists(st.tuples(keys, st.integers(0, 2)), max_size=12, unique_by=lambda x: x[0]))
    essential = pd.DataFrame(
        [(a, b, c) for (a, b), c in chosen] or [("p", "s1", 2)], columns=["input", "buyer_sector", "class"]
    )
    return {"firms": firms, "links": links, "essential": essential}


def network_from(given: dict[str, pd.DataFrame], **metadata: object) -> vc.Network:
    """Return the network of the tables; notes on odd data are no concern here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        return vc.Network.from_tables(**given, **metadata)


def shuffled(given: dict[str, pd.DataFrame], seed: int) -> dict[str, pd.DataFrame]:
    """Return the tables with their rows in another order."""
    return {name: frame.sample(frac=1, random_state=seed, ignore_index=True) for name, frame in given.items()}


def relabelled(given: dict[str, pd.DataFrame], names: dict[str, str]) -> dict[str, pd.DataFrame]:
    """Return the tables with firms called otherwise."""
    firms = given["firms"].assign(firm=given["firms"]["firm"].map(names))
    links = given["links"].assign(**{end: given["links"][end].map(names) for end in ("supplier", "buyer")})
    return {**given, "firms": firms, "links": links}


def scaled(given: dict[str, pd.DataFrame], factor: float) -> dict[str, pd.DataFrame]:
    """Return the tables in another currency."""
    firms = given["firms"].assign(output=given["firms"]["output"] * factor, size=given["firms"]["size"] * factor)
    return {**given, "firms": firms, "links": given["links"].assign(flow=given["links"]["flow"] * factor)}
