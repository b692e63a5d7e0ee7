"""Write the resilience report of a network: one file, no script, no request to any host, the same bytes every time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from valuechain.network import Network
    from valuechain.results import Result

__all__ = ["write_report"]


def write_report(
    network: Network,
    path: str | os.PathLike[str],
    *,
    results: Iterable[Result] = (),
    force: bool = False,
    language: str = "en",
) -> None:
    """Write a report for people who decide: verdict in words, ranked tables, charts, method and limits, provenance.

    Parameters
    ----------
    network
        The value chain.
    path
        The file to write, such as ``report.html``. A browser prints it on A4, or saves it as PDF.
    results
        What analyses returned: a :class:`Diagnosis` (or :class:`SystemicRisk`) for what a failure costs, runs of
        :func:`simulate` and :func:`ensemble` for what a disruption costs, suggested partners, a front of cost against
        loss, :class:`Exposure`. Any other result becomes a table. Single points of failure, single-sourced inputs,
        concentration and countries are computed where they are not given, since they rest on no choice.
    force
        Replace the file when it exists.
    language
        Language of the report's own words. Sentences that analyses write are English; in another language they stand in
        a section of their own.

    Raises
    ------
    InvalidDataError
        When results are of other data than the network; nothing is written.
    ParameterError
        When something given is no result, or the language has no words.
    OutputExistsError
        When the file exists and ``force`` is not said; it is kept.
    OutputError
        When the file cannot be written.

    Notes
    -----
    The file holds no script and may load nothing (Content-Security-Policy ``default-src 'none'``); names are shown as
    they were typed. The order of rows in the tables of the network changes nothing in it.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("textbook")
    >>> vc.write_report(net, "report.html", results=[vc.diagnose(net), vc.simulate(net, {"sector_1": 0.5}, days=30)])
    """
    from valuechain.io.atomic import write_text_atomic  # noqa: PLC0415 - nothing heavy before a report is built
    from valuechain.report.document.build import report_text  # noqa: PLC0415
    from valuechain.report.document.checks import check_place, checked_results  # noqa: PLC0415

    check_place(path, force=force)
    text = report_text(network, checked_results(network, results), language)
    write_text_atomic(path, text, force=force)
