"""What browser tests share: networks to show, pages of them, and a tab that records requests and complaints."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuechain.analysis.diagnose import diagnose
from valuechain.analysis.single_points import single_points_of_failure
from valuechain.errors import DataWarning
from valuechain.models.ensemble import ensemble
from valuechain.models.simulate import simulate
from valuechain.network import Network
from valuechain.report import write_html
from valuechain.scenario import Scenario, Shock

CHROMIUM = shutil.which("chromium")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

HOSTILE = [
    "<script>window.hacked=1</script>",
    "</script><script>window.hacked=1</script>",
    '"><img src=x onerror="window.hacked=1">',
    "javascript:window.hacked=1",
    "quotes ' \" ` and \\ backslash",
    "line one\nline two",
    "\u202eright to left \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "emoji \U0001f69c\U0001f1f1\U0001f1fb",
    "x" * 10_000,
    '<a href="javascript:window.hacked=1">href</a>',
    "{{ 7*7 }} ${7*7} <!-- --> ]]> &lt;b&gt;",
    "__proto__",
]


def network(firms: pd.DataFrame, links: pd.DataFrame, **parts: Any) -> Network:
    """Return a network whose odd names give no note."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return Network.from_tables(firms, links, **{"name": "Test chain", "essential_rule": "all"} | parts)


def ordinary() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return sixty firms, a few with letters that search must fold, one without a country."""
    random = np.random.default_rng(2)
    ids = [f"F{k:03d}" for k in range(60)]
    names = [f"Invented firm {k}" for k in range(60)]
    names[7], names[8], names[9] = "Łódź Øresund Straße", "Đakovo Čelik", "Ærø Þing"
    firms = pd.DataFrame(
        {
            "firm": ids,
            "name": names,
            "sector": random.choice(["10", "20", "30"], 60),
            "country": random.choice(["LVA", "EST", "FIN"], 60),
            "region": "LV00A",
            "output": random.lognormal(5, 1, 60).round(2),
        }
    )
    firms["capacity"] = (firms["output"] * 1.25).round(2)
    firms.loc[11, "capacity"] = np.nan
    firms.loc[12, "country"] = None
    ends = pd.DataFrame({"supplier": random.choice(ids, 240), "buyer": random.choice(ids, 240)}).drop_duplicates()
    return firms, ends.assign(flow=random.lognormal(2, 1, len(ends)).round(3))


def with_clusters() -> Network:
    """Return the ordinary network with two clusters."""
    firms, links = ordinary()
    clusters = pd.DataFrame({"cluster": ["c1", "c2"], "name": ["Northern", "Southern"]})
    members = pd.DataFrame({"cluster": ["c1"] * 9 + ["c2"] * 6, "firm": [*firms["firm"][:9], *firms["firm"][7:13]]})
    about = {"currency": "kEUR", "year": 2025, "synthetic": True, "source": "made up"}
    return network(firms, links, clusters=clusters, members=members, **about)


def all_results(net: Network) -> list[Any]:
    """Return a diagnosis, single points of failure, two runs and an ensemble."""
    diagnosis = diagnose(net)
    first, second = map(str, diagnosis.table["firm"].head(2))
    scenarios = [
        Scenario(shocks=[Shock(what="capacity", where={"firms": [firm]}, loss=0.8, start=2, days=6)], name=name)
        for firm, name in ((first, "Fire"), (second, "Strike"))
    ]
    runs = [simulate(net, scenario, days=20) for scenario in scenarios]
    return [diagnosis, single_points_of_failure(net), *runs, ensemble(net, scenarios[0], runs=4, days=20, seed=1)]


def build(path: Path, net: Network, results: list[Any] | None = None, **options: Any) -> Path:
    """Write a page with a diagnosis, or the results given."""
    write_html(net, path, results=[diagnose(net)] if results is None else results, **options)
    return path


class Visit:
    """A page opened in a tab that records all requests and complaints."""

    def __init__(self, browser, path, *, width=1280, height=800, before="", at="", **options):
        size = {"width": width, "height": height}
        self.context = browser.new_context(viewport=size, **{"reduced_motion": "reduce"} | options)
        self.tab = self.context.new_page()
        self.requests, self.complaints = [], []
        self.tab.on("request", lambda r: self.requests.append(r.url.split("#")[0]))
        self.tab.on("console", lambda m: self._heard(m.type, m.text))
        self.tab.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.tab.on("dialog", lambda d: (self.complaints.append(d.message), d.dismiss()))
        script = "window.violations=[];document.addEventListener('securitypolicyviolation',"
        self.tab.add_init_script(
            script + "(e)=>window.violations.push(e.violatedDirective+' '+e.blockedURI));" + before
        )
        self.uri = path.as_uri()
        self.tab.goto(self.uri + at)
        if options.get("java_script_enabled", True):
            self.tab.wait_for_selector("html[data-ready=true]")

    def _heard(self, kind: str, text: str) -> None:
        # Software drivers of WebGL tell of their own speed.
        if kind in {"error", "warning"} and "GL Driver Message" not in text:
            self.complaints.append(text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def check(self):
        """Nothing was asked of any host, nothing complained, and the policy was kept."""
        assert [r for r in self.requests if not r.startswith("blob:")] == [self.uri]
        assert self.complaints == []
        assert self.tab.evaluate("window.violations") == []

    def look_for(self, firm: str) -> None:
        """Choose a firm by the search."""
        self.tab.fill("#search", firm)
        self.tab.press("#search", "Enter")

    def slide(self, slider: str, value: int) -> None:
        """Move a slider as a person would, with its event."""
        move = "(s, value) => { s.value = value; s.dispatchEvent(new Event('input')); }"
        self.tab.locator(slider).evaluate(move, str(value))

    @property
    def title(self) -> str:
        """Name of the firm in the panel."""
        return self.tab.locator("#firm-title").text_content()


def one_line(text: str) -> str:
    """Return a text as a page shows it: on one line."""
    return " ".join(text.split())
