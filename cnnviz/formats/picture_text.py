"""A small picture as a text, for messages of JSON: "32x32x3:" and its bytes in base64.

Nothing has to be decoded to have its pixels, and those that arrive are exactly those that were sent.
"""

from __future__ import annotations

import base64
import binascii
import re

import numpy as np

from cnnviz.errors import CnnvizError

MAX_BYTES = 64 * 64 * 3
"""Maximum number of bytes of a picture."""
MAX_TEXT = 16 + 4 * MAX_BYTES // 3
_SHAPE = re.compile(r"([1-9]\d{0,3})x([1-9]\d{0,3})x([13])")


def write(image: np.ndarray) -> str:
    """Return a picture, uint8 [H, W, C], as a text; "" if it has more than `MAX_BYTES`."""
    if image.size > MAX_BYTES:
        return ""
    return "x".join(map(str, image.shape)) + ":" + base64.b64encode(image.tobytes()).decode()


def read(text: str) -> np.ndarray:
    """Return the picture that a text is, uint8 [H, W, C] with C = 1 or 3.

    Raises:
        CnnvizError: if it is none, or too large.

    >>> read(write(np.full((2, 2, 3), 7, np.uint8))).shape
    (2, 2, 3)
    """
    head, _, content = text[: MAX_TEXT + 1].partition(":")
    found = _SHAPE.fullmatch(head)
    if len(text) <= MAX_TEXT and found:
        shape = tuple(map(int, found.groups()))
        try:
            pixels = np.frombuffer(base64.b64decode(content, validate=True), np.uint8)
        except (binascii.Error, ValueError):
            pixels = np.empty(0, np.uint8)
        if pixels.size == np.prod(shape):
            return pixels.reshape(shape)
    raise CnnvizError(
        f"`text` must be a picture of at most {MAX_BYTES:,} bytes, such as 32x32x3:... "
        f"Received: {text[:20]!r}."
    )
