"""Exercise "which kernel": each kernel is run over the picture again, by adding shifted pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cnnviz.explain.exercises import registry
from cnnviz.networks import network
from cnnviz.text.numbers import read_number
from tests.explain.exercises.subjects import Made, bare, shipped

KIND = registry.kind("which_kernel")
COLUMNS = bare(2).image[:1].repeat(32, axis=0)
"""Alike in every row: kernels for horizontal edges give nothing but zeros."""
SUBJECTS = [*(shipped(index) for index in range(8)), *map(bare, range(6)), replace(bare(2), image=COLUMNS)]
EXERCISES = Made(
    lambda: [(s, KIND.make(s, seed, level)) for level in (1, 2, 3) for seed in range(6) for s in SUBJECTS]
)


def run(x: np.ndarray, kernel: np.ndarray, pad: int) -> np.ndarray:
    """Convolve [H, W, C] with [k, k, C]: the sum of the picture, shifted and weighted."""
    x = np.pad(x, ((pad, pad), (pad, pad), (0, 0)))
    k = len(kernel)
    rows, cols = x.shape[0] - k + 1, x.shape[1] - k + 1
    return sum((x[u : u + rows, v : v + cols] * kernel[u, v]).sum(axis=2) for u in range(k) for v in range(k))  # type: ignore[return-value]


def test_only_the_right_kernel_makes_the_map() -> None:
    weights = network.read_weights("keras_lecture")[0]
    for subject, exercise in EXERCISES:
        map = exercise.shown[1].array
        options = [shown for shown in exercise.shown if shown.role == "option"]
        maps = []
        if options[0].view == "numbers":
            grey = (subject.image / 255 @ [0.299, 0.587, 0.114])[..., np.newaxis]
            maps = [run(grey, option.array[..., np.newaxis], 0) for option in options]
        else:
            for option in options:  # drawn as 127.5 + 127.5 w / max |w|
                drawn = [
                    np.rint(127.5 + 127.5 * kernel / np.abs(kernel).max())
                    for kernel in np.moveaxis(weights["conv1.kernel"], -1, 0)
                ]
                (k,) = [k for k, each in enumerate(drawn) if np.array_equal(each, option.array)]
                made = run(subject.image / 255, weights["conv1.kernel"][..., k], 1)
                maps.append(made + weights["conv1.bias"][k])
        right = int(exercise.answer.values[0])
        for k, made in enumerate(maps):
            same = np.allclose(made, map, atol=1e-4)
            assert same == (k == right)
            if k != right:  # as pictures, too, they can be told apart
                assert np.abs(made / np.abs(made).max() - map / np.abs(map).max()).mean() > 0.03
        for mistake in exercise.mistakes:
            other = maps[int(mistake.values[0])]
            if mistake.reason.key.endswith("turned"):
                np.testing.assert_allclose(other, -map, atol=1e-4)
            else:
                values = mistake.reason.values
                row, col = values["row"], values["col"]
                assert abs(float(read_number(values["value"])) - map[row, col]) < 0.006
                assert abs(float(read_number(values["theirs"])) - other[row, col]) < 0.006


def test_a_kernel_and_its_turned_one_are_offered_on_level_2() -> None:
    for _, exercise in EXERCISES:
        if exercise.level == 2:
            kernels = [shown.array for shown in exercise.shown if shown.role == "option"]
            assert any(np.array_equal(a, b[::-1, ::-1]) for a in kernels for b in kernels if a is not b)
