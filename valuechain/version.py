"""The version of the program: files that are kept say which one wrote them."""

from __future__ import annotations

__version__ = "0.1.0.dev0"
