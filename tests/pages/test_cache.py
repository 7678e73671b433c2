"""What the pages keep."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.explain import drill
from cnnviz.pages import cache


def test_how_a_layers_maps_are_made_is_computed_for_one_visitor_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone, compute = [], drill.layer_map_ops

    def watched(*args: Any) -> drill.MapOps | None:
        alone.append(cache._one_large_pass.locked())
        return compute(*args)

    monkeypatch.setattr(drill, "layer_map_ops", watched)
    cache._layer_map_ops.clear()
    ops = cache.layer_map_ops("keras_lecture", "conv1")
    assert alone == [True]
    assert ops is not None
    assert ops.operation == "conv"


def test_a_batch_through_a_large_network_is_computed_one_picture_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone, compute = [], cache.engine().activations

    def watched(name: str, image: np.ndarray) -> dict[str, np.ndarray]:
        alone.append(cache._one_large_pass.locked())
        return compute(name, image)

    monkeypatch.setattr(cache.engine(), "activations", watched)
    monkeypatch.setattr(cache, "is_large", lambda name: name == "keras_lecture")
    cache._layer_inputs.clear()
    images = samples().images
    first = cache.layer_inputs("keras_lecture", "pool1", images[1])
    assert alone == [True] * len(images)
    assert not cache._one_large_pass.locked()
    monkeypatch.setattr(cache, "BATCH_BYTES", 2 * first[0].nbytes)  # there is no room for a third
    cache._layer_inputs.clear()
    np.testing.assert_allclose(cache.layer_inputs("keras_lecture", "pool1", images[1]), first[:2], atol=1e-4)
