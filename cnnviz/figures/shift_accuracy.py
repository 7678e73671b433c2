"""Accuracy of networks as a function of the shift of the test images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from cnnviz import tokens
from cnnviz.figures import text_colour
from cnnviz.text.rounding import percent

STYLES = (
    {"color": "series", "dash": "dash", "symbol": "square"},
    {"color": "accent", "dash": "solid", "symbol": "circle"},
)
"""Lines of the fully connected network and of the CNN; they also differ in dash and marker."""


def rings(accuracy: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """Summarise accuracies over shifts, [13, 13], by distance: the larger of |dx| and |dy|.

    Returns:
        float64 [7, 3]: mean, smallest and largest accuracy at distance 0, 1, ... 6.
    """
    table = np.asarray(accuracy, np.float64)
    steps = np.abs(np.arange(len(table)) - len(table) // 2)
    distance = np.maximum.outer(steps, steps)
    parts = [table[distance == d] for d in range(int(distance.max()) + 1)]
    return np.array([(part.mean(), part.min(), part.max()) for part in parts])


def accuracy_over_shifts(
    networks: Mapping[str, Sequence[Sequence[float]]],
    *,
    classes: int,
    axis_x: str,
    axis_y: str,
    mean: str,
    worst: str,
    best: str,
    dark: bool = False,
) -> go.Figure:
    """Draw each network's mean accuracy over the distance, with whiskers from worst to best direction.

    Args:
        networks: {name: accuracies [13, 13] as on the model card}, the fully connected network first.
        classes: how many there are to guess among.
        axis_x, axis_y: axis titles. mean, worst, best: names of a point's three numbers.
        dark: for a dark page.
    """
    ink = {"color": text_colour(dark)}
    figure = go.Figure(
        layout={
            "height": 360,
            "margin": {"l": 0, "r": 8, "t": 8, "b": 0},
            "legend": {"yanchor": "bottom", "y": 0.02, "x": 0.01, "font": ink},
            "xaxis": {"title": {"text": axis_x, "font": ink}, "tickfont": ink, "dtick": 1},
            "yaxis": {
                "title": {"text": axis_y, "font": ink},
                "tickfont": ink,
                "rangemode": "tozero",
                "ticksuffix": "%",
            },
        }
    )
    for (name, accuracy), style in zip(networks.items(), STYLES, strict=True):
        shares = rings(accuracy)
        middle, low, high = 100 * shares.T
        figure.add_scatter(
            x=np.arange(len(middle)),
            y=middle,
            name=name,
            mode="lines+markers",
            line={"color": tokens.colour(style["color"], dark), "dash": style["dash"], "width": 3},
            marker={"symbol": style["symbol"], "size": 9},
            error_y={
                "type": "data",
                "array": high - middle,
                "arrayminus": middle - low,
                "thickness": 1.2,
                "width": 5,
            },
            customdata=[[percent(share) for share in ring] for ring in shares],
            hovertemplate=f"{mean} %{{customdata[0]}}<br>{worst} %{{customdata[1]}}<br>"
            f"{best} %{{customdata[2]}}<extra>%{{fullData.name}}</extra>",
        )
    figure.add_hline(
        y=100 / classes, line={"dash": "dot", "width": 1, "color": tokens.colour("quiet", dark)}
    )  # guessing
    return figure
