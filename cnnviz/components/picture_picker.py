"""A row of thumbnails with selection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cnnviz.components import register
from cnnviz.components.message import receiver
from cnnviz.components.strips import reduced, strip
from cnnviz.components.value import boolean, index

_mount = register("picture_picker")

SIDE = 112
"""Pixels that a thumbnail has at most; it is drawn 48 to 60 px wide."""


def picture_picker(
    images: np.ndarray,
    captions: Sequence[str],
    selected: int | None,
    *,
    label: str,
    own: str,
    key: str,
    on_select: Callable[[int], None],
    on_own: Callable[[], None],
) -> None:
    """Mount thumbnails; `on_select` is called with the index of a clicked one before the next run.

    Args:
        images: uint8 [N, H, W, 3]. captions: N names for tooltips and screen readers.
        selected: index of the selected image, or None.
        own: the words of the button below them, for a picture of the visitor's own; `on_own` is called then.
    """
    shown = strip(reduced(images, SIDE), key)
    data = {"captions": list(captions), "selected": selected, "label": label, "own": own, "strip": shown}
    count = len(images)
    select = receiver(lambda value: index(value, count), on_select)
    ask = receiver(boolean, lambda asked: on_own() if asked else None)
    _mount(data=data, key=key, receivers={"selection": select, "own": ask})
