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


@pytest.mark.parametrize("dark", [False, True])
def test_each_number_stands_out_from_its_cell(dark: bool) -> None:
    for name, figure in figures(dark).items():
        heats = [trace for trace in figure.data if trace.type == "heatmap"]
        below, seen = np.array(heats[0].z, float), np.empty(np.shape(heats[0].z), object)
        for heat in heats:  # the upper one covers the lower
            there = ~np.isnan(np.array(heat.z, float))
            ink = cell_text.luminance(np.array(tokens.rgb(heat.textfont.color)))
            ground = cell_text.luminance(cell_text.cell_colours(below, heat.to_plotly_json()))
            contrast = (np.maximum(ink, ground) + 0.05) / (np.minimum(ink, ground) + 0.05)
            seen[there] = contrast[there]
            np.testing.assert_array_equal(np.array(heat.z, float)[there], below[there])
            assert (np.array(heat.text)[there] == np.array(heats[0].text)[there]).all()
        assert min(value for value in seen.flat if value is not None) >= LEAST, name
