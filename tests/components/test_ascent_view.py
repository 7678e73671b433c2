"""The payload of an ascent, and what comes back from the browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz.components.ascent_view import payload, read_picture
from cnnviz.errors import CnnvizError
from cnnviz.explain.filters import Ascent
from cnnviz.text import section
from tests.unpack import unpack

PICTURES = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 1)).astype(np.uint8)
CLIMBED = Ascent((0, 1, 4), PICTURES, np.array([0, 0.5, 2], np.float32))


def test_the_payload_holds_pictures_and_means() -> None:
    header, arrays = unpack(payload(CLIMBED, ["0", "0.5", "2"], 2, language="ko"))
    np.testing.assert_array_equal(arrays["pictures"], np.repeat(PICTURES, 3, axis=-1))
    np.testing.assert_array_equal(arrays["means"], CLIMBED.activations)
    assert header["after"] == [0, 1, 4]
    assert header["values"] == ["0", "0.5", "2"]
    assert header["selection"] == {"picture": 2}
    assert header["text"] == section("ascent_view", "ko")
    other = Ascent(CLIMBED.steps, PICTURES, CLIMBED.activations + 1)
    assert unpack(payload(other, ["1", "1.5", "3"], 2, language="ko"))[0]["digest"] != header["digest"]


def test_a_picture_is_read() -> None:
    assert read_picture({"picture": 2}, 3) == 2


@pytest.mark.parametrize("wrong", [None, {}, {"picture": 3}, {"picture": -1}, {"picture": "1"}])
def test_what_is_no_picture_is_refused(wrong: Any) -> None:
    with pytest.raises(CnnvizError):
        read_picture(wrong, 3)
