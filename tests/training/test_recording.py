"""Recordings: which moments, how exactly they are kept, what is refused."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from cnnviz import CnnvizError
from cnnviz.networks import zoo
from cnnviz.networks.network import WEIGHTS, forward, read_weights, run, trained_names
from cnnviz.training.recording import BUDGET, Recorder, Recording, moments, path, read, recorded_layers, write

RECORDED = [name for name in trained_names() if path(name, WEIGHTS).is_file()]


def test_moments_are_log_spaced_within_the_first_epoch_and_then_the_epochs() -> None:
    assert moments(391, 2) == [0, 1, 2, 5, 10, 20, 50, 100, 200, 391, 782]
    assert moments(1563, 1) == [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 1563]
    assert moments(1, 2) == [0, 1, 2]
    assert moments(10, 1) == [0, 1, 2, 5, 10]


@pytest.mark.parametrize("name", zoo.trained_names())
def test_recorded_layers_fit_into_the_budget(name: str) -> None:
    layers = [layer.name for layer in zoo.get(name).layers]
    for count in (1, 20, 60, 10_000):
        kept = recorded_layers(zoo.get(name), count)
        assert list(kept) == layers[: len(kept)]
        assert "flatten" not in kept
    infos = {info.name: info for info in zoo.get(name).layers}
    size = sum(infos[layer].parameters for layer in recorded_layers(zoo.get(name), 60))
    assert 60 * size <= BUDGET
    assert recorded_layers(zoo.get(name), 10**9) == ()


def small() -> Recording:
    """Return a recording of three moments with made-up weights of the lecture's first model."""
    generator = np.random.default_rng(0)
    recorder = Recorder(zoo.get("keras_lecture"), 2, 1)
    for step in (0, 1, 2):
        assert recorder.is_due(step)
        weights = {
            "conv1.kernel": generator.normal(0, 0.1 * (step + 1), (3, 3, 3, 32)).astype(np.float32),
            "conv1.bias": generator.normal(0, 1, 32).astype(np.float32),
            "conv2.kernel": np.zeros((3, 3, 32, 32), np.float32),
            "conv2.bias": np.zeros(32, np.float32),
            "dense1.kernel": np.ones((2, 2), np.float32),  # not kept
        }
        recorder.record(step, weights, generator.dirichlet(np.ones(10), 20), 0.1 * step)
        assert not recorder.is_due(step)
    return recorder.recording()


def test_quantization_error_of_kernels(tmp_path: Path) -> None:
    recording = small()
    write(recording, tmp_path)
    again = read("keras_lecture", tmp_path)
    assert again.name == "keras_lecture"
    assert again.steps.tolist() == [0, 1, 2]
    assert again.epochs.tolist() == [0, 0.5, 1]
    assert again.layers == recording.layers == ("conv1", "conv1_relu", "conv2", "conv2_relu", "pool1")
    assert again.weights.keys() == {"conv1.kernel", "conv1.bias", "conv2.kernel", "conv2.bias"}
    kernels, kept = recording.weights["conv1.kernel"], again.weights["conv1.kernel"]
    largest = np.abs(kernels).max(axis=(1, 2, 3), keepdims=True)
    assert (np.abs(kernels - kept) <= largest / 254 * 1.001).all()
    assert np.abs(kernels - kept).max() > 0
    assert (again.weights["conv2.kernel"] == 0).all()
    np.testing.assert_allclose(again.weights["conv1.bias"], recording.weights["conv1.bias"], rtol=1e-3)
    np.testing.assert_allclose(again.probabilities, recording.probabilities)
    assert again.accuracy.tolist() == pytest.approx([0, 0.1, 0.2])


def test_recorder_resumes_from_the_checkpoint() -> None:
    recorder = Recorder(zoo.get("keras_lecture"), 2, 2, past=small(), until=1)
    assert not recorder.is_due(1)
    assert recorder.is_due(2)
    assert recorder.is_due(4)
    assert recorder.recording().steps.tolist() == [0, 1]


