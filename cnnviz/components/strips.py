"""Thumbnails travel apart from the rest, as one picture that a browser asks for once and keeps."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TypedDict

import numpy as np
from PIL import Image
from streamlit import runtime

STRIPS = 32
"""So many are kept packed; one of 20 pictures has 0.1 MB."""


class Strip(TypedDict):
    """Pictures of the same size, one below the other. address: below the server's own; "" if none."""

    address: str
    height: int
    width: int


def strip(images: np.ndarray, key: str) -> Strip:
    """Return what a component's script needs to draw pictures.

    Args:
        images: uint8 [N, H, W, 3].
        key: of the component. Streamlit forgets a picture that no component shows any more.
    """
    images = np.ascontiguousarray(images)
    address = ""
    if images.size and runtime.exists():
        png = _png(images.tobytes(), images.shape)
        address = runtime.get_instance().media_file_mgr.add(png, "image/png", key)
    return Strip(address=address, height=images.shape[1], width=images.shape[2])


@lru_cache(STRIPS)
def _png(content: bytes, shape: tuple[int, ...]) -> bytes:
    count, height, width, channels = shape
    buffer = io.BytesIO()
    pixels = np.frombuffer(content, np.uint8).reshape(count * height, width, channels)
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
