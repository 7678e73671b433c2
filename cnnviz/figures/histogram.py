"""Histogram of the values of a feature map, split at zero."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from cnnviz.colours import ScaleName, css_colour, signed_scale
from cnnviz.figures import text_colour

BINS = 40


def value_histogram(
    values: np.ndarray,
    *,
    below: str,
    above: str,
    axis_value: str,
    axis_count: str,
    scale: ScaleName = "orange_blue",
    dark: bool = False,
) -> go.Figure:
    """Draw a histogram in which zero is an edge between bins, so that no bar mixes signs.

    Args:
        values: float array of any shape. below, above: legend of values < 0 and >= 0.
        axis_value, axis_count: axis titles. scale: of signed numbers. dark: for a dark page.

    Returns:
        A figure with two bar traces, the negative values' first; their y add up to `values.size`.
    """
    ends = signed_scale(scale, dark)
    negative, positive = css_colour(ends.bar_negative), css_colour(ends.bar_positive)
    flat = values.ravel()
    width = max(float(np.ptp(flat)), 1e-6) / BINS
    first = np.floor(min(float(flat.min()), 0) / width)
    last = np.ceil(max(float(flat.max()), 0) / width)
    edges = np.arange(first, last + 1) * width
    ink = {"color": text_colour(dark)}
    figure = go.Figure(
        layout={
            "barmode": "overlay",
            "bargap": 0,
            "height": 300,
            "margin": {"l": 0, "r": 0, "t": 8, "b": 0},
            "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "font": ink},
            "xaxis": {"title": {"text": axis_value, "font": ink}, "tickfont": ink},
            "yaxis": {"title": {"text": axis_count, "font": ink}, "tickfont": ink},
        }
    )
    for name, colour, part in ((below, negative, flat[flat < 0]), (above, positive, flat[flat >= 0])):
        counts, _ = np.histogram(part, np.concatenate([edges, [edges[-1] + width]]))
        # negative ones are hatched: the legend tells them apart without colour too
        pattern = {"shape": "/" if name == below else "", "fillmode": "overlay", "size": 9, "solidity": 0.25}
        marker = {"color": colour, "pattern": pattern}
        figure.add_bar(x=edges + width / 2, y=counts, width=width, name=name, marker=marker)
    return figure
