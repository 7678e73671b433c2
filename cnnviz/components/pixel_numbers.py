"""The pixel viewer: an image that can be zoomed into until its numbers are readable.

Zooming, panning and pointing happen in the browser. What is looked at is sent back, for the page
to put into the link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from cnnviz.components import digest, pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import boolean, field, indices, number, one_of
from cnnviz.data.dataset import Preprocessing, as_rgb
from cnnviz.errors import CnnvizError
from cnnviz.text import section

_mount = register("pixel_numbers")

Channel = Literal["all", "red", "green", "blue"]
Unit = Literal["byte", "share"]
NEAREST = 3.0
"""Number of visible columns at the largest zoom."""


@dataclass(frozen=True)
class PixelView:
    """The state of the pixel viewer.

    Attributes:
        row, col: the selected pixel, from 0.
        across: number of visible columns, from all down to 3.
        channel: whether a cell shows all channels, or which one.
        unit: "byte" for 0..255, "share" for the network's input, mostly 0..1.
        plain: whether numbers are shown without colours.
    """

    row: int = 15
    col: int = 15
    across: float = 32.0
    channel: Channel = "all"
    unit: Unit = "byte"
    plain: bool = False


def pixel_numbers(
    image: np.ndarray,
    *,
    scaling: Preprocessing,
    language: str,
    view: PixelView,
    key: str,
    on_select: Callable[[PixelView], None],
) -> None:
    """Mount the pixel viewer on an image.

    A re-run that passes the same view, or one that came back from here, disturbs nothing; another
    view makes the component go there. Another image keeps the visitor's cell and zoom.

    Args:
        image: uint8 [H, W, 1 or 3].
        scaling: the preprocessing of the network that takes it.
        language: "en" or "ko".
        view: what to look at.
        key: the component's key, unique on the page.
        on_select: called before the next run with the current view, about half a second after the
            visitor's last move.
    """
    shape = image.shape
    select = receiver(lambda value: read_view(value, shape), on_select)
    _mount(
        key=key,
        data=payload(image, scaling=scaling, language=language, view=view),
        receivers={"selection": select},
    )


def payload(image: np.ndarray, *, scaling: Preprocessing, language: str, view: PixelView) -> bytes:
    """Pack the payload.

    The header holds `digest` of image and scaling, `grey` (whether the image has one channel), `text`,
    `nearest`, `steps` (for each channel how a byte {n} is scaled), `range` of the scaled numbers, and the
    view: `cell`, `across`, `channel`, `unit`, `plain`. The arrays are `image`, uint8 [H, W, 3], and
    `scaled`, float32 [256, 3]: what each byte of each channel becomes.

    Raises:
        CnnvizError: if the image is no uint8 [H, W, 1 or 3].
    """
    if np.ndim(image) != 3 or np.shape(image)[2] not in (1, 3):
        raise CnnvizError(f"`image` must be [H, W, 1 or 3]. Received: image.shape={np.shape(image)}.")
    if np.asarray(image).dtype != np.uint8:
        raise CnnvizError(
            f"`image` must be uint8 in 0..255. Received: image.dtype={np.asarray(image).dtype}."
        )
    picture, channels = as_rgb(np.asarray(image)), np.shape(image)[2]
    scaled = as_rgb(scaling(np.repeat(np.arange(256, dtype=np.uint8), channels).reshape(256, 1, channels)))[
        :, 0
    ]
    header = {
        "digest": digest(image, scaled),
        "grey": channels == 1,
        "steps": [_steps(scaling, k % channels) for k in range(3)],
        "range": [float(scaled.min()), float(scaled.max())],
        "text": section("pixel_numbers", language),
        "nearest": NEAREST,
        "cell": (view.row, view.col),
        "across": view.across,
        "channel": view.channel,
        "unit": view.unit,
        "plain": view.plain,
    }
    return pack(header, {"image": picture, "scaled": scaled})


def _steps(scaling: Preprocessing, channel: int) -> str:
    """Write the scaling of a byte {n}: "({n} − 127) ÷ 128"; "÷ 255" is written after the byte."""
    if scaling == Preprocessing():
        return f"÷ {scaling.divisor:g}"
    return scaling.formula("{n}", channel).replace(r"\div", "÷").replace("-", "−")


def read_view(value: Any, shape: tuple[int, ...]) -> PixelView:
    """Parse the browser's state for an image [H, W, C]."""
    rows, cols = shape[:2]
    row, col = indices(field(value, "cell"), rows, cols)
    return PixelView(
        row,
        col,
        number(field(value, "across"), NEAREST, cols),
        one_of(field(value, "channel"), get_args(Channel)),
        one_of(field(value, "unit"), get_args(Unit)),
        boolean(field(value, "plain")),
    )
