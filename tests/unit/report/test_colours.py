import itertools
import math
from pathlib import Path

import pytest

from valuechain.report.colours import CATEGORIES, UNKNOWN, contrast, luminance, sequential, sequential_steps

STYLE = Path(__file__).parents[3] / "valuechain" / "report" / "templates" / "page.css"


def test_contrast_ends():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1


def test_the_scale_darkens_all_the_way():
    light = [luminance(c) for c in sequential_steps()]
    assert all(a > b for a, b in itertools.pairwise(light))


def _seen(colour, matrix):
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return [sum(m * c for m, c in zip(row, linear, strict=True)) for row in matrix]


# Machado, Oliveira, Fernandes (2009), table 1, severity 1.0.
DEUTERANOPIA = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
PROTANOPIA = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))


@pytest.mark.parametrize("matrix", [DEUTERANOPIA, PROTANOPIA])
def test_the_scale_keeps_its_order_for_colour_blind_readers(matrix):
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (_seen(c, matrix) for c in sequential_steps())]
    assert all(a > b for a, b in itertools.pairwise(light))


@pytest.mark.parametrize("matrix", [DEUTERANOPIA, PROTANOPIA])
def test_categories_stay_apart_for_colour_blind_readers(matrix):
    seen = [_seen(c, matrix) for c in (*CATEGORIES, UNKNOWN)]
    apart = [math.dist(a, b) for k, a in enumerate(seen) for b in seen[:k]]
    assert min(apart) > 0.05


def test_ends_and_unknown():
    assert sequential(-1) == sequential(0)
    assert sequential(2) == sequential(1)
    assert sequential(math.nan) == UNKNOWN


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "ground"),
        ("soft", "ground"),
        ("soft", "card"),
        ("soft", "accent-soft"),
        ("accent", "card"),
        ("accent", "accent-soft"),
        ("warn", "warn-soft"),
        ("supplier", "card"),
        ("buyer", "card"),
    ],
)
def test_text_has_the_contrast_of_wcag_aa(text, ground):
    style = STYLE.read_text(encoding="utf-8").replace("--card: #fff;", "--card: #ffffff;")
    values = dict(
        part.strip().lstrip("-").split(": ") for part in style[7 : style.index("}")].split(";") if "#" in part
    )
    assert contrast(values[text], values[ground]) >= 4.5
