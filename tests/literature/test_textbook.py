"""Miller and Blair (2009), Input-Output Analysis, 2nd edition: orientation and alignment against printed figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import valuechain as vc

pytestmark = pytest.mark.filterwarnings("ignore:.*itself:valuechain.errors.DataWarning")  # sectors buy from themselves


def coefficients(network: vc.Network) -> np.ndarray:
    """Return A: what a buyer (column) needs of each supplier (row) per unit of its output."""
    return network.matrix.toarray() / network.firms["output"].to_numpy()


def test_two_sectors_chapter_2():
    # Sec. 2.2: Z = [[150, 500], [200, 100]], f = (350, 1700), x = (1000, 2000); new f = (600, 1500).
    network = vc.example("textbook")
    at = network.positions(["sector_1", "sector_2"])
    assert at.tolist() != [0, 1]  # the rows are out of order on purpose
    a = coefficients(network)[np.ix_(at, at)]
    assert a == pytest.approx(np.array([[0.15, 0.25], [0.20, 0.05]]))
    inverse = np.linalg.inv(np.eye(2) - a)
    assert inverse == pytest.approx(np.array([[1.2541, 0.3300], [0.2640, 1.1221]]), abs=5e-5)
    assert inverse @ [600, 1500] == pytest.approx([1247.5, 1841.6], abs=0.05)
    assert inverse.sum(axis=0) == pytest.approx([1.5182, 1.4521], abs=5e-5)
    output, final = network.firms["output"].to_numpy()[at], network.firms["final_demand"].to_numpy()[at]
    assert inverse @ final == pytest.approx(output)
    assert network.sales[at] + final == pytest.approx(output)
    assert network.purchases[at].tolist() == [350, 600]


def test_seven_sectors_table_2_7():
    # Table 2.7 (p. 29): the 2003 US domestic direct requirements matrix.
    network = vc.example("textbook_us2003")
    published = network.links["published_a"].to_numpy()
    a = coefficients(network)
    assert a[network.supplier, network.buyer] == pytest.approx(published, abs=1e-9)
    assert np.count_nonzero(a) == network.n_links == 48
    names = dict(zip(network.firms["firm"], network.firms["name"], strict=True))
    at = {name.split(",")[0].split(" ")[0]: network.positions([firm])[0] for firm, name in names.items()}
    assert a[at["Services"], at["Mining"]] == pytest.approx(0.1668)
    assert a[at["Mining"], at["Services"]] == pytest.approx(0.0001)
    assert a[at["Agriculture"], at["Mining"]] == 0


def test_seven_sectors_multipliers():
    # graphs/textbook_us2003/README.md, computed from the four-digit coefficients of Table 2.7.
    network = vc.example("textbook_us2003")
    inverse = np.linalg.inv(np.eye(7) - coefficients(network))
    order = ["Agriculture", "Mining", "Construction", "Manufacturing", "Trade", "Services", "Other"]
    firsts = network.firms["name"].str.split("[, ]", regex=True).str[0]
    at = pd.Series(np.arange(7), index=firsts).loc[order].to_numpy()
    multipliers = [1.9190, 1.6051, 1.7217, 1.9248, 1.4868, 1.6078, 1.5986]
    assert inverse.sum(axis=0)[at] == pytest.approx(multipliers, abs=5e-5)
    final = np.zeros(7)
    final[at[0]], final[at[3]] = 1.2, 6.8
    assert (inverse @ final)[at] == pytest.approx([1.9047, 0.2437, 0.0527, 9.3998, 1.2417, 2.2706, 0.2783], abs=5e-5)
