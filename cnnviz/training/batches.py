"""Batches of an epoch, shuffled and augmented by TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.data.dataset import Preprocessing, Samples
from cnnviz.networks.recipe import Recipe
from cnnviz.training import augmentation
from cnnviz.training.augmentation import CUTOUT_VALUE

if TYPE_CHECKING:
    import tensorflow as tf


def batches(
    samples: Samples,
    recipe: Recipe,
    generator: np.random.Generator,
    *,
    skip: int = 0,
    preprocessing: Preprocessing = Preprocessing(),
) -> tf.data.Dataset:
    """Return the batches of an epoch, (float32 [n, H, W, C], int [n]), shuffled and augmented.

    All random numbers are drawn first, so that an epoch can be resumed in the middle.

    Args:
        samples: images and labels. recipe: batch size and augmentation. generator: of the epoch.
        skip: number of batches to skip.
        preprocessing: applied to the images.
    """
    import tensorflow as tf

    images, labels = tf.constant(samples.images), tf.constant(samples.labels)
    count, max_shift = len(samples), recipe.shift
    order = generator.permutation(count)
    height, width = size = samples.images.shape[1:3]
    drawn = augmentation.draw(recipe, count, size, generator)
    columns = [order, drawn.mirrored, drawn.moves]
    if drawn.squares is not None:
        columns.append(drawn.squares)
    draws = np.column_stack(columns).astype(np.int32)
    every_row, every_col = np.arange(height, dtype=np.int32), np.arange(width, dtype=np.int32)

    def reflect(cells: tf.Tensor, last: int) -> tf.Tensor:
        """Return the cell in 0..last at each position, reflecting positions beyond the edges."""
        return last - tf.abs(last - tf.abs(cells))

    def pick(chosen: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        index, flip, row, col = (chosen[:, k, tf.newaxis] for k in range(4))
        picked = tf.gather(images, index[:, 0])
        if recipe.flip or max_shift:
            rows = reflect(every_row + row, height - 1)
            cols = reflect(every_col + col, width - 1)
            cols = tf.where(flip > 0, width - 1 - cols, cols)
            picked = tf.gather(tf.gather(picked, rows, axis=1, batch_dims=1), cols, axis=2, batch_dims=1)
        values = tf.cast(picked, tf.float32) / preprocessing.divisor
        if recipe.cutout:
            top, left = chosen[:, 4, tf.newaxis], chosen[:, 5, tf.newaxis]
            rows = (every_row >= top) & (every_row < top + recipe.cutout)
            cols = (every_col >= left) & (every_col < left + recipe.cutout)
            covered = (rows[:, :, tf.newaxis] & cols[:, tf.newaxis])[..., tf.newaxis]
            values = tf.where(covered, CUTOUT_VALUE / preprocessing.divisor, values)
        if preprocessing.mean:
            values -= preprocessing.mean
        if preprocessing.deviation:
            values /= preprocessing.deviation
        return values, tf.gather(labels, index[:, 0])

    draws = draws[skip * recipe.batch_size :]
    data = tf.data.Dataset.from_tensor_slices(draws).batch(recipe.batch_size)
    data = data.map(pick, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).prefetch(tf.data.AUTOTUNE)
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return data.with_options(options)
