"""Where a value chain would break, what a disruption would do to it, and which new partners would help.

Public names are loaded on first use, so that ``import valuechain`` and ``valuechain --help`` are quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from valuechain.version import __version__

_HOME = {
    "Ario": "models.ario",
    "Cascade": "models.cascade",
    "InvalidDataError": "errors",
    "Inventory": "models.inventory",
    "Network": "network",
    "Scenario": "scenario",
    "Shock": "scenario",
    "ValueChainError": "errors",
    "ValueChainWarning": "errors",
    "alternatives": "recommend.alternatives",
    "attack_curve": "analysis.attack_curve",
    "cascade": "models.cascade",
    "cascades": "models.cascade_batch",
    "centrality": "analysis.centrality",
    "choose": "recommend.choose",
    "compare_ensembles": "analysis.compare_ensembles",
    "compare": "analysis.compare_runs",
    "concentration": "analysis.concentration",
    "cost_front": "recommend.cost_front",
    "country_single_points": "analysis.country_points",
    "cut_sets": "analysis.cut_sets",
    "critical": "analysis.critical",
    "dependency": "analysis.dependency",
    "diagnose": "analysis.diagnose",
    "edit": "edit",
    "ensemble": "models.ensemble",
    "example": "io.examples",
    "example_names": "io.examples",
    "exposure": "analysis.exposure",
    "group_losses": "models.cascade_groups",
    "group_risk": "models.group_risk",
    "explain": "analysis.explain",
    "finalists": "recommend.finalists",
    "hangs_on": "analysis.hangs_on",
    "match": "recommend.match",
    "overview": "analysis.overview",
    "partner_steps": "recommend.steps",
    "partners": "recommend.partners",
    "propagation": "analysis.propagation",
    "reach": "analysis.reach",
    "read": "io",
    "read_partners": "recommend.sheet",
    "read_run": "models.saved_run",
    "read_scenario": "scenario",
    "read_shocks": "io.shock_table",
    "repeat_run": "models.saved_run",
    "resilience": "analysis.resilience",
    "show": "report",
    "simulate": "models.simulate",
    "single_points_of_failure": "analysis.single_points",
    "single_sourced_inputs": "analysis.single_sourced",
    "slot_redundancy": "analysis.slot_redundancy",
    "stopped_by": "analysis.stopped_by",
    "supplier_exposure": "analysis.supplier_exposure",
    "synthetic": "io.synthetic",
    "systemic_risk": "models.systemic_risk",
    "what_if": "recommend.what_if",
    "write": "io",
    "write_html": "report",
    "write_report": "report",
    "write_partners": "recommend.sheet",
    "write_run": "models.saved_run",
    "write_scenario": "io.scenario_file",
}
"""Public names and the module each lives in; a name that is a module stands for itself."""

__all__ = [*_HOME, "__version__"]  # noqa: PLE0604 - these are strings

if TYPE_CHECKING:
    from valuechain import edit as edit
    from valuechain.analysis.attack_curve import attack_curve as attack_curve
    from valuechain.analysis.centrality import centrality as centrality
    from valuechain.analysis.compare_ensembles import compare_ensembles as compare_ensembles
    from valuechain.analysis.compare_runs import compare as compare
    from valuechain.analysis.concentration import concentration as concentration
    from valuechain.analysis.country_points import country_single_points as country_single_points
    from valuechain.analysis.critical import critical as critical
    from valuechain.analysis.cut_sets import cut_sets as cut_sets
    from valuechain.analysis.dependency import dependency as dependency
    from valuechain.analysis.diagnose import diagnose as diagnose
    from valuechain.analysis.explain import explain as explain
    from valuechain.analysis.exposure import exposure as exposure
    from valuechain.analysis.hangs_on import hangs_on as hangs_on
    from valuechain.analysis.overview import overview as overview
    from valuechain.analysis.propagation import propagation as propagation
    from valuechain.analysis.reach import reach as reach
    from valuechain.analysis.resilience import resilience as resilience
    from valuechain.analysis.single_points import single_points_of_failure as single_points_of_failure
    from valuechain.analysis.single_sourced import single_sourced_inputs as single_sourced_inputs
    from valuechain.analysis.slot_redundancy import slot_redundancy as slot_redundancy
    from valuechain.analysis.stopped_by import stopped_by as stopped_by
    from valuechain.analysis.supplier_exposure import supplier_exposure as supplier_exposure
    from valuechain.errors import InvalidDataError as InvalidDataError
    from valuechain.errors import ValueChainError as ValueChainError
    from valuechain.errors import ValueChainWarning as ValueChainWarning
    from valuechain.io import read as read
    from valuechain.io import write as write
    from valuechain.io.examples import example as example
    from valuechain.io.examples import example_names as example_names
    from valuechain.io.scenario_file import write_scenario as write_scenario
    from valuechain.io.shock_table import read_shocks as read_shocks
    from valuechain.io.synthetic import synthetic as synthetic
    from valuechain.models.ario import Ario as Ario
    from valuechain.models.cascade import Cascade as Cascade
    from valuechain.models.cascade import cascade as cascade
    from valuechain.models.cascade_batch import cascades as cascades
    from valuechain.models.cascade_groups import group_losses as group_losses
    from valuechain.models.ensemble import ensemble as ensemble
    from valuechain.models.group_risk import group_risk as group_risk
    from valuechain.models.inventory import Inventory as Inventory
    from valuechain.models.saved_run import read_run as read_run
    from valuechain.models.saved_run import repeat_run as repeat_run
    from valuechain.models.saved_run import write_run as write_run
    from valuechain.models.simulate import simulate as simulate
    from valuechain.models.systemic_risk import systemic_risk as systemic_risk
    from valuechain.network import Network as Network
    from valuechain.recommend.alternatives import alternatives as alternatives
    from valuechain.recommend.choose import choose as choose
    from valuechain.recommend.cost_front import cost_front as cost_front
    from valuechain.recommend.finalists import finalists as finalists
    from valuechain.recommend.match import match as match
    from valuechain.recommend.partners import partners as partners
    from valuechain.recommend.sheet import read_partners as read_partners
    from valuechain.recommend.sheet import write_partners as write_partners
    from valuechain.recommend.steps import partner_steps as partner_steps
    from valuechain.recommend.what_if import what_if as what_if
    from valuechain.report import show as show
    from valuechain.report import write_html as write_html
    from valuechain.report import write_report as write_report
    from valuechain.scenario import Scenario as Scenario
    from valuechain.scenario import Shock as Shock
    from valuechain.scenario import read_scenario as read_scenario


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'valuechain' has no name '{name}'")
    module = importlib.import_module(f"valuechain.{_HOME[name]}")
    # A submodule of the same name, once imported, must not hide the function: set the name for good.
    value = module if _HOME[name] == name else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
