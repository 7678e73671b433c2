"""Small pictures as texts."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import CnnvizError, samples
from cnnviz.formats import picture_text


@pytest.mark.parametrize("shape", [(32, 32, 3), (28, 28, 1), (1, 7, 3), (64, 64, 3)])
def test_a_picture_arrives_as_it_was_sent(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    text = picture_text.write(image)
    assert len(text) <= picture_text.MAX_TEXT
    np.testing.assert_array_equal(picture_text.read(text), image)


def test_a_picture_that_is_too_large_is_none() -> None:
    assert picture_text.write(np.zeros((65, 64, 3), np.uint8)) == ""


GOOD = picture_text.write(samples().images[3])


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD[:-4],
        GOOD + "AAAA",
        GOOD.replace("32x32x3", "32x32x4"),
        GOOD.replace("32x32x3", "32x96"),
        GOOD.replace("32x32x3", "0032x32x3"),
        GOOD.replace("32x32x3", "32x32x1"),
        GOOD[:-1] + "!",
        GOOD[:-1] + "가",
        "99x999x3:" + "A" * 10**6,
        "9999x9999x3:AAAA",
        "1x1x3:" + "A" * 4000,
    ],
)
def test_what_is_no_picture_is_refused(text: str) -> None:
    with pytest.raises(CnnvizError, match="must be a picture"):
        picture_text.read(text)
