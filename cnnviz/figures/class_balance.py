"""Bar chart of the class distribution of data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from cnnviz import tokens
from cnnviz.figures import text_colour, type_size
from cnnviz.text.rounding import percent

COLOURS = ("series_soft", "series", "accent")
ABOVE = 24
"""Pixels between the bars and the legend, for the words of the line."""


def class_balance(
    counts: Mapping[str, np.ndarray],
    class_names: Sequence[str],
    *,
    axis_share: str,
    even: str,
    dark: bool = False,
) -> go.Figure:
    """Draw one bar per class and set, as the share of the set.

    Args:
        counts: {name of a set: int [classes]}, each with at least one image; at most three sets.
        class_names: names, the first on top.
        axis_share: the axis' title. even: words for the line at which all classes are equal.
        dark: for a dark page.

    Returns:
        A figure with one bar trace a set: x in percent of the set, text the counts.
    """
    ink = {"color": text_colour(dark)}
    largest = max(float((100 * count / count.sum()).max()) for count in counts.values())
    bars = len(class_names) * (14 + 11 * len(counts))
    figure = go.Figure(
        layout={
            "height": 130 + bars,
            "margin": {"l": 0, "r": 12, "t": 56, "b": 0},
            "bargap": 0.3,
            "showlegend": True,
            "legend": {
                "orientation": "h",
                "yanchor": "bottom",
                "y": 1 + ABOVE / bars,
                "x": 0,
                "traceorder": "normal",
                "font": ink,
            },
            "xaxis": {
                "title": {"text": axis_share, "font": ink},
                "tickfont": ink,
                "range": [0, 1.18 * largest],
                "ticksuffix": "%",
                "fixedrange": True,
            },
            "yaxis": {"type": "category", "autorange": "reversed", "fixedrange": True, "tickfont": ink},
        }
    )
    for (name, count), colour in zip(counts.items(), COLOURS, strict=False):
        figure.add_bar(
            y=list(class_names),
            x=100 * count / count.sum(),
            text=[f"{n:,}" for n in count],
            textposition="outside",
            constraintext="none",
            textfont={"size": type_size("tiny"), **ink},
            cliponaxis=False,
            orientation="h",
            name=name,
            marker_color=tokens.colour(colour, dark),
            hovertext=[percent(share) for share in count / count.sum()],
            hovertemplate="%{y}: %{text} (%{hovertext})<extra>%{fullData.name}</extra>",
        )
    figure.add_vline(
        x=100 / len(class_names),
        line={"dash": "dot", "width": 1.5, "color": tokens.colour("quiet", dark)},
        annotation_text=even,
        annotation_position="top",
        annotation_font=ink,
    )
    return figure
