"""Results of the lines that load CIFAR-10, compared with running them on its samples."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.data.cifar10 import CIFAR10
from cnnviz.explain.loading import MARKS, results
from cnnviz.explain.programs import pointed, prepared


@pytest.mark.parametrize(("index", "pixel"), [(0, (15, 15)), (13, (0, 31))])
def test_the_results_are_what_the_programs_lines_answer(index: int, pixel: tuple[int, int]) -> None:

    import keras

    samples = CIFAR10.samples()
    own = {"to_categorical": keras.utils.to_categorical, "np": np}
    define = prepared()["preprocessing"].partition("def prepare")
    exec(f"def prepare{define[2]}".partition("train_x")[0], own)
    own |= {"test_images": samples.images, "test_labels": samples.labels.astype(np.uint8)[:, None]}
    exec("test_x, test_y = prepare(test_images, test_labels)", own)
    shown = results(samples.images[index], int(samples.labels[index]), CIFAR10, index=index, pixel=pixel)
    assert tuple(shown) == MARKS
    for mark in ("scale", "one_hot"):
        lines = shown[mark].splitlines()
        for prompt, answer in zip(lines[::2], lines[1::2], strict=True):
            with np.printoptions(precision=3, suppress=True):
                assert answer == str(eval(prompt.removeprefix(">>> "), own)), prompt


def test_each_result_has_its_line() -> None:
    code = prepared()["preprocessing"].splitlines()
    found = [code[k] for mark in MARKS for k in pointed(f"prepared.preprocessing.{mark}")[1]]
    assert [line.split("(")[0].split()[-1] for line in found] == [
        "keras.datasets.cifar10.load_data",
        "images.astype",
        "to_categorical",
    ]


def test_the_set_has_the_shapes_that_are_said() -> None:
    samples = CIFAR10.samples()
    said = results(samples.images[0], int(samples.labels[0]), CIFAR10, index=0, pixel=(0, 0))["load"]
    assert "((50000, 32, 32, 3), dtype('uint8'))" in said
    assert said.endswith("((10000, 32, 32, 3), (10000, 1))")
