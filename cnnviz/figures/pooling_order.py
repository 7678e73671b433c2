"""ReLU and pooling in both orders: computation and heat maps of the results and differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from cnnviz.arithmetic import ops
from cnnviz.colours import ScaleName, css_colour, signed_scale
from cnnviz.figures import text_colour


@dataclass(frozen=True)
class Orders:
    """ReLU and pooling of one map [H, W] in both orders; all arrays [OH, OW].

    Attributes:
        relu_first, pool_first: the results.
        difference: `relu_first - pool_first`.
        differing: number of cells where it is not 0, up to rounding.
        largest: its largest absolute value.
        where: (row, column) of the largest absolute value.
    """

    relu_first: np.ndarray
    pool_first: np.ndarray
    difference: np.ndarray
    differing: int
    largest: float
    where: tuple[int, int]


def both_orders(x: np.ndarray, pool: Any, size: Any, *, stride: Any, padding: Any) -> Orders:
    """Compute both orders for a map [H, W] with `pool` = `ops.max_pool` or `ops.average_pool`."""
    return orders_of_maps(x[..., np.newaxis], pool, size, stride=stride, padding=padding)[0]


def orders_of_maps(x: np.ndarray, pool: Any, size: Any, *, stride: Any, padding: Any) -> list[Orders]:
    """Compute both orders for each map of [H, W, C]. Arguments as for `both_orders`."""
    relu_first = pool(ops.relu(x), size, stride=stride, padding=padding)
    pool_first = ops.relu(pool(x, size, stride=stride, padding=padding))
    difference = relu_first - pool_first
    orders = []
    for k in range(x.shape[2]):
        size_of = np.abs(difference[..., k])
        row, col = np.unravel_index(size_of.argmax(), size_of.shape)
        rounding = 1e-6 * max(1.0, float(np.abs(x[..., k]).max()))
        orders.append(
            Orders(
                relu_first[..., k],
                pool_first[..., k],
                difference[..., k],
                int((size_of > rounding).sum()),
                float(size_of.max()),
                (int(row), int(col)),
            )
        )
    return orders


def order_heatmaps(
    rows: dict[str, Orders],
    *,
    relu_first: str,
    pool_first: str,
    difference: str,
    scale: ScaleName = "orange_blue",
    dark: bool = False,
) -> go.Figure:
    """Draw a row of three heat maps for each entry of `rows`, all on one colour scale around zero.

    The panels are laid out by hand: `make_subplots` and its updates take six times as long.
    """
    limit = max(float(np.abs(orders.relu_first).max()) for orders in rows.values()) or 1.0
    titles = [title.replace(", ", ",<br>") for title in (relu_first, pool_first, difference)]
    ends = signed_scale(scale, dark)
    gap, width, height = 0.03, (1 - 2 * 0.03) / 3, (1 - 0.14 * (len(rows) - 1)) / len(rows)
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"annotations": []}

    def write(words: str, size: int, x: float, anchor: str, y: float, shift: int) -> None:
        layout["annotations"].append(
            {
                "text": words,
                "font": {"size": size, "color": text_colour(dark)},
                "x": x,
                "xref": "paper",
                "xanchor": anchor,
                "y": y,
                "yref": "paper",
                "yanchor": "bottom",
                "yshift": shift,
                "showarrow": False,
            }
        )

    for r, (name, orders) in enumerate(rows.items()):
        top = 1 - r * (height + 0.14)
        # over its row, at the left: readable without turning one's head
        write(f"<b>{name}</b>", 15, 0, "left", top, 4 if r else 40)
        for c, values in enumerate((orders.relu_first, orders.pool_first, orders.difference)):
            axis, left = str(3 * r + c + 1), c * (width + gap)
            data.append(
                {
                    "type": "heatmap",
                    "z": values,
                    "coloraxis": "coloraxis",
                    "hovertemplate": "(%{y}, %{x}): %{z:.4~g}<extra></extra>",
                    "xaxis": f"x{axis}",
                    "yaxis": f"y{axis}",
                }
            )
            common = {"visible": False, "constrain": "domain"}
            layout[f"xaxis{axis}"] = {**common, "domain": [left, left + width], "anchor": f"y{axis}"}
            layout[f"yaxis{axis}"] = {
                **common,
                "domain": [max(0.0, top - height), top],
                "anchor": f"x{axis}",
                "autorange": "reversed",
                "scaleanchor": f"x{axis}",  # each panel keeps its own cells square
                "constraintoward": "top",
            }
            if r == 0:
                write(titles[c], 14, left + width / 2, "center", top, 2)
    layout["coloraxis"] = {
        "colorscale": [
            [0, css_colour(ends.negative)],
            [0.5, css_colour(ends.zero)],
            [1, css_colour(ends.positive)],
        ],
        "cmin": -limit,
        "cmax": limit,
        "colorbar": {
            "orientation": "h",
            "thickness": 10,
            "len": 0.6,
            "y": -0.02,
            "yanchor": "top",
            "tickfont": {"color": text_colour(dark)},
        },
    }
    layout["height"] = 200 * len(rows) + 130
    layout["margin"] = {"l": 0, "r": 0, "t": 72, "b": 0}
    return go.Figure(data=data, layout=layout)
