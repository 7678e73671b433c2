"""Figures for a projector: the same figure with larger type and markers."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

TYPE = 22
"""Type size in px where a figure sets none."""


def enlarged(figure: go.Figure, factor: float = 1.7) -> go.Figure:
    """Return a copy of a figure, with type, its shift sideways, markers and side margins made larger."""
    read = figure.to_dict()
    copy = {"data": _scaled(read.get("data", []), factor), "layout": _scaled(read.get("layout", {}), factor)}
    margins = {
        side: value * factor for side, value in read["layout"].get("margin", {}).items() if side in "lr"
    }
    return go.Figure(copy).update_layout(font_size=TYPE, margin=margins)  # the margins hold type


def _scaled(value: Any, factor: float, name: str = "") -> Any:
    if isinstance(value, dict):
        own = name.endswith("font") or name == "marker"
        return {
            key: each * factor
            if ((own and key == "size") or key == "xshift") and isinstance(each, int | float)
            else _scaled(each, factor, key)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_scaled(each, factor, name) for each in value]
    return value
