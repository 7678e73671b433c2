"""Upsampling: what it costs, and how much it may enlarge."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from cnnviz.errors import CnnvizError
from cnnviz.layers.upsampling import Upsampling
from cnnviz.networks.graph import Graph


def test_a_tall_image_is_blended_in_the_memory_of_its_numbers() -> None:
    layer = Upsampling("up", 16, 1, "bilinear")
    x = np.arange(2048, dtype=np.float32).reshape(-1, 1, 1)
    tracemalloc.start()
    try:
        result = layer.compute(x)
        gradient = layer.backward(np.ones_like(result), x).inputs[0]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result[8:24, 0, 0].tolist() == [(k + 0.5) / 16 for k in range(16)]
    assert gradient.shape == x.shape
    assert gradient.sum() == result.size
    assert peak < 30 * result.nbytes  # all shares in a matrix take 4096 times as much


@pytest.mark.parametrize("factors", [(65, 1), (1, 65)])
def test_more_than_sixty_four_times_is_refused(factors: tuple[int, int]) -> None:
    assert Graph((2, 2, 1), [Upsampling("up", 64, 64)]).output.output_shape == (128, 128, 1)
    with pytest.raises(CnnvizError, match="`up` must fit its inputs"):
        Graph((2, 2, 1), [Upsampling("up", *factors)])
