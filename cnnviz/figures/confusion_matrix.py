"""Heat map of a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from cnnviz import tokens
from cnnviz.colours import css_colour, signed_scale
from cnnviz.figures import text_colour, type_size
from cnnviz.figures.cell_text import with_readable_text
from cnnviz.text.rounding import percent

PALEST = 0.05
"""Mistakes are coloured against the most frequent one, but never against less than this share."""


def shares(counts: Sequence[Sequence[int]] | np.ndarray) -> np.ndarray:
    """Return float64 [n, n]: each count as a share of its row; 0 for a class without images.

    >>> shares([[3, 1], [0, 0]]).tolist()
    [[0.75, 0.25], [0.0, 0.0]]
    """
    table = np.asarray(counts, np.float64)
    return table / np.maximum(table.sum(axis=1, keepdims=True), 1)


def draw(
    counts: Sequence[Sequence[int]] | np.ndarray,
    class_names: Sequence[str],
    *,
    axis_true: str,
    axis_predicted: str,
    dark: bool = False,
) -> go.Figure:
    """Draw the count of each true class (row) and predicted class (column).

    Args:
        counts: int [n, n] as on the model card: `counts[true][predicted]`.
        class_names: n names, the first on top and at the left.
        axis_true, axis_predicted: axis titles. dark: for a dark page.

    Returns:
        A figure with a heat map (`with_readable_text`): z in -1..1, hits above 0 as their share of the row,
        mistakes below 0 as their share of the row against the most frequent mistake's; customdata
        [10, 10, 4] are the names of both classes, the row's images and the share as a percentage.
    """
    table, part = np.asarray(counts, int), shares(counts)
    hit = np.eye(len(table), dtype=bool)
    worst = max(PALEST, float(part[~hit].max()))
    zero = css_colour(signed_scale(dark=dark).zero)
    few, many, some, most = (
        tokens.colour(name, dark) for name in ("right_few", "right_many", "wrong_few", "wrong_many")
    )
    names = list(class_names)
    rows = table.sum(axis=1)
    hover = [
        [(true, predicted, f"{rows[r]:,}", percent(part[r, c])) for c, predicted in enumerate(names)]
        for r, true in enumerate(names)
    ]
    heat = {
        "type": "heatmap",
        "z": np.where(hit, part, -part / worst),
        "x": names,
        "y": names,
        "customdata": hover,
        "text": [[str(count) if count else "" for count in row] for row in table.tolist()],
        "texttemplate": "%{text}",
        "textfont": {"size": type_size("body")}
        if table.max() < 1000
        else {},  # longer labels shrink on a phone
        "hovertemplate": f"{axis_true}: %{{customdata[0]}}<br>{axis_predicted}: %{{customdata[1]}}<br>"
        "<b>%{text}</b> / %{customdata[2]} (%{customdata[3]})<extra></extra>",
        "colorscale": [[0, most], [0.2, some], [0.5, zero], [0.5001, few], [1, many]],
        "zmin": -1,
        "zmax": 1,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
    }
    ink = {"color": text_colour(dark)}
    axis = {
        "type": "category",  # digits are names, too
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "tickfont": {"size": type_size("small"), **ink},
    }
    title = {"font": {"size": type_size("body"), **ink}, "standoff": 14}
    layout = {
        "height": 540,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "xaxis": {
            **axis,
            "side": "top",
            "title": {**title, "text": f"{axis_predicted} →"},
            "autotickangles": [0, -90],
        },
        "yaxis": {**axis, "autorange": "reversed", "title": {**title, "text": f"← {axis_true}"}},
    }
    return go.Figure(data=with_readable_text(heat), layout=layout)
