"""Bar chart of the class distribution of data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from cnnviz.text.rounding import percent

COLOURS = ("#7a8699", "#2a9d8f", "#8a63d2")  # none of the colours that mean a sign or a choice


def class_balance(
    counts: Mapping[str, np.ndarray], class_names: Sequence[str], *, axis_share: str, even: str
) -> go.Figure:
    """Draw one bar per class and set, as the share of the set.

    Args:
        counts: {name of a set: int [classes]}, each with at least one image; at most three sets.
        class_names: names, the first on top.
        axis_share: the axis' title. even: words for the line at which all classes are equal.

    Returns:
        A figure with one bar trace a set: x in percent of the set, text the counts.
    """
    figure = go.Figure()
    for (name, count), colour in zip(counts.items(), COLOURS, strict=False):
        figure.add_bar(
            y=list(class_names),
            x=100 * count / count.sum(),
            text=[f"{n:,}" for n in count],
            textposition="outside",
            constraintext="none",
            textfont={"size": 11},
            cliponaxis=False,
            orientation="h",
            name=name,
            marker_color=colour,
            hovertext=[percent(share) for share in count / count.sum()],
            hovertemplate="%{y}: %{text} (%{hovertext})<extra>%{fullData.name}</extra>",
        )
    largest = max(float((100 * count / count.sum()).max()) for count in counts.values())
    figure.add_vline(
        x=100 / len(class_names),
        line={"dash": "dot", "width": 1.5, "color": "#8a8f98"},
        annotation_text=even,
        annotation_position="top",
    )
    figure.update_layout(
        height=130 + len(class_names) * (14 + 11 * len(counts)),
        margin={"l": 0, "r": 12, "t": 56, "b": 0},
        bargap=0.3,
        showlegend=True,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.06, "x": 0, "traceorder": "normal"},
        xaxis={"title": axis_share, "range": [0, 1.18 * largest], "ticksuffix": "%", "fixedrange": True},
        yaxis={"autorange": "reversed", "fixedrange": True},
    )
    return figure
