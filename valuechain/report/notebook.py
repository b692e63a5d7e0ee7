"""The interactive page inside a notebook: in a frame of its own that can reach neither the notebook nor the network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Literal

from valuechain.errors import ParameterError

if TYPE_CHECKING:
    from valuechain.network import Network
    from valuechain.report.filters import Filters
    from valuechain.results import Result

__all__ = ["Shown", "show"]

HEIGHT = 900
LEAST, MOST = 200, 10_000


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page that a notebook shows; outside one it only says what it is."""

    title: str
    height: int
    page: str = field(repr=False)

    def _repr_html_(self) -> str:
        # Without allow-same-origin the page's script has an origin of its own: it cannot touch the notebook.
        return (
            f'<iframe title="{escape(self.title)}" sandbox="allow-scripts allow-downloads" '
            f'srcdoc="{escape(self.page)}" style="width: 100%; height: {self.height}px; border: 1px solid #d5dbe3">'
            "</iframe>"
        )

    def __repr__(self) -> str:
        size = len(self.page.encode()) / 1e6
        return (
            f"<{self.title}: a page of {size:.1f} MB that a notebook shows; "
            "elsewhere write it with vc.write_html and open the file in a browser>"
        )


def show(
    network: Network,
    *,
    results: Iterable[Result] = (),
    height: int = HEIGHT,
    language: str = "en",
    renderer: Literal["auto", "vis", "sigma"] = "auto",
    filters: Filters | None = None,
) -> Shown:
    """Return the interactive page of a network for a notebook, which shows what a cell ends with.

    Parameters
    ----------
    network
        The value chain.
    results
        What to show beside the drawing, as for :func:`valuechain.write_html`.
    height
        Height of the frame, pixels.
    language
        Language of the page's own words.
    renderer
        ``vis``, ``sigma`` or ``auto``.
    filters
        Show only a part of the network, :class:`valuechain.report.Filters`.

    Returns
    -------
    Shown
        The page in a sandboxed frame. It works without a network connection, and is kept in the notebook's file, which
        grows by the size that ``repr`` says.

    Raises
    ------
    ParameterError
        As :func:`valuechain.write_html`, and when the height is no number of pixels from 200 to 10,000.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.show(vc.example("textbook"))
    <Miller and Blair, two sectors: a page of ... MB that a notebook shows; elsewhere write it with vc.write_html ...>
    """
    if isinstance(height, bool) or not isinstance(height, int) or not LEAST <= height <= MOST:
        known = f"{LEAST} to {MOST:,}"
        raise ParameterError(f"height {height!r} is no number of pixels from {known}; such as height={HEIGHT}")
    from valuechain.report.build import page_text  # noqa: PLC0415 - nothing heavy before a page is built
    from valuechain.report.page import checked  # noqa: PLC0415
    from valuechain.report.words import clean, short  # noqa: PLC0415

    page = page_text(network, checked(network, results), language, renderer=renderer, filters=filters)
    return Shown(title=short(clean(network.name), 80), height=height, page=page)
