"""Heat maps as small pictures."""

from __future__ import annotations

import numpy as np

from cnnviz import tokens

STOPS = ("none", "few", "some", "many", "all")
"""Colours of the scale in tokens.toml, from 0 to the largest value."""


def small_map(values: np.ndarray, side: int, *, dark: bool = False) -> np.ndarray:
    """Draw a heat map in the colours of components/frontend/shared/heat.js, on its own scale.

    Args:
        values: float [h, w], 0 or more. side: height and width of the picture; cells are repeated, not
            smoothed. dark: for a dark page.

    Returns:
        uint8 [side, side, 3].
    """
    rows, cols = values.shape
    share = values / (float(values.max()) or 1.0)
    enlarged = share[np.arange(side) * rows // side][:, np.arange(side) * cols // side]
    colours = np.array([tokens.rgb(tokens.colour(f"heat_{stop}", dark)) for stop in STOPS])
    at = np.linspace(0, 1, len(STOPS))
    return np.rint(np.stack([np.interp(enlarged, at, channel) for channel in colours.T], -1)).astype(np.uint8)
