"""Maps in few bytes: all that reads differently stays apart, and comes back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnviz.arithmetic.ops import average_pool, max_pool
from cnnviz.arithmetic.window import Window
from cnnviz.components.feature_grid.coding import LARGEST, derived, encode, intervals
from tests.components.decode import EDGES, decode

VALUES = st.floats(-LARGEST, LARGEST, width=32)


@given(arrays(np.float32, st.tuples(*[st.integers(1, 5)] * 3), elements=VALUES))
def test_what_is_written_comes_back(maps: np.ndarray) -> None:
    coded = encode(maps)
    back = decode(coded, *maps.shape[1:])
    np.testing.assert_array_equal(intervals(back), intervals(maps))
    assert np.sign(back).tolist() == np.sign(maps).tolist()


@given(VALUES)
def test_a_new_interval_begins_at_each_edge(value: float) -> None:
    found = np.searchsorted(EDGES, abs(value), side="right") + 1 if value else 0
    assert intervals(np.array([value], np.float32)) == np.sign(value) * found


def test_around_each_edge() -> None:
    assert (np.diff(EDGES) > 0).all()
    near = EDGES[:, None].astype(np.float32) * np.array([1 - 1e-6, 1, 1 + 1e-6], np.float32)
    found = np.searchsorted(EDGES, near.astype(np.float64), side="right") + 1
    np.testing.assert_array_equal(intervals(-near), -found)


def test_intervals() -> None:
    values = [0, 1e-9, -1e-9, 0.125, 0.1249, 3.394, 3.396, 12.04, 12.06, -0.25]
    found = intervals(np.array(values, np.float32)).tolist()
    assert found[:3] == [0, 1, -1]
    assert found[3] == found[4] + 1
    assert found[6] == found[5] + 1
    assert found[8] == found[7] + 1
    assert found[9] < 0


def test_maps_of_one_value_need_no_bits() -> None:
    coded = encode(np.full((3, 8, 8), 0.7, np.float32))
    assert coded.bits.size == 0
    np.testing.assert_array_equal(intervals(decode(coded, 8, 8)), intervals(np.full((3, 8, 8), 0.7)))


def test_no_more_bits_than_a_map_needs() -> None:
    maps = (
        np.stack([np.linspace(0, 0.99, 64), np.linspace(-9.9, 9.9, 64)]).reshape(2, 8, 8).astype(np.float32)
    )
    coded = encode(maps)
    assert coded.widths.tolist() == [11, 12]
    assert len(coded.bits) == 64 * (11 + 12) // 8


SOURCE = np.random.default_rng(0).normal(0, 1, (8, 8, 3)).astype(np.float32)


@pytest.mark.parametrize("padding", ["valid", "same", ((1, 0), (0, 0))])
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), ((2, 1), (1, 1))])
def test_max_pooling_is_found(size: Any, stride: Any, padding: Any) -> None:
    window = Window(size, stride, padding)
    assert derived(max_pool(SOURCE, size, stride=stride, padding=padding), SOURCE, window) == "max_pool"
    average = average_pool(SOURCE, size, stride=stride, padding=padding)
    assert derived(average, SOURCE, window) is None


def test_relu_is_found_and_nothing_else() -> None:
    assert derived(np.maximum(SOURCE, 0), SOURCE, None) == "relu"
    assert derived(np.maximum(SOURCE, 0.1), SOURCE, None) is None
    assert derived(np.maximum(SOURCE, 0)[:4], SOURCE, None) is None
    assert derived(np.maximum(SOURCE, 0), SOURCE, Window(2, 2)) is None  # of another size
