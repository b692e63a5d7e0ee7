"""Scenarios: shocks, where they fall, and scenario files. One scenario runs through every model."""

from valuechain.scenario.file import read_scenario, scenario_of
from valuechain.scenario.selectors import matches, selected_firms
from valuechain.scenario.shock import ENDS, FIRM_SELECTORS, LINK_SELECTORS, Recovery, Scenario, Shock, What
from valuechain.scenario.without_time import lost_activity
from valuechain.scenario.write import scenario_table, scenario_text

__all__ = [
    "ENDS",
    "FIRM_SELECTORS",
    "LINK_SELECTORS",
    "Recovery",
    "Scenario",
    "Shock",
    "What",
    "lost_activity",
    "matches",
    "read_scenario",
    "scenario_of",
    "scenario_table",
    "scenario_text",
    "selected_firms",
]
