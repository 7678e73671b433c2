"""ReLU before pooling, pooling before ReLU: the four results and their differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cnnviz import ops
from cnnviz.figures import signed_colours, text_colour


@dataclass(frozen=True)
class Orders:
    """One map [H, W], before ReLU, pooled in both orders; all arrays [OH, OW].

    Attributes:
        relu_first, pool_first: the pooled map in either order.
        difference: `relu_first - pool_first`.
        differing: cells where it is not 0, beyond rounding.
        largest: its largest absolute value.
        where: (row, column) of that.
    """

    relu_first: np.ndarray
    pool_first: np.ndarray
    difference: np.ndarray
    differing: int
    largest: float
    where: tuple[int, int]


def both_orders(x: np.ndarray, pool: Any, size: Any, *, stride: Any, padding: Any) -> Orders:
    """Compute both orders for a map [H, W] with `pool` = `ops.max_pool` or `ops.average_pool`."""
    stack = x[..., np.newaxis]
    relu_first = pool(ops.relu(stack), size, stride=stride, padding=padding)[..., 0]
    pool_first = ops.relu(pool(stack, size, stride=stride, padding=padding))[..., 0]
    difference = relu_first - pool_first
    row, col = np.unravel_index(np.abs(difference).argmax(), difference.shape)
    rounding = 1e-6 * max(1.0, float(np.abs(x).max()))
    return Orders(
        relu_first,
        pool_first,
        difference,
        int((np.abs(difference) > rounding).sum()),
        float(np.abs(difference).max()),
        (int(row), int(col)),
    )


def orders_of_maps(x: np.ndarray, pool: Any, size: Any, *, stride: Any, padding: Any) -> list[Orders]:
    """Compute both orders for each map of [H, W, C]. Arguments as for `both_orders`."""
    return [both_orders(x[..., k], pool, size, stride=stride, padding=padding) for k in range(x.shape[2])]


def order_heatmaps(
    rows: dict[str, Orders], *, relu_first: str, pool_first: str, difference: str, dark: bool = False
) -> go.Figure:
    """Draw a row of three heat maps for each entry of `rows`, all on one colour scale around zero."""
    limit = max(float(np.abs(orders.relu_first).max()) for orders in rows.values()) or 1.0
    titles = [title.replace(", ", ",<br>") for title in (relu_first, pool_first, difference)]
    figure = make_subplots(
        rows=len(rows),
        cols=3,
        subplot_titles=titles,
        horizontal_spacing=0.03,
        vertical_spacing=0.14,
    )
    ink = text_colour(dark)
    figure.update_annotations(font={"size": 14, "color": ink}, yshift=2)
    negative, zero, positive = signed_colours(dark)
    for r, (name, orders) in enumerate(rows.items(), start=1):
        for c, values in enumerate((orders.relu_first, orders.pool_first, orders.difference), start=1):
            figure.add_heatmap(
                z=values,
                coloraxis="coloraxis",
                hovertemplate="(%{y}, %{x}): %{z:.4f}<extra></extra>",
                row=r,
                col=c,
            )
            figure.update_xaxes(visible=False, constrain="domain", row=r, col=c)
            figure.update_yaxes(  # each panel keeps its own cells square
                visible=False,
                autorange="reversed",
                scaleanchor=figure.get_subplot(r, c).xaxis.plotly_name.replace("axis", ""),
                constrain="domain",
                constraintoward="top",
                row=r,
                col=c,
            )
        figure.add_annotation(  # over its row, at the left: readable without turning one's head
            text=f"<b>{name}</b>",
            font={"size": 15, "color": ink},
            x=0,
            xref="paper",
            xanchor="left",
            y=figure.get_subplot(r, 1).yaxis.domain[1],
            yref="paper",
            yanchor="bottom",
            yshift=40 if r == 1 else 4,
            showarrow=False,
        )
    figure.update_layout(
        coloraxis={
            "colorscale": [[0, negative], [0.5, zero], [1, positive]],
            "cmin": -limit,
            "cmax": limit,
            "colorbar": {"orientation": "h", "thickness": 10, "len": 0.6, "y": -0.02, "yanchor": "top"},
        },
        height=200 * len(rows) + 130,
        margin={"l": 0, "r": 0, "t": 72, "b": 0},
    )
    return figure
