"""Caches of the pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.data import registry
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import DataSet, Samples
from cnnviz.explain import drill
from cnnviz.pages import activation_cache, inference, large_networks, local_data, model_cache
from tests.data import files
from tests.data.test_cifar10 import make_folder


def test_how_a_layers_maps_are_made_is_computed_for_one_visitor_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone, compute = [], drill.layer_map_ops

    def watched(*args: Any) -> drill.MapOps | None:
        alone.append(large_networks.one_large_pass.locked())
        return compute(*args)

    monkeypatch.setattr(drill, "layer_map_ops", watched)
    model_cache._layer_map_ops.clear()
    ops = model_cache.layer_map_ops("keras_lecture", "conv1")
    assert alone == [True]
    assert ops is not None
    assert ops.operation == "conv"


def test_a_batch_through_a_large_network_is_computed_one_picture_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone, compute = [], inference.engine().activations

    def watched(name: str, image: np.ndarray) -> dict[str, np.ndarray]:
        alone.append(large_networks.one_large_pass.locked())
        return compute(name, image)

    monkeypatch.setattr(inference.engine(), "activations", watched)
    monkeypatch.setattr(large_networks, "is_large", lambda name: name == "keras_lecture")
    activation_cache._layer_inputs.clear()
    images = samples().images
    first = activation_cache.layer_inputs("keras_lecture", "pool1", images[1])
    assert alone == [True] * len(images)
    assert not large_networks.one_large_pass.locked()
    monkeypatch.setattr(activation_cache, "BATCH_BYTES", 2 * first[0].nbytes)  # there is no room for a third
    activation_cache._layer_inputs.clear()
    np.testing.assert_allclose(
        activation_cache.layer_inputs("keras_lecture", "pool1", images[1]), first[:2], atol=1e-4
    )


def write_cifar10(folder: Path, count: int) -> None:
    make_folder(folder, rows=count)


def write_npz(folder: Path, count: int) -> None:
    x, y = files.stripes(5 * count, 8, 8, 2)
    np.savez(folder / "bands.npz", images=x[::-1], labels=y)


def write_idx(folder: Path, count: int) -> None:
    files.make_idx(folder)
    x, y = files.stripes(count, 12, 14, 10)
    (folder / "t10k-images-idx3-ubyte").write_bytes(files.idx(x[..., 0]))
    (folder / "t10k-labels-idx1-ubyte").write_bytes(files.idx(y))


@pytest.mark.parametrize(
    ("write", "find"),
    [
        (write_cifar10, lambda folder: CIFAR10),
        (write_cifar10, registry.find),
        (write_npz, registry.find),
        (write_idx, registry.find),
    ],
)
def test_a_data_set_whose_files_have_changed_is_read_again(
    write: Callable[[Path, int], None], find: Callable[[Path], DataSet], tmp_path: Path
) -> None:
    folder = tmp_path / "data"

    def read() -> Samples:
        return local_data.full_set(find(folder), "test", str(folder))

    folder.mkdir()
    write(folder, 20)
    before = read()
    assert read() is before
    folder.rename(tmp_path / "earlier")
    folder.mkdir()
    write(folder, 30)
    after = read()
    assert len(after) > len(before) > 0
    assert read() is after


def test_weights_that_are_larger_than_their_cache_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_cache._weights, "_max_bytes", 1000)
    model_cache._weights.clear()
    read = model_cache.weights("digits")[0]
    assert model_cache.weights("digits")[0] is read
    model_cache._weights.clear()
