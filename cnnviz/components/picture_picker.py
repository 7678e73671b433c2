"""A row of thumbnails with selection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cnnviz.components import register
from cnnviz.components.message import receiver
from cnnviz.components.strips import strip
from cnnviz.components.value import index

_mount = register("picture_picker")


def picture_picker(
    images: np.ndarray,
    captions: Sequence[str],
    selected: int | None,
    *,
    label: str,
    key: str,
    on_select: Callable[[int], None],
) -> None:
    """Mount thumbnails; `on_select` is called with the index of a clicked one before the next run.

    Args:
        images: uint8 [N, H, W, 3]. captions: N names for tooltips and screen readers.
        selected: index of the selected image, or None.
    """
    data = {"captions": list(captions), "selected": selected, "label": label, "strip": strip(images, key)}
    count = len(images)
    select = receiver(lambda value: index(value, count), on_select)
    _mount(data=data, key=key, receivers={"selection": select})
