"""Strips of thumbnails, served over HTTP as one image so that browsers cache them."""

from __future__ import annotations

import hashlib
import io
import threading
from collections import OrderedDict
from typing import TypedDict

import numpy as np
from PIL import Image
from streamlit import runtime

MAX_BYTES = 16_000_000
"""Limit of all cached strips; one of 20 images of CIFAR-10 has 0.05 MB."""
_strips: OrderedDict[bytes, bytes] = OrderedDict()
_lock = threading.Lock()


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
    address = ""
    if images.size and runtime.exists():
        address = runtime.get_instance().media_file_mgr.add(png(images), "image/png", key)
    return Strip(address=address, height=images.shape[1], width=images.shape[2])


def reduced(images: np.ndarray, side: int) -> np.ndarray:
    """Return images, uint8 [N, H, W, 3], scaled to sides of at most `side`; smaller ones as they are.

    >>> reduced(np.zeros((2, 200, 100, 3), np.uint8), 50).shape
    (2, 50, 25, 3)
    """
    height, width = images.shape[1:3]
    if not len(images) or max(height, width) <= side:
        return images
    size = tuple(max(1, round(each * side / max(height, width))) for each in (width, height))
    scaled = [Image.fromarray(image).resize(size, Image.Resampling.LANCZOS) for image in images]
    return np.stack([np.asarray(picture) for picture in scaled])


def png(images: np.ndarray) -> bytes:
    """Return images, uint8 [N, H, W, 3], stacked vertically as PNG; the last strips are kept."""
    images = np.ascontiguousarray(images)
    count, height, width, channels = images.shape
    key = hashlib.blake2b(repr(images.shape).encode() + images.tobytes(), digest_size=16).digest()
    with _lock:
        if key in _strips:
            _strips.move_to_end(key)
            return _strips[key]
    buffer = io.BytesIO()
    # not `optimize`: it takes eight times as long for large photographs, and 3% fewer bytes
    Image.fromarray(images.reshape(count * height, width, channels)).save(buffer, "PNG")
    with _lock:
        _strips[key] = buffer.getvalue()
        while sum(map(len, _strips.values())) > MAX_BYTES:
            _strips.popitem(last=False)
    return buffer.getvalue()
