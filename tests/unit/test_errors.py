"""Errors: they refine built-ins, carry exit codes, and say what, where and what to do."""

from __future__ import annotations

import inspect
import re
import time

import pytest

from valuechain import errors
from valuechain.errors import Fault, InvalidDataError, ValueChainError, ValueChainWarning, closest, shown, suggestion

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__]
ERRORS = [c for c in CLASSES if issubclass(c, ValueChainError) and c is not ValueChainError]
WARNINGS = [c for c in CLASSES if issubclass(c, Warning) and c is not ValueChainWarning]


@pytest.mark.parametrize("error", ERRORS)
def test_errors_refine_a_builtin_and_have_an_exit_code(error):
    others = [b for b in error.__mro__ if b.__module__ == "builtins" and b not in {Exception, BaseException, object}]
    assert others
    assert error.exit_code in {1, 2, 3}


@pytest.mark.parametrize("warning", WARNINGS)
def test_warnings_are_ours(warning):
    assert issubclass(warning, ValueChainWarning)
    assert issubclass(warning, UserWarning)


def test_exit_codes_are_fixed():
    assert {c.name: int(c) for c in errors.ExitCode} == {
        "DONE": 0,
        "FAILED": 1,
        "USAGE": 2,
        "BAD_DATA": 3,
        "INTERRUPTED": 130,
    }


def test_messages_of_lookup_errors_are_not_quoted():
    assert str(errors.UnknownNameError("no such 'x'")) == "no such 'x'"
    assert str(errors.UnknownNameError()) == ""


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"row": 214, "column": "buyer", "value": "F17"}, "links.csv row 214: buyer 'F17' is bad; fix it"),
        ({"column": "buyer"}, "links.csv: buyer is bad; fix it"),
        ({"value": "F17"}, "links.csv: 'F17' is bad; fix it"),
        ({}, "links.csv: is bad; fix it"),
        ({"row": 2}, "links.csv row 2: is bad; fix it"),
    ],
)
def test_faults_say_where_what_and_the_remedy(given, text):
    assert str(Fault(file="links.csv", problem="is bad", remedy="fix it", **given)) == text


def test_values_are_shown_on_one_line():
    assert shown("a\nb\x1b[31m") == "'a\\x0ab\\x1b[31m'"
    assert shown("x" * 100) == f"'{'x' * 60}...'"
    assert shown("Örebro 中") == "'Örebro 中'"


def test_many_faults_of_a_kind_are_counted_and_all_kept():
    many = [Fault(file="f", row=k, column="c", problem="is bad", remedy="r") for k in range(50)]
    other = Fault(file="f", row=99, column="d", problem="is bad", remedy="r")
    error = InvalidDataError([*many, other])
    lines = str(error).splitlines()
    assert len(lines) == errors.SHOWN_PER_KIND + 2
    assert re.search(r"30 more rows where c is bad", lines[-1])
    assert str(other) in lines
    assert len(error.faults) == 51


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("suplier", ["supplier", "buyer"], ["supplier"]),
        (" Buyer ", ["supplier", "buyer"], ["buyer"]),
        ("zzz", ["supplier", "buyer"], []),
        ("", ["supplier"], []),
        ("x" * 200, ["x" * 199], []),
        ("ÅSA", ["åsa"], ["åsa"]),
    ],
)
def test_closest(word, known, expected):
    assert closest(word, known) == expected


def test_closest_among_many_ids_is_quick():
    ids = [f"F{k:06d}" for k in range(200_000)]
    started = time.perf_counter()
    assert closest("F00123", ids)  # one letter less
    assert closest("F0012345", ids)  # one letter more
    assert closest("F100032", ids) == ["F100032"]
    assert time.perf_counter() - started < 5


def test_suggestions_read_as_a_question():
    assert suggestion("F17", ["F17 "]) == "did you mean 'F17 '?"
    assert suggestion("sector", ["vector", "sektor"]) in {
        "did you mean 'vector' or 'sektor'?",
        "did you mean 'sektor' or 'vector'?",
    }
    assert suggestion("q", ["supplier"]) == ""
