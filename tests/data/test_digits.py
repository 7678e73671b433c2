"""The bundled digits: what the file holds, how it is split, and that nothing else is needed."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import CnnvizError, samples
from cnnviz.data import digits, registry
from cnnviz.data.digits import DIGITS


def test_the_splits_are_the_published_set_in_its_order() -> None:
    test, train = digits.load_split("test"), digits.load_split("train")
    counts = DIGITS.class_counts(np.concatenate([test.labels, train.labels]))
    # of the 1,797 test images of UCI's set, https://archive.ics.uci.edu/dataset/80
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert (test.images.shape, train.images.shape) == ((360, 8, 8, 1), (1437, 8, 8, 1))
    assert [int(train.labels[0]), int(train.labels[-1])] == [6, 8]


def test_pixels_are_sixteenths_of_white() -> None:
    images = digits.load_split("train").images
    assert images.dtype == np.uint8
    steps = np.unique(images)
    assert steps.tolist() == [round(255 * k / 16) for k in range(17)]


def test_the_first_digit_is_the_zero_of_the_file() -> None:
    image = samples("digits").images[0, ..., 0]
    ink = np.rint(image / (255 / 16)).astype(int)
    assert ink[0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]  # line 1 of digits.csv
    assert ink[1].tolist() == [0, 0, 13, 15, 10, 15, 5, 0]


def test_samples_are_the_first_test_images_and_each_digit_twice() -> None:
    few, test = samples("digits"), digits.load_split("test")
    assert few.names == tuple("0123456789")
    assert DIGITS.class_counts(few.labels).tolist() == [2] * 10
    np.testing.assert_array_equal(few.images, test.images[:20])


def test_they_are_found_wherever_the_data_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_DATA", "/nowhere")
    assert registry.get("digits").find(None) is not None
    assert len(DIGITS.load("test", "/nowhere")) == 360


def test_nobody_changes_them_by_accident() -> None:
    with pytest.raises(ValueError, match="read-only"):
        digits.load_split("train").images[0] = 0


def test_another_split_raises() -> None:
    with pytest.raises(CnnvizError, match='`split` must be "train" or "test"'):
        digits.load_split("validation")  # type: ignore[arg-type]
