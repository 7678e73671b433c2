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
from cnnviz.components.map_coding import COLOURS, LARGEST, derived, encode, numbers
from tests.components.decode import EDGES, decode, intervals

VALUES = st.floats(-LARGEST, LARGEST, width=32)


@given(arrays(np.float32, st.tuples(*[st.integers(1, 5)] * 3), elements=VALUES))
def test_what_is_written_comes_back(maps: np.ndarray) -> None:
    coded = encode(maps)
    back = decode(coded, *maps.shape[1:])
    np.testing.assert_array_equal(intervals(back), intervals(maps))
    assert np.sign(back).tolist() == np.sign(maps).tolist()


@given(arrays(np.float32, st.tuples(*[st.integers(1, 5)] * 3), elements=VALUES))
def test_whole_numbers_stay_whole_and_others_do_not_become_so(maps: np.ndarray) -> None:
    maps.flat[::2] = np.rint(maps.flat[::2])
    back = decode(encode(maps), *maps.shape[1:])
    whole = maps == np.rint(maps)
    np.testing.assert_array_equal(back[whole], maps[whole])
    np.testing.assert_array_equal(back == np.rint(back), whole)


@given(VALUES)
def test_a_new_interval_begins_at_each_edge(value: float) -> None:
    values = np.array([value], np.float32)
    assert numbers(values) == intervals(values)


def test_around_each_edge() -> None:
    assert (np.diff(EDGES) > 0).all()
    near = EDGES[:, None].astype(np.float32) * np.array([1 - 1e-6, 1, 1 + 1e-6], np.float32)
    np.testing.assert_array_equal(numbers(-near), intervals(-near))


@pytest.mark.parametrize("largest", [1e-3, 0.02, 0.099, 0.101, 0.3, 1, 4, 11, 400])
def test_small_values_keep_their_colours(largest: float) -> None:
    maps = np.linspace(-largest, largest, 1024).reshape(1, 32, 32).astype(np.float32)
    back = decode(encode(maps), 32, 32)
    np.testing.assert_array_equal(intervals(back), intervals(maps))
    assert np.abs(back - maps).max() <= max(largest / COLOURS, 5e-6)


def test_maps_of_one_value_need_no_bits() -> None:
    coded = encode(np.full((3, 8, 8), 0.7, np.float32))
    assert coded.bits.size == 0
    np.testing.assert_array_equal(intervals(decode(coded, 8, 8)), intervals(np.full((3, 8, 8), 0.7)))


def test_no_more_bits_than_a_map_needs() -> None:
    maps = (
        np.stack([np.linspace(0, 0.99, 64), np.linspace(-9.9, 9.9, 64)]).reshape(2, 8, 8).astype(np.float32)
    )
    coded = encode(maps)
    assert coded.widths.tolist() == [12, 12]
    assert len(coded.bits) == 64 * (12 + 12) // 8


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
