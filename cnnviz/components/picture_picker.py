"""Thumbnails to pick one from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnviz.components import register
from cnnviz.components.strips import strip
from cnnviz.components.value import index, well_formed

_mount = register("picture_picker")


def picture_picker(
    images: np.ndarray, captions: Sequence[str], selected: int | None, *, label: str, key: str
) -> int | None:
    """Draw thumbnails; return the index of the one picked just now, or None.

    Args:
        images: uint8 [N, H, W, 3]. captions: N names for tooltips and screen readers.
        selected: index of the current picture, or None if it is not among these.
    """
    data = {"captions": list(captions), "selected": selected, "label": label, "strip": strip(images, key)}
    result = _mount(data=data, key=key, on_pick_change=lambda: None)
    return well_formed(index)(result.pick, len(images))
