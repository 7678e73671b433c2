"""Weights as pictures, by their pixels."""

from __future__ import annotations

import numpy as np

from cnnviz.figures.weight_images import strongest, weight_mosaic


def test_strongest() -> None:
    kernels = np.random.default_rng(0).normal(size=(4, 4, 3, 5)) * [1, 5, 3, 2, 4]
    assert strongest(kernels).tolist() == [1, 4, 2, 3, 0]
    assert strongest(kernels.reshape(48, 5)).tolist() == [1, 4, 2, 3, 0]


def test_weight_mosaic() -> None:
    kernels = np.zeros((1, 2, 3, 3))
    kernels[0, 0, 0, 0], kernels[0, 1, 1, 0] = 2.0, -2.0
    kernels[0, 1, :, 1] = [0.5, 1.0, -1.0]
    mosaic = weight_mosaic(kernels, across=2, tile=8)
    assert mosaic.shape == (8 + 1 + 8, 8 + 1 + 8, 4)
    assert mosaic[0, 0].tolist() == [255, 128, 128, 255]  # the largest weight, in red
    assert mosaic[7, 7].tolist() == [128, 0, 128, 255]
    assert mosaic[3, 9 + 4].tolist() == [191, 255, 0, 255]
    assert mosaic[9, 0].tolist() == [128, 128, 128, 255]  # a unit without weights
    assert (mosaic[:, 8, 3] == 0).all()  # between two tiles
    assert (mosaic[9:, 9:, 3] == 0).all()  # no fourth unit
