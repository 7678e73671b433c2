"""The payload of the two networks' answers, and what comes back from the browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.arithmetic.transform import MAX_SHIFT, pad_edges
from cnnviz.components.shifts import (
    ComparedNetwork,
    Selection,
    ShiftStability,
    payload,
    read_selection,
    shift_stability,
)
from cnnviz.errors import CnnvizError
from tests.unpack import unpack

CAT = samples().images[0]
IN_PLACE = Selection(0, 0)
NAMES = [f"class {k}" for k in range(10)]
RANDOM = np.random.default_rng(0).dirichlet(np.ones(10), (2, 13, 13)).astype(np.float32)


def unpacked(
    probabilities: np.ndarray, *, label: int | None = 3, selection: Selection = IN_PLACE
) -> dict[str, Any]:
    networks = [
        ComparedNetwork(f"network {k}", f"n{k}", f"facts {k}", table) for k, table in enumerate(probabilities)
    ]
    content = payload(CAT, networks, class_names=NAMES, true_label=label, selection=selection, language="en")
    header, arrays = unpack(content)
    return {**header, "arrays": arrays}


def test_the_payload_holds_the_picture_and_every_probability() -> None:
    header = unpacked(RANDOM, selection=Selection(2, -1, 5))
    np.testing.assert_array_equal(header["arrays"]["picture"], pad_edges(CAT))
    np.testing.assert_array_equal(header["arrays"]["probabilities"], RANDOM)
    assert header["selection"] == {"dx": 2, "dy": -1, "watched": 5}
    assert [one["title"] for one in header["networks"]] == ["network 0", "network 1"]
    assert [one["facts"] for one in header["networks"]] == ["facts 0", "facts 1"]
    assert (header["reach"], header["true_label"], header["class_names"]) == (MAX_SHIFT, 3, NAMES)


def test_answers_are_counted_over_all_shifts() -> None:
    table = np.zeros((13, 13, 10), np.float32)
    table[..., 3] = 1
    table[0, :4] = np.eye(10)[7]
    table[0, 4] = np.eye(10)[8]
    assert shift_stability(table, 3) == ShiftStability(shifts=169, changed=5, right=164)
    assert shift_stability(table, 7) == ShiftStability(shifts=169, changed=5, right=4)
    assert shift_stability(table, None) == ShiftStability(shifts=169, changed=5, right=None)
    header = unpacked(np.stack([table, RANDOM[1]]))
    assert [header["networks"][0][name] for name in ("shifts", "changed", "right")] == [169, 5, 164]


def test_what_is_not_computed_is_not_counted() -> None:
    partly = RANDOM.copy()
    for missing in (np.nan, np.inf):  # not computed yet, or no finite answer
        partly[0, 12, 12] = missing
        assert shift_stability(partly[0], 3) is None
        first, second = unpacked(partly)["networks"]
        assert first["changed"] is first["right"] is first["shifts"] is None
        assert second["changed"] is not None


def test_the_true_class_is_watched_else_what_the_cnn_says_in_place() -> None:
    assert unpacked(RANDOM)["watched"] == 3
    assert unpacked(RANDOM, label=None)["watched"] == RANDOM[1, MAX_SHIFT, MAX_SHIFT].argmax()
    unknown = RANDOM.copy()
    for missing in (np.nan, np.inf):
        unknown[1, MAX_SHIFT, MAX_SHIFT] = missing
        assert unpacked(unknown, label=None)["watched"] is None


def test_the_digest_tells_scenes_apart() -> None:
    assert unpacked(RANDOM)["digest"] == unpacked(RANDOM, selection=Selection(1, 1))["digest"]
    assert unpacked(RANDOM)["digest"] != unpacked(RANDOM[::-1])["digest"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "2,3",
        {"dx": 1},
        {"dx": 7, "dy": 0, "watched": None},
        {"dx": 0, "dy": -7, "watched": None},
        {"dx": 1.5, "dy": 0, "watched": None},
        {"dx": True, "dy": 0, "watched": None},
        {"dx": 0, "dy": 0, "watched": 10},
        {"dx": 0, "dy": 0, "watched": "cat"},
        {"dx": 0, "dy": 0, "watched": False},
    ],
)
def test_nothing_else_is_taken_from_the_browser(value: object) -> None:
    with pytest.raises(CnnvizError, match="`value` must be"):
        read_selection(value, 10)


def test_a_read_selection_the_browser() -> None:
    assert read_selection({"dx": -6, "dy": 6, "watched": 9}, 10) == Selection(-6, 6, 9)
    assert read_selection({"dx": 0, "dy": 0, "watched": None}, 10) == Selection(0, 0)
