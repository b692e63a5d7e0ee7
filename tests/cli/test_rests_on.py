"""What numbers rest on is told in words, at the end of every text."""

import pandas as pd

from valuechain.cli.output import parameter_lines
from valuechain.recommend.filters import Filters
from valuechain.results import Result


def test_choices_are_told_in_words():
    chosen = {"seed": None, "correlation": {"country": 0.1, "owner": 0.3}, "sectors": ("a", "b"), "slots": 20}
    result = Result(table=pd.DataFrame(), title="t", units={}, parameters=chosen, notes=())
    (line,) = parameter_lines(result)
    said = "Rests on: seed not given; correlation: country 0.1, owner 0.3; sectors: a, b; slots: 20."
    assert " ".join(line.split()) == said


def test_one_partner_is_no_partners():
    assert Filters(active=(("a", "p", "b"),)).words()["active"] == "1 partner left out"
    assert Filters(active=(("a", "p", "b"), ("c", "p", "b"))).words()["active"] == "2 partners left out"
