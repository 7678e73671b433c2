"""The payload of the two pictures, the code they stand for, and what comes back from the browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz import CnnvizError, samples
from cnnviz.components.reshape_slip import FollowedPixel, codes, payload, read_pixel
from cnnviz.data.cifar10 import channels_first
from tests.unpack import unpack

IMAGES = samples().images
ROWS = channels_first(IMAGES).reshape(len(IMAGES), -1)  # as in the official files


def test_the_code_on_the_page_makes_the_pictures_on_the_page() -> None:
    for k, image in enumerate(IMAGES):
        _, arrays = unpack(payload(image, language="en", pixel=FollowedPixel()))
        right, wrong = (eval(code, {"x": ROWS}) for code in codes((32, 32, 3)).values())
        np.testing.assert_array_equal(arrays["right"], right[k])
        np.testing.assert_array_equal(arrays["wrong"], wrong[k])


def test_the_order_leads_from_either_picture_to_the_file() -> None:
    _, arrays = unpack(payload(IMAGES[0], language="en", pixel=FollowedPixel()))
    np.testing.assert_array_equal(ROWS[0][arrays["order"]], arrays["right"])
    np.testing.assert_array_equal(ROWS[0], arrays["wrong"].ravel())


@pytest.mark.parametrize("side", [8, 104, 105, 224])
def test_the_order_of_a_large_picture_has_each_place_once(side: int) -> None:
    picture = np.zeros((side, side, 3), np.uint8)
    _, arrays = unpack(payload(picture, language="en", pixel=FollowedPixel()))
    np.testing.assert_array_equal(np.sort(arrays["order"].ravel()), np.arange(picture.size))


def test_the_pixel_and_the_code_are_in_the_header() -> None:
    header, _ = unpack(payload(IMAGES[0], language="ko", pixel=FollowedPixel("wrong", 5, 6)))
    assert (header["side"], header["cell"]) == ("wrong", [5, 6])
    assert header["code"] == codes((32, 32, 3))


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(CnnvizError, match="`image` must be"):
        payload(IMAGES[0] / 255, language="en", pixel=FollowedPixel())


def test_a_report_of_the_browser_becomes_a_pixel() -> None:
    assert read_pixel({"side": "wrong", "cell": [31, 0]}, (32, 32, 3)) == FollowedPixel("wrong", 31, 0)


@pytest.mark.parametrize(
    "told",
    [
        {"side": "left", "cell": [0, 0]},
        {"side": "right", "cell": [0, 32]},
        {"side": "right", "cell": [-1, 0]},
        {"side": "right", "cell": 3},
        {"cell": [0, 0]},
        {},
    ],
)
def test_a_report_that_is_no_pixel_is_none(told: dict[str, Any]) -> None:
    with pytest.raises(CnnvizError, match="`value` must be"):
        read_pixel(told, (32, 32, 3))
