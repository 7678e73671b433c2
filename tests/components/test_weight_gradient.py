"""The payload of a weight's gradient, and what comes back from the browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz import CnnvizError, Window
from cnnviz.components.weight_gradient import Selection, payload, read_selection
from cnnviz.explain.descent import KernelGradient
from cnnviz.text import section
from tests.unpack import unpack

SHOWN = KernelGradient(
    np.arange(20.0).reshape(4, 5),
    np.ones((2, 5)),
    np.ones((3, 3)),
    np.full((3, 3), 2.0),
    Window(3, (2, 1), "same"),
)


def test_the_payload_holds_maps_kernel_and_window() -> None:
    after = np.zeros((3, 3))
    settings: dict[str, Any] = {
        "rate": 0.1,
        "input_name": "relu1",
        "output_name": "conv2",
        "selection": Selection((1, 2), (0, 4)),
    }
    header, arrays = unpack(payload(SHOWN, after, language="ko", **settings))
    for name in ("x", "upstream", "kernel", "gradient"):
        np.testing.assert_array_equal(arrays[name], getattr(SHOWN, name))
    assert arrays["after"].dtype == np.float32
    assert (header["stride"], header["dilation"], header["pads"]) == ([2, 1], [1, 1], [[0, 1], [1, 1]])
    assert (header["weight"], header["position"], header["rate"]) == ([1, 2], [0, 4], 0.1)
    assert header["names"] == {"x": "relu1", "upstream": "conv2"}
    assert header["text"] == section("weight_gradient", "ko")
    other, _ = unpack(payload(SHOWN, after + 1, language="ko", **settings))
    assert other["digest"] != header["digest"]


def test_a_selection_is_read_within_the_kernel_and_the_map() -> None:
    assert read_selection({"weight": [2, 1], "position": [1, 4]}, (3, 3), (2, 5)) == Selection((2, 1), (1, 4))
    for value in (
        {"weight": [3, 0], "position": [0, 0]},
        {"weight": [0, 0], "position": [2, 0]},
        {"weight": [0], "position": [0, 0]},
        {"weight": [0, 0]},
        None,
        "1,2",
    ):
        with pytest.raises(CnnvizError):
            read_selection(value, (3, 3), (2, 5))
