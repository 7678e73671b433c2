"""Geometry: against brute force, TensorFlow's rule, and published sizes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import CnnvizError, ReceptiveField, Window

pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))
sides = st.tuples(st.integers(0, 3), st.integers(0, 3))
windows = st.builds(
    Window,
    size=pairs,
    stride=pairs,
    padding=st.one_of(st.sampled_from(["valid", "same"]), st.integers(0, 3), sides, st.tuples(sides, sides)),
    dilation=pairs,
)
sizes = st.tuples(st.integers(13, 20), st.integers(13, 20))


@given(windows, sizes)
def test_output_size_counts_the_window_positions(window: Window, size: tuple[int, int]) -> None:
    pads, extent = window.pads(size), window.extent
    for axis in (0, 1):
        last_start = size[axis] + sum(pads[axis]) - extent[axis]
        starts = [start for start in range(last_start + 1) if start % window.stride[axis] == 0]
        assert window.output_size(size)[axis] == len(starts)


@given(windows, sizes, st.data())
def test_cells_match_explicit_sliding(window: Window, size: tuple[int, int], data: Any) -> None:
    pads, out = window.pads(size), window.output_size(size)
    i, j = (data.draw(st.integers(0, n - 1)) for n in out)
    numbers = np.full((size[0] + sum(pads[0]), size[1] + sum(pads[1])), -1)
    inside = slice(pads[0][0], pads[0][0] + size[0]), slice(pads[1][0], pads[1][0] + size[1])
    numbers[inside] = np.arange(size[0] * size[1]).reshape(size)
    top, left = i * window.stride[0], j * window.stride[1]
    (kh, kw), (dh, dw) = window.size, window.dilation
    expected = numbers[top : top + kh * dh : dh, left : left + kw * dw : dw][:kh, :kw]
    rows, cols = window.cells(i, j, size)
    seen = [
        [r * size[1] + c if 0 <= r < size[0] and 0 <= c < size[1] else -1 for c in cols.tolist()]
        for r in rows.tolist()
    ]
    assert seen == expected.tolist()


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 3), st.integers(1, 20))
def test_same_is_tensorflows_rule(size: int, stride: int, dilation: int, n: int) -> None:
    window = Window(size, stride, "same", dilation)
    assert window.output_size((n, n)) == (-(-n // stride),) * 2
    (before, after), _ = window.pads((n, n))
    assert after - before in (0, 1)  # the odd cell goes to the bottom and right


@given(st.sampled_from(["valid", "same"]), pairs, pairs, sizes, st.booleans())
def test_output_size_equals_keras(
    padding: str, size: tuple[int, int], by: tuple[int, int], shape: tuple[int, int], dilated: bool
) -> None:
    import keras

    stride, dilation = ((1, 1), by) if dilated else (by, (1, 1))  # Keras offers one or the other
    conv = keras.layers.Conv2D(2, size, strides=stride, padding=padding, dilation_rate=dilation)
    pool = keras.layers.MaxPooling2D(size, strides=stride, padding=padding)
    out = Window(size, stride, padding, dilation).output_size(shape)
    assert conv.compute_output_shape((1, *shape, 3)) == (1, *out, 2)
    if not dilated:
        assert pool.compute_output_shape((1, *shape, 3)) == (1, *out, 3)


@pytest.mark.parametrize(
    ("n", "window", "expected"),
    [
        # Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", chapters 2 and 4
        (4, Window(3), 2),
        (5, Window(4, padding=2), 6),
        (5, Window(3, padding=1), 5),
        (5, Window(3, padding=2), 7),
        (5, Window(3, stride=2), 2),
        (5, Window(3, stride=2, padding=1), 3),
        (6, Window(3, stride=2, padding=1), 3),
        (7, Window(3, dilation=2), 3),
        # Krizhevsky, Sutskever and Hinton 2012: AlexNet's first layers
        (227, Window(11, stride=4), 55),
        (55, Window(3, stride=2), 27),
        (27, Window(5, padding=2), 27),
        # Simonyan and Zisserman 2014: VGG
        (224, Window(3, padding=1), 224),
        (224, Window(2, stride=2), 112),
    ],
)
def test_published_output_sizes(n: int, window: Window, expected: int) -> None:
    assert window.output_size((n, n)) == (expected, expected)


def test_axes_are_independent() -> None:
    window = Window((2, 3), stride=(1, 2), padding=((0, 1), (2, 0)), dilation=(3, 1))
    assert window.output_size((6, 8)) == (6 + 1 - 4 + 1, (8 + 2 - 3) // 2 + 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 0}, "`size` must be a whole number >= 1, or two of them. Received: size=0."),
        (
            {"size": 3, "stride": 0},
            "`stride` must be a whole number >= 1, or two of them. Received: stride=0.",
        ),
        ({"size": 3, "stride": 1.5}, "Received: stride=1.5."),
        ({"size": 3, "stride": True}, "Received: stride=True."),
        ({"size": (3, 3, 3)}, "`size` must be a whole number or (rows, cols). Received: size=(3, 3, 3)."),
        ({"size": 3, "padding": -1}, '`padding` must be "valid", "same" or whole numbers >= 0'),
        ({"size": 3, "padding": "full"}, "Received: padding='full'."),
        ({"size": 3, "padding": (1, 2, 3)}, "((top, bottom), (left, right))"),
        ({"size": 3, "dilation": 0}, "`dilation` must be a whole number >= 1"),
        ({"size": "3"}, "Received: size='3'."),
        ({"size": (3, 0)}, "`size` must be a whole number >= 1, or two of them. Received: size=(3, 0)."),
        ({"size": None}, "Received: size=None."),
        ({"size": 3, "padding": b"ab"}, "Received: padding=b'ab'."),
        ({"size": 3, "padding": ((0, 1), (0, -1))}, "Received: padding=((0, 1), (0, -1))."),
        ({"size": 3, "padding": 0.5}, "Received: padding=0.5."),
    ],
)
def test_invalid_arguments_raise(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=re.escape(message)):
        Window(**arguments)


def test_numpy_integers_are_accepted() -> None:
    array = Window(np.array([2, 3]), np.int64(2), np.array([[0, 1], [2, 0]]), np.array(1))
    assert array == Window((2, 3), 2, ((0, 1), (2, 0)), 1)
    assert hash(array) == hash(Window((2, 3), 2, ((0, 1), (2, 0)), 1))


def test_window_larger_than_its_input_raises() -> None:
    with pytest.raises(CnnvizError, match=r"`size` must fit .* 5x5 cells, padded input=4x4") as caught:
        Window(3, dilation=2, padding=1).output_size((2, 2))
    assert caught.value.reason == "window_too_large"


@pytest.mark.parametrize(
    ("i", "j", "message"),
    [
        (3, 0, "`i` must be < 3, as the output is 3x4. Received: i=3."),
        (0, 4, "`j` must be < 4, as the output is 3x4. Received: j=4."),
        (-1, 0, "`i` must be a whole number >= 0. Received: i=-1."),
        (0, 1.0, "`j` must be a whole number >= 0. Received: j=1.0."),
    ],
)
def test_cell_outside_the_output_raises(i: Any, j: Any, message: str) -> None:
    with pytest.raises(CnnvizError, match=re.escape(message)):
        Window(3).cells(i, j, (5, 6))


@pytest.mark.parametrize("size", [(0, 5), (5.0, 5), (5, 5, 3), "55"])
def test_invalid_input_size_raises(size: Any) -> None:
    for ask in (Window(3).output_size, Window(3, padding="same").pads):
        with pytest.raises(CnnvizError, match="`input_size` must be a whole number"):
            ask(size)


CONV, POOL = Window(3, padding=1), Window(2, stride=2)
VGG16 = [CONV, CONV, POOL, CONV, CONV, POOL, *[CONV] * 3, POOL, *[CONV] * 3, POOL, *[CONV] * 3, POOL]
ALEXNET = [
    Window(11, stride=4),
    Window(3, stride=2),
    Window(5, padding=2),
    Window(3, stride=2),
    *[CONV] * 3,
    Window(3, stride=2),
]


@pytest.mark.parametrize(
    ("windows", "n", "size", "jump"),
    [
        # Araujo, Norris and Sim 2019, table of receptive fields
        (VGG16[:-1], 224, 196, 16),
        (VGG16, 224, 212, 32),
        (ALEXNET, 227, 195, 32),
        (ALEXNET[:1], 227, 11, 4),
    ],
)
def test_published_receptive_fields(windows: list[Window], n: int, size: int, jump: int) -> None:
    field, shape = ReceptiveField(), (n, n)
    for window in windows:
        field, shape = field.after(window, shape), window.output_size(shape)
    assert field.size == (size, size)
    assert field.jump == (jump, jump)


@given(st.lists(windows, min_size=1, max_size=3), st.data())
def test_receptive_field_matches_tracing_back(stack: list[Window], data: Any) -> None:
    shapes, field = [(40, 36)], ReceptiveField()
    for window in stack:
        pads = window.pads(shapes[-1])
        if any(shapes[-1][k] + sum(pads[k]) < window.extent[k] for k in (0, 1)):
            break
        field = field.after(window, shapes[-1])
        shapes.append(window.output_size(shapes[-1]))
    cell = tuple(data.draw(st.integers(0, n - 1)) for n in shapes[-1])
    first, last = list(cell), list(cell)
    for window, shape in zip(reversed(stack[: len(shapes) - 1]), reversed(shapes[:-1]), strict=True):
        for k in (0, 1):
            first[k] = first[k] * window.stride[k] - window.pads(shape)[k][0]
            last[k] = last[k] * window.stride[k] - window.pads(shape)[k][0] + window.extent[k] - 1
    assert field.span(cell[0], cell[1]) == ((first[0], last[0]), (first[1], last[1]))
