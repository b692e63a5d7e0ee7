"""The words of the report: codes are told as words, millions of thousands as billions, English notes stand apart."""

import warnings

import pandas as pd
import pytest

from valuechain.analysis.diagnose import diagnose
from valuechain.errors import ValueChainWarning
from valuechain.network import Network
from valuechain.report.document.build import report_text
from valuechain.report.document.remarks import in_words, worded
from valuechain.report.document.telling import Telling, catalogue
from valuechain.report.words import unscaled

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


@pytest.fixture(scope="module")
def chain():
    """Return a chain whose only battery maker has a code for an id."""
    firms = pd.DataFrame(
        {
            "firm": ["pl_7", "FI-007", "EE-1", "a"],
            "name": ["Buses", "Cells Ltd", "Salts", "Aiming"],
            "sector": ["29", "27", "20", "20"],
            "country": ["POL", "FIN", "EST", "POL"],
            "output": [9_000.0, 700.0, 60.0, 5.0],
        }
    )
    links = pd.DataFrame(
        {
            "supplier": ["FI-007", "EE-1", "a"],
            "buyer": ["pl_7", "FI-007", "pl_7"],
            "product": ["battery_cell", "salt", "glue"],
            "flow": [1_340_000.0, 50.0, 2.0],
        }
    )
    products = pd.DataFrame({"product": ["battery_cell", "salt"], "name": ["Battery cell", "Salt"]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ValueChainWarning)
        return Network.from_tables(firms, links, products=products, name="Cells", currency="kEUR")


@pytest.fixture(scope="module")
def telling(chain):
    return Telling(network=chain, words=catalogue("en"))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("have an hhi above 0.4", "have an HHI above 0.4"),
        ("Most: battery_cell, where FI-007 has 100%.", "Most: Battery cell, where Cells Ltd has 100%."),
        ("where FIN has 100%", "where Finland has 100%"),
        ("index_down: because; index_up: so", "Buyers lack inputs: because; Suppliers lack customers: so"),
        ("(time_to_survive below time_to_recover)", "(time to survive below time to recover)"),
        ("give no recovery_days", "give no recovery days"),
        # An id behind a name of a firm stays, one of a product is said already.
        ("Cells Ltd (FI-007) of Battery cell (battery_cell)", "Cells Ltd (FI-007) of Battery cell"),
        # What could be a word, or is a part of one, is left as it is.
        ("a salt of FI-0071 and my_own, FINISH", "a salt of FI-0071 and my_own, FINISH"),
        ("<b>hhi</b> a/battery_cell", "<b>HHI</b> a/battery_cell"),
    ],
)
def test_codes_become_words(telling, code, words):
    assert in_words(telling, code) == words


def test_hints_for_programmers_are_left_out(telling):
    note = "It counts sales: buyers look larger. To count all take revenue='output' (--revenue output)."
    assert worded(telling, note) == "It counts sales: buyers look larger."


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [
        ("kEUR per year", (1e3, "EUR per year")),
        ("MUSD", (1e6, "USD")),
        ("EUR per year", (1.0, "EUR per year")),
        ("kg", (1.0, "kg")),
        ("k<b>X</b>", (1.0, "k<b>X</b>")),
    ],
)
def test_units_of_money_are_undone(unit, wanted):
    assert unscaled(unit) == wanted


def test_millions_of_thousands_are_billions(telling):
    assert telling.amount(1_340_052.0, "kEUR per year") == "1.34 billion EUR per year"
    assert telling.amount(948_479.0, "kEUR per year") == "948,479 kEUR per year"
    assert telling.amount(1_340_052.0, "tonnes") == "1.34 million tonnes"


@pytest.mark.parametrize("language", ["de", "lv"])
def test_in_another_language_english_sentences_stand_in_one_section(chain, language):
    text = report_text(chain, [diagnose(chain)], language)
    before, apart = text.split('<section id="remarks"')
    apart, after = apart.split("</section>", 1)
    assert 'lang="en"' in apart
    assert "HHI: sum of squared shares" in apart
    assert "where Finland has 100%" in apart
    for part in (before, after):
        assert 'lang="en"' not in part
        assert "sum of squared shares" not in part
    english = report_text(chain, [diagnose(chain)], "en")
    assert 'id="remarks"' not in english
    assert "sum of squared shares" in english
    for code in ("hhi:", "index_up", "battery_cell,", "revenue=&#39;"):
        assert code not in english
