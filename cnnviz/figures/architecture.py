"""Architecture diagrams: boxes of layers, and arcs of skip connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import cos, inf, log, pi, sin, sqrt
from textwrap import wrap
from unicodedata import east_asian_width

import plotly.graph_objects as go

from cnnviz import tokens
from cnnviz.figures import text_colour, type_size
from cnnviz.layers import registry
from cnnviz.layers.base import Shape, map_shape
from cnnviz.networks.graph import IMAGE, LayerInfo
from cnnviz.networks.skips import main_path, skips

INPUT = "input"
GROUPS = (INPUT, *registry.GROUPS)
"""Entries of the legend, each with its colour; "joining" is that of skip connections."""
WIDEST, THINNEST = 0.56, 0.05  # of a layer's slot
DEPTH, RISE = 0.3, 0.16  # how far the back of the largest box lies to the right and up
VECTOR = 0.16
MANY = 16
"""More boxes than this: their labels have one line, so that they fit side by side on a phone."""
LONG = 14
"""Letters in a line of a label that is read from afar."""
LETTER = 0.01  # of the drawing's width: a letter of such a label on a screen of 1024 x 768
HANGUL, SPACE = 1.85, 0.5  # of a letter's width: a syllable's, and a space's
EDGE = 0.6  # beside the outer boxes
ROWS = 3
"""Rows of such labels; a label that fits in none of them is left out."""
JOIN = 0.6  # of a slot: a layer that joins several is a circle, narrower than a box
ARRIVES = 0.085  # above the middle of a circle: where the tip of an arc's arrow lies
LEAVES = 0.24  # right of it: where an arc leaves the main path
ABOVE = 0.1  # from boxes, or from one arc, to the arc above
ON_ARC = 0.38  # the scale of a box on an arc
CORNER = 0.4, 0.22  # how wide and high an arc's corners are, at most
HEIGHT = 440
Line = tuple[list[float], list[float]]
"""Points: their xs and their ys."""


@dataclass(frozen=True)
class Box:
    """One box of the drawing.

    Attributes:
        label: name and shape, one below the other; of a layer that joins others, its symbol.
        group: one of `GROUPS`. shape: [H, W, C] or [n]. hover: the hover text.
        joins: whether it is a layer that joins others, drawn as a circle.
    """

    label: str
    group: str
    shape: Shape
    hover: str
    joins: bool = False


@dataclass(frozen=True)
class Arc:
    """A skip connection.

    Attributes:
        start, end: indices, in the row of boxes, of the box that it leaves and of the layer in which it ends.
        boxes: of the layers on it. hover: the hover text.
    """

    start: int
    end: int
    boxes: tuple[Box, ...]
    hover: str


def boxes(
    infos: Sequence[LayerInfo],
    *,
    names: Mapping[str, str],
    input_name: str,
    input_hover: str,
    hover: Sequence[str],
) -> list[Box]:
    """Return the boxes of the main path: the input, and layers that change the shape or merge inputs.

    Layers on a skip connection are omitted.

    Args:
        infos: the network's layers. names: {layer name: its label in the drawing}.
        input_name, input_hover: label and hover text of the input.
        hover: hover text of each layer.
    """
    row = set(_row(infos))
    chosen = [
        _box(info, names[info.name], words)
        for info, words in zip(infos, hover, strict=True)
        if info.name in row
    ]
    shape = infos[0].input_shape
    return [Box(_label(input_name, shape), INPUT, shape, input_hover), *chosen]


def arcs(
    infos: Sequence[LayerInfo],
    *,
    names: Mapping[str, str],
    hover: Mapping[str, str],
    skip_hover: Sequence[str],
) -> list[Arc]:
    """Return the skip connections between the boxes of a network.

    Args:
        infos: the network's layers. names: {layer name: its label in the drawing}.
        hover: {layer name: hover text}.
        skip_hover: hover text of each of the network's `skips`.
    """
    indices = {IMAGE: 0} | {name: index for index, name in enumerate(_row(infos), start=1)}
    by_name = {info.name: info for info in infos}
    found = []
    for skip, words in zip(skips(infos), skip_hover, strict=True):
        if skip.target not in indices:  # it is on another skip connection
            continue
        way = (IMAGE, *(() if skip.source == IMAGE else main_path(infos, skip.source)))
        start = next(indices[name] for name in reversed(way) if name in indices)
        on_it = (by_name[name] for name in skip.layers if by_name[name].layer.part)
        on_skip = tuple(_box(info, names[info.name], hover[info.name]) for info in on_it)
        found.append(Arc(start, indices[skip.target], on_skip, words))
    return found


def _row(infos: Sequence[LayerInfo]) -> list[str]:
    """Return the names of the layers that are drawn in a row."""
    on_arcs = {name for skip in skips(infos) for name in skip.layers}
    return [info.name for info in infos if info.layer.part is not None and info.name not in on_arcs]


def _box(info: LayerInfo, name: str, hover: str) -> Box:
    layer = info.layer
    label = layer.symbol or _label(name, info.output_shape)
    group = layer.group if layer.group in GROUPS else "other"
    return Box(label, group, _drawn(info.output_shape), hover, layer.part == "join")


def architecture(
    drawn: Sequence[Box],
    skipping: Sequence[Arc] = (),
    *,
    groups: Mapping[str, str],
    dark: bool = False,
    upright: bool = False,
) -> go.Figure:
    """Draw boxes in a row: height and depth show the size of the maps, width the number of channels.

    All scale with square roots, so that a 7x7 map beside a 224x224 image stays visible. A vector is a bar
    whose height is logarithmic in its length. A merging layer is a circle with its symbol, and a skip
    connection an arc that ends there.

    Args:
        drawn: the boxes. skipping: the skip connections between them.
        groups: legend text of each of `GROUPS`. dark: for a dark page.
        upright: whether labels are read from afar: never turned, but one below the other where they are
            close, and of many boxes only the shapes, where they change.

    Returns:
        A figure whose last trace has one point per box, with the hover texts; the trace before it has one
        per skip connection and per box on one, if there are any.
    """
    if upright:  # Plotly measures a word once: on a larger screen it still has room
        groups = {group: word + "\u00a0" * round(0.4 * len(word)) for group, word in groups.items()}
    on_arcs = [box for arc in skipping for box in arc.boxes]
    size = _Scale.of([*drawn, *on_arcs])
    widths = [JOIN if box.joins else 1.0 for box in drawn]
    ends = accumulate(widths)
    xs = [end - (width + widths[0]) / 2 for end, width in zip(ends, widths, strict=True)]  # from 0
    solids = [size.solid(box, x, 0.0) for box, x in zip(drawn, xs, strict=True)]
    lines, small = _placed(skipping, xs, [solid.top for solid in solids], size)
    figure = go.Figure()
    if skipping:
        figure.add_scatter(  # the main path, behind the boxes
            x=[xs[0], xs[-1]],
            y=[0, 0],
            mode="lines",
            line={"color": group_colour(INPUT, dark), "width": 1.5},
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_scatter(
            x=_joined([line_xs for line_xs, _ in lines]),
            y=_joined([line_ys for _, line_ys in lines]),
            mode="lines",
            line={"color": group_colour("joining", dark), "width": 2.5},
            hoverinfo="skip",
            name=groups["joining"],
            legendrank=2000,  # after the boxes
        )
    for group in GROUPS:
        colour = group_colour(group, dark)
        of_group = [solid for solid in (*solids, *small) if solid.box.group == group and not solid.box.joins]
        for polygons, shade in (
            ([solid.upper for solid in of_group if solid.depth], 0.35),
            ([solid.side for solid in of_group if solid.depth], -0.3),
            ([solid.face for solid in of_group], 0.0),
        ):
            if not polygons:
                continue
            figure.add_scatter(
                x=_joined([xs for xs, _ in polygons]),
                y=_joined([ys for _, ys in polygons]),
                mode="lines",
                fill="toself",
                fillcolor=_shaded(colour, shade),
                line={"color": _shaded(colour, -0.5), "width": 0.8},
                hoverinfo="skip",
                name=groups[group],
                legendgroup=group,
                showlegend=shade == 0.0,
            )
    if skipping:
        _add_joins(figure, drawn, xs, lines, dark=dark)
        figure.add_scatter(
            x=[*(sum(line_xs) / len(line_xs) for line_xs, _ in lines), *(solid.x for solid in small)],
            y=[*(max(line_ys) for _, line_ys in lines), *(solid.y for solid in small)],
            mode="markers",
            marker={"opacity": 0, "size": 12},
            customdata=[*(arc.hover for arc in skipping), *(box.hover for box in on_arcs)],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )
    figure.add_scatter(
        x=xs,
        y=[0.0] * len(drawn),
        mode="markers",
        marker={"opacity": 0, "size": 12},
        customdata=[box.hover for box in drawn],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
    bottom = -0.62
    top = -bottom
    if skipping:
        top = max(top, *(max(line_ys) for _, line_ys in lines), *(solid.top for solid in small)) + 0.03
    figure.update_layout(
        height=round(HEIGHT + (top + bottom) * 280),  # in proportion to the drawn height
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        hovermode="x",
        dragmode=False,  # a finger scrolls
        hoverlabel={"align": "left", "font": {"size": type_size("body")}},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "itemclick": False},
    )
    labelled = [(x, box.label) for x, box in zip(xs, drawn, strict=True) if not box.joins]
    many = len(drawn) + len(skipping) > MANY
    left, right = -EDGE, xs[-1] + EDGE
    if upright:
        labelled, (first, last) = _in_rows(labelled, many)
        left, right = min(left, first), max(right, last)
    elif many:
        labelled = [(x, label.replace("<br>", "  ")) for x, label in labelled]
    figure.update_xaxes(
        tickmode="array",
        tickvals=[x for x, _ in labelled],
        ticktext=[label for _, label in labelled],
        **{"tickangle": 0} if upright else {"autotickangles": [0, 90]},
        ticklabeloverflow="allow",
        tickfont={"size": type_size("small"), "color": text_colour(dark)},
        range=[left, right],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        ticks="",
    )
    figure.update_yaxes(visible=False, range=[bottom, top], fixedrange=True)
    return figure


def _in_rows(
    labelled: Sequence[tuple[float, str]], many: bool
) -> tuple[list[tuple[float, str]], tuple[float, float]]:
    """Return labels each in the first row where it has room, and from where to where they reach.

    If there are many boxes, only the shapes are written, each where it begins.
    """
    if many:
        shapes = [(x, label.rpartition("<br>")[2]) for x, label in labelled]
        labelled = [each for before, each in pairwise([(0.0, ""), *shapes]) if before[1] != each[1]]
    else:
        labelled = [(x, "<br>".join(_wrapped(label))) for x, label in labelled]
    lines = max(label.count("<br>") + 1 for _, label in labelled)
    letter = LETTER * (labelled[-1][0] + 2 * EDGE)
    placed: list[tuple[float, str]] = []
    start, ends = 0.0, [-inf] * ROWS
    for x, label in labelled:
        half = letter * max(map(_letters, label.split("<br>"))) / 2
        row = next((row for row, end in enumerate(ends) if end <= x - half), None)
        if row is not None:
            start, ends[row] = min(start, x - half), x + half
            placed.append((x, "<br>" * (lines * row) + label))
    return placed, (start, max(ends))


def _letters(line: str) -> float:
    """Return the width of a line in Latin letters."""
    return sum(HANGUL if east_asian_width(each) in "WF" else SPACE if each == " " else 1.0 for each in line)


def _wrapped(label: str) -> list[str]:
    """Return the lines of a label, none of them long: "Fully", "connected 1", "4096"."""
    return [line for part in label.split("<br>") for line in wrap(part, LONG, break_long_words=False)]


def stacked_labels(figure: go.Figure) -> int:
    """Return the number of labels below a drawing with two lines, name and shape."""
    return sum("<br>" in label for label in figure.layout.xaxis.ticktext)


@dataclass(frozen=True)
class _Solid:
    """A box at a position: `x`, `y` is its middle, and width, height and depth are in the figure's units."""

    box: Box
    x: float
    y: float
    width: float
    height: float
    depth: float

    @property
    def _back(self) -> tuple[float, float]:
        """Offset of its back to the right and up."""
        return DEPTH * self.depth, RISE * self.depth

    @property
    def _corners(self) -> tuple[float, float, float, float]:
        right, up = self._back
        x0, y0 = self.x - (self.width + right) / 2, self.y - (self.height + up) / 2
        return x0, y0, x0 + self.width, y0 + self.height

    @property
    def top(self) -> float:
        return self._corners[3] + self._back[1]

    @property
    def face(self) -> Line:
        x0, y0, x1, y1 = self._corners
        return [x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0]

    @property
    def upper(self) -> Line:
        (x0, _, x1, y1), (right, up) = self._corners, self._back
        return [x0, x1, x1 + right, x0 + right, x0], [y1, y1, y1 + up, y1 + up, y1]

    @property
    def side(self) -> Line:
        (_, y0, x1, y1), (right, up) = self._corners, self._back
        return [x1, x1 + right, x1 + right, x1, x1], [y0, y0 + up, y1 + up, y1, y0]


