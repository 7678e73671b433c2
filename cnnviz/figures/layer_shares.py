"""Bar charts of parameters and multiply-accumulates per layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cnnviz import tokens
from cnnviz.figures import text_colour, type_size
from cnnviz.figures.architecture import group_colour
from cnnviz.networks import graph
from cnnviz.networks.graph import LayerInfo
from cnnviz.text.rounding import percent

SHORTEST = 0.01  # of the longest bar: the width of shorter ones, at least
ROOM = 1.25  # beside the longest bar, so that the words of shorter ones fit next to them


def shares(
    infos: Sequence[LayerInfo],
    *,
    names: Mapping[str, str],
    parameters: str,
    work: str,
    conv: str,
    dense: str,
    dark: bool = False,
) -> go.Figure:
    """Draw, for each convolution and dense layer, its share of all parameters (left) and of the work (right).

    Args:
        names: {layer name: its label in the chart}.
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
        for part, group, word in (("conv", "convolution", conv), ("vector", "dense", dense)):
            chosen = [
                (info, count) for info, count in zip(weighted, counts, strict=True) if info.layer.part == part
            ]
            figure.add_bar(
                y=[names[info.name] for info, _ in chosen],
                # a bar of no width would lose its words
                x=[100 * max(count, SHORTEST * max(counts)) / total for _, count in chosen],
                text=[f"{compact(count)} · {percent(count / total)}" for _, count in chosen],
                customdata=[(count, 100 * count / total) for _, count in chosen],
                hovertext=[percent(count / total, 2) for _, count in chosen],
                hovertemplate="%{y}: %{customdata[0]:,} (%{hovertext})<extra></extra>",
                outsidetextfont={"color": text_colour(dark)},
                insidetextfont={"color": tokens.colour("background", dark)},
                textposition="auto",
                insidetextanchor="start",
                textangle=0,
                constraintext="none",
                orientation="h",
                marker_color=group_colour(group, dark),
                name=word,
                legendgroup=part,
                showlegend=column == 1,
                row=1,
                col=column,
            )
    # wider than its bars on a phone
    figure.layout.annotations[1].update(x=1, xanchor="right")
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
    figure.update_annotations(font={"size": type_size("lead"), "color": text_colour(dark)})
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(
        tickfont={"size": type_size("small"), "color": text_colour(dark)},
        categoryorder="array",
        categoryarray=[names[info.name] for info in weighted],
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
