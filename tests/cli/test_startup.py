"""Help answers at once: nothing heavy is imported before a command runs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from valuechain.cli import group

HEAVY = {"pandas", "numba", "numpy", "scipy", "pyarrow", "networkx", "igraph", "pyvis", "rich", "openpyxl", "pycountry"}
HEAVY |= {"dask", "distributed", "highspy"}

SCRIPT = """
import json, sys
import valuechain
if {arguments!r} is not None:
    from valuechain.cli import main
    sys.argv = ["valuechain", *{arguments!r}]
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, ended.code
print(json.dumps(sorted(m for m in sys.modules if "." not in m)), file=sys.stderr)
"""


def modules_after(arguments: list[str] | None) -> tuple[set[str], str]:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(arguments=arguments)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(json.loads(ended.stderr.splitlines()[-1])), ended.stdout


@pytest.mark.parametrize(
    "arguments", [None, ["--help"], ["--version"], *([name, "--help"] for name in sorted(group.commands))], ids=str
)
def test_nothing_heavy_is_imported(arguments):
    modules, text = modules_after(arguments)
    assert not modules & HEAVY
    assert "click" in modules or arguments is None
    assert text.strip() or arguments is None


def test_the_check_can_fail():
    modules, _ = modules_after(["examples"])
    assert {"pandas", "numpy"} <= modules
