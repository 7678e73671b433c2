"""Initial kernels: filters that pass a channel on, and filters that whiten patches."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.arithmetic import ops
from cnnviz.data.cifar10 import CIFAR10, samples
from cnnviz.training.initial_kernels import SMALLEST_VARIANCE, identity, whitening


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(("channels", "filters"), [(3, 5), (5, 3), (4, 4)])
@pytest.mark.parametrize("side", [1, 3, 5])
def test_identity_copies_channels(side: int, channels: int, filters: int) -> None:
    kernel, x = random(side, side, channels, filters), random(7, 6, channels)
    begun = identity(kernel)
    y = ops.conv2d(x, begun, padding="same")
    shared = min(channels, filters)
    np.testing.assert_array_equal(y[..., :shared], x[..., :shared])
    np.testing.assert_array_equal(begun[..., shared:], kernel[..., shared:])
    assert begun is not kernel
    assert (kernel == random(side, side, channels, filters)).all()


@pytest.mark.slow
def test_whitened_outputs_have_equal_variance_and_are_uncorrelated() -> None:
    images = samples().images
    kernel = whitening(images, random(3, 3, 3, 16), np.random.default_rng(0))
    answers = np.concatenate(
        [ops.conv2d(CIFAR10.preprocess(image), kernel[..., :8]).reshape(-1, 8) for image in images]
    )
    covariance = np.cov(answers, rowvar=False)
    variances = np.diag(covariance)
    assert 0.9 < variances[:4].min() <= variances[:4].max() < 1.1
    # the weaker ones less so, for something is added to their variance
    weakened = 1 / (1 + SMALLEST_VARIANCE / _patch_variances(images)[:8])
    np.testing.assert_allclose(variances, weakened, atol=0.1)
    between = covariance / np.sqrt(np.outer(variances, variances))
    assert np.abs(between - np.eye(8)).max() < 0.1


def _patch_variances(images: np.ndarray) -> np.ndarray:
    """Return the variances of the principal components of all 3x3 patches, largest first."""
    windows = np.lib.stride_tricks.sliding_window_view(images / 255, (3, 3), axis=(1, 2))
    return np.linalg.eigvalsh(np.cov(windows.reshape(-1, 27), rowvar=False))[::-1]


@pytest.mark.slow
def test_second_half_of_the_filters_is_negated() -> None:
    images, kernel = samples().images, random(3, 3, 3, 60)
    begun = whitening(images, kernel, np.random.default_rng(0))
    np.testing.assert_array_equal(begun[..., :27], -begun[..., 27:54])  # 27 numbers in a patch
    np.testing.assert_array_equal(begun[..., 54:], kernel[..., 54:])
    flat = begun[..., :27].reshape(27, 27)
    assert (flat[np.abs(flat).argmax(axis=0), np.arange(27)] > 0).all()
    again = whitening(images, kernel, np.random.default_rng(0))
    np.testing.assert_array_equal(begun, again)


@pytest.mark.slow
def test_first_component_is_brightness() -> None:
    begun = whitening(samples().images, random(3, 3, 3, 2), np.random.default_rng(0))
    assert (begun[..., 0] > 0).all()
    assert begun[..., 0].std() < 0.1 * begun[..., 0].mean()
