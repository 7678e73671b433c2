"""Transformations of pictures: hand-computed cases, identities, and comparison with Pillow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnnviz import CnnvizError, samples
from cnnviz.arithmetic.transform import (
    MAX_SHIFT,
    Edit,
    all_shifts,
    crop,
    edit,
    grey,
    mirror,
    occlude,
    pad_edges,
    shift,
)

CAT = samples().images[0]
STEPS = st.integers(-MAX_SHIFT, MAX_SHIFT)


def test_a_shift_repeats_the_edge() -> None:
    x = np.arange(1, 10, dtype=np.uint8).reshape(3, 3, 1).repeat(3, axis=2)  # 1 2 3 / 4 5 6 / 7 8 9
    assert shift(x, 1, 0)[..., 0].tolist() == [[1, 1, 2], [4, 4, 5], [7, 7, 8]]  # to the right
    assert shift(x, 0, 2)[..., 0].tolist() == [[1, 2, 3], [1, 2, 3], [1, 2, 3]]  # down
    assert shift(x, -2, -1)[..., 0].tolist() == [[6, 6, 6], [9, 9, 9], [9, 9, 9]]  # left and up


@given(STEPS, STEPS)
def test_shift_moves_every_visible_pixel(dx: int, dy: int) -> None:
    moved = shift(CAT, dx, dy)
    rows, cols = np.arange(32), np.arange(32)
    expected = CAT[np.clip(rows - dy, 0, 31)][:, np.clip(cols - dx, 0, 31)]
    np.testing.assert_array_equal(moved, expected)


@given(STEPS, STEPS)
def test_all_shifts_equals_single_shifts(dx: int, dy: int) -> None:
    every = all_shifts(CAT)
    assert (every.shape, every.dtype) == ((13, 13, 32, 32, 3), np.uint8)
    np.testing.assert_array_equal(every[MAX_SHIFT + dy, MAX_SHIFT + dx], shift(CAT, dx, dy))


def test_shifts_are_crops_of_the_padded_image() -> None:
    padded = pad_edges(CAT)
    assert padded.shape == (44, 44, 3)
    for dx, dy in ((0, 0), (6, -6), (-3, 2)):
        window = padded[MAX_SHIFT - dy : MAX_SHIFT - dy + 32, MAX_SHIFT - dx : MAX_SHIFT - dx + 32]
        np.testing.assert_array_equal(window, shift(CAT, dx, dy))


def test_mirror_twice_and_grey_twice() -> None:
    np.testing.assert_array_equal(mirror(CAT)[:, 0], CAT[:, 31])
    np.testing.assert_array_equal(mirror(mirror(CAT)), CAT)
    colourless = grey(CAT)
    assert (colourless == colourless[..., :1]).all()
    np.testing.assert_array_equal(grey(colourless), colourless)
    theirs = np.asarray(Image.fromarray(CAT).convert("L"), int)  # BT.601 too
    assert np.abs(colourless[..., 0].astype(int) - theirs).max() <= 1


def test_occlude_fills_only_the_square() -> None:
    covered = occlude(CAT, 4, 28, 8)  # reaches beyond the right edge
    assert (covered[4:12, 28:] == 128).all()
    covered[4:12, 28:] = CAT[4:12, 28:]
    np.testing.assert_array_equal(covered, CAT)
    np.testing.assert_array_equal(occlude(CAT, 0, 0, 0), CAT)


@pytest.mark.parametrize("cut", [1, 4, 8, 12])
def test_crop_equals_pillow(cut: int) -> None:
    part = Image.fromarray(CAT).crop((cut, cut, 32 - cut, 32 - cut))
    theirs = np.asarray(part.resize((32, 32), Image.Resampling.BILINEAR), int)
    assert np.abs(crop(CAT, cut).astype(int) - theirs).max() <= 1  # Pillow rounds in between


def test_crop_of_zero_and_of_a_uniform_image() -> None:
    np.testing.assert_array_equal(crop(CAT, 0), CAT)
    plain = np.full((32, 32, 3), 77, np.uint8)
    np.testing.assert_array_equal(crop(plain, 5), plain)


def test_edits_are_applied_in_order() -> None:
    changes = Edit(cut=3, mirror=True, grey=True, cover=6, row=2, col=5)
    np.testing.assert_array_equal(edit(CAT, changes), occlude(grey(mirror(crop(CAT, 3))), 2, 5, 6))
    np.testing.assert_array_equal(edit(CAT, Edit()), CAT)


def test_functions_do_not_modify_their_input() -> None:
    before = CAT.copy()
    for change in (lambda x: crop(x, 2), mirror, grey, lambda x: occlude(x, 0, 0, 9)):
        result = change(CAT)
        result[:] = 0
    np.testing.assert_array_equal(CAT, before)
    assert not all_shifts(CAT).flags.writeable  # views that overlap


def test_invalid_arguments_raise() -> None:
    with pytest.raises(CnnvizError, match="`cut` must leave a part of 32x32 pixels"):
        crop(CAT, 16)
    with pytest.raises(CnnvizError, match="`size` must be a whole number >= 0"):
        occlude(CAT, 0, 0, -1)
    with pytest.raises(CnnvizError, match=r"`image` must be uint8 \[H, W, 1 or 3\]"):
        shift(CAT / 255, 1, 1)
    with pytest.raises(CnnvizError, match=r"`image` must be uint8 \[H, W, 1 or 3\]"):
        grey(CAT[..., 0])
