"""What new suppliers are worth, worked out from the tables alone, slowly: shares no code with the program.

Every firm's activity starts at what its capacity leaves; again and again every buyer takes, for each essential product,
what its usual suppliers deliver and what partners add from spare capacity, until nothing changes. Partners are asked
in the order given, one need after the other; so at most one partner a firm may be given (no capacity is shared).
"""

from __future__ import annotations

import pandas as pd


def activities(
    firms: pd.DataFrame,
    links: pd.DataFrame,
    left: dict[str, float],
    partners: list[tuple[str, str, str]],
    spare: dict[str, float],
    sweeps: int = 20000,
) -> dict[str, float]:
    """Return the activity of every firm, 0..1; ``partners`` are (candidate, buyer, product); all inputs essential.

    ``sweeps``: how often every buyer takes what is there.
    """
    sector = dict(zip(firms["firm"], firms["sector"], strict=True))
    needs: dict[tuple[str, str], dict[str, float]] = {}
    for link in links.to_dict("records"):
        named = link.get("product")
        product = named if isinstance(named, str) else sector[link["supplier"]]
        if link["flow"] > 0 and link["supplier"] != link["buyer"]:
            of_need = needs.setdefault((link["buyer"], product), {})
            of_need[link["supplier"]] = of_need.get(link["supplier"], 0.0) + link["flow"]
    able = {f: left.get(f, 1.0) for f in firms["firm"]}
    x = dict(able)
    for _ in range(sweeps):
        new = dict(able)
        for (buyer, product), sources in needs.items():
            total = sum(sources.values())
            got = sum(part * x[f] for f, part in sources.items())
            lack = max(0.0, able[buyer] * total - got)
            for candidate, b, p in partners:
                if (b, p) == (buyer, product):
                    given = min(lack, spare[candidate] * x[candidate])
                    got, lack = got + given, lack - given
            new[buyer] = min(new[buyer], got / total)
        done = max(abs(new[f] - x[f]) for f in x) < 1e-14
        x = new
        if done:
            break
    return x


def cut(
    firms: pd.DataFrame,
    links: pd.DataFrame,
    left: dict[str, float],
    partners: list[tuple[str, str, str]],
    spare: dict[str, float],
    value: dict[str, float],
) -> float:
    """Return the output of all firms that partners save in one scenario."""
    without = activities(firms, links, left, [], spare)
    having = activities(firms, links, left, partners, spare)
    return sum(value[f] * (having[f] - without[f]) for f in value)
