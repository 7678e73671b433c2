"""ImageNet's classes and preprocessing, and the photographs in its size."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import CnnvizError, samples
from cnnviz.data import imagenet
from cnnviz.data.imagenet import IMAGENET


def test_there_are_a_thousand_classes_in_the_order_of_the_network() -> None:
    assert len(IMAGENET.classes) == 1000
    known = {0: "tench", 281: "tabby", 285: "Egyptian cat", 967: "espresso", 999: "toilet tissue"}
    assert {k: IMAGENET.classes[k] for k in known} == known


def test_preprocessing_subtracts_127_and_divides_by_128() -> None:
    images = np.full((2, 224, 224, 3), 255, np.uint8)
    images[0, 0, 0] = 0, 127, 191
    values = IMAGENET.preprocess(images)
    assert values[0, 0, 0].tolist() == [-127 / 128, 0, 0.5]
    assert values[1].min() == values[1].max() == 1
    expected = "(image - [127.0, 127.0, 127.0]) / [128.0, 128.0, 128.0]"
    assert IMAGENET.preprocessing.code("image") == expected


def test_the_photographs_have_no_known_class() -> None:
    found = samples("imagenet")
    assert found.images.shape == (len(imagenet.PHOTOGRAPHS), 224, 224, 3)
    assert set(found.labels.tolist()) == {-1}
    assert IMAGENET.class_counts(found.labels).sum() == 0
    assert not found.images.flags.writeable


def test_the_data_set_itself_is_nowhere() -> None:
    assert IMAGENET.find(None) is None
    with pytest.raises(CnnvizError, match="ImageNet, which is not available"):
        IMAGENET.load("test", None)
