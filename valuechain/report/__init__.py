"""Pages that show a network and its results: level 8. Nothing heavy is imported before a page is built."""

from valuechain.report.page import write_html

__all__ = ["write_html"]
