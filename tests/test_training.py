"""Training, for real but tiny: events, checkpoints, resuming, the card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz import CnnvizError, load, zoo
from cnnviz.cifar import Samples
from cnnviz.network import read_weights
from cnnviz.training import Progress, _batches, _optimizer, evaluate, train
from cnnviz.window import Window

TINY = zoo.Architecture(
    "tiny",
    (
        zoo.Layer("conv1", "conv", 4, Window(3, stride=2, padding="same"), max_norm=1.0),
        zoo.Layer("conv1_relu", "relu"),
        zoo.Layer("pool1", "average_pool", window=Window(4, stride=4)),
        zoo.Layer("dropout1", "dropout", rate=0.3),
        zoo.Layer("flatten", "flatten"),
        zoo.Layer("dense1", "dense", 10, bias=False, initial_deviation=0.1),
        zoo.Layer("softmax", "softmax"),
    ),
    zoo.Recipe("sgd", learning_rate=0.5, momentum=0.9, decay=0.01, batch_size=16, epochs=4),
)
TINY_RMSPROP = replace(
    TINY, name="tiny_rmsprop", recipe=zoo.Recipe("rmsprop", 0.01, rho=0.9, batch_size=16, epochs=4)
)


@pytest.fixture(autouse=True)
def _tiny_in_the_zoo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "ARCHITECTURES", (*zoo.ARCHITECTURES, TINY, TINY_RMSPROP))


def bright_and_dark(count: int) -> Samples:
    """Return images that are easy to tell apart: class 0 is dark, class 1 is bright."""
    labels = np.arange(count) % 2
    noise = np.random.default_rng(0).integers(0, 60, (count, 32, 32, 3))
    return Samples((noise + 190 * labels[:, None, None, None]).astype(np.uint8), labels)


def test_a_run_learns_reports_and_leaves_weights_with_a_card(tmp_path: Path) -> None:
    images, events = bright_and_dark(72), list[Progress]()
    card = train("tiny", images, bright_and_dark(20), tmp_path, seed=3, note="made up", report=events.append)
    ends = [event for event in events if event.test is not None]
    assert [event.epoch for event in ends] == [1, 2, 3, 4]
    assert ends[0].steps == 5  # 72 images in batches of 16
    assert ends[-1].loss < ends[0].loss
    assert card["test"]["accuracy"] == 1.0
    assert (card["seed"], card["epochs"], card["data"]["note"]) == (3, 4, "made up")
    assert [row["test_accuracy"] for row in card["history"]] == [
        event.test["accuracy"] for event in ends if event.test
    ]
    stored, same = read_weights("tiny", tmp_path)
    assert {key: value for key, value in same.items() if key != "sha256"}.keys() == card.keys()
    norms = np.sqrt((stored["conv1.kernel"] ** 2).sum(axis=(0, 1, 2)))
    assert norms.max() <= 1.001  # the max-norm constraint held
    assert evaluate(load("tiny", tmp_path), bright_and_dark(20)) == card["test"]


def test_a_long_epoch_reports_on_the_way(tmp_path: Path) -> None:
    images, events = bright_and_dark(9_600), list[Progress]()
    train("tiny", images, bright_and_dark(10), tmp_path, epochs=1, report=events.append)
    *on_the_way, end = events
    assert on_the_way
    steps = [event.step for event in events]
    assert steps == sorted(steps)
    assert (end.step, end.steps, end.epochs) == (600, 600, 1)
    for event in on_the_way:
        assert (event.epoch, event.epochs, event.steps, event.test) == (1, 1, 600, None)
        assert 1 <= event.step <= 600
        assert event.loss > 0
        assert 0 <= event.accuracy <= 1
        assert event.images_per_second > 0


def assert_same_run(first: Path, second: Path, name: str) -> None:
    (weights, card), (others, other) = read_weights(name, first), read_weights(name, second)
    for key, value in weights.items():
        np.testing.assert_allclose(others[key], value, atol=1e-3, err_msg=key)  # float16 as stored
    assert len(card["history"]) == len(other["history"]) == card["epochs"] == other["epochs"]
    for row, another in zip(card["history"], other["history"], strict=True):
        assert row == pytest.approx(another, abs=1e-4)


@pytest.mark.parametrize("name", ["tiny", "tiny_rmsprop"])
def test_a_resumed_run_ends_like_an_uninterrupted_one(tmp_path: Path, name: str) -> None:
    images, test = bright_and_dark(48), bright_and_dark(16)
    train(name, images, test, tmp_path / "whole", epochs=3)
    train(name, images, test, tmp_path / "parts", epochs=1)
    train(name, images, test, tmp_path / "parts", epochs=3, resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "parts", name)


def test_a_run_killed_between_its_two_files_resumes(tmp_path: Path) -> None:
    images, test = bright_and_dark(48), bright_and_dark(16)
    checkpoint = tmp_path / "parts" / "tiny.checkpoint.keras"
    train("tiny", images, test, tmp_path / "whole", epochs=3)
    train("tiny", images, test, tmp_path / "parts", epochs=1)
    first = checkpoint.read_bytes()
    train("tiny", images, test, tmp_path / "parts", epochs=2, resume=True)
    checkpoint.write_bytes(first)  # the history is that of two epochs, the model that of one
    train("tiny", images, test, tmp_path / "parts", epochs=3, resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "parts", "tiny")


def test_resuming_without_a_checkpoint_begins(tmp_path: Path) -> None:
    images = bright_and_dark(16)
    assert len(train("tiny", images, images, tmp_path, epochs=1, resume=True)["history"]) == 1


def test_the_learning_rate_decays_each_step() -> None:
    optimizer = _optimizer(zoo.get("keras_lecture").recipe)
    rate = optimizer._learning_rate  # the schedule itself
    for step, expected in ((0, 0.01), (1000, 0.005), (9000, 0.001)):  # 0.01 / (1 + 0.001 * step)
        assert float(rate(step)) == pytest.approx(expected)
    assert optimizer.momentum == 0.9
    other = _optimizer(zoo.get("tensorflow_lecture").recipe)
    assert (float(other.learning_rate), other.rho) == (pytest.approx(0.001), 0.9)


def test_batches_hold_every_image_once_in_a_seeded_order() -> None:
    images = bright_and_dark(50)
    read = [_read(_batches(images, 16, np.random.default_rng(seed))) for seed in (1, 1, 2)]
    plain = _read(_batches(images, 16))
    np.testing.assert_array_equal(plain[0], images.images.astype(np.float32) / np.float32(255))
    np.testing.assert_array_equal(plain[1], images.labels)
    np.testing.assert_array_equal(read[0][0], read[1][0])
    assert (read[0][0] != read[2][0]).any()
    assert (read[0][0] != plain[0]).any()
    assert sorted(picture.tobytes() for picture in read[0][0]) == sorted(p.tobytes() for p in plain[0])
    for picture, label in zip(*read[0], strict=True):
        assert (picture.mean() > 0.5) == label  # a label stays with its image


def _read(batches: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return what a dataset holds, its batches put together."""
    parts = list(batches.as_numpy_iterator())
    assert [len(labels) for _, labels in parts] == [16, 16, 16, 2]
    return np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])


