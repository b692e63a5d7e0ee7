"""An explanation in sentences for people: what binds, who is behind it, what would bind next, and the way there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.analysis.cascade_causes import PROCESSES
from valuechain.analysis.single_sourced import firm_name, product_name
from valuechain.essential import NEGLIGIBLE, essentiality
from valuechain.models.cascade import CascadeResult
from valuechain.models.cascade_replay import SAME, TOLD, State, beyond_sweeps, history_of
from valuechain.models.firm_columns import firm_column
from valuechain.network import Index, Network
from valuechain.results import rank_key

SHOWN_STEPS = 12
"""Firms of a way that a sentence names; the table has all."""


def percent(fraction: float) -> str:
    """Return a fraction as percent, with more digits where it is small.

    Examples
    --------
    >>> percent(0.6204), percent(0.00041), percent(3e-9), percent(0.0)
    ('62.0%', '0.041%', 'less than 0.001%', '0%')
    """
    if fraction == 0:
        return "0%"
    if fraction >= 0.001:
        return f"{fraction:.1%}"
    return f"{fraction * 100:.2g}%" if fraction >= 1e-5 else "less than 0.001%"


def points(fraction: float) -> str:
    """Return a fraction of activity as percentage points: ``48.7 points``."""
    return percent(fraction).replace("%", " points")


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What was found out of a firm: tables as in an explanation, and its loss without the binding cause."""

    causes: pd.DataFrame
    table: pd.DataFrame
    path: pd.DataFrame
    mended: float


def sentences(run: CascadeResult, at: int, state: State, found: Findings) -> tuple[str, ...]:
    """Return what is to be said of the loss of the firm at a position; the larger process comes first in tables."""
    causes, table = found.causes, found.table
    network = run.source.network
    firm = str(network.firm_ids[at])
    row = run.table.loc[run.table["firm"] == firm].iloc[0]
    loss = float(row["loss"])
    subject = firm_name(network, firm)
    if loss == 0:
        return (f"{subject} loses nothing.", *_why_nothing(run, at, state))
    bound = causes[causes["binds"]]
    main = bound.iloc[0]
    said = [f"{subject} loses {percent(loss)} of its activity: {_cause_words(network, main, run)}."]
    if main["kind"] != "own shock":
        behind = table[(table["process"] == main["process"]) & table["binds"]]
        said += _partners(network, behind, float(main["loss"]))
    if float(main["loss"]) > 1 + 1e-9:
        said.append(f"What is missing adds up to {percent(main['loss'])}; no firm loses more than 100%.")
    said += _next(network, causes, main, loss, found.mended)
    said += _other_side(network, bound, main, run, at)
    said += way(network, found.path)
    return (*said, *(_basis(run, at) if (bound["kind"] != "own shock").any() else ()))


def _product(network: Network, product: object) -> str:
    return product_name(network, str(product))


def _cause_words(network: Network, cause: pd.Series, run: CascadeResult) -> str:
    """Say what a cause takes, after a colon."""
    lost, kind = percent(min(1.0, float(cause["loss"]))), cause["kind"]
    costs = run.source.model.costs is not None
    if kind == "own shock":
        return f"the shock itself takes {lost}"
    if kind == "essential input":
        product = _product(network, cause["product"])
        return (
            f"lack of its essential input {product} takes {lost}"
            if costs
            else f"it lacks {lost} of its essential input {product}"
        )
    if kind == "non-essential inputs":
        return (
            f"lack of non-essential inputs takes {lost}"
            if costs
            else f"it lacks non-essential inputs that make {lost} of its purchases"
        )
    base = "sales" if run.source.model.revenue is None else f"{run.source.model.revenue}"
    return f"its buyers no longer take {lost} of its {base}"


def _partners(network: Network, behind: pd.DataFrame, total: float) -> list[str]:
    """Say who is behind the binding cause: the largest contribution in full, the others together."""
    first, others = behind.iloc[0], behind.iloc[1:]
    down = first["process"] == PROCESSES[0]
    name, own = firm_name(network, str(first["partner"])), percent(float(first["partner_loss"]))
    replaced = 1 - float(first["not_replaced"])
    covered = f" (its market replaces {percent(replaced)} of that)" if replaced > 5e-4 else ""
    if len(others) == 0:
        verb = "is the only supplier" + (" of it" if first["kind"] == "essential input" else " of such inputs")
        return [f"{name} {verb if down else 'is its only buyer'} and has itself lost {own}{covered}."]
    product = f" ({_product(network, first['product'])})" if first["kind"] != "essential input" else ""
    whole = {"essential input": "of it", "sales": "of its sales"}.get(str(first["kind"]), "of its purchases")
    verb, added = "delivers" if down else "takes", percent(float(first["contribution"])).removesuffix("%")
    said = [
        f"The largest part is {name}: it {verb} {percent(float(first['share']))} {whole}{product} and has itself "
        f"lost {own}{covered}. That makes {added} of the {points(total)}."
    ]
    hit = others[others["contribution"] > 0]
    word = "supplier" if down else "buyer"
    if len(hit):
        many = f"{len(hit)} other {word}s add" if len(hit) > 1 else f"1 other {word} adds"
        said.append(f"{many} {points(float(hit['contribution'].sum()))}.")
    else:
        said.append(f"Its other {word}s{' of it' if whole == 'of it' else ''} lost nothing.")
    return said


MENDED = {
    "own shock": "Without the shock",
    "essential input": "With this input alone mended",
    "non-essential inputs": "With these inputs alone mended",
    "sales": "Did its buyers buy as before",
}


