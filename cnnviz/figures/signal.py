"""A signal above what a convolution makes of it, sample below sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cnnviz import tokens
from cnnviz.colours import ScaleName, css_colour, signed_scale
from cnnviz.figures import text_colour, type_size

FEW = 12
"""Signals of at most so many samples are bars: between the samples there is nothing."""


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
        first: the sample that the first output stands below.
        titles: of both rows. words: below the samples, instead of their numbers.
        features: names of the channels. scale: of signed numbers. dark: for a dark page.

    Returns:
        A figure with two traces: the signal, and bars of the output.
    """
    ink, accent = text_colour(dark), tokens.colour("accent", dark)
    places, below = np.arange(len(x)), np.arange(first, first + len(result))
    figure = make_subplots(2, 1, shared_xaxes=True, subplot_titles=titles, vertical_spacing=0.16)
    if x.shape[1] == 1:
        line = {"color": ink, "width": 3}
        few = len(x) <= FEW
        curve = go.Bar(marker_color=ink) if few else go.Scatter(mode="lines+markers", line=line)
        figure.add_trace(curve.update(x=places, y=x[:, 0]), row=1, col=1)
    else:
        ends = signed_scale(scale, dark)
        colours = [[0, css_colour(ends.zero)], [1, css_colour(ends.positive)]]
        figure.add_trace(
            go.Heatmap(
                x=places,
                y=list(features),
                z=x.T,
                text=x.T,
                texttemplate="%{text:.0f}",
                textfont={"size": type_size("text")},
                colorscale=colours,
                zmin=0,
                zmax=1,
                showscale=False,
                xgap=3,
                ygap=3,
            ),
            row=1,
            col=1,
        )
        figure.update_yaxes(autorange="reversed", row=1, col=1)
    figure.add_trace(go.Bar(x=below, y=result, marker_color=accent), row=2, col=1)
    figure.update_xaxes(range=[-0.6, len(x) - 0.4], fixedrange=True, showgrid=False)
    if words is not None:
        figure.update_xaxes(tickvals=places, ticktext=list(words), showticklabels=True)
    figure.update_xaxes(tickfont={"size": type_size("body"), "color": ink})
    figure.update_yaxes(fixedrange=True, tickfont={"size": type_size("body"), "color": ink})
    figure.update_annotations(font={"size": type_size("text"), "color": ink})
    figure.update_layout(height=400, margin={"l": 0, "r": 8, "t": 34, "b": 0}, showlegend=False)
    return figure
