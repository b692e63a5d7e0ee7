"""Build the offline page of a network: one file, no request to any host, the same bytes for the same input."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from valuechain.errors import ParameterError

if TYPE_CHECKING:
    from valuechain.network import Network
    from valuechain.results import Result


def write_html(
    network: Network,
    path: str | os.PathLike[str],
    *,
    results: Iterable[Result] = (),
    force: bool = False,
    language: str = "en",
) -> None:
    """Write a page that shows a network and what was found in it: one file that works offline.

    Parameters
    ----------
    network
        The value chain.
    path
        The file to write, such as ``network.html``.
    results
        What to show beside the drawing. A :class:`Diagnosis` or :class:`SystemicRisk` also gives the colours by risk;
        without one, firms are coloured by sector.
    force
        Replace the file when it exists.
    language
        Language of the page's own words.

    Raises
    ------
    OutputExistsError
        When the file exists and ``force`` is not said; it is kept.
    ParameterError
        When a result is of another network, is no result at all, or the language has no words.

    Notes
    -----
    Up to 2,000 firms are drawn; of larger networks the most critical ones, and the page says how many. The order of
    rows in the tables changes nothing in the file.

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

    given = _checked(network, results)
    write_text_atomic(path, page_text(network, given, language), force=force)


def _checked(network: Network, results: object) -> Sequence[Result]:
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
