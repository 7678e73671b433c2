"""A gradient ascent from grey on a filter's mean activation, picture by picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnnviz.components import digest, pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import field, index
from cnnviz.data.dataset import as_rgb
from cnnviz.explain.filters import Ascent
from cnnviz.text import section

_mount = register("ascent_view")


def ascent_view(
    climbed: Ascent,
    values: Sequence[str],
    picture: int,
    *,
    language: str,
    key: str,
    on_select: Callable[[int], None],
) -> None:
    """Mount the component.

    Args:
        climbed: the pictures and means.
        values: the means, written.
        picture: index of the initial picture; the browser follows it if it differs from the last it sent.
        language: "en" or "ko".
        key: Streamlit's key of this component.
        on_select: called before the next run with the index of the current picture.
    """
    select = receiver(lambda value: read_picture(value, len(climbed.steps)), on_select)
    data = payload(climbed, values, picture, language=language)
    _mount(data=data, key=key, receivers={"selection": select})


def payload(climbed: Ascent, values: Sequence[str], picture: int, *, language: str) -> bytes:
    """Pack the payload. Arguments as for `ascent_view`.

    The header holds `digest`, `text`, `after`, the number of steps before each picture, `values` and
    `selection` {picture}. The arrays are `pictures`, uint8 [S, H, W, 3], and `means`, float32 [S].
    """
    arrays = {"pictures": as_rgb(climbed.pictures), "means": climbed.activations}
    header = {
        "digest": digest(*arrays.values()),
        "text": section("ascent_view", language),
        "after": list(climbed.steps),
        "values": list(values),
        "selection": {"picture": picture},
    }
    return pack(header, arrays)


def read_picture(value: Any, count: int) -> int:
    """Parse the browser's selection, the index of one of `count` pictures."""
    return index(field(value, "picture"), count)
