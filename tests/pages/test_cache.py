"""What the pages keep."""

from __future__ import annotations

from typing import Any

import pytest

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
