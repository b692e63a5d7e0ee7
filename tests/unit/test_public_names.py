"""Public names resolve, and the examples of docstrings run."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
import warnings

import pytest

import valuechain as vc

OPTIONAL = {"pymrio"}
"""Packages of extras: a module that needs one may be missing here."""


def module_names() -> list[str]:
    return ["valuechain", *(m.name for m in pkgutil.walk_packages(vc.__path__, "valuechain."))]


def loaded(name: str):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in OPTIONAL:
            raise
        return pytest.skip(f"{name} needs the optional package {error.name}")


@pytest.mark.parametrize("name", vc.__all__)
def test_public_names_resolve(name):
    value = getattr(vc, name)
    assert value is not None
    assert name in dir(vc)
    if inspect.isfunction(value) or inspect.isclass(value):
        assert value.__name__ == name
        assert value.__module__.startswith("valuechain.")
        assert inspect.getdoc(value)


def test_names_are_listed_once_and_sorted():
    assert len(set(vc.__all__)) == len(vc.__all__)
    assert {"Network", "Scenario", "Shock", "Cascade", "read", "write", "example", "diagnose", "cascade"} <= set(
        vc.__all__
    )
    assert {"systemic_risk", "concentration", "read_scenario", "show", "write_html", "write_report"} <= set(
        vc.__all__
    )  # api.md


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no_such_name"):
        vc.no_such_name  # noqa: B018


@pytest.mark.parametrize(
    "first", ["valuechain.models.cascade", "valuechain.analysis.concentration", "valuechain.analysis.overview"]
)
def test_a_submodule_of_the_same_name_hides_no_function(first):
    name = first.rsplit(".", 1)[1]
    script = f"import {first}, valuechain; assert callable(valuechain.{name}), type(valuechain.{name})"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_public_functions_take_options_by_keyword_only():
    """Everything with a default is keyword-only (house style)."""
    wrong = []
    for name in vc.__all__:
        value = getattr(vc, name)
        if inspect.isfunction(value):
            parameters = inspect.signature(value).parameters.values()
            wrong += [
                f"{name}({p.name})" for p in parameters if p.default is not p.empty and p.kind is not p.KEYWORD_ONLY
            ]
    assert wrong == []


@pytest.mark.parametrize("name", module_names())
def test_examples_of_docstrings_run(name, monkeypatch, tmp_path):
    module = loaded(name)
    monkeypatch.chdir(tmp_path)  # examples may write
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    finder, runner = doctest.DocTestFinder(exclude_empty=True), doctest.DocTestRunner(optionflags=flags, verbose=False)
    said: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        for test in finder.find(module):
            runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)


def test_public_functions_have_an_example():
    without = [
        name
        for name in vc.__all__
        if inspect.isfunction(getattr(vc, name)) and ">>>" not in (inspect.getdoc(getattr(vc, name)) or "")
    ]
    assert set(without) <= {"write"}  # it needs a place to write to
