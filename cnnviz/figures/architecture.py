"""A network as boxes; and where its weights sit and its work is done, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cnnviz.layers.base import Shape, map_shape
from cnnviz.networks import graph
from cnnviz.networks.graph import LayerInfo
from cnnviz.text.rounding import percent

# no blue and no orange: those are signs
COLOURS = {"input": "#8b93a1", "conv": "#14868c", "pool": "#6f9a37", "vector": "#6d6fa8"}
INK = {False: "#1b1f27", True: "#eef1f6"}  # of words, on a light page and on a dark one
WIDEST, THINNEST = 0.56, 0.05  # of a layer's slot
DEPTH, RISE = 0.3, 0.16  # how far the back of the largest box lies to the right and up
VECTOR = 0.16
SHORTEST = 0.01
ROOM = 1.25  # beside the longest bar, so that the words of shorter ones fit next to them
MANY = 16
"""More boxes than this: their labels have one line, so that they fit side by side on a phone."""


@dataclass(frozen=True)
class Box:
    """One box of the drawing.

    Attributes:
        label: name and shape, one below the other. part: a key of `COLOURS`.
        shape: [H, W, C] or [n]. hover: what pointing at it says.
    """

    label: str
    part: str
    shape: Shape
    hover: str


def boxes(
    infos: Sequence[LayerInfo], *, input_name: str, input_hover: str, hover: Sequence[str]
) -> list[Box]:
    """Choose the layers that are drawn: the input and all that make another shape.

    Args:
        hover: for each of `infos`, what pointing at it says.
    """
    chosen = [
        Box(_label(info.name, info.output_shape), info.layer.part, _drawn(info.output_shape), words)
        for info, words in zip(infos, hover, strict=True)
        if info.layer.part is not None
    ]
    shape = infos[0].input_shape
    return [Box(_label(input_name, shape), "input", shape, input_hover), *chosen]


def architecture(drawn: Sequence[Box], *, parts: Mapping[str, str], dark: bool = False) -> go.Figure:
    """Draw boxes in a row: height and depth follow the map's size, width the number of channels.

    All are square roots, so that a 7x7 map beside a 224x224 image can still be seen. A vector is a
    standing bar whose height grows with the logarithm of its length.

    Args:
        parts: the legend's word for each key of `COLOURS`. dark: for a dark page.

    Returns:
        A figure whose last trace has one point for each box, with what the hover says.
    """
    maps = [box.shape for box in drawn if len(box.shape) == 3]
    largest, channels = max(shape[0] for shape in maps), max(shape[2] for shape in maps)
    longest = max((box.shape[0] for box in drawn if len(box.shape) == 1), default=2)
    figure = go.Figure()
    faces: dict[str, list[tuple[list[float], list[float]]]] = {part: [] for part in COLOURS}
    tops: dict[str, list[tuple[list[float], list[float]]]] = {part: [] for part in COLOURS}
    sides: dict[str, list[tuple[list[float], list[float]]]] = {part: [] for part in COLOURS}
    for place, box in enumerate(drawn):
        if len(box.shape) == 1:
            width, height, depth = VECTOR, log(max(box.shape[0], 2)) / log(longest) * 0.9, 0.0
        else:
            height = depth = sqrt(box.shape[0] / largest)
            width = max(WIDEST * sqrt(box.shape[2] / channels), THINNEST)
        right, up = DEPTH * depth, RISE * depth
        x0, y0 = place - (width + right) / 2, -(height + up) / 2
        x1, y1 = x0 + width, y0 + height
        faces[box.part].append(([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0]))
        if depth:
            tops[box.part].append(([x0, x1, x1 + right, x0 + right, x0], [y1, y1, y1 + up, y1 + up, y1]))
            sides[box.part].append(([x1, x1 + right, x1 + right, x1, x1], [y0, y0 + up, y1 + up, y1, y0]))
    for part, colour in COLOURS.items():
        for polygons, shade in ((tops, 0.35), (sides, -0.3), (faces, 0.0)):
            if not polygons[part]:
                continue
            figure.add_scatter(
                x=_joined([xs for xs, _ in polygons[part]]),
                y=_joined([ys for _, ys in polygons[part]]),
                mode="lines",
                fill="toself",
                fillcolor=_shaded(colour, shade),
                line={"color": _shaded(colour, -0.5), "width": 0.8},
                hoverinfo="skip",
                name=parts[part],
                legendgroup=part,
                showlegend=polygons is faces,
            )
    figure.add_scatter(
        x=list(range(len(drawn))),
        y=[0.0] * len(drawn),
        mode="markers",
        marker={"opacity": 0, "size": 12},
        customdata=[box.hover for box in drawn],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
    figure.update_layout(
        height=440,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        hovermode="x",
        hoverlabel={"align": "left", "font": {"size": 14}},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "itemclick": False},
    )
    figure.update_xaxes(
        tickmode="array",
        tickvals=list(range(len(drawn))),
        ticktext=[box.label if len(drawn) <= MANY else box.label.replace("<br>", "  ") for box in drawn],
        autotickangles=[0, 90],
        ticklabeloverflow="allow",
        tickfont={"size": 13, "color": INK[dark]},
        range=[-0.6, len(drawn) - 0.4],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        ticks="",
    )
    figure.update_yaxes(visible=False, range=[-0.62, 0.62], fixedrange=True)
    return figure


def shares(
    infos: Sequence[LayerInfo], *, parameters: str, work: str, conv: str, dense: str, dark: bool = False
) -> go.Figure:
    """Draw, for each convolution and dense layer, its share of all parameters (left) and of the work (right).

    Args:
        parameters, work: titles of the two sides. conv, dense: legend. dark: for a dark page.

    Returns:
        A figure with two bar traces a side, whose customdata are (count, share in percent); the shares
        of a side add up to 100, but for the parameters of batch normalisation, a bar of which could not
        be seen.
    """
    weighted = [info for info in infos if info.multiply_accumulates]
    sides = (
        (parameters, [info.total_parameters for info in weighted], graph.total_parameters(infos)),
        (work, [info.multiply_accumulates for info in weighted], sum(i.multiply_accumulates for i in infos)),
    )
    figure = make_subplots(
        rows=1,
        cols=2,
        shared_yaxes=True,
        horizontal_spacing=0.03,
        subplot_titles=[title for title, *_ in sides],
    )
    for column, (_, counts, total) in enumerate(sides, start=1):
        figure.update_xaxes(range=[0, ROOM * 100 * max(counts) / total], col=column)
        for part, word in (("conv", conv), ("vector", dense)):
            chosen = [
                (info, count) for info, count in zip(weighted, counts, strict=True) if info.layer.part == part
            ]
            figure.add_bar(
                y=[info.name for info, _ in chosen],
                # a bar of no width would lose its words
                x=[100 * max(count, SHORTEST * max(counts)) / total for _, count in chosen],
                text=[f"{compact(count)} · {percent(count / total)}" for _, count in chosen],
                customdata=[(count, 100 * count / total) for _, count in chosen],
                hovertext=[percent(count / total, 2) for _, count in chosen],
                hovertemplate="%{y}: %{customdata[0]:,} (%{hovertext})<extra></extra>",
                outsidetextfont={"color": INK[dark]},
                insidetextfont={"color": "#ffffff"},
                textposition="auto",
                insidetextanchor="start",
                textangle=0,
                constraintext="none",
                orientation="h",
                marker_color=COLOURS[part],
                name=word,
                legendgroup=part,
                showlegend=column == 1,
                row=1,
                col=column,
            )
    figure.update_layout(
        barmode="overlay",
        bargap=0.25,
        height=110 + 27 * len(weighted),
        margin={"l": 0, "r": 0, "t": 70, "b": 0},
        legend={
            "orientation": "h",
            "yanchor": "top",
            "y": 1.0,
            "yref": "container",
            "x": 0,
            "itemclick": False,
        },
        uniformtext={"minsize": 12, "mode": "show"},
    )
    figure.update_annotations(font={"size": 15, "color": INK[dark]})
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(
        tickfont={"size": 13, "color": INK[dark]},
        categoryorder="array",
        categoryarray=[info.name for info in weighted],
        autorange="reversed",
        fixedrange=True,
    )
    return figure


def compact(count: int) -> str:
    """Write a count in three digits: 37752832 -> "37.8 M"."""
    for size, unit in ((10**9, " G"), (10**6, " M"), (10**3, " k")):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return str(count)


def _drawn(shape: Shape) -> Shape:
    """Return the shape in which a layer is drawn: a signal as maps of one row."""
    return map_shape(shape) if len(shape) == 2 else shape


def _label(name: str, shape: Shape) -> str:
    return f"{name}<br>{'×'.join(map(str, shape))}"


def _joined(lines: Sequence[Sequence[float]]) -> list[float | None]:
    """Return several lines as one, with gaps between them."""
    return [value for line in lines for value in (*line, None)][:-1]


def _shaded(colour: str, by: float) -> str:
    """Return a colour nearer to white (`by` > 0) or to black (< 0)."""
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    target = 255 if by > 0 else 0
    return "#" + "".join(f"{round(part + (target - part) * abs(by)):02x}" for part in parts)
