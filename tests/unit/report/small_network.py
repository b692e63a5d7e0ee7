"""A small network with all that a page shows, and what a page holds."""

import re
import warnings

import numpy as np
import pandas as pd

from valuechain.errors import DataWarning
from valuechain.network import Network


def tables(n=40, m=160, seed=0):
    random = np.random.default_rng(seed)
    ids = [f"F{k:03d}" for k in range(n)]
    firms = pd.DataFrame(
        {
            "firm": ids,
            "name": [f"Firm number {k}" for k in range(n)],
            "sector": random.choice(["10", "20", "30"], n),
            "country": random.choice(["LVA", "EST", "FIN"], n),
            "output": random.lognormal(5, 1, n).round(2),
        }
    )
    ends = pd.DataFrame({"supplier": random.choice(ids[:-2], m), "buyer": random.choice(ids[:-2], m)}).drop_duplicates()
    return firms, ends.assign(flow=random.lognormal(2, 1, len(ends)).round(3))


def network(firms, links, **metadata):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        known = {"name": "test", "essential_rule": "all", "currency": "kEUR"}
        return Network.from_tables(firms, links, **known | metadata)


def small_network():
    return network(*tables(), year=2025, synthetic=True, source="made up", licence="MIT")


def blob_of(text):
    return re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL).group(1)
