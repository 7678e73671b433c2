"""Numbers in the cells of a heat map, each in black or white, whichever is readable on its colour.

Plotly has one colour for all numbers of a heat map; its automatic choice is white or a dark grey, and the
grey has a contrast of about 3:1 on a cell of middle brightness.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cnnviz import tokens

EVEN = 0.179
"""The relative luminance on which black and white have the same contrast, 4.58:1."""


def with_readable_text(heat: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the traces of a heat map whose numbers have at least 4.5:1 against their cells.

    Args:
        heat: a trace of Plotly's heat map with `z` [H, W], `text` [H][W], `zmin`, `zmax` and a `colorscale`
            of hexadecimal colours.

    Returns:
        The heat map itself, with those numbers that are black; and over it, if there are any, the cells whose
        numbers are white, NaN elsewhere.
    """
    z = np.asarray(heat["z"], np.float64)
    white = luminance(cell_colours(z, heat)) < EVEN  # NaN is not: it has no number
    text, font = np.asarray(heat["text"], object), heat.get("textfont", {})

    def written(ones: np.ndarray, ink: str) -> dict[str, Any]:
        return {"text": np.where(ones, text, "").tolist(), "textfont": {**font, "color": tokens.colour(ink)}}

    if not white.any():
        return [{**heat, **written(~white, "black")}]
    over = {**heat, **written(white, "white"), "z": np.where(white, z, np.nan), "hoverongaps": False}
    return [{**heat, **written(~white, "black")}, over]


def luminance(colours: np.ndarray) -> np.ndarray:
    """Return float64 [...], WCAG's relative luminance in [0, 1] of colours [..., 3] in 0..255.

    >>> luminance(np.array([[0, 0, 0], [255, 255, 255]])).tolist()
    [0.0, 1.0]
    """
    share = np.asarray(colours, np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.round(linear @ [0.2126, 0.7152, 0.0722], 12)


def cell_colours(z: np.ndarray, heat: Mapping[str, Any]) -> np.ndarray:
    """Return float64 [H, W, 3]: the colours that Plotly gives the cells, in 0..255; NaN where z is."""
    scale: Sequence[tuple[float, str]] = heat["colorscale"]
    at = np.clip((z - heat["zmin"]) / (heat["zmax"] - heat["zmin"]), 0, 1)
    stops, colours = [stop for stop, _ in scale], np.array([tokens.rgb(colour) for _, colour in scale])
    return np.stack([np.interp(at, stops, channel) for channel in colours.T], axis=-1)
