"""The payload of a batch that is normalised, and what comes back from the browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz.components.batch_view import STAGES, WAYS, Selection, payload, read_selection
from cnnviz.errors import CnnvizError
from cnnviz.text import section
from tests.unpack import unpack

VALUES = np.arange(24.0).reshape(2, 3, 4)
STATISTICS = {"mean": 11.5, "variance": 47.9, "gamma": 2.0, "beta": -1.0, "epsilon": 1e-3}
RIGHT = {"way": "inference", "stage": "scale", "cell": [1, 2, 3]}


def test_the_payload_holds_the_channel_and_both_ways() -> None:
    ways = {"training": STATISTICS, "inference": {**STATISTICS, "mean": np.float32(3)}}
    header, arrays = unpack(payload(VALUES, ways, Selection("training", "mean", (1, 2, 3)), language="ko"))
    np.testing.assert_array_equal(arrays["values"], VALUES)
    assert arrays["values"].dtype == np.float32
    assert header["ways"] == {"training": STATISTICS, "inference": {**STATISTICS, "mean": 3.0}}
    assert header["selection"] == {"way": "training", "stage": "mean", "cell": [1, 2, 3]}
    assert header["text"] == section("batch_view", "ko")
    assert {*(f"way_{way}" for way in WAYS), *(f"stage_{stage}" for stage in STAGES)} <= set(header["text"])


def test_a_selection_is_read() -> None:
    assert read_selection(RIGHT, VALUES.shape) == Selection("inference", "scale", (1, 2, 3))


@pytest.mark.parametrize(
    "wrong",
    [None, {}, {**RIGHT, "way": "test"}, {**RIGHT, "stage": 1}, {**RIGHT, "cell": [2, 0, 0]}],
)
def test_what_is_no_selection_is_refused(wrong: Any) -> None:
    with pytest.raises(CnnvizError):
        read_selection(wrong, VALUES.shape)
