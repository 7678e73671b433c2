"""Batch normalisation in training and in use, against Keras."""

from __future__ import annotations

import numpy as np

from cnnviz.layers.batch_norm import BatchNorm

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(2, 3, (6, 4, 5, 3)).astype(np.float32)
WEIGHTS = {
    "gamma": np.array([1.5, -0.5, 2.0], np.float32),
    "beta": np.array([0.1, -1.0, 0.0], np.float32),
    "moving_mean": np.array([1.0, 2.5, -1.0], np.float32),
    "moving_variance": np.array([4.0, 9.0, 0.5], np.float32),
}


def test_with_a_batchs_statistics_it_is_keras_in_training_and_else_keras_in_inference() -> None:
    import keras

    layer = keras.layers.BatchNormalization()
    layer.build(X.shape)
    layer.set_weights(list(WEIGHTS.values()))
    ours = BatchNorm("norm")
    np.testing.assert_allclose(ours.compute(X, **WEIGHTS), layer(X, training=False), atol=1e-5)
    trained = {**WEIGHTS, **ours.batch_statistics(X)}
    np.testing.assert_allclose(ours.compute(X, **trained), layer(X, training=True), atol=1e-4)
    # and this batch has moved Keras' moving statistics by a hundredth
    _, _, mean, variance = layer.get_weights()
    moved = 0.99 * WEIGHTS["moving_mean"] + 0.01 * trained["moving_mean"]
    np.testing.assert_allclose(mean, moved, rtol=1e-4)
    assert not np.allclose(variance, WEIGHTS["moving_variance"])


def test_after_training_statistics_a_channel_has_mean_beta_and_variance_gamma_squared() -> None:
    ours = BatchNorm("norm")
    after = ours.compute(X, **{**WEIGHTS, **ours.batch_statistics(X)})
    np.testing.assert_allclose(after.mean(axis=(0, 1, 2)), WEIGHTS["beta"], atol=1e-5)
    np.testing.assert_allclose(after.var(axis=(0, 1, 2)), WEIGHTS["gamma"] ** 2, rtol=1e-3)
