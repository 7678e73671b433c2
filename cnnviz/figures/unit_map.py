"""One map as cells on a dark ground, which shows where a unit is off."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from cnnviz import tokens
from cnnviz.colours import ScaleName, css_colour, signed_scale
from cnnviz.figures import type_size
from cnnviz.figures.cell_text import with_readable_text
from cnnviz.text.numbers import number

WRITTEN = 8
"""Maps of at most this side have their numbers written into the cells."""


def unit_map(
    values: np.ndarray,
    off: np.ndarray | None = None,
    *,
    limit: float,
    scale: ScaleName = "orange_blue",
    dark: bool = False,
) -> go.Figure:
    """Draw a map; a unit that is off has no cell.

    Args:
        values: float [H, W]. off: bool [H, W], the units that are off; None: none is.
        limit: > 0, the value with the strongest colour. scale: of signed numbers. dark: for a dark page.

    Returns:
        A figure with a heat map (`with_readable_text`); z is NaN where a unit is off.
    """
    ends = signed_scale(scale, dark)
    z = np.asarray(values, np.float64) if off is None else np.where(off, np.nan, values)
    axis = {
        "showticklabels": False,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "constrain": "domain",
    }
    heat = {
        "type": "heatmap",
        "z": z,
        "zmin": -limit,
        "zmax": limit,
        "colorscale": [
            [0, css_colour(ends.negative)],
            [0.5, css_colour(ends.zero)],
            [1, css_colour(ends.positive)],
        ],
        "text": [["" if np.isnan(value) else number(float(value), 2) for value in row] for row in z],
        "texttemplate": "%{text}" if max(z.shape) <= WRITTEN else None,
        "textfont": {"size": type_size("large")},
        "xgap": 2,
        "ygap": 2,
        "showscale": False,
        "hoverongaps": False,
        "hovertemplate": "%{y}, %{x}: %{z:.3f}<extra></extra>",
    }
    return go.Figure(
        with_readable_text(heat) if max(z.shape) <= WRITTEN else [heat],
        {
            "xaxis": axis,
            "yaxis": {**axis, "autorange": "reversed", "scaleanchor": "x"},
            "height": 340,
            "margin": {"l": 0, "r": 0, "t": 4, "b": 0},
            "plot_bgcolor": tokens.colour("unit_off", dark),
        },
    )
