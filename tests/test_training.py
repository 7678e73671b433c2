"""Training, for real but tiny: events, checkpoints, resuming, the card."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnviz import CnnvizError, load, zoo
from cnnviz.cifar import Samples
from cnnviz.network import read_weights
from cnnviz.training import Progress, evaluate, train
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


@pytest.fixture(autouse=True)
def _tiny_in_the_zoo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "ARCHITECTURES", (*zoo.ARCHITECTURES, TINY))


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


def test_a_resumed_run_ends_like_an_uninterrupted_one(tmp_path: Path) -> None:
    images, test = bright_and_dark(48), bright_and_dark(16)
    train("tiny", images, test, tmp_path / "whole", epochs=3)
    train("tiny", images, test, tmp_path / "parts", epochs=1)
    card = train("tiny", images, test, tmp_path / "parts", epochs=3, resume=True)
    whole, parts = (read_weights("tiny", tmp_path / name) for name in ("whole", "parts"))
    assert len(card["history"]) == 3
    for key, value in whole[0].items():
        np.testing.assert_allclose(parts[0][key], value, atol=1e-3, err_msg=key)
    assert parts[1]["history"][-1]["loss"] == pytest.approx(whole[1]["history"][-1]["loss"], abs=1e-4)


def test_impossible_runs_are_named(tmp_path: Path) -> None:
    images = bright_and_dark(16)
    with pytest.raises(CnnvizError, match=r"`epochs` must be a whole number >= 1\. Received: epochs=0\."):
        train("tiny", images, images, tmp_path, epochs=0)
    train("tiny", images, images, tmp_path, epochs=1, seed=1)
    with pytest.raises(CnnvizError, match="`resume` found another run's checkpoint"):
        train("tiny", images, images, tmp_path, epochs=2, seed=2, resume=True)
