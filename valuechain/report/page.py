"""Build the offline page of a network: one file, no request to any host, the same bytes for the same input."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from valuechain.errors import ParameterError

if TYPE_CHECKING:
    from valuechain.network import Network
    from valuechain.report.filters import Filters
    from valuechain.results import Result


def write_html(
    network: Network,
    path: str | os.PathLike[str],
    *,
    results: Iterable[Result] = (),
    force: bool = False,
    language: str = "en",
    renderer: Literal["auto", "vis", "sigma"] = "auto",
    filters: Filters | None = None,
    scenario: str | None = None,
) -> None:
    """Write a page that shows a network and what was found in it: one file that works offline.

    Parameters
    ----------
    network
        The value chain.
    path
        The file to write, such as ``network.html``.
    results
        What to show beside the drawing. A :class:`Diagnosis` or :class:`SystemicRisk` also gives the colours by risk,
        and what fails with the most critical firms; without one, firms are coloured by sector. Runs of
        :func:`simulate` and :func:`ensemble` give a slider over their days, :func:`partners` a list of suggestions,
        each with its evidence and its link in the drawing.
    force
        Replace the file when it exists.
    language
        Language of the page: ``en``, ``lv`` or ``de``. Sentences of analyses that have no words in it stay English.
    renderer
        What draws: ``vis`` (vis-network), ``sigma`` (WebGL), or ``auto``: vis up to 2,000 firms, sigma above.
    filters
        Show only a part of the network, :class:`valuechain.report.Filters`; results stay those of all of it.
    scenario
        Name of the scenario among the runs that the page starts with; the first run when left out.

    Raises
    ------
    OutputExistsError
        When the file exists and ``force`` is not said; it is kept.
    ParameterError
        When a result is of another network, is no result at all, the language has no words, the renderer or the
        scenario is not known, or the filters leave no firm.

    Notes
    -----
    All firms are drawn, up to 60,000 with sigma and 2,000 with vis-network; of larger networks the most critical ones,
    and the page says how many. The order of rows in the tables changes nothing in the file.

    References
    ----------
    Fruchterman, Reingold (1991), Graph drawing by force-directed placement, Software: Practice and Experience 21: 1129.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("textbook")
    >>> vc.write_html(net, "network.html", results=[vc.diagnose(net)])  # doctest: +SKIP
    """
    from valuechain.io.atomic import write_text_atomic  # noqa: PLC0415 - nothing heavy before a page is built
    from valuechain.report.build import page_text  # noqa: PLC0415

    given = checked(network, results)
    start = checked_start(given, scenario)
    text = page_text(network, given, language, renderer=renderer, filters=filters, scenario=start)
    write_text_atomic(path, text, force=force)


def checked_start(results: Sequence[Result], scenario: str | None) -> str | None:
    """Return the name of the scenario to start with.

    Raises
    ------
    ParameterError
        When none of the runs among the results has it.
    """
    from valuechain.report.timelines import is_run  # noqa: PLC0415

    names = [str(r.parameters.get("scenario", r.title)) for r in results if is_run(r)]
    if scenario is not None and scenario not in names:
        known = f"there are {', '.join(names)}" if names else "give the runs themselves as results (--results)"
        raise ParameterError(f"scenario '{scenario}' is of no run among the results; {known}")
    return scenario


def checked(network: Network, results: object) -> Sequence[Result]:
    """Return results that are of the network; see :func:`write_html` for what is refused."""
    from valuechain.results import Result as AnyResult  # noqa: PLC0415

    if isinstance(results, AnyResult):
        raise ParameterError("results is one result; write results=[...] around it")
    if not isinstance(results, Iterable):
        raise ParameterError(f"results is a {type(results).__name__}; give a list of what analyses returned")
    given: list[Result] = []
    faults = []
    for result in results:
        if not isinstance(result, AnyResult):
            faults.append(f"results: {type(result).__name__} is no result; give what an analysis returned")
            continue
        of = result.parameters.get("fingerprint", network.fingerprint)
        if of != network.fingerprint:
            faults.append(
                f"results: '{result.title}' was computed on other data than network '{network.name}'; compute it again"
            )
        given.append(result)
    if faults:
        raise ParameterError("\n".join(faults))
    return given
