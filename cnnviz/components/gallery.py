"""Pictures in groups, such as classes, to pick one from."""

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
    """The next `size` pictures, with a name and a note; a note must say so if there are none."""

    name: str
    note: str
    size: int


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
) -> None:
    """Draw groups of thumbnails; `on_select` is called with the index of a picked one before the next run.

    Args:
        images: uint8 [N, H, W, 3], N >= 0, in the order of the groups.
        captions: N names for tooltips and screen readers.
        groups: their sizes add up to N.
        selected: index of the current picture, or None if it is not among these.
        cards: groups stand side by side, each of one picture with its words beside it.
    """
    count = len(images)
    data = {
        "captions": list(captions),
        "groups": [asdict(group) for group in groups],
        "selected": selected,
        "label": label,
        "cards": cards,
        "strip": strip(images, key),
    }
    select = receiver(lambda value: index(value, count), on_select)
    _mount(data=data, key=key, receivers={"selection": select})