@dataclass(frozen=True)
class _Scale:
    """Scale of the boxes of a drawing: the largest sizes among them."""

    largest: int
    channels: int
    longest: int

    @classmethod
    def of(cls, drawn: Sequence[Box]) -> _Scale:
        maps = [box.shape for box in drawn if len(box.shape) == 3]
        vectors = [box.shape[0] for box in drawn if len(box.shape) == 1]
        most = max((shape[0] for shape in maps), default=1), max((shape[2] for shape in maps), default=1)
        return cls(*most, max(vectors, default=2))

    def solid(self, box: Box, x: float, y: float, scale: float = 1.0) -> _Solid:
        if box.joins:
            return _Solid(box, x, y, 0.0, 2 * ARRIVES, 0.0)
        if len(box.shape) == 1:
            height = log(max(box.shape[0], 2)) / log(max(self.longest, 2)) * 0.9
            return _Solid(box, x, y, VECTOR * scale, height * scale, 0.0)
        height = sqrt(box.shape[0] / self.largest) * scale
        width = max(WIDEST * sqrt(box.shape[2] / self.channels), THINNEST) * scale
        return _Solid(box, x, y, width, height, height)


def _placed(
    skipping: Sequence[Arc], xs: Sequence[float], tops: Sequence[float], size: _Scale
) -> tuple[list[Line], list[_Solid]]:
    """Return the line of each arc, and the boxes on arcs, in the arcs' order.

    An arc clears the boxes below it, and the shorter arcs.
    """
    lines: dict[int, Line] = {}
    small: dict[int, list[_Solid]] = {}
    for number in sorted(range(len(skipping)), key=lambda k: skipping[k].end - skipping[k].start):
        arc = skipping[number]
        x0, y0, x1 = xs[arc.start], tops[arc.start], xs[arc.end]
        if tops[arc.start] == ARRIVES:  # a circle, to which an arc comes down: this one leaves beside it
            x0, y0 = x0 + LEAVES, 0.0
        below = [*tops[arc.start : arc.end], 0.0]
        below += [
            max(lines[other][1])
            for other in lines
            if skipping[other].start < arc.end and arc.start < skipping[other].end
        ]
        gaps = len(arc.boxes) + 1
        on_it = [
            size.solid(box, x0 + (x1 - x0) * k / gaps, 0.0, ON_ARC)
            for k, box in enumerate(arc.boxes, start=1)
        ]
        level = max(below) + ABOVE + max((solid.top for solid in on_it), default=0.0)
        small[number] = [replace(solid, y=level) for solid in on_it]
        lines[number] = _arch(x0, y0, x1, ARRIVES, level)
    order = range(len(skipping))
    return [lines[k] for k in order], [solid for k in order for solid in small[k]]


