"""The payload of an uploaded picture with the frame round the part that is used."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from cnnviz.components.crop_picker import payload
from cnnviz.data.upload import Crop, Upload
from tests.unpack import unpack

PREVIEW = np.zeros((300, 500, 3), np.uint8)
PREVIEW[:, 250:] = 200, 30, 60
UPLOAD = Upload(np.zeros((32, 32, 3), np.uint8), PREVIEW, (100, 0, 300))


@pytest.mark.parametrize(
    ("size", "crop", "expected"),
    [
        ((224, 224), None, {"left": 100, "top": 0, "height": 300}),
        ((224, 224), Crop(450, 290, 120), {"left": 380, "top": 180, "height": 120}),
        ((20, 40), None, {"left": 0, "top": 25, "height": 250}),
    ],
)
def test_the_part_is_where_the_picture_is_cut(
    size: tuple[int, int], crop: Crop | None, expected: dict[str, int]
) -> None:
    header, arrays = unpack(payload(UPLOAD, size, crop, language="ko"))
    assert header["crop"] == expected
    assert (header["size"], header["ratio"]) == ([300, 500], size[1] / size[0])
    picture = np.asarray(Image.open(io.BytesIO(arrays["picture"].tobytes())))
    assert picture.shape == PREVIEW.shape
    assert np.abs(picture[150, 400].astype(int) - PREVIEW[150, 400]).max() < 8
