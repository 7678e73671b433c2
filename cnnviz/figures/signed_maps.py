"""Maps of signed numbers, such as gradients, as small pictures."""

from __future__ import annotations

import numpy as np

from cnnviz.colours import ScaleName, signed_colour, signed_scale


def signed_maps(
    maps: np.ndarray, side: int, *, scale: ScaleName = "orange_blue", dark: bool = False
) -> np.ndarray:
    """Draw maps in the colours of signed numbers, on one scale up to their largest absolute value.

    Args:
        maps: float [H, W, N]. side: height and width of a picture; cells are repeated, not smoothed.
        scale: of signed numbers. dark: for a dark page.

    Returns:
        uint8 [N, side, side, 3].
    """
    height, width, _ = maps.shape
    limit = float(np.abs(maps).max()) or 1.0
    enlarged = maps[np.arange(side) * height // side][:, np.arange(side) * width // side]
    return signed_colour(np.moveaxis(enlarged, 2, 0) / limit, signed_scale(scale, dark))
