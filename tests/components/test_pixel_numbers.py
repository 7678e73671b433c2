"""The payload of the picture that becomes numbers, and what it accepts from the browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz import CnnvizError, samples
from cnnviz.components.pixel_numbers import NEAREST, PixelView, payload, read_view
from cnnviz.data.dataset import Preprocessing
from cnnviz.data.imagenet import IMAGENET
from cnnviz.text import section
from tests.unpack import unpack

IMAGE = samples().images[0]
TOLD = {"cell": [3, 4], "across": 7.5, "channel": "red", "unit": "share", "plain": True, "time": 1}


def test_the_bytes_and_their_shares_arrive() -> None:
    view = PixelView(3, 4, 7.5, "red", "share", True)
    header, arrays = unpack(payload(IMAGE, scaling=Preprocessing(), language="ko", view=view))
    np.testing.assert_array_equal(arrays["image"], IMAGE)
    np.testing.assert_array_equal(arrays["scaled"][IMAGE[..., 1], 1], Preprocessing()(IMAGE)[..., 1])
    assert (header["steps"], header["range"]) == (["÷ 255"] * 3, [0, 1])
    assert header["text"] == section("pixel_numbers", "ko")
    assert (header["cell"], header["across"], header["nearest"]) == ([3, 4], 7.5, NEAREST)
    assert (header["channel"], header["unit"], header["plain"]) == ("red", "share", True)


def test_numbers_are_scaled_as_the_network_takes_them() -> None:
    scaling = IMAGENET.preprocessing
    header, arrays = unpack(payload(IMAGE, scaling=scaling, language="en", view=PixelView()))
    np.testing.assert_array_equal(arrays["scaled"][IMAGE[..., 2], 2], scaling(IMAGE)[..., 2])
    assert header["steps"] == ["({n} − 127) ÷ 128"] * 3
    assert header["range"] == [-127 / 128, 1]
    assert header["digest"] != unpack(_plain())[0]["digest"]


def _plain() -> bytes:
    return payload(IMAGE, scaling=Preprocessing(), language="en", view=PixelView())


def test_a_grey_picture_has_one_number_a_cell() -> None:
    headers = [
        unpack(payload(k, scaling=Preprocessing(), language="en", view=PixelView()))[0]
        for k in (IMAGE, IMAGE[..., :1])
    ]
    assert [header["grey"] for header in headers] == [False, True]


def test_another_image_has_another_digest() -> None:
    digests = [
        unpack(payload(k, scaling=Preprocessing(), language="en", view=PixelView()))[0]["digest"]
        for k in samples().images
    ]
    assert len(set(digests)) == 20


@pytest.mark.parametrize("image", [IMAGE / 255, IMAGE[0], IMAGE[..., :2]])
def test_what_is_no_image_is_refused(image: np.ndarray) -> None:
    with pytest.raises(CnnvizError, match=r"`images?` must be"):
        payload(image, scaling=Preprocessing(), language="en", view=PixelView())


def test_a_report_of_the_browser_becomes_a_view() -> None:
    assert read_view(TOLD, (32, 32, 3)) == PixelView(3, 4, 7.5, "red", "share", True)


@pytest.mark.parametrize(
    "change",
    [
        {"cell": [32, 0]},
        {"cell": [0, -1]},
        {"cell": "ab"},
        {"cell": None},
        {"across": 2.9},
        {"across": 33},
        {"across": float("nan")},
        {"channel": "alpha"},
        {"unit": "percent"},
    ],
)
def test_a_report_that_is_no_view_is_none(change: dict[str, Any]) -> None:
    with pytest.raises(CnnvizError, match="`value` must be"):
        read_view({**TOLD, **change}, (32, 32, 3))
    with pytest.raises(CnnvizError, match="`value` must be"):
        read_view({key: value for key, value in TOLD.items() if key not in change}, (32, 32, 3))
