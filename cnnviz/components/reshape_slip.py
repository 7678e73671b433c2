"""Channels first against channels last: one image turned right by `transpose`, scrambled by `reshape`.

The visitor points at a pixel in either picture and sees where its three numbers lie in the file and
in the other picture; or lets both pictures fill up in the order of the file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from cnnviz.components import digest, pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import field, indices, one_of
from cnnviz.data.cifar10 import channels_first_index, reshape_without_transpose
from cnnviz.errors import CnnvizError
from cnnviz.text import section

_mount = register("reshape_slip")

Side = Literal["right", "wrong"]
"""The code of both images, for rows x [N, 3072] of the official files."""


def codes(shape: tuple[int, ...]) -> dict[str, str]:
    """Return the code that turns rows of a file into images [H, W, C]: "right", and "wrong".

    >>> codes((32, 32, 3))["wrong"]
    'x.reshape(-1, 32, 32, 3)'
    """
    height, width, channels = shape
    return {
        "right": f"x.reshape(-1, {channels}, {height}, {width}).transpose(0, 2, 3, 1)",
        "wrong": f"x.reshape(-1, {height}, {width}, {channels})",
    }


@dataclass(frozen=True)
class FollowedPixel:
    """The pixel (row, col), from 0, of the right or the wrong picture, whose numbers are followed."""

    side: Side = "right"
    row: int = 0
    col: int = 0


def slip_pictures(
    image: np.ndarray,
    *,
    language: str,
    pixel: FollowedPixel,
    key: str,
    on_select: Callable[[FollowedPixel], None],
) -> None:
    """Mount an image and its scrambled version, with the file's bytes.

    Args:
        image: uint8 [H, W, 3]. language: "en" or "ko".
        pixel: which to follow. A re-run that passes the same one, or one that came back from here,
            disturbs nothing.
        key: the component's key, unique on the page.
        on_select: called before the next run with the pixel that is followed now, about half a second
            after the visitor's last move.
    """
    shape = image.shape
    select = receiver(lambda value: read_pixel(value, shape), on_select)
    _mount(key=key, data=payload(image, language=language, pixel=pixel), receivers={"selection": select})


def payload(image: np.ndarray, *, language: str, pixel: FollowedPixel) -> bytes:
    """Pack the payload.

    The header holds `digest`, `text`, `code` {"right", "wrong"}, `side` and `cell` of the pixel. The
    arrays are `right` and `wrong`, uint8 [H, W, 3], and `order`, int16 or int32 [H, W, 3]: the index in
    the file of each number of `right`. In `wrong` every number lies at its index in the file.
    """
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise CnnvizError(
            f"`image` must be uint8 [H, W, 3]. Received: image.shape={image.shape}, dtype={image.dtype}."
        )
    header = {
        "digest": digest(image),
        "text": section("reshape_slip", language),
        "code": codes(image.shape),
        "side": pixel.side,
        "cell": (pixel.row, pixel.col),
    }
    small = np.min_scalar_type(-image.size)  # int16 for CIFAR-10: half the bytes
    order = channels_first_index(*image.shape).astype(small)
    return pack(header, {"right": image, "wrong": reshape_without_transpose(image), "order": order})


def read_pixel(value: Any, shape: tuple[int, ...]) -> FollowedPixel:
    """Parse the browser's pixel of an image [H, W, 3]."""
    rows, cols = shape[:2]
    return FollowedPixel(
        one_of(field(value, "side"), get_args(Side)), *indices(field(value, "cell"), rows, cols)
    )
