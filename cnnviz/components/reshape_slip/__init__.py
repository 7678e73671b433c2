"""Channels first against channels last: one image turned right by `transpose`, scrambled by `reshape`.

The visitor points at a pixel in either picture and sees where its three numbers lie in the file and
in the other picture; or lets both pictures fill up in the order of the file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from cnnviz.components import pack, register, told_once
from cnnviz.components.value import field, indices, one_of, well_formed
from cnnviz.data.cifar import SIDE, file_order, preprocess, reshape_slip
from cnnviz.text import section

_mount = register("reshape_slip")

Side = Literal["right", "wrong"]
RIGHT = "x.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)"
WRONG = "x.reshape(-1, 32, 32, 3)"
"""The code of both pictures, for rows x [N, 3072] of the official files."""


@dataclass(frozen=True)
class FollowedPixel:
    """The pixel (row, col), from 0, of the right or the wrong picture, whose numbers are followed."""

    side: Side = "right"
    row: int = 0
    col: int = 0


def slip_pictures(
    image: np.ndarray, *, language: str, pixel: FollowedPixel | None = None, key: str
) -> FollowedPixel | None:
    """Draw an image and its scrambled twin, with the file they both come from.

    Args:
        image: uint8 [32, 32, 3]. language: "en" or "ko".
        pixel: which to follow; by default the first. A re-run that passes the same one, or one
            that came back from here, disturbs nothing.
        key: the component's key, unique on the page.

    Returns:
        The pixel that the visitor has come to rest on, once, in the run that follows; else None.
    """
    result = _mount(
        key=key,
        data=payload(image, language=language, pixel=pixel or FollowedPixel()),
        on_rest_change=lambda: None,
    )
    return pixel_from(told_once(result.rest, key))


def payload(image: np.ndarray, *, language: str, pixel: FollowedPixel) -> bytes:
    """Pack what the browser draws.

    The header holds `digest`, `text`, `code` {"right", "wrong"}, `side` and `cell` of the pixel. The
    arrays are `right` and `wrong`, uint8 [32, 32, 3], and `order`, int16 [32, 32, 3]: the place of
    each number of `right` in the file. In `wrong` every number lies at its place of the file.
    """
    image = np.asarray(image)
    preprocess(image)  # refuses what is no image
    header = {
        "digest": hashlib.blake2s(image.tobytes(), digest_size=6).hexdigest(),
        "text": section("reshape_slip", language),
        "code": {"right": RIGHT, "wrong": WRONG},
        "side": pixel.side,
        "cell": (pixel.row, pixel.col),
    }
    arrays = {"right": image, "wrong": reshape_slip(image), "order": file_order().astype(np.int16)}
    return pack(header, arrays)


@well_formed
def pixel_from(value: Any) -> FollowedPixel:
    """Return what the browser sent as a pixel, or None if it is none."""
    return FollowedPixel(
        one_of(field(value, "side"), get_args(Side)), *indices(field(value, "cell"), SIDE, SIDE)
    )