def test_missing_or_damaged_recording_raises(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match=r"keras_lecture\.recording\.npz is missing"):
        read("keras_lecture", tmp_path)
    write(small(), tmp_path)
    file = path("keras_lecture", tmp_path)
    content = file.read_bytes()
    for damaged in (b"", b"PK", content[: len(content) // 2]):
        file.write_bytes(damaged)
        with pytest.raises(CnnvizError, match=r"keras_lecture\.recording\.npz is damaged"):
            read("keras_lecture", tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"extra": np.zeros(3)}, "its arrays do not have the shapes of keras_lecture"),
        ({"steps": np.arange(4)}, "its arrays do not have the shapes of keras_lecture"),
        ({"steps": np.zeros((), int)}, "its arrays do not have the shapes of keras_lecture"),
        ({"probabilities": np.zeros((3, 20, 9), np.float32)}, "its arrays do not have the shapes"),
        ({"accuracy": np.zeros(2, np.float32)}, "its arrays do not have the shapes of keras_lecture"),
        ({"conv1.bias": np.zeros((3, 31), np.float16)}, "its arrays do not have the shapes"),
        ({"conv1.kernel.scale": np.ones(3, np.float32)}, "its arrays do not have the shapes"),
        ({"steps": np.array([0, 2, 2])}, "its moments do not ascend from the first step on"),
        ({"steps": np.array([1, 2, 3])}, "its moments do not ascend from the first step on"),
        ({"steps": np.array([0.0, 1, 2])}, "the array steps is of float64"),
        ({"epochs": np.array([0, 1, np.nan])}, "its moments do not ascend from the first step on"),
        ({"epochs": np.array([0, 1, np.inf])}, "its moments do not ascend from the first step on"),
        ({"epochs": np.array([-2.0, -1.0, 0.0])}, "its moments do not ascend from the first step on"),
        ({"epochs": np.array([0, 1e3, 1e6])}, "its epochs are not those of its steps"),
        ({"epochs": np.array([0, 1e-320, 2e-320])}, "its epochs are not those of its steps"),
        ({"probabilities": np.full((3, 20, 10), 2.0)}, "its probabilities are not in 0..1"),
        ({"meta": np.frombuffer(b"[]", np.uint8)}, "it is no JSON object"),
        ({"meta": np.frombuffer(b'{"layers": 3}', np.uint8)}, "its layers are not the first ones"),
        ({"meta": np.frombuffer(b'{"layers": ["conv2"]}', np.uint8)}, "its layers are not the first ones"),
        ({"meta": np.frombuffer(b'{"a":' * 10**5, np.uint8)}, "it is nested too deeply"),
        ({"meta": np.frombuffer(b'{"layers": ["conv1"], "sha256": "x"}', np.uint8)}, "`sha256` must be 64"),
        ({"meta": np.frombuffer(b'{"layers": ["conv1"], "sha256": 7}', np.uint8)}, "`sha256` must be 64"),
        ({"bomb": np.zeros(10**8, np.uint8)}, "its arrays take more than 80,000,000 bytes"),
    ],
    ids=itertools.count(),
)
def test_invalid_recording_raises(tmp_path: Path, change: dict[str, np.ndarray], message: str) -> None:
    write(small(), tmp_path)
    file = path("keras_lecture", tmp_path)
    with np.load(file) as stored:
        arrays = {key: stored[key] for key in stored.files}
    np.savez_compressed(file, **{**arrays, **change})
    with pytest.raises(
        CnnvizError, match=rf"^The recording keras_lecture\.recording\.npz is damaged: {message}"
    ) as refused:
        read("keras_lecture", tmp_path)
    assert refused.value.reason == "recording"
    np.savez_compressed(file, **arrays)
    assert len(read("keras_lecture", tmp_path)) == 3


def test_lecture_models_have_recordings() -> None:
    assert {"keras_lecture", "tensorflow_lecture"} <= set(RECORDED)
    assert sum(path(name, WEIGHTS).stat().st_size for name in RECORDED) <= 16 * 10**6


@pytest.mark.slow
@pytest.mark.parametrize("name", RECORDED)
def test_bundled_recording_ends_with_the_bundled_weights(name: str) -> None:
    recording, (weights, card) = read(name), read_weights(name)
    steps = -(-card["data"]["train"] // card["recipe"]["batch_size"])
    assert recording.steps.tolist() == moments(steps, card["epochs"])
    for key, values in recording.weights.items():
        largest = np.abs(weights[key]).max()
        np.testing.assert_allclose(values[-1], weights[key], atol=float(largest) / 200, err_msg=key)
    measured = [row["test_accuracy"] for row in card["history"]]
    assert recording.accuracy[-len(measured) :].tolist() == pytest.approx(measured, abs=1e-6)
    layers = zoo.get(name).layers
    pictures = zoo.get(name).data_set.samples().images
    picture = pictures[3]
    final = forward(name, weights, picture)
    last = recording.layers[-1]
    kept = zoo.get(name).graph.subgraph(last)
    maps = run(kept, recording.at(-1), zoo.get(name).data_set.preprocess(picture))[last]
    scale = np.abs(final[last]).max()
    assert np.abs(maps - final[last]).max() <= 0.05 * scale  # 8 bits a weight
    own = np.stack([forward(name, weights, picture)[layers[-1].name] for picture in pictures[:4]])
    np.testing.assert_allclose(recording.probabilities[-1, :4], own, atol=0.05)
