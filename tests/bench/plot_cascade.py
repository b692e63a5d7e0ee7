"""Draw the cost of the cascade against the size of the network, from the figures bench_cascade.py wrote.

Needs the extra ``bench``. Run: python tests/bench/plot_cascade.py FIGURES.csv docs/images/cascade_speed.svg
"""

from __future__ import annotations

import sys

import matplotlib as mpl
import pandas as pd
from bench_cascade import ESRICASCADE, FASTCASCADE

mpl.use("Agg")
mpl.rcParams.update({"svg.hashsalt": "valuechain", "font.size": 10, "svg.fonttype": "none"})


def main() -> None:
    """Read the figures and write the plot."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the choice of what draws

    figures, target = sys.argv[1:3]
    ours = pd.read_csv(figures)
    figure, axes = plt.subplots(figsize=(7, 4.4), layout="constrained")
    axes.plot(ours["firms"], ours["ms_one_thread"], "o-", color="#0072b2", label="valuechain, one thread")
    axes.plot(ours["firms"], ours["ms_threads"], "s--", color="#56b4e9", label="valuechain, two threads")
    axes.plot(*zip(*FASTCASCADE.items(), strict=True), "^-", color="#d55e00", label="fastcascade 0.9.3.1, one thread")
    axes.plot(*zip(*ESRICASCADE.items(), strict=True), "D-", color="#009e73", label="ESRIcascade.jl, as it states")
    axes.set(xscale="log", yscale="log", xlabel="firms (7.5 links each)", ylabel="milliseconds a failing firm")
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, loc="outside upper left", ncols=2)
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main()
