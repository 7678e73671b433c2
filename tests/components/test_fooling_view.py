"""The payload of steps that fool a network, and what comes back from the browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.components.fooling_view import Step, payload, read_step
from cnnviz.errors import CnnvizError
from cnnviz.explain.fooling import LARGEST, Fooling
from tests.unpack import unpack

IMAGE = samples().images[0]
SIGNS = np.random.default_rng(0).integers(-1, 2, IMAGE.shape).astype(np.int8)
SHARES = np.random.default_rng(1).dirichlet(np.ones(10), LARGEST + 1).astype(np.float32)
FOUND = Fooling(3, None, SIGNS, SHARES, 5)


def unpacked(found: Fooling | None) -> dict[str, Any]:
    content = payload(
        IMAGE,
        found,
        probabilities=SHARES[0],
        class_names=[f"class {k}" for k in range(10)],
        selection=Step(None, 3),
        language="en",
    )
    header, arrays = unpack(content)
    return {**header, "arrays": arrays}


def test_the_payload_holds_all_steps() -> None:
    header = unpacked(FOUND)
    np.testing.assert_array_equal(header["arrays"]["picture"], IMAGE)
    np.testing.assert_array_equal(header["arrays"]["signs"].astype(int) - 1, SIGNS)
    np.testing.assert_array_equal(header["arrays"]["steps"], SHARES)
    assert (header["smallest"], header["largest"]) == (5, LARGEST)
    assert header["answer"] == SHARES[0].argmax()
    assert header["selection"] == {"size": None, "toward": 3}


def test_while_it_is_computed_there_is_the_picture_alone() -> None:
    header = unpacked(None)
    assert set(header["arrays"]) == {"picture"}
    assert header["smallest"] is None
    assert header["digest"] != unpacked(FOUND)["digest"]


def test_a_step_is_read() -> None:
    assert read_step({"size": None, "toward": 9}, 10) == Step(None, 9)
    assert read_step({"size": LARGEST, "toward": 0}, 10) == Step(LARGEST, 0)


@pytest.mark.parametrize(
    "wrong",
    [None, {}, {"size": LARGEST + 1, "toward": 0}, {"size": 0.5, "toward": 0}, {"size": 1, "toward": 10}],
)
def test_what_is_no_step_is_refused(wrong: Any) -> None:
    with pytest.raises(CnnvizError):
        read_step(wrong, 10)
