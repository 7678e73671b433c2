"""Training and test curves of a trained network, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from cnnviz import tokens
from cnnviz.figures import text_colour, type_size
from cnnviz.figures.networks import HEIGHT, LINE_HEIGHT, PLOT_HEIGHT, end_label, spread_apart, text_width
from cnnviz.text import rounding

GAP = 0.12
"""Opacity of the area between the curves."""
MARKER = 12
"""Size in px of the final values, and the distance of their names from them."""


def history_curves(
    train: Sequence[float],
    test: Sequence[float],
    *,
    measured: tuple[float, float],
    train_name: str,
    test_name: str,
    gap: str,
    validation: tuple[str, Sequence[float], float] | None = None,
    axis_x: str,
    axis_y: str,
    percent: bool = False,
    mark: tuple[int, str] | None = None,
    dark: bool = False,
) -> go.Figure:
    """Draw the curves of one metric with the gap between them filled, and the final values.

    Args:
        train, test: a value for each epoch.
        measured: both values of the trained network, drawn as diamonds at the last epoch.
        train_name, test_name, gap: words at the right end. axis_x, axis_y: axis titles.
        percent: whether the values are percentages; else the axis begins at 0 and ends where they do.
        validation: name, a value for each epoch, and that of the trained network, if images were kept apart
            for it, as a separate dotted line.
        mark: an epoch, from 1, with its own line and label, above or below the curves, where there is
            more room. dark: for a dark page.

    Returns:
        A figure with three traces: training (x epochs from 1), test, and the measured values; and a fourth,
        validation, if there is any.
    """
    epochs = list(range(1, len(train) + 1))
    ink = {"color": text_colour(dark)}

    def written(values: Sequence[float]) -> list[str]:
        return [rounding.percent(value / 100) if percent else rounding.rounded(value, 3) for value in values]

    ends = [tokens.colour("series", dark), tokens.colour("accent", dark)]
    names, final = [train_name, test_name], list(measured)
    if validation is not None:
        ends.append(text_colour(dark))
        names.append(validation[0])
        final.append(validation[2])

    def line(name: str, values: Sequence[float], colour: str, dash: str, **more: Any) -> dict[str, Any]:
        style = {"color": colour, "width": 3, "dash": dash}
        return {
            "type": "scatter",
            "x": epochs,
            "y": list(values),
            "name": name,
            "mode": "lines" if len(epochs) > 1 else "markers",
            "line": style,
            "hovertext": written(values),
            "hovertemplate": f"%{{hovertext}}<extra>{name}</extra>",
            **more,
        }

    data = [
        line(train_name, train, ends[0], "dash"),
        line(test_name, test, ends[1], "solid", fill="tonexty", fillcolor=tokens.faded(ends[1], GAP)),
        {
            "type": "scatter",
            "x": [epochs[-1]] * len(final),
            "y": final,
            "mode": "markers",
            "marker": {"symbol": "diamond", "size": MARKER, "color": ends},
            "customdata": names,
            "hovertext": written(final),
            "hovertemplate": "%{hovertext}<extra>%{customdata}</extra>",
            "cliponaxis": False,
        },
    ]
    if validation is not None:
        data.append(line(*validation[:2], ends[2], "dot"))
    values = [value for each in data for value in each["y"]]
    low, high = (10 * (min(values) // 10), 102) if percent else (0.0, 1.05 * max(values))
    labels = [
        *((f"<b>{name}</b>", y, colour) for name, y, colour in zip(names, final, ends, strict=True)),
        (gap, (measured[0] + measured[1]) / 2, text_colour(dark)),
    ]
    heights = spread_apart(
        [y for _, y, _ in labels], LINE_HEIGHT * 1.2 / PLOT_HEIGHT * (high - low), low, high
    )
    annotations = [
        {**end_label(text, y, colour), "xshift": MARKER}
        for (text, _, colour), y in zip(labels, heights, strict=True)
    ]
    shapes = []
    if mark is not None:
        epoch, words = mark
        shapes.append(
            {
                "type": "line",
                "x0": epoch,
                "x1": epoch,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"dash": "dot", "width": 1.5, "color": text_colour(dark)},
            }
        )
        left = epoch > 0.5 * epochs[-1]
        reach = epochs[-1] / 2  # of the words, along the epochs
        beside = [
            k for k, each in enumerate(epochs) if 0 <= (epoch - each if left else each - epoch) <= reach
        ]
        near = [each["y"][k] for each in data if each["x"] == epochs for k in beside]
        above = high - max(near) >= min(near) - low
        annotations.append(
            {
                "text": words,
                "x": epoch,
                "xanchor": "right" if left else "left",
                "xshift": -4 if left else 4,
                "y": 1 if above else 0,
                "yref": "paper",
                "yanchor": "top" if above else "bottom",
                "showarrow": False,
                "font": {"size": type_size("small"), **ink},
            }
        )
    common = {"fixedrange": True, "tickfont": {"size": type_size("small"), **ink}, "zeroline": False}
    title = {"font": {"size": type_size("body"), **ink}}
    # epochs are whole: one tick each, or every few
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if len(epochs) / step <= 10 or step == 1000)
    layout = {
        "height": HEIGHT,
        "margin": {
            "l": 0,
            "r": MARKER + 6 + max(text_width(w) for w in (*names, gap)),
            "t": 8,
            "b": 0,
        },
        "showlegend": False,
        "dragmode": False,
        "hovermode": "x",
        "annotations": annotations,
        "shapes": shapes,
        "xaxis": {
            **common,
            "title": {**title, "text": axis_x},
            "range": [
                min(epochs) - 0.5 if len(epochs) == 1 else 1,
                epochs[-1] + (0.5 if len(epochs) == 1 else 0),
            ],
            "tickvals": epochs[step - 1 :: step],
        },
        "yaxis": {
            **common,
            "title": {**title, "text": axis_y},
            "range": [low, high],
            "ticksuffix": "%" if percent else "",
        },
    }
    return go.Figure(data=data, layout=layout)
