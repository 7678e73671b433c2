"""Augmentation: how a recipe mirrors, moves and covers the images of an epoch, drawn at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.networks.recipe import Recipe

CUTOUT_VALUE = 127.5
"""The value that cutout fills squares with: the middle of 0..255."""


@dataclass(frozen=True)
class Draws:
    """The parameters of the augmentation of each of N images.

    Attributes:
        mirrored: bool [N].
        moves: int [N, 2], by how many (rows, columns) the picture moves up and left, after mirroring.
        squares: int [N, 2], the top left pixel of the covered square, or None if the recipe covers nothing; a
            square may reach beyond the edges.
    """

    mirrored: np.ndarray
    moves: np.ndarray
    squares: np.ndarray | None


def draw(recipe: Recipe, count: int, size: tuple[int, int], generator: np.random.Generator) -> Draws:
    """Draw the augmentation of `count` images of `size` (rows, columns), as training does in an epoch.

    Training draws the order of the images from the same generator before: `generator.permutation(count)`.
    """
    mirrored = generator.random(count) < 0.5 if recipe.flip else np.zeros(count, bool)
    furthest, moves = recipe.shift, np.zeros((count, 2), int)
    if furthest:
        moves = generator.integers(-furthest, furthest + 1, (count, 2))
    if not recipe.cutout:  # drawn last, so that the other draws do not depend on it
        return Draws(mirrored, moves, None)
    beyond = recipe.cutout // 2
    return Draws(mirrored, moves, generator.integers(-beyond, np.array(size) - beyond, (count, 2)))


def augment(image: np.ndarray, recipe: Recipe, count: int, seed: int) -> tuple[np.ndarray, Draws]:
    """Return variants of an image, as an epoch over `count` copies of it would train on them, by NumPy.

    Args:
        image: uint8 [H, W, C]. recipe: its `flip`, `shift` and `cutout` are used.
        count: number of variants. seed: of the epoch.

    Returns:
        uint8 [count, H, W, C], where covered pixels are rounded to 128; and the parameters of each.
    """
    height, width = size = image.shape[:2]
    generator = np.random.default_rng(seed)
    generator.permutation(count)  # the order of the epoch, which makes no difference to copies
    draws = draw(recipe, count, size, generator)
    variants = []
    for k in range(count):
        source = image[:, ::-1] if draws.mirrored[k] else image
        far = recipe.shift
        padded = np.pad(source, ((far, far), (far, far), (0, 0)), mode="reflect")
        top, left = far + draws.moves[k]
        variant = padded[top : top + height, left : left + width].copy()
        if draws.squares is not None:
            top, left = draws.squares[k]
            bottom, right = top + recipe.cutout, left + recipe.cutout
            variant[max(top, 0) : bottom, max(left, 0) : right] = round(CUTOUT_VALUE)
        variants.append(variant)
    return np.stack(variants), draws
