"""The variants shown of a picture: those that training makes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import Samples
from cnnviz.networks import zoo
from cnnviz.networks.recipe import Recipe
from cnnviz.training.augmentation import augment
from cnnviz.training.batches import batches

COUNT = 40
RECIPE = replace(zoo.recipe("resnet"), batch_size=COUNT)


@pytest.mark.parametrize(
    ("recipe", "seed"),
    [
        (RECIPE, 0),
        (RECIPE, 5),
        (replace(RECIPE, cutout=0), 5),
        (replace(RECIPE, shift=0, cutout=16), 6),
        (replace(RECIPE, flip=False, shift=6, cutout=7), 7),
        (replace(RECIPE, flip=False, shift=0, cutout=0), 8),
    ],
)
def test_variants_are_what_training_makes_of_copies_of_the_picture(recipe: Recipe, seed: int) -> None:
    image = samples().images[4]
    copies = Samples(np.stack([image] * COUNT), np.zeros(COUNT, int), ("",) * COUNT)
    ((trained, _),) = batches(
        copies, recipe, np.random.default_rng(seed), preprocessing=CIFAR10.preprocessing
    ).as_numpy_iterator()
    variants, _ = augment(image, recipe, COUNT, seed)
    assert variants.dtype == np.uint8
    np.testing.assert_array_equal(variants, np.rint(trained * 255))  # 127.5 is rounded to 128


def test_what_is_said_to_have_been_done_was_done() -> None:
    image = samples().images[4]
    variants, draws = augment(image, replace(RECIPE, cutout=0), COUNT, 3)
    assert 0 < draws.mirrored.sum() < COUNT
    for variant, mirrored, (up, left) in zip(variants, draws.mirrored, draws.moves, strict=True):
        undone = np.roll(variant, (up, left), (0, 1))  # back down and to the right; true but at the edge
        undone = undone[:, ::-1] if mirrored else undone
        np.testing.assert_array_equal(undone[3:-3, 3:-3], image[3:-3, 3:-3])


def test_only_a_square_is_covered() -> None:
    recipe = replace(RECIPE, flip=False, shift=0, cutout=8)
    image = np.zeros((32, 32, 3), np.uint8)
    variants, draws = augment(image, recipe, 400, 1)
    assert draws.squares is not None
    grey = (variants == 128).all(axis=3)
    assert ((variants == 0).all(axis=3) | grey).all()
    sizes = grey.sum(axis=(1, 2))
    assert sizes.max() == 64
    assert 16 <= sizes.min() < 64  # at the least a quarter of it, in a corner
    for covered, (top, left) in zip(grey, draws.squares, strict=True):
        assert covered[top + 4, left + 4]
