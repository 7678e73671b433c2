"""Strips of thumbnails, served over HTTP as one image so that browsers cache them."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TypedDict

import numpy as np
from PIL import Image
from streamlit import runtime

STRIPS = 32
"""Number of cached strips; one of 20 images has 0.1 MB."""


class Strip(TypedDict):
    """Images of one size, stacked vertically. address: relative URL, "" if there are no images."""

    address: str
    height: int
    width: int


def strip(images: np.ndarray, key: str) -> Strip:
    """Publish images as a strip and return its address and the size of an image.

    Args:
        images: uint8 [N, H, W, 3].
        key: of the component. Streamlit removes files of components that are no longer shown.
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