def _next(network: Network, causes: pd.DataFrame, main: pd.Series, loss: float, mended: float) -> list[str]:
    """Say what would bind if the binding cause were mended."""
    mend = MENDED[str(main["kind"])]
    if mended <= 0:
        return [f"{mend}, it would lose nothing."]
    others = (causes["kind"] != "own shock") if main["kind"] == "own shock" else (causes["process"] != main["process"])
    rest = causes[~causes["binds"] | others]
    rest = rest[rest["kind"] != "own shock"] if main["kind"] == "own shock" else rest
    worst = _short(network, rest.iloc[int(np.argmax(rank_key(rest["loss"])))])
    if loss - mended <= 1e-12:
        return [f"{mend}, it would lose as much: next is {worst}."]
    return [f"{mend}, it would still lose {percent(mended)}: next is {worst}."]


def _short(network: Network, cause: pd.Series) -> str:
    if cause["kind"] == "own shock":
        return "the shock itself"
    if cause["kind"] == "essential input":
        return f"lack of {_product(network, cause['product'])}"
    return "lack of non-essential inputs" if cause["kind"] == "non-essential inputs" else "missing buyers"


def _other_side(network: Network, bound: pd.DataFrame, main: pd.Series, run: CascadeResult, at: int) -> list[str]:
    """Say what the smaller process takes: the two do not add up."""
    other = bound[bound["process"] != main["process"]]
    if len(other) == 0:
        if main["process"] != PROCESSES[0]:
            return ["None of its inputs is missing."]
        return [_buyers_words(len(np.unique(network.buyer[(network.supplier == at) & (network.flow > 0)])))]
    if main["kind"] == "own shock" and other.iloc[0]["kind"] == "own shock":
        return []
    words = _cause_words(network, other.iloc[0], run)
    return [f"On the other side {words}. The two do not add up: the larger counts."]


def way(network: Network, path: pd.DataFrame) -> list[str]:
    """Say in one line how the loss came from the shock to the firm; rounds that it made are left out."""
    if len(path) < 2:
        return []
    # Of a firm passed more than once the step nearest to the shock counts: the rest went round.
    firms = path["firm"].tolist()
    steps, k = [], 0
    while k < len(path):
        k = len(firms) - 1 - firms[::-1].index(firms[k])
        steps.append(path.iloc[k])
        k += 1
    end = steps[-1]
    words = [f"{firm_name(network, str(end['firm']))} is hit by the shock ({percent(float(end['loss']))})"]
    for step in reversed(steps[:-1]):
        name, product = firm_name(network, str(step["firm"])), _product(network, step["product"])
        lack = f"lacks {product}" if step["process"] == PROCESSES[0] else f"sells less {product}"
        words.append(f"{name} {lack}")
    if len(words) > SHOWN_STEPS:
        words = [*words[: SHOWN_STEPS // 2], f"({len(words) - SHOWN_STEPS} steps more)", *words[-SHOWN_STEPS // 2 :]]
    return ["The way there: " + " -> ".join(words) + "."]


def _why_nothing(run: CascadeResult, at: int, state: State) -> list[str]:
    """Say why a firm loses nothing."""
    network = run.source.network
    flows = network.flow > 0
    suppliers = np.unique(network.supplier[(network.buyer == at) & flows])
    buyers = np.unique(network.buyer[(network.supplier == at) & flows])
    said = [_suppliers_words(network, suppliers, at, state), _buyers_words(len(buyers))]
    final = history_of(run).state(history_of(run).sweeps)
    if (final.works[0][suppliers] < state.works[0][suppliers] - SAME).any() or (
        final.works[1][buyers] < 1 - SAME
    ).any():
        said.append(
            f"Some of them lost activity in sweep {history_of(run).sweeps}, after which the cascade stopped: a smaller "
            "tolerance goes on."
        )
    return said


def _suppliers_words(network: Network, suppliers: Index, at: int, state: State) -> str:
    hit = suppliers[state.works[0][suppliers] < 1]
    if len(suppliers) == 0:
        return "It buys nothing in this network, so no input can be missing."
    if len(hit) == 0:
        only = len(suppliers) == 1
        return "Its only supplier lost nothing." if only else f"None of its {len(suppliers)} suppliers lost anything."
    classes = essentiality(network).link_class
    felt = np.isin(network.supplier, hit) & (network.buyer == at) & (classes != NEGLIGIBLE)
    names = "; ".join(firm_name(network, str(f)) for f in sorted(network.firm_ids[hit])[:3])
    more = f" and {len(hit) - 3} more" if len(hit) > 3 else ""
    why = "it is too little to count here" if felt.any() else "what they deliver is negligible here (class 0)"
    return f"{len(hit)} of its {len(suppliers)} suppliers lost activity ({names}{more}), but {why}."


def _buyers_words(buyers: int) -> str:
    if buyers == 0:
        return "It sells nothing in this network, so no buyer can be missing."
    return "Its only buyer buys as before." if buyers == 1 else f"Its {buyers} buyers all buy as before."


def _basis(run: CascadeResult, at: int) -> list[str]:
    """Say what the numbers of this explanation rest on."""
    said = []
    network, model = run.source.network, run.source.model
    last = history_of(run).sweeps
    if model.rule == "published" and last > 1:
        said.append(
            f"Losses of partners are those after sweep {last - 1}: from them the last sweep, {last}, computed this."
        )
    beyond = beyond_sweeps(run)
    if beyond > TOLD:
        said.append(
            f"The way there is that of the first {last:,} sweeps; up to {100 * beyond:.2g}% of a firm is lost after "
            "them, little by little."
        )
    if model.costs is not None:
        costs = float(firm_column(network, model.costs, "costs")[at])
        part = float(network.purchases[at]) / costs if costs else float(network.purchases[at])
        said.append(f"Lacks of inputs are multiplied by purchases over {model.costs}: {percent(part)}.")
    return said
