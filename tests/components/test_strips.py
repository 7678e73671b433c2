"""Thumbnails in one picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from cnnviz import samples
from cnnviz.components import strips
from cnnviz.components.strips import png, reduced, strip


def test_pictures_are_stacked_without_loss() -> None:
    images = samples().images[3:6]
    with Image.open(io.BytesIO(png(images))) as picture:
        assert picture.format == "PNG"
        np.testing.assert_array_equal(np.asarray(picture), images.reshape(96, 32, 3))


def test_strips_are_kept_by_their_content_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strips, "_strips", type(strips._strips)())
    images = samples().images
    first = png(images[:8])
    assert png(images[:8].copy()) is first
    assert png(images[:8].reshape(8, 64, 16, 3)) != first
    monkeypatch.setattr(strips, "MAX_BYTES", len(first) + 3000)
    for k in range(1, 12):
        png(images[k : k + 8])
        assert sum(map(len, strips._strips.values())) <= len(first) + 3000
    assert png(images[:8]) is not first


def test_large_pictures_are_reduced_for_thumbnails() -> None:
    large = samples().images[:2].repeat(8, axis=1).repeat(8, axis=2)
    small = reduced(large, 96)
    assert small.shape == (2, 96, 96, 3)
    assert np.abs(small.mean(axis=(1, 2)) - large.mean(axis=(1, 2))).max() < 2
    assert reduced(samples().images, 96) is samples().images


def test_without_a_server_or_pictures_there_is_no_address() -> None:
    assert strip(samples().images, "key") == {"address": "", "height": 32, "width": 32}
    assert strip(np.zeros((0, 20, 28, 3), np.uint8), "key") == {"address": "", "height": 20, "width": 28}
