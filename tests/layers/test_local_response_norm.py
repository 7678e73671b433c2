"""Local response normalisation against TensorFlow's own operation."""

from __future__ import annotations

import numpy as np

from cnnviz.layers.local_response_norm import LocalResponseNorm


def test_is_tensorflows_with_another_alpha() -> None:
    import tensorflow as tf

    x = np.random.default_rng(4).standard_normal((3, 4, 9)).astype(np.float32)
    expected = tf.nn.local_response_normalization(x[np.newaxis], 2, bias=2.0, alpha=0.3 / 5, beta=0.6)[0]
    ours = LocalResponseNorm("norm", 5, 0.3, 0.6, 2.0).compute(x)
    np.testing.assert_allclose(ours, expected, rtol=1e-5)