def test_evaluation_counts_hits_and_takes_the_mean_cross_entropy() -> None:
    class Fixed:
        def predict(self, images: np.ndarray) -> np.ndarray:
            return np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [1.0, 0.0, 0.0]], np.float32)

    images = Samples(np.zeros((3, 32, 32, 3), np.uint8), np.array([0, 2, 0]))
    result = evaluate(Fixed(), images)  # type: ignore[arg-type]
    assert result["accuracy"] == pytest.approx(2 / 3, abs=1e-6)
    assert result["loss"] == pytest.approx((np.log(2) + np.log(10) + 0) / 3, abs=1e-6)


def test_impossible_runs_are_named(tmp_path: Path) -> None:
    images = bright_and_dark(16)
    with pytest.raises(CnnvizError, match=r"`epochs` must be a whole number >= 1\. Received: epochs=0\."):
        train("tiny", images, images, tmp_path, epochs=0)
    train("tiny", images, images, tmp_path, epochs=1, seed=1)
    with pytest.raises(
        CnnvizError, match=r"`resume` must find a checkpoint of this run .* seed=1, images=16\."
    ):
        train("tiny", images, images, tmp_path, epochs=2, seed=2, resume=True)
    with pytest.raises(CnnvizError, match="`resume` must find a checkpoint of this run"):
        train("tiny", bright_and_dark(32), images, tmp_path, epochs=2, seed=1, resume=True)
    train("tiny", images, images, tmp_path, epochs=2, seed=1, resume=True)
    with pytest.raises(CnnvizError, match=r"`epochs` must be >= 2, .*\. Received: epochs=1\."):
        train("tiny", images, images, tmp_path, epochs=1, seed=1, resume=True)
    for damaged in ("tiny.checkpoint.keras", "tiny.checkpoint.json"):
        (tmp_path / damaged).write_bytes(b"{")
        with pytest.raises(CnnvizError, match=r"`resume` must find an undamaged checkpoint in [^\n]*\.$"):
            train("tiny", images, images, tmp_path, epochs=3, seed=1, resume=True)
