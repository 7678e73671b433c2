"""An uploaded picture with the part of it that is used in a frame, which the visitor moves and scales."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from cnnviz.components import digest, pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import field, index
from cnnviz.data.upload import MIN_CROP, Crop, Upload
from cnnviz.text import section

_mount = register("crop_picker")


def crop_picker(
    upload: Upload,
    size: tuple[int, int],
    crop: Crop | None,
    *,
    language: str,
    key: str,
    on_select: Callable[[Crop], None],
) -> None:
    """Mount the picture.

    Args:
        upload: the picture. size: rows and columns of what becomes of the part.
        crop: the part; None = the largest one in the middle.
        language: "en" or "ko". key: the component's key, unique on the page.
        on_select: called before the next run with the part that the visitor has chosen.
    """
    rows, cols = upload.preview.shape[:2]
    data = payload(upload, size, crop, language=language)
    select = receiver(lambda value: read_crop(value, rows, cols), on_select)
    _mount(data=data, key=key, receivers={"selection": select})


def read_crop(value: Any, rows: int, cols: int) -> Crop:
    """Parse the browser's selection, {left, top, height}, in a picture of so many rows and columns."""
    left, top = index(field(value, "left"), cols), index(field(value, "top"), rows)
    return Crop(left, top, index(field(value, "height"), rows + 1))


def payload(upload: Upload, size: tuple[int, int], crop: Crop | None, *, language: str) -> bytes:
    """Pack the payload. Arguments as for `crop_picker`.

    The header holds `digest` and `size` (rows, columns) of the picture, `ratio` (width / height of the part),
    `least` (its least height), `text`, and the part as `crop` {left, top, height}. The array `picture` is
    uint8: a JPEG.
    """
    buffer = io.BytesIO()
    Image.fromarray(upload.preview).save(buffer, "JPEG", quality=85)
    left, top, _, bottom = (round(edge) for edge in upload.box(size, crop))
    header = {
        "digest": digest(buffer.getvalue()),
        "size": upload.preview.shape[:2],
        "ratio": size[1] / size[0],
        "least": MIN_CROP,
        "text": section("crop_picker", language),
        "crop": Crop(left, top, bottom - top)._asdict(),
    }
    return pack(header, {"picture": np.frombuffer(buffer.getvalue(), np.uint8)})
