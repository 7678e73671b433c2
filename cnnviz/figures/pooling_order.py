"""ReLU before pooling, pooling before ReLU: the four results and their differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cnnviz import ops
from cnnviz.figures import signed_colours


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


def order_heatmaps(
    rows: dict[str, Orders], *, relu_first: str, pool_first: str, difference: str, dark: bool = False
) -> go.Figure:
    """Draw a row of three heat maps for each entry of `rows`, all on one colour scale around zero."""
    limit = max(float(np.abs(orders.relu_first).max()) for orders in rows.values()) or 1.0
    figure = make_subplots(
        rows=len(rows),
        cols=3,
        column_titles=[title.replace(", ", ",<br>") for title in (relu_first, pool_first, difference)],
        row_titles=list(rows),
        horizontal_spacing=0.04,
        vertical_spacing=0.06,
    )
    bar = {"orientation": "h", "thickness": 10, "len": 0.6, "y": -0.02, "yanchor": "top"}
    negative, zero, positive = signed_colours(dark)
    for r, orders in enumerate(rows.values(), start=1):
        for c, values in enumerate((orders.relu_first, orders.pool_first, orders.difference), start=1):
            figure.add_heatmap(
                z=values,
                coloraxis="coloraxis",
                hovertemplate="(%{y}, %{x}): %{z:.4f}<extra></extra>",
                row=r,
                col=c,
            )
    figure.update_layout(
        coloraxis={
            "colorscale": [[0, negative], [0.5, zero], [1, positive]],
            "cmin": -limit,
            "cmax": limit,
            "colorbar": bar,
        },
        height=220 * len(rows) + 100,
        margin={"l": 0, "r": 24, "t": 48, "b": 0},
    )
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, autorange="reversed", scaleanchor="x", constrain="domain")
    for r in range(1, len(rows) + 1):  # each panel keeps its own cells square
        for c in range(1, 4):
            k = (r - 1) * 3 + c
            figure.update_yaxes(scaleanchor=f"x{k if k > 1 else ''}", row=r, col=c)
    return figure
