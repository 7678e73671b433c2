"""A gallery of images in groups, such as classes, with selection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from cnnviz.components import register
from cnnviz.components.message import receiver
from cnnviz.components.strips import strip
from cnnviz.components.value import index

_mount = register("gallery")


@dataclass(frozen=True)
class Group:
    """A group of the next `size` images, with a name and a note; `empty` is the text if there are none."""

    name: str
    note: str
    size: int
    empty: str = ""


def gallery(
    images: np.ndarray,
    captions: Sequence[str],
    groups: Sequence[Group],
    selected: int | None,
    *,
    label: str,
    key: str,
    on_select: Callable[[int], None],
    cards: bool = False,
    large: bool = False,
) -> None:
    """Mount groups of thumbnails; `on_select` is called with the index of a clicked one before the next run.

    Args:
        images: uint8 [N, H, W, 3], N >= 0, in the order of the groups.
        captions: N names for tooltips and screen readers.
        groups: their sizes add up to N.
        selected: index of the selected image, or None.
        cards: whether groups have one image each and are drawn as cards with their texts.
        large: whether the images are drawn large, where there is room.
    """
    count = len(images)
    data = {
        "captions": list(captions),
        "groups": [asdict(group) for group in groups],
        "selected": selected,
        "label": label,
        "cards": cards,
        "large": large,
        "strip": strip(images, key),
    }
    select = receiver(lambda value: index(value, count), on_select)
    _mount(data=data, key=key, receivers={"selection": select})
