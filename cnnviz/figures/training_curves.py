"""Loss and accuracy of a run in progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Literal

import plotly.graph_objects as go

from cnnviz import tokens
from cnnviz.figures import text_colour, type_size
from cnnviz.figures.networks import spread_apart
from cnnviz.text.rounding import percent, rounded

Measure = Literal["loss", "accuracy"]
COLOURS = {"batches": "series_soft", "train": "series", "validation": "text", "test": "accent"}
"""Tokens of the lines' colours; they also differ in dash and marker."""
DASHES = {"train": "dash", "validation": "dot"}
MARKERS = {"train": "square", "validation": "diamond"}
APART = 0.09
"""Least distance of the labels of two lines, as a share of the figure's height."""

LEAST = 30.0
"""Least upper end of the accuracy axis in percent, so that guessing does not look like success."""


def draw(
    batches: Sequence[tuple[float, float, float]],
    rows: Sequence[Mapping[str, float]],
    measure: Measure,
    *,
    epochs: int,
    axis_x: str,
    words: Mapping[str, str],
    dark: bool = False,
) -> go.Figure:
    """Draw one metric over the epochs: a thin line of batches, and a point per epoch of each set of images.

    Args:
        batches: (epochs trained, loss, accuracy), ascending; may be empty.
        rows: per epoch "loss", "accuracy", "test_loss" and "test_accuracy", as on a model card; and
            "validation_loss" and "validation_accuracy", if the run has validation images.
        measure: the metric to draw.
        epochs: the end of the axis: epochs of the complete run.
        axis_x: the axis' title. words: names of the lines, by the names in `COLOURS`.
        dark: for a dark page.

    Returns:
        A figure with the lines of batches, training, validation if there is any, and test; accuracies in
        percent.
    """
    scale = 100 if measure == "accuracy" else 1
    ends = [float(k + 1) for k in range(len(rows))]
    lines = {
        "batches": ([x for x, *_ in batches], [(b[1] if measure == "loss" else b[2]) for b in batches]),
        "train": (ends, [row[measure] for row in rows]),
    }
    for name in ("validation", "test"):
        if name == "test" or any(f"validation_{measure}" in row for row in rows):
            lines[name] = (ends, [row[f"{name}_{measure}"] for row in rows])
    data: list[dict[str, Any]] = []
    for name, (xs, ys) in lines.items():
        colour = tokens.colour(COLOURS[name], dark)
        marker = {"symbol": MARKERS.get(name, "circle"), "size": 8 if len(rows) <= 20 else 5}
        data.append(
            {
                "type": "scatter",
                "x": xs,
                "y": [scale * y for y in ys],
                "name": words[name],
                "mode": "lines" if name == "batches" else "lines+markers",
                "line": {
                    "color": colour,
                    "width": 1.2 if name == "batches" else 2.5,
                    "dash": DASHES.get(name, "solid"),
                },
                "marker": marker,
                "cliponaxis": False,
                "hovertext": [percent(y) if measure == "accuracy" else rounded(y, 3) for y in ys],
                "hovertemplate": "%{hovertext}<extra>%{fullData.name}</extra>",
            }
        )
    top = max((y for line in data for y in line["y"] if isfinite(y)), default=1.0) or 1.0
    top *= 1.05
    if measure == "accuracy":
        top = 100.0 if top > 80 else max(top, LEAST)
    ink = {"color": text_colour(dark)}
    axis = {"fixedrange": True, "tickfont": {"size": type_size("small"), **ink}, "zeroline": False}
    layout = {
        "height": 330,
        "margin": {"l": 0, "r": 88, "t": 12, "b": 0},
        "showlegend": False,
        "hovermode": "x",
        "annotations": _labels(data, top, dark),
        "xaxis": {
            **axis,
            "title": {"text": axis_x, "font": {"size": type_size("body"), **ink}},
            "range": [0, epochs],
            "showgrid": False,
            **({"dtick": 1} if epochs <= 12 else {}),
        },
        "yaxis": {
            **axis,
            "range": [0, top],
            "ticksuffix": "%" if scale == 100 else "",
        },
    }
    return go.Figure(data=data, layout=layout)


def _labels(lines: Sequence[Mapping[str, Any]], top: float, dark: bool) -> list[dict[str, Any]]:
    """Return labels at the ends of the lines, without overlap; of batches only before the first epoch."""
    ends = [
        [line["name"], line["x"][-1], line["y"][-1], line["line"]["color"]]
        for line in lines[1:]
        if line["x"] and isfinite(line["y"][-1])
    ]
    if not ends:
        ends = [
            [line["name"], line["x"][-1], line["y"][-1], text_colour(dark)]
            for line in lines[:1]
            if line["x"] and isfinite(line["y"][-1])
        ]
    heights = spread_apart([end[2] / top for end in ends], APART, APART / 2, 1 - APART / 2)
    return [
        {
            "text": f"<b>{name}</b>",
            "x": x,
            "y": height * top,
            "xanchor": "left",
            "xshift": 9,
            "showarrow": False,
            "font": {"size": type_size("body"), "color": colour},
        }
        for (name, x, _, colour), height in zip(ends, heights, strict=True)
    ]
