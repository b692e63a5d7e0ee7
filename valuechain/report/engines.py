"""The scripts that draw: vis-network as pyvis ships it, sigma and graphology as kept here, each checked by its hash."""

from __future__ import annotations

import hashlib
import tomllib
from importlib.resources import files
from typing import Literal

from valuechain.errors import ParameterError, UnreadableFileError

__all__ = [
    "RENDERERS",
    "Engine",
    "Renderer",
    "engine_notices",
    "engine_of",
    "engine_script",
    "sigma_network",
    "vis_network",
]

Renderer = Literal["auto", "vis", "sigma"]
Engine = Literal["vis", "sigma"]
RENDERERS = ("auto", "vis", "sigma")

VIS_FIRMS = 2_000
"""Firms up to which vis-network draws smoothly; above, sigma does."""


def engine_of(renderer: str, firms: int) -> Engine:
    """Return what draws a page of so many firms.

    Raises
    ------
    ParameterError
        When there is no such renderer.
    """
    if renderer not in RENDERERS:
        raise ParameterError(f"renderer {renderer!r} is not known; use {', '.join(RENDERERS[:-1])} or {RENDERERS[-1]}")
    if renderer == "auto":
        return "vis" if firms <= VIS_FIRMS else "sigma"
    return "vis" if renderer == "vis" else "sigma"


def engine_script(engine: Engine) -> str:
    """Return the script that draws. Where it cannot start (no WebGL), the page's own script draws instead."""
    script = vis_network() if engine == "vis" else sigma_network()
    # The brace opens the line: a licence banner stays the first thing in it.
    return "try {" + script + "\n} catch (error) { window.drawingFailed = String(error); }"


def vis_network() -> str:
    """Return the vis-network script that pyvis ships, the smallest of its versions, with its licence banner.

    Raises
    ------
    UnreadableFileError
        When the installed pyvis has none.
    """
    folder = files("pyvis") / "templates" / "lib"
    found = [d / "vis-network.min.js" for d in folder.iterdir() if d.name.startswith("vis-")]
    texts = sorted((f.read_text(encoding="utf-8") for f in found if f.is_file()), key=lambda t: (len(t), t))
    if not texts:
        raise UnreadableFileError(f"{folder}: pyvis has no vis-network.min.js; install pyvis 0.3.2")
    return _embeddable(texts[0], f"{folder}: vis-network", "install pyvis 0.3.2")


def sigma_network() -> str:
    """Return graphology and sigma, one after the other.

    Raises
    ------
    UnreadableFileError
        When a file is not the one whose hash is written down beside it.
    """
    folder = files("valuechain.report") / "vendor"
    parts = []
    for name, about in tomllib.loads((folder / "vendor.toml").read_text(encoding="utf-8")).items():
        data = (folder / about["file"]).read_bytes()
        if hashlib.sha256(data).hexdigest() != about["sha256"]:
            raise UnreadableFileError(
                f"{folder / about['file']}: not {name} {about['version']}; install valuechain again"
            )
        parts.append(_embeddable(data.decode("utf-8"), str(about["file"]), "install valuechain again"))
    return "\n".join(parts)


def engine_notices(engine: Engine) -> list[str]:
    """Return the licence texts of the scripts kept here that a page holds, each under its name and version."""
    if engine == "vis":
        return []
    folder = files("valuechain.report") / "vendor"
    said = []
    for name, about in tomllib.loads((folder / "vendor.toml").read_text(encoding="utf-8")).items():
        text = (folder / about["licence_file"]).read_text(encoding="utf-8").strip()
        said.append(f"{name} {about['version']}\n{text}")
    return said


def _embeddable(script: str, name: str, remedy: str) -> str:
    # The last line names a source map, which developer tools would ask for.
    lines = script.replace("\r\n", "\n").rstrip().split("\n")
    kept = "\n".join(line for line in lines if not line.startswith("//# sourceMappingURL="))
    if "</script" in kept.lower() or "<!--" in kept:
        raise UnreadableFileError(f"{name} cannot be put into a page; {remedy}")
    return kept
