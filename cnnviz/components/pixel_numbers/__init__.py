"""The image as the computer sees it: a picture that becomes numbers as one dives into it.

Zooming, panning and pointing happen in the browser. Where the visitor comes to rest comes back,
as `PixelView`, for the page to put into the link.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from cnnviz.components import pack, register, told_once
from cnnviz.components.value import field, indices, number, one_of, truth, well_formed
from cnnviz.data.cifar import SIDE, preprocess
from cnnviz.text import section

_mount = register("pixel_numbers")

Channel = Literal["all", "red", "green", "blue"]
Unit = Literal["byte", "share"]
NEAREST = 3.0
"""Zoomed in as far as it goes, so many cells stand side by side."""


@dataclass(frozen=True)
class PixelView:
    """What is looked at.

    Attributes:
        row, col: the chosen cell, from 0.
        across: how many cells stand side by side: 32, the whole picture, down to 3.
        channel: all three numbers in a cell, or one channel's.
        unit: "byte" for 0..255, "share" for 0..1.
        plain: numbers only, without the cells' colours.
    """

    row: int = 15
    col: int = 15
    across: float = float(SIDE)
    channel: Channel = "all"
    unit: Unit = "byte"
    plain: bool = False


def pixel_numbers(
    image: np.ndarray, *, language: str, view: PixelView | None = None, key: str
) -> PixelView | None:
    """Draw an image that can be zoomed into until its numbers can be read.

    A re-run that passes the same view, or one that came back from here, disturbs nothing; another
    view makes the component go there. Another image keeps the visitor's cell and zoom.

    Args:
        image: uint8 [32, 32, 3].
        language: "en" or "ko".
        view: what to look at; by default the whole picture.
        key: the component's key, unique on the page.

    Returns:
        Where the visitor has come to rest, once for each time, in the run that follows about half
        a second later; else None. Put it into the link.
    """
    result = _mount(
        key=key, data=payload(image, language=language, view=view or PixelView()), on_rest_change=lambda: None
    )
    return view_from(told_once(result.rest, key))


def payload(image: np.ndarray, *, language: str, view: PixelView) -> bytes:
    """Pack what the browser draws.

    The header holds `digest` of the image, `text`, `nearest`, and the view: `cell`, `across`,
    `channel`, `unit`, `plain`. The arrays are `image`, uint8 [32, 32, 3], and `share`, float32
    [32, 32, 3]: its values divided by 255.

    Raises:
        CnnvizError: if the image is no uint8 [32, 32, 3].
    """
    header = {
        "digest": hashlib.blake2s(np.asarray(image).tobytes(), digest_size=6).hexdigest(),
        "text": section("pixel_numbers", language),
        "nearest": NEAREST,
        "cell": (view.row, view.col),
        "across": view.across,
        "channel": view.channel,
        "unit": view.unit,
        "plain": view.plain,
    }
    return pack(header, {"image": np.asarray(image), "share": preprocess(image)})


@well_formed
def view_from(value: Any) -> PixelView:
    """Return what the browser sent as a view, or None if it is none."""
    row, col = indices(field(value, "cell"), SIDE, SIDE)
    return PixelView(
        row,
        col,
        number(field(value, "across"), NEAREST, SIDE),
        one_of(field(value, "channel"), get_args(Channel)),
        one_of(field(value, "unit"), get_args(Unit)),
        truth(field(value, "plain")),
    )
