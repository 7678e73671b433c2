"""Largest activations of filters in a training set: equal to a loop over pictures, and cached by weights."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cnnviz import load, samples
from cnnviz.cli.main import main
from cnnviz.explain import excitations, filters
from cnnviz.explain.excitations import KEPT, Index, map_layers
from cnnviz.networks import network
from cnnviz.networks.network import Network

SAMPLES = samples()
IMAGES = SAMPLES.images
NAME = "tensorflow_lecture"


@cache
def trained() -> Network:
    return load(NAME)


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@cache
def built() -> Index:
    return excitations.build(trained(), SAMPLES)


def test_it_is_what_each_picture_by_itself_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excitations, "BATCH", 7)  # so that several parts are put together
    shares: list[float] = []
    index = excitations.build(trained(), SAMPLES, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert index.images == len(IMAGES)
    assert list(index.layers) == map_layers(trained().graph)
    for layer, ranking in index.layers.items():
        alone = filters.excite(trained(), IMAGES, layer)
        count = trained().graph[layer].output_shape[-1]
        assert ranking.images.shape == (count, KEPT)
        for k in (0, 3, count - 1):
            best = alone.best(k, KEPT)
            many = ranking.best(k)
            assert many == len(best)
            np.testing.assert_allclose(ranking.values[k, :many], alone.values[best, k], atol=1e-4)
            for image, value, position in zip(
                ranking.images[k, :many], ranking.values[k], ranking.positions[k], strict=False
            ):
                assert alone.values[image, k] == pytest.approx(value, abs=1e-4)
                there = trained().activations(IMAGES[image])[layer][..., k]
                assert there[tuple(position)] == pytest.approx(value, abs=1e-4)


def test_it_is_kept_by_the_weights(runs: Path) -> None:
    reference = network.reference(NAME)
    assert excitations.read(reference, SAMPLES) is None
    where = excitations.write(reference, built())
    assert where.parent.parent == runs
    assert where.stat().st_size < excitations.MAX_BYTES
    kept = excitations.read(reference, SAMPLES)
    assert kept is not None
    for layer, ranking in built().layers.items():
        for part in ("images", "values", "positions"):
            np.testing.assert_array_equal(getattr(kept.layers[layer], part), getattr(ranking, part))
    others = replace(SAMPLES, images=IMAGES[::-1])
    for copy in (SAMPLES.take(np.arange(len(IMAGES) - 1)), others):  # fewer, and others
        assert excitations.read(reference, copy) is None
    assert excitations.read(replace(reference, sha256="0" * 64), SAMPLES) is None
    found = excitations.find_or_build(trained(), reference, SAMPLES)
    assert found.layers["conv1_relu"].images.tolist() == kept.layers["conv1_relu"].images.tolist()


def test_a_damaged_one_counts_as_none() -> None:
    reference = network.reference(NAME)
    where = excitations.write(reference, built())
    whole = where.read_bytes()
    for content in (b"", b"x", whole[: len(whole) // 2]):
        where.write_bytes(content)
        assert excitations.read(reference, SAMPLES) is None
    ranking = built().layers["conv1_relu"]
    for wrong in (
        replace(ranking, images=ranking.images + len(IMAGES)),
        replace(ranking, positions=ranking.positions - 99),
        replace(ranking, values=np.full_like(ranking.values, np.nan)),
        replace(ranking, values=ranking.values[:-1]),
    ):
        excitations.write(
            reference, Index(len(IMAGES), SAMPLES.digest, {**built().layers, "conv1_relu": wrong})
        )
        assert excitations.read(reference, SAMPLES) is None


def test_without_a_folder_it_is_built_all_the_same(runs: Path) -> None:
    runs.write_text("no folder")
    reference = network.reference("digits")
    found = excitations.find_or_build(load("digits"), reference, load("digits").data_set.samples())
    assert set(found.layers) == set(map_layers(load("digits").graph))


def test_the_command_writes_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index", "digits"]) == 0
    images = load("digits").data_set.load("train", None)
    assert excitations.read(network.reference("digits"), images) is not None
    assert capsys.readouterr().out.startswith(f"{excitations.path(network.reference('digits'))}: ")
    assert main(["index", "mlp"]) == 1
    assert "`name` must be a network with filters" in capsys.readouterr().err
