"""Comparison of trained networks: accuracy against cost, and accuracy per class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

import numpy as np
import plotly.graph_objects as go

from cnnviz import tokens
from cnnviz.figures import text_colour, type_size
from cnnviz.figures.layer_shares import compact
from cnnviz.text.rounding import percent

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "triangle-down", "pentagon", "star", "hexagon")
DASHES = ("solid", "dash", "dot", "dashdot")
"""Line styles of the networks in order, so that they differ without colour."""
HEIGHT = 380
# sizes in pixels on a phone, where labels must not overlap either
PLOT_WIDTH, PLOT_HEIGHT, LETTER_WIDTH, LINE_HEIGHT, MARKER_RADIUS = 290.0, 290.0, 7.2, 16.0, 9.0


@dataclass(frozen=True)
class Point:
    """A network in a chart.

    Attributes:
        name: returned by a click. title: the label.
        x: the cost: number of parameters, or minutes.
        accuracy: on the test images, 0..1. hover: `x` as text.
    """

    name: str
    title: str
    x: float
    accuracy: float
    hover: str


def accuracy_against(
    points: Sequence[Point],
    *,
    picked: str,
    axis_x: str,
    axis_y: str,
    logarithmic: bool = False,
    dark: bool = False,
) -> go.Figure:
    """Draw a marker with its title for each network; the picked one is larger and in the theme's colour.

    Args:
        points: at least one, in the order that their symbols go by.
        picked: name of the picked one. axis_x, axis_y: axis titles.
        logarithmic: whether x is, and counts; else it starts at 0. dark: for a dark page.

    Returns:
        A figure with one scatter trace: y in percent, customdata (name, hover).
    """
    xs = np.array([point.x for point in points], np.float64)
    ys = np.array([100 * point.accuracy for point in points])
    if logarithmic:
        low, high = log10(max(xs.min(), 1)), log10(max(xs.max(), 1))
        edge = max(0.12 * (high - low), 0.08)
        span = (low - edge, high + edge)
        positions = np.log10(np.maximum(xs, 1))
        steps = (1, 2, 5) if high - low > 1.5 else (1, 1.5, 2, 3, 4, 6)
        ticks = [k * 10**e for e in range(int(span[0]), int(span[1]) + 1) for k in steps]
        axis: dict[str, Any] = {
            "type": "log",
            "tickmode": "array",
            "tickvals": ticks,
            "ticktext": [compact(tick) for tick in ticks],
        }
    else:
        span = (0.0, 1.12 * float(xs.max()) or 1.0)
        positions, axis = xs, {}
    floor = 10 * int(max(ys.min() - 8, 0) // 10)
    width, height = span[1] - span[0], 104 - floor
    # in pixels from the lower left corner
    where = [
        ((x - span[0]) / width * PLOT_WIDTH, (y - floor) / height * PLOT_HEIGHT)
        for x, y in zip(positions, ys, strict=True)
    ]
    here = [point.name == picked for point in points]
    ink = {"color": text_colour(dark)}
    data = {
        "type": "scatter",
        "x": xs,
        "y": ys,
        "mode": "markers+text",
        "text": [f"<b>{p.title}</b>" if bold else p.title for p, bold in zip(points, here, strict=True)],
        "texttemplate": "\u00a0%{text}\u00a0",  # beside the marker, not at it
        "textposition": label_sides(where, [point.title for point in points]),
        "textfont": {"size": type_size("body"), **ink},
        "cliponaxis": False,
        "customdata": [(point.name, point.hover) for point in points],
        "hovertext": [percent(point.accuracy) for point in points],
        "hovertemplate": "<b>%{text}</b><br>%{hovertext}<br>%{customdata[1]}<extra></extra>",
        "marker": {
            "symbol": [SYMBOLS[k % len(SYMBOLS)] for k in range(len(points))],
            "size": [17 if bold else 13 for bold in here],
            "color": [tokens.colour("accent" if bold else "series", dark) for bold in here],
            "opacity": 1,
        },
        # a click picks; nothing fades for it
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}, "textfont": ink},
    }
    title = {"font": {"size": type_size("body"), **ink}}
    common = {"fixedrange": True, "tickfont": {"size": type_size("small"), **ink}, "zeroline": False}
    layout = {
        "height": HEIGHT,
        "margin": {"l": 0, "r": 8, "t": 8, "b": 0},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "xaxis": {**common, **axis, "range": span, "title": {**title, "text": axis_x}},
        "yaxis": {
            **common,
            "range": [floor, 104],
            "dtick": 10,
            "ticksuffix": "%",
            "title": {**title, "text": axis_y},
        },
    }
    return go.Figure(data=[data], layout=layout)


def label_sides(where: Sequence[tuple[float, float]], titles: Sequence[str]) -> list[str]:
    """Choose a side of each point for its title, so that titles cover neither one another nor points.

    Args:
        where: the points, in pixels from the lower left corner of a small chart.

    Returns:
        Plotly's text positions. Where there is no room anywhere, the last side tried.
    """
    taken = [(x - MARKER_RADIUS, y - MARKER_RADIUS, x + MARKER_RADIUS, y + MARKER_RADIUS) for x, y in where]
    sides = []
    for k, ((x, y), title) in enumerate(zip(where, titles, strict=True)):
        wide = text_width(title)
        boxes = {
            "middle right": (
                x + MARKER_RADIUS,
                y - LINE_HEIGHT / 2,
                x + MARKER_RADIUS + wide,
                y + LINE_HEIGHT / 2,
            ),
            "middle left": (
                x - MARKER_RADIUS - wide,
                y - LINE_HEIGHT / 2,
                x - MARKER_RADIUS,
                y + LINE_HEIGHT / 2,
            ),
            "top center": (x - wide / 2, y + MARKER_RADIUS, x + wide / 2, y + MARKER_RADIUS + LINE_HEIGHT),
            "bottom center": (x - wide / 2, y - MARKER_RADIUS - LINE_HEIGHT, x + wide / 2, y - MARKER_RADIUS),
            "top left": (x - wide, y + MARKER_RADIUS, x, y + MARKER_RADIUS + LINE_HEIGHT),
            "top right": (x, y + MARKER_RADIUS, x + wide, y + MARKER_RADIUS + LINE_HEIGHT),
            "bottom left": (x - wide, y - MARKER_RADIUS - LINE_HEIGHT, x, y - MARKER_RADIUS),
            "bottom right": (x, y - MARKER_RADIUS - LINE_HEIGHT, x + wide, y - MARKER_RADIUS),
        }
        others = taken[:k] + taken[k + 1 :]
        side, box = next(
            (
                (side, box)
                for side, box in boxes.items()
                if box[0] >= 0 and box[2] <= PLOT_WIDTH and not any(_overlap(box, other) for other in others)
            ),
            list(boxes.items())[-1],
        )
        sides.append(side)
        taken.append(box)
    return sides


def accuracy_by_class(
    networks: Mapping[str, tuple[str, np.ndarray]],
    class_names: Sequence[str],
    *,
    picked: str,
    axis_y: str,
    dark: bool = False,
) -> go.Figure:
    """Draw the accuracies of each network per class as a line, the hardest class on the left.

    Args:
        networks: {name: (title, float [10] in 0..1, NaN where a class has no images)}.
        class_names: ten names. picked: name of the picked network, or of one that is not among them.
        axis_y: the axis' title. dark: for a dark page.

    Returns:
        A figure with one line a network: x the class names, y in percent, customdata its name.
    """
    order = hardest_first([accuracy for _, accuracy in networks.values()])
    ink = {"color": text_colour(dark)}
    names = [class_names[k] for k in order]
    data: list[dict[str, Any]] = []
    ends: list[tuple[float, str]] = []
    for k, (name, (title, accuracy)) in enumerate(networks.items()):
        here = name == picked
        colour = tokens.colour("accent" if here else "series", dark)
        y = 100 * np.asarray(accuracy, np.float64)[order]
        data.append(
            {
                "type": "scatter",
                "x": names,
                "y": y,
                "name": title,
                "customdata": [name] * len(names),
                "mode": "lines+markers",
                "line": {"color": colour, "width": 3.5 if here else 1.5, "dash": DASHES[k % len(DASHES)]},
                "marker": {"symbol": SYMBOLS[k % len(SYMBOLS)], "size": 11 if here else 9, "opacity": 1},
                "selected": {"marker": {"opacity": 1}},
                "unselected": {"marker": {"opacity": 1}},
                "hovertext": [percent(accuracy[c]) for c in order],
                "hovertemplate": f"%{{x}}: %{{hovertext}}<extra>{title}</extra>",
                "zorder": int(here),
            }
        )
        last = y[~np.isnan(y)]
        label = "<br>".join(two_lines(title))
        ends.append((float(last[-1]) if len(last) else 0.0, f"<b>{label}</b>" if here else label))
    lowest = min((float(np.nanmin(line["y"])) for line in data if not np.isnan(line["y"]).all()), default=0)
    floor = 10 * int(max(lowest - 4, 0) // 10)
    heights = spread_apart([y for y, _ in ends], 2.1 * LINE_HEIGHT / PLOT_HEIGHT * (102 - floor), floor, 102)
    colours = [line["line"]["color"] for line in data]
    common = {"fixedrange": True, "tickfont": {"size": type_size("body"), **ink}, "zeroline": False}
    layout = {
        "height": HEIGHT + 40,
        "margin": {
            "l": 0,
            "r": 12 + max(text_width(title) for title, _ in networks.values()),
            "t": 8,
            "b": 0,
        },
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "annotations": [
            end_label(text, height, colour)
            for (_, text), height, colour in zip(ends, heights, colours, strict=True)
        ],
        "xaxis": {
            **common,
            "type": "category",
            "range": [-0.4, len(names) - 0.6],
            "dtick": 1,
            "autotickangles": [0, 90],
        },
        "yaxis": {
            **common,
            "range": [floor, 102],
            "ticksuffix": "%",
            "title": {"text": axis_y, "font": {"size": type_size("body"), **ink}},
        },
    }
    return go.Figure(data=data, layout=layout)


def hardest_first(accuracies: Sequence[np.ndarray]) -> list[int]:
    """Return the classes by their mean accuracy over all networks, the lowest first.

    Args:
        accuracies: [classes] of each network, 0..1; NaN where a class has no images.
    """
    table = np.ma.masked_invalid(np.stack(accuracies))
    return [int(k) for k in np.argsort(table.mean(axis=0).filled(np.inf), kind="stable")]


def end_label(text: str, y: float, colour: str) -> dict[str, Any]:
    """Return an annotation in the right margin, at height `y` of the axis."""
    return {
        "text": text,
        "x": 1,
        "xref": "paper",
        "xanchor": "left",
        "xshift": 6,
        "y": y,
        "showarrow": False,
        "align": "left",
        "font": {"size": type_size("body"), "color": colour},
    }


def spread_apart(heights: Sequence[float], distance: float, low: float, high: float) -> list[float]:
    """Move heights such that any two differ by at least `distance` and all are in `low`..`high`.

    Order is preserved, and means where possible. If there are too many, the highest exceed `high`.

    >>> spread_apart([5.0, 1.0, 5.0], 2.0, 0.0, 10.0)
    [4.0, 1.0, 6.0]
    >>> spread_apart([5.0, 5.0], 2.0, 0.0, 5.0)
    [3.0, 5.0]
    """
    groups: list[tuple[float, list[int]]] = []  # middle, members from the lowest
    for k in sorted(range(len(heights)), key=lambda k: heights[k]):
        groups.append((heights[k], [k]))
        while len(groups) > 1:
            (below, lower), (above, upper) = groups[-2:]
            if above - below >= distance * (len(lower) + len(upper)) / 2:
                break
            members = lower + upper
            middle = (below * len(lower) + above * len(upper)) / len(members)
            groups[-2:] = [(middle, members)]
    order = [k for _, members in groups for k in members]
    moved = [
        middle + distance * (k - (len(members) - 1) / 2)
        for middle, members in groups
        for k in range(len(members))
    ]
    top = high
    for k in reversed(range(len(moved))):
        moved[k] = min(moved[k], top)
        top = moved[k] - distance
    bottom = low
    for k in range(len(moved)):
        moved[k] = max(moved[k], bottom)
        bottom = moved[k] + distance
    return [moved[order.index(k)] for k in range(len(moved))]


def two_lines(title: str) -> list[str]:
    """Break a title in two lines, between its parts or else its words, to save width on a phone.

    >>> two_lines("Keras model · 24 Nov 15:30"), two_lines("Keras model"), two_lines("VGG")
    (['Keras model', '24 Nov 15:30'], ['Keras', 'model'], ['VGG'])
    """
    return title.split(" · " if " · " in title else " ", 1)


def text_width(text: str) -> float:
    """Estimate a label's width in pixels; a Korean letter is twice as wide as a Latin one."""
    return LETTER_WIDTH * sum(2 if ord(letter) > 0x1100 else 1 for letter in text)


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
