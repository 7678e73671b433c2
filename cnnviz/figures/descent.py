"""Gradient descent on one picture: the gradient at the output, and the loss step by step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from cnnviz import tokens
from cnnviz.colours import ScaleName, css_colour, signed_scale
from cnnviz.figures import text_colour
from cnnviz.text.numbers import significant
from cnnviz.text.rounding import percent


def output_gradient(
    probabilities: np.ndarray,
    label: int,
    class_names: Sequence[str],
    *,
    titles: tuple[str, str],
    scale: ScaleName = "orange_blue",
    dark: bool = False,
) -> go.Figure:
    """Draw the probabilities p beside the gradient of the loss at the logits, p - y.

    Args:
        probabilities: float [classes]. label: the right class. class_names: the first on top.
        titles: of the two halves. scale: of signed numbers. dark: for a dark page.

    Returns:
        A figure with two bar traces: p in [0, 1], p - y in [-1, 1].
    """
    ends, ink = signed_scale(scale, dark), {"color": text_colour(dark), "size": 14}
    gradient = probabilities - np.eye(len(probabilities))[label]
    names = [f"<b>{name}</b>" if k == label else name for k, name in enumerate(class_names)]
    colours = [css_colour(ends.bar_negative if value < 0 else ends.bar_positive) for value in gradient]
    shared = {
        "orientation": "h",
        "y": names,
        "textposition": "outside",
        "texttemplate": "\u00a0%{text}\u00a0",  # beside the bar, not at it
        "constraintext": "none",
        "textfont": ink,
        "cliponaxis": False,
    }
    axis = {"fixedrange": True, "tickfont": ink, "side": "top", "zeroline": True}
    figure = go.Figure(
        layout={
            "height": 70 + 30 * len(names),
            "margin": {"l": 0, "r": 8, "t": 56, "b": 0},
            "showlegend": False,
            "bargap": 0.25,
            "xaxis": {
                **axis,
                "range": [0, 1.35],
                "domain": [0, 0.44],
                "tickvals": [0, 0.5, 1],
                "title": {"text": titles[0], "font": ink},
            },
            "xaxis2": {
                **axis,
                "range": [-1.55, 1.55],
                "domain": [0.52, 1],
                "tickvals": [-1, 0, 1],
                "title": {"text": titles[1], "font": ink},
            },
            "yaxis": {"type": "category", "autorange": "reversed", "fixedrange": True, "tickfont": ink},
        }
    )
    figure.add_bar(
        x=probabilities,
        text=[percent(float(p), softmax=True) for p in probabilities],
        marker_color=tokens.colour("series_soft", dark),
        hovertemplate="%{y}: %{text}<extra></extra>",
        **shared,
    )
    figure.add_bar(
        x=gradient,
        text=[significant(float(value)) for value in gradient],
        marker_color=colours,
        xaxis="x2",
        hovertemplate="%{y}: %{text}<extra></extra>",
        **shared,
    )
    return figure


def loss_curve(
    losses: Sequence[float], taken: int, *, axis_x: str, axis_y: str, dark: bool = False
) -> go.Figure:
    """Draw the loss after each step; the last point is the step that is not taken yet.

    Args:
        losses: after 0, 1, ... steps. taken: how many steps are taken, an index of `losses`.
        axis_x, axis_y: titles. dark: for a dark page.

    Returns:
        A figure with one line of a marker a step; those that are not taken yet are hollow.
    """
    ink = {"color": text_colour(dark), "size": 14}
    symbols = ["circle" if k <= taken else "circle-open" for k in range(len(losses))]
    axis = {"fixedrange": True, "tickfont": ink, "zeroline": False}
    return go.Figure(
        go.Scatter(
            x=list(range(len(losses))),
            y=list(losses),
            mode="lines+markers",
            line={"color": tokens.colour("accent", dark), "width": 2.5},
            marker={"symbol": symbols, "size": 10},
            text=[significant(loss) for loss in losses],
            hovertemplate="%{x}: %{text}<extra></extra>",
            cliponaxis=False,
        ),
        {
            "height": 260,
            "margin": {"l": 0, "r": 12, "t": 12, "b": 0},
            "xaxis": {
                **axis,
                "title": {"text": axis_x, "font": ink},
                "dtick": 1 if len(losses) <= 12 else 5,
                "showgrid": False,
            },
            "yaxis": {
                **axis,
                "title": {"text": axis_y, "font": ink},
                "range": [0, 1.1 * max(max(losses), 1e-6)],
            },
        },
    )
