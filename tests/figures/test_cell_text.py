"""Numbers in cells are readable on their colours, in both themes."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from cnnviz import tokens
from cnnviz.figures import cell_text, confusion_matrix
from cnnviz.figures.signal import signal_rows
from cnnviz.figures.unit_map import unit_map
from cnnviz.figures.vectors import class_vectors

LEAST = 4.5
"""Contrast of type with its ground, WCAG 2.2 AA."""


def figures(dark: bool) -> dict[str, go.Figure]:
    """Return figures with cells of every strength."""
    steps, names = np.linspace(0, 1, 8), list("abcdefgh")
    counts = np.rint(100 * np.outer(steps, steps)).astype(int) + np.diag(np.arange(8)) * 40
    return {
        "matrix": confusion_matrix.draw(counts, names, axis_true="", axis_predicted="", dark=dark),
        "map": unit_map(np.linspace(-1, 1, 64).reshape(8, 8), steps > 0.9, limit=1, dark=dark),
        "grey-safe map": unit_map(
            np.linspace(-1, 1, 64).reshape(8, 8), limit=1, scale="grey_safe", dark=dark
        ),
        "vectors": class_vectors({"one": steps, "two": steps[::-1]}, names, range(8), dark=dark),
        "signal": signal_rows(np.outer(steps, [0, 1]), steps, first=0, titles=("", ""), dark=dark),
    }


def heat_maps(figure: go.Figure) -> list[go.Heatmap]:
    return [trace for trace in figure.data if trace.type == "heatmap"]


def numbers(figure: go.Figure) -> list[list[str]]:
    """Return what is written in each cell, in black or in white; never in both."""
    texts = [np.array(heat.text, object) for heat in heat_maps(figure)]
    assert (sum((text != "").astype(int) for text in texts) <= 1).all()
    return [list(row) for row in sum(texts[1:], texts[0])]


@pytest.mark.parametrize("dark", [False, True])
def test_each_number_stands_out_from_its_cell(dark: bool) -> None:
    for name, figure in figures(dark).items():
        heats = heat_maps(figure)
        z = np.array(heats[0].z, float)
        assert all(len(words) > 0 for words in np.array(numbers(figure))[(z != 0) & ~np.isnan(z)]), name
        for heat in heats:
            written = np.array(heat.text) != ""
            np.testing.assert_array_equal(np.array(heat.z, float)[written], z[written])
            ink = cell_text.luminance(np.array(tokens.rgb(heat.textfont.color)))
            ground = cell_text.luminance(cell_text.cell_colours(z, heat.to_plotly_json()))[written]
            contrast = (np.maximum(ink, ground) + 0.05) / (np.minimum(ink, ground) + 0.05)
            assert contrast.min(initial=21) >= LEAST, name
