"""A signal above its convolution, sample below sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from cnnviz import tokens
from cnnviz.colours import ScaleName, css_colour, signed_scale
from cnnviz.figures import text_colour, type_size
from cnnviz.figures.cell_text import with_readable_text

FEW = 12
"""Most samples of a signal that is drawn as bars: between the samples there is nothing."""


def signal_rows(
    x: np.ndarray,
    result: np.ndarray,
    *,
    first: int,
    titles: tuple[str, str],
    words: Sequence[str] | None = None,
    features: Sequence[str] = (),
    scale: ScaleName = "orange_blue",
    dark: bool = False,
) -> go.Figure:
    """Draw a signal and the output of a convolution on one axis.

    Args:
        x: float [L, C]; with one channel a curve, with more a table. result: float [OL].
        first: the sample below which the first output is drawn.
        titles: of both rows. words: below the samples, instead of their numbers.
        features: names of the channels. scale: of signed numbers. dark: for a dark page.

    The rows are laid out by hand: `make_subplots` and its updates take ten times as long.

    Returns:
        A figure whose first trace is the signal, and whose last are bars of the output.
    """
    ink, accent = text_colour(dark), tokens.colour("accent", dark)
    samples, below = np.arange(len(x)), np.arange(first, first + len(result))
    rows = ((0.58, 1.0), (0.0, 0.42))  # from bottom to top, as shares of the height
    axes: dict[str, Any] = {"xaxis": "x", "yaxis": "y"}
    shown: list[Any]
    if x.shape[1] > 1:
        ends = signed_scale(scale, dark)
        shown = with_readable_text(
            {
                "type": "heatmap",
                "x": samples,
                "y": list(features),
                "z": x.T,
                "text": [[f"{value:.0f}" for value in row] for row in x.T],
                "texttemplate": "%{text}",
                "textfont": {"size": type_size("text")},
                "colorscale": [[0, css_colour(ends.zero)], [1, css_colour(ends.positive)]],
                "zmin": 0,
                "zmax": 1,
                "showscale": False,
                "xgap": 3,
                "ygap": 3,
                **axes,
            }
        )
    elif len(x) <= FEW:
        shown = [go.Bar(x=samples, y=x[:, 0], marker_color=ink, **axes)]
    else:
        line = {"color": ink, "width": 3}
        shown = [go.Scatter(x=samples, y=x[:, 0], mode="lines+markers", line=line, **axes)]
    type_ = {"size": type_size("body"), "color": ink}
    axis: dict[str, Any] = {
        "domain": [0.0, 1.0],
        "range": [-0.6, len(x) - 0.4],
        "fixedrange": True,
        "showgrid": False,
        "tickfont": type_,
    }
    labels = {} if words is None else {"tickvals": samples, "ticktext": list(words), "showticklabels": True}
    table = {"autorange": "reversed"} if x.shape[1] > 1 else {}
    layout = {
        "xaxis": {**axis, "anchor": "y", "matches": "x2", "showticklabels": False, **labels},
        "xaxis2": {**axis, "anchor": "y2", **labels},
        "yaxis": {"anchor": "x", "domain": rows[0], "fixedrange": True, "tickfont": type_, **table},
        "yaxis2": {"anchor": "x2", "domain": rows[1], "fixedrange": True, "tickfont": type_},
        "annotations": [
            {
                "text": title,
                "font": {"size": type_size("text"), "color": ink},
                "showarrow": False,
                "x": 0.5,
                "xanchor": "center",
                "xref": "paper",
                "y": top,
                "yanchor": "bottom",
                "yref": "paper",
            }
            for title, (_, top) in zip(titles, rows, strict=True)
        ],
        "height": 400,
        "margin": {"l": 0, "r": 8, "t": 34, "b": 0},
        "showlegend": False,
    }
    return go.Figure([*shown, go.Bar(x=below, y=result, marker_color=accent, xaxis="x2", yaxis="y2")], layout)
