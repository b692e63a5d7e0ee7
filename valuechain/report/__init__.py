"""Pages and reports that show a network and its results: level 8. Nothing heavy is imported before a page is built."""

from typing import TYPE_CHECKING, Any

from valuechain.report.document import write_report
from valuechain.report.notebook import show
from valuechain.report.page import write_html

if TYPE_CHECKING:
    from valuechain.report.filters import Filters

__all__ = ["Filters", "show", "write_html", "write_report"]


def __getattr__(name: str) -> Any:
    if name == "Filters":
        from valuechain.report.filters import Filters  # noqa: PLC0415 - it brings pandas along

        return Filters
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