def _arch(x0: float, y0: float, x1: float, y1: float, level: float) -> Line:
    """Return a line up to a level, along it and down again, with round corners."""
    wide = min(CORNER[0], (x1 - x0) / 2)
    turns = [pi / 2 * k / 8 for k in range(9)]
    up, down = min(CORNER[1], level - y0), min(CORNER[1], level - y1)
    return (
        [x0, *(x0 + wide * (1 - cos(a)) for a in turns), *(x1 - wide * (1 - sin(a)) for a in turns), x1],
        [y0, *(level - up * (1 - sin(a)) for a in turns), *(level - down * (1 - cos(a)) for a in turns), y1],
    )


def _add_joins(
    figure: go.Figure, drawn: Sequence[Box], xs: Sequence[float], lines: Sequence[Line], *, dark: bool
) -> None:
    """Draw the circles of layers that join others, and the ends of arcs: a dot, and an arrow."""
    figure.add_scatter(
        x=[line_xs[0] for line_xs, _ in lines],
        y=[line_ys[0] for _, line_ys in lines],
        mode="markers",
        marker={"size": 8, "color": group_colour("joining", dark)},
        hoverinfo="skip",
        showlegend=False,
    )
    joins = [(x, box.label) for x, box in zip(xs, drawn, strict=True) if box.joins]
    figure.add_scatter(
        x=[line_xs[-1] for line_xs, _ in lines],
        y=[line_ys[-1] for _, line_ys in lines],
        mode="markers",
        marker={"symbol": "triangle-down", "size": 10, "color": group_colour("joining", dark)},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=[x for x, _ in joins],
        y=[0.0] * len(joins),
        mode="markers+text",
        text=[f"<b>{symbol}</b>" for _, symbol in joins],
        textfont={"size": type_size("text"), "color": text_colour(dark)},
        marker={
            "size": 20,
            "color": text_colour(not dark),
            "line": {"color": group_colour("joining", dark), "width": 2},
        },
        hoverinfo="skip",
        showlegend=False,
    )


def group_colour(group: str, dark: bool) -> str:
    """Return the colour of a group of layers, or of the input."""
    return tokens.colour("series_soft", dark) if group == INPUT else tokens.group_colour(group, dark)


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
    target = 255 if by > 0 else 0
    return "#" + "".join(f"{round(part + (target - part) * abs(by)):02x}" for part in tokens.rgb(colour))
