"""Thumbnails in one picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from cnnviz import samples
from cnnviz.components.strips import _png, strip


def test_pictures_are_stacked_without_loss() -> None:
    images = samples().images[3:6]
    with Image.open(io.BytesIO(_png(images.tobytes(), images.shape))) as picture:
        assert picture.format == "PNG"
        np.testing.assert_array_equal(np.asarray(picture), images.reshape(96, 32, 3))


def test_without_a_server_or_pictures_there_is_no_address() -> None:
    assert strip(samples().images, "key") == {"address": "", "height": 32, "width": 32}
    assert strip(np.zeros((0, 20, 28, 3), np.uint8), "key") == {"address": "", "height": 20, "width": 28}
