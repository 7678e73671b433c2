"""Training, for real but tiny: events, checkpoints, resuming, the recording, the card."""

from __future__ import annotations

import functools
import itertools
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz import CnnvizError, load, samples
from cnnviz.arithmetic.window import Window
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import Samples
from cnnviz.layers.average_pool import AveragePool
from cnnviz.layers.base import Layer
from cnnviz.layers.batch_norm import EPSILON, BatchNorm
from cnnviz.layers.conv import Conv
from cnnviz.layers.conv1d import Conv1d
from cnnviz.layers.dense import Dense
from cnnviz.layers.depthwise_conv import DepthwiseConv
from cnnviz.layers.dropout import Dropout
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.relu import Relu
from cnnviz.layers.row import Row
from cnnviz.layers.softmax import Softmax
from cnnviz.networks import bundled, cards, zoo
from cnnviz.networks.graph import Graph
from cnnviz.networks.network import get_weights, read_weights
from cnnviz.networks.recipe import Recipe
from cnnviz.training import initial_kernels, loop
from cnnviz.training.batches import batches
from cnnviz.training.evaluation import evaluate
from cnnviz.training.events import Event, read
from cnnviz.training.loop import train
from cnnviz.training.recording import read as read_recording
from cnnviz.training.run_plan import Plan, keep_apart
from cnnviz.training.trainer import _fused_batch_norm, _optimizer, initialize_kernels, trainer
from tests.thorough import thorough

pytestmark = pytest.mark.slow

TINY = zoo.Architecture(
    "tiny",
    Graph(
        (32, 32, 3),
        (
            Conv("conv1", Window(3, stride=2, padding="same"), 4, max_norm=1.0),
            Relu("conv1_relu"),
            AveragePool("pool1", Window(4, stride=4)),
            Dropout("dropout1", 0.3),
            Flatten("flatten"),
            Dense("dense1", 10, bias=False, initial_deviation=0.1),
            Softmax("softmax"),
        ),
    ),
    Recipe("sgd", learning_rate=0.5, momentum=0.9, decay=0.01, batch_size=16, epochs=4),
)
TINY_RMSPROP = replace(
    TINY, name="tiny_rmsprop", recipe=Recipe("rmsprop", 0.01, rho=0.9, batch_size=16, epochs=4)
)

MODERN = Recipe(
    "sgd",
    0.1,
    batch_size=16,
    epochs=4,
    momentum=0.9,
    schedule="cosine",
    warmup=0.2,
    nesterov=True,
    weight_decay=0.005,
    label_smoothing=0.1,
    flip=True,
    shift=2,
)
TINY_MODERN = zoo.Architecture(
    "tiny_modern",
    Graph(
        (32, 32, 3),
        (
            Conv("conv1", Window(3, stride=2, padding="same"), 4, bias=False),
            BatchNorm("conv1_norm"),
            *(info.layer for info in TINY.layers[1:5]),
            Dense("dense1", 10),
            Softmax("softmax"),
        ),
    ),
    MODERN,
)


@pytest.fixture(autouse=True)
def _tiny_in_the_zoo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "ARCHITECTURES", (*bundled.ARCHITECTURES, TINY, TINY_RMSPROP, TINY_MODERN))


def bright_and_dark(count: int) -> Samples:
    """Return images that are easy to tell apart: class 0 is dark, class 1 is bright."""
    labels = np.arange(count) % 2
    noise = np.random.default_rng(0).integers(0, 60, (count, 32, 32, 3))
    return Samples((noise + 190 * labels[:, None, None, None]).astype(np.uint8), labels, CIFAR10.classes)


def run(name: str, images: Samples, test: Samples, out: Path, **options: Any) -> dict[str, Any]:
    """Train to the end and return the card."""
    card = train(name, images, test, out, **options)
    assert card is not None
    return card


def test_train_writes_events_weights_and_card(tmp_path: Path) -> None:
    images, told = bright_and_dark(72), list[Event]()
    card = run("tiny", images, bright_and_dark(20), tmp_path, seed=3, note="made up", report=told.append)
    written, _ = read(tmp_path / "tiny.events.jsonl")
    assert written == told
    start, *_, end = written
    assert (start["event"], start["name"], start["images"], start["seed"]) == ("start", "tiny", 72, 3)
    assert (start["steps"], start["epochs"], start["epoch"]) == (5, 4, 0)  # 72 images in batches of 16
    assert (end["event"], end["state"]) == ("end", "done")
    epochs = [event for event in written if event["event"] == "epoch"]
    assert [event["epoch"] for event in epochs] == [1, 2, 3, 4]
    assert epochs[-1]["loss"] < epochs[0]["loss"]
    assert epochs[-1]["seconds_left"] == 0
    assert card["test"]["accuracy"] == 1.0
    assert np.array(card["test"]["confusion"])[:2, :2].tolist() == [[10, 0], [0, 10]]
    assert card["test"]["mistakes"] == []
    assert (card["seed"], card["epochs"], card["data"]["note"]) == (3, 4, "made up")
    for row, event in zip(card["history"], epochs, strict=True):
        assert row == {key: event[key] for key in ("loss", "accuracy", "test_loss", "test_accuracy")}
    stored, same = read_weights("tiny", tmp_path)
    assert same == card
    norms = np.sqrt((stored["conv1.kernel"] ** 2).sum(axis=(0, 1, 2)))
    assert norms.max() <= 1.001  # the max-norm constraint held
    measured = {key: card["test"][key] for key in ("accuracy", "loss")}
    assert evaluate(load("tiny", tmp_path), bright_and_dark(20)) == measured
    assert evaluate(load("tiny", tmp_path), images) == card["train"]
    assert not list(tmp_path.glob("*.part"))


def test_long_epoch_writes_batch_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, told, steps = bright_and_dark(640), list[Event](), itertools.count(2)

    def third() -> bool:
        """Let an event be due with every third batch, however long each takes."""
        monkeypatch.setattr(loop, "EVENTS_PER_SECOND", 1e9 if next(steps) % 3 == 0 else 1e-9)
        return False

    monkeypatch.setattr(loop, "EVENTS_PER_SECOND", 1e-9)
    run("tiny", images, bright_and_dark(10), tmp_path, epochs=1, report=told.append, stop=third)
    *on_the_way, last = [event for event in told if event["event"] == "batch"]
    assert [event["step"] for event in (*on_the_way, last)] == [*range(3, 40, 3), 40]
    sums, before = 0.0, 0
    for event in (*on_the_way, last):
        assert event["epoch"] == 1
        assert 0 <= event["accuracy"] <= 1
        assert event["images_per_second"] > 0
        assert event["seconds_left"] >= 0
        sums += event["loss"] * (event["step"] - before)
        before = event["step"]
        assert event["epoch_loss"] == pytest.approx(sums / event["step"], rel=1e-3)  # parts make up the whole
    epoch = next(event for event in told if event["event"] == "epoch")
    assert epoch["loss"] == pytest.approx(last["epoch_loss"])


def test_train_writes_a_recording(tmp_path: Path) -> None:
    images = bright_and_dark(112)  # 7 batches an epoch
    card = run("tiny", images, bright_and_dark(20), tmp_path, epochs=2)
    recorded = read_recording("tiny", tmp_path)
    assert recorded.steps.tolist() == [0, 1, 2, 5, 7, 14]
    assert recorded.epochs == pytest.approx(recorded.steps / 7)
    assert recorded.layers == ("conv1", "conv1_relu", "pool1", "dropout1")
    assert recorded.sha256 == card["sha256"]
    assert recorded.weights["conv1.kernel"].shape == (6, 3, 3, 3, 4)
    assert recorded.probabilities.shape == (6, 20, 10)
    np.testing.assert_allclose(recorded.probabilities.sum(axis=-1), 1, atol=1e-5)
    final, _ = read_weights("tiny", tmp_path)
    largest = np.abs(final["conv1.kernel"]).max(axis=(0, 1, 2))
    difference = np.abs(recorded.at(5)["conv1.kernel"] - final["conv1.kernel"]).max(axis=(0, 1, 2))
    assert (difference <= 0.005 * largest).all()  # 8 bits, and float16
    assert np.abs(recorded.at(5)["conv1.kernel"] - recorded.at(0)["conv1.kernel"]).max() > 0.01
    np.testing.assert_allclose(
        recorded.probabilities[-1], load("tiny", tmp_path).predict(samples().images), atol=5e-3
    )
    accuracies = [row["test_accuracy"] for row in card["history"]]
    assert recorded.accuracy[-2:].tolist() == pytest.approx(accuracies)


def assert_same_run(first: Path, second: Path, name: str) -> None:
    (weights, card), (others, other) = read_weights(name, first), read_weights(name, second)
    for key, value in weights.items():
        np.testing.assert_allclose(others[key], value, atol=1e-3, err_msg=key)  # float16 as stored
    assert len(card["history"]) == len(other["history"]) == card["epochs"] == other["epochs"]
    for row, another in zip(card["history"], other["history"], strict=True):
        assert row == pytest.approx(another, abs=1e-4)


class StopAfter:
    """Says yes when it is asked for the n-th time."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def __call__(self) -> bool:
        self.left -= 1
        return self.left <= 0


WholeRuns = Callable[..., Path]


@pytest.fixture(scope="module")
def whole_runs(tmp_path_factory: pytest.TempPathFactory) -> WholeRuns:
    """Return what gives the folder of a network's run, made once, that nothing interrupts."""

    @functools.cache
    def made(name: str, images: int = 48, epochs: int = 3) -> Path:
        out = tmp_path_factory.mktemp(name)
        run(name, bright_and_dark(images), bright_and_dark(16), out, epochs=epochs)
        return out

    return made


@pytest.fixture
def one_epoch(tmp_path: Path, whole_runs: WholeRuns) -> Path:
    """Return a folder of a test's own with a run of one epoch, of 16 images."""
    return shutil.copytree(whole_runs("tiny", images=16, epochs=1), tmp_path / "one-epoch")


@pytest.mark.parametrize(  # steps: of 3 an epoch: within one, and at the end of one
    ("name", "steps"),
    [("tiny", 7), ("tiny_rmsprop", 2), ("tiny_modern", 3), ("tiny_modern", 7)]
    if thorough()
    else [("tiny_rmsprop", 3)],  # of the modern recipe, and within an epoch: `…_is_not_initialised_again_…`
)
def test_resumed_run_ends_with_the_same_weights(
    tmp_path: Path, whole_runs: WholeRuns, name: str, steps: int
) -> None:
    images, test = bright_and_dark(48), bright_and_dark(16)
    uninterrupted = whole_runs(name)
    parts, told = tmp_path / "parts", list[Event]()
    stopped = train(name, images, test, parts, epochs=3, stop=StopAfter(steps), report=told.append)
    assert stopped is None
    assert (told[-1]["event"], told[-1]["state"]) == ("end", "stopped")
    assert not (parts / f"{name}.npz").exists()
    run(name, images, test, parts, epochs=3, resume=True)
    assert_same_run(uninterrupted, parts, name)
    events, _ = read(parts / f"{name}.events.jsonl")  # no batch is told of twice, and the stop is forgotten
    places = [(event["epoch"], event["step"]) for event in events if event["event"] == "batch"]
    assert places == sorted(set(places))
    assert [event["event"] for event in events].count("start") == 2
    assert [event["state"] for event in events if event["event"] == "end"] == ["done"]
    whole, again = (read_recording(name, folder) for folder in (uninterrupted, parts))
    assert whole.steps.tolist() == again.steps.tolist()
    np.testing.assert_allclose(whole.probabilities, again.probabilities, atol=1e-3)


def test_epochs_can_be_added(one_epoch: Path, whole_runs: WholeRuns) -> None:
    images = bright_and_dark(16)
    run("tiny", images, images, one_epoch, epochs=2, resume=True)
    assert_same_run(whole_runs("tiny", images=16, epochs=2), one_epoch, "tiny")
    with pytest.raises(CnnvizError, match=r"`epochs` must be >= 2, .*\. Received: epochs=1\."):
        train("tiny", images, images, one_epoch, epochs=1, resume=True)


def test_inverse_time_decay() -> None:
    optimizer = _optimizer(zoo.get("keras_lecture").recipe, 15_630)
    rate = optimizer._learning_rate  # the schedule itself
    for step, expected in ((0, 0.01), (1000, 0.005), (9000, 0.001)):  # 0.01 / (1 + 0.001 * step)
        assert float(rate(step)) == pytest.approx(expected)
    assert optimizer.momentum == 0.9
    other = _optimizer(zoo.get("tensorflow_lecture").recipe, 19_550)
    assert (float(other.learning_rate), other.rho) == (pytest.approx(0.001), 0.9)


def test_cosine_schedule_with_warmup() -> None:
    recipe = Recipe("sgd", 0.2, 16, 4, schedule="cosine", warmup=0.2, weight_decay=0.01)
    optimizer = _optimizer(recipe, 100)
    rate = optimizer._learning_rate
    for step, expected in ((0, 0), (10, 0.1), (20, 0.2), (60, 0.1), (100, 0)):
        assert float(rate(step)) == pytest.approx(expected, abs=1e-6)
    model = trainer(Plan(zoo.get("tiny_modern"), MODERN, 0, 32, "float32", ()))
    kept = [v.path for v in model.trainable_variables if not model.optimizer._use_weight_decay(v)]
    assert len(kept) == 3  # gamma and beta of the normalisation, and the bias, but no kernel
    assert not [path for path in kept if "kernel" in path]


PLAIN = TINY.recipe


def test_batches_are_a_seeded_permutation() -> None:
    images = bright_and_dark(50)
    seen = [read_all(batches(images, PLAIN, np.random.default_rng(seed))) for seed in (1, 1, 2)]
    plain = images.images.astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(seen[0][0], seen[1][0])
    assert (seen[0][0] != seen[2][0]).any()
    assert (seen[0][0] != plain).any()
    assert sorted(picture.tobytes() for picture in seen[0][0]) == sorted(p.tobytes() for p in plain)
    for picture, label in zip(*seen[0], strict=True):
        assert (picture.mean() > 0.5) == label  # a label stays with its image
    late = read_all(batches(images, PLAIN, np.random.default_rng(1), skip=2), [16, 2])
    np.testing.assert_array_equal(late[0], seen[0][0][32:])


def test_augmentation_flips_and_shifts_with_reflection() -> None:
    recipe = replace(PLAIN, flip=True, shift=2)
    images = samples()
    labels = np.arange(20) % 10
    one_each = Samples(images.images, labels, images.names)
    shown, order = read_all(batches(one_each, recipe, np.random.default_rng(5)), [16, 4])
    again, _ = read_all(batches(one_each, recipe, np.random.default_rng(5), skip=1), [4])
    np.testing.assert_array_equal(again, shown[16:])
    found = set()
    padded = np.pad(CIFAR10.preprocess(images.images), ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    for picture, label in zip(shown, order, strict=True):
        ways = [
            (row - 2, col - 2, mirrored)
            for index in (label, label + 10)
            for row in range(5)
            for col in range(5)
            for mirrored in (False, True)
            if np.array_equal(
                padded[index, row : row + 32, col : col + 32][:, :: -1 if mirrored else 1], picture
            )
        ]
        assert len(ways) == 1
        found.add(ways[0])
    assert len({mirrored for *_, mirrored in found}) == 2
    assert len({row for row, *_ in found}) > 2
    assert len({col for _, col, _ in found}) > 2


def test_the_first_step_is_traced_once() -> None:
    model, images, traced = trainer(Plan(TINY, PLAIN, 0, 16, "float32", ())), bright_and_dark(16), list[Any]()
    step = model.train_step
    model.train_step = lambda data: traced.append(data) or step(data)
    assert not any(variable.numpy().any() for metric in model.metrics for variable in metric.variables)
    model.fit(batches(images, PLAIN, np.random.default_rng(0)), shuffle=False, verbose=0)
    assert len(traced) == 1


def test_label_smoothing() -> None:
    model = trainer(Plan(zoo.get("tiny_modern"), MODERN, 0, 32, "float32", ()))
    logits = np.array([[2.0] + [0.0] * 9], np.float32)
    logarithms = logits - np.log(np.exp(logits).sum())
    expected = -(0.91 * logarithms[0, 0] + 0.01 * logarithms[0, 1:].sum())
    assert float(model.loss(np.array([[0]]), logits)[0]) == pytest.approx(float(expected), rel=1e-5)


def test_fused_batch_norm_trains_like_keras() -> None:
    import keras

    x = np.random.default_rng(0).normal(2, 3, (6, 5, 5, 4)).astype(np.float32)
    fused, plain = (
        _fused_batch_norm()(epsilon=EPSILON),
        keras.layers.BatchNormalization(epsilon=EPSILON),
    )
    for layer in (fused, plain):
        layer.build(x.shape)
    np.testing.assert_allclose(fused(x, training=True), plain(x, training=True), atol=1e-5)
    np.testing.assert_allclose(fused.moving_mean, plain.moving_mean, atol=1e-6)
    # its variance is that of the population: n / (n - 1)
    unbiased = 150 / 149 * (np.asarray(plain.moving_variance) - 0.99) + 0.99
    np.testing.assert_allclose(fused.moving_variance, unbiased, atol=1e-5)
    np.testing.assert_allclose(fused(x, training=False), plain(x, training=False), atol=1e-2)


def test_beta_rate_scales_the_update_of_beta() -> None:
    images, moved = bright_and_dark(16), dict[float, dict[str, np.ndarray]]()
    for rate in (1.0, 8.0):
        recipe = replace(MODERN, beta_rate=rate, momentum=0.0, nesterov=False, warmup=0.0, weight_decay=0.0)
        model = trainer(Plan(zoo.get("tiny_modern"), recipe, 0, 16, "float32", ()))
        before = get_weights(model)
        model.train_on_batch(CIFAR10.preprocess(images.images), images.labels)
        moved[rate] = {key: new - before[key] for key, new in get_weights(model).items()}
    once, faster = moved[1.0], moved[8.0]
    assert np.abs(once["conv1_norm.beta"]).max() > 1e-5
    for key, change in once.items():
        times = 8 if key == "conv1_norm.beta" else 1
        np.testing.assert_allclose(faster[key], times * change, rtol=1e-3, atol=1e-6, err_msg=key)


def test_batch_normalisation_of_vectors_and_signals_is_trained() -> None:
    layers = (
        Row("row"),
        Conv1d("conv", 4),
        BatchNorm("of_signal"),
        Flatten("flatten"),
        Dense("dense", 8),
        BatchNorm("of_vector", scale=False),
        Dense("last", 10),
        Softmax("softmax"),
    )
    mine = zoo.Architecture("mine", Graph((32, 32, 3), layers), MODERN)
    model, images = trainer(Plan(mine, MODERN, 0, 20, "float32", ())), samples()
    model.train_on_batch(CIFAR10.preprocess(images.images), images.labels)
    weights = get_weights(model)
    for name in ("of_signal", "of_vector"):
        assert np.abs(weights[f"{name}.moving_mean"]).min() > 0
        assert np.isfinite(weights[f"{name}.moving_variance"]).all()


@pytest.mark.parametrize(
    ("layers", "whitened"),
    [
        ([Conv("conv", Window(3), 8)], True),
        ([DepthwiseConv("dw", Window(3), 8), Conv("conv", Window(3), 10)], False),
        ([Conv("conv", Window(3), 9, groups=3)], False),
        ([Conv("conv", Window(33, padding="same"), 8)], False),
    ],
)
def test_only_filters_that_see_the_images_are_whitened(layers: list[Layer], whitened: bool) -> None:
    graph = Graph((32, 32, 3), [*layers, Flatten("flatten"), Dense("dense", 10), Softmax("softmax")])
    recipe = replace(MODERN, whitening=True)
    plan = Plan(zoo.Architecture("mine", graph, recipe), recipe, 0, 20, "float32", ())
    model = trainer(plan)
    before = get_weights(model)["conv.kernel"]
    initialize_kernels(model, plan, samples())
    assert np.array_equal(before, get_weights(model)["conv.kernel"]) != whitened


def test_kernels_are_initialised_as_the_recipe_says(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = (
        *(info.layer for info in TINY_MODERN.layers[:3]),
        Conv("conv2", Window(3, padding="same"), 6),
        *(info.layer for info in TINY_MODERN.layers[3:]),
    )
    begun = zoo.Architecture("tiny_begun", Graph((32, 32, 3), layers), MODERN)
    monkeypatch.setattr(bundled, "ARCHITECTURES", (*bundled.ARCHITECTURES, begun))
    images = samples()

    def kernels(**changes: Any) -> list[np.ndarray]:
        plan = Plan(zoo.get("tiny_begun"), replace(MODERN, **changes), 3, 20, "float32", ())
        model = trainer(plan)
        initialize_kernels(model, plan, images)
        weights = get_weights(model)
        return [weights["conv1.kernel"], weights["conv2.kernel"]]

    first, second = kernels()
    white, same = kernels(whitening=True)
    expected = initial_kernels.whitening(images.images, first, np.random.default_rng(3))
    np.testing.assert_allclose(white, expected, rtol=1e-6)
    np.testing.assert_array_equal(same, second)
    same, handing_on = kernels(identity=True)
    np.testing.assert_array_equal(same, first)
    np.testing.assert_array_equal(handing_on, initial_kernels.identity(second))


def test_resumed_run_is_not_initialised_again_and_keeps_the_same_images_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(MODERN, whitening=True, identity=True, beta_rate=4.0)
    begun = replace(TINY_MODERN, name="tiny_begun", recipe=recipe)
    monkeypatch.setattr(bundled, "ARCHITECTURES", (*bundled.ARCHITECTURES, begun))
    images, test, parts = bright_and_dark(40), bright_and_dark(16), tmp_path / "parts"
    options: dict[str, Any] = {"epochs": 2, "validation": 0.2}
    whole = run("tiny_begun", images, test, tmp_path / "whole", **options)
    started = read_recording("tiny_begun", tmp_path / "whole").weights["conv1.kernel"][0]
    trained_on, _ = keep_apart(images, 0.2, 0)
    expected = initial_kernels.whitening(trained_on.images, started, np.random.default_rng(0))
    np.testing.assert_allclose(started, expected, atol=np.abs(expected).max() / 200)  # 8 bits a weight
    assert train("tiny_begun", images, test, parts, stop=StopAfter(4), **options) is None  # within epoch 2
    with pytest.raises(CnnvizError, match=r"`resume` must find .* Received: one with .*validation=0\.2"):
        train("tiny_begun", images, test, parts, epochs=2, resume=True)
    with pytest.raises(CnnvizError, match=r"`resume` must find .* Received: one with epochs=2\."):
        train("tiny_begun", images, test, parts, **{**options, "epochs": 3}, resume=True)  # it has a schedule
    again = run("tiny_begun", images, test, parts, resume=True, **options)
    assert_same_run(tmp_path / "whole", parts, "tiny_begun")
    assert again["validation"] == pytest.approx(whole["validation"], abs=1e-4)


def read_all(data: Any, sizes: list[int] = [16, 16, 16, 2]) -> tuple[np.ndarray, np.ndarray]:  # noqa: B006
    """Return what a dataset holds, its batches put together."""
    parts = list(data.as_numpy_iterator())
    assert [len(labels) for _, labels in parts] == sizes
    return np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": 0}, r"`epochs` must be a whole number >= 1\. Received: epochs=0\."),
        ({"batch_size": 0}, r"`batch_size` must be a whole number >= 1\. Received: batch_size=0\."),
        ({"learning_rate": 0}, r"`learning_rate` must be more than 0\. Received: learning_rate=0\."),
        ({"learning_rate": float("nan")}, r"`learning_rate` must be more than 0\."),
        (
            {"validation": 1.0},
            r"`validation` must be at least 0 and less than 1\. Received: validation=1\.0\.",
        ),
        ({"validation": float("nan")}, r"`validation` must be at least 0"),
        ({"validation": 0.98}, r"`validation` must leave one of 16 images to train on\."),
    ],
)
def test_invalid_options_raise(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    images = bright_and_dark(16)
    with pytest.raises(CnnvizError, match=words):
        train("tiny", images, images, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_images_kept_apart_are_measured_and_not_trained_on(tmp_path: Path) -> None:
    images, test = bright_and_dark(40), bright_and_dark(16)
    trained_on, kept = keep_apart(images, 0.2, 3)
    assert kept is not None
    assert (len(trained_on), len(kept)) == (32, 8)
    both = sorted(each.tobytes() for part in (trained_on, kept) for each in part.images)
    assert both == sorted(each.tobytes() for each in images.images)
    assert keep_apart(images, 0.0, 3) == (images, None)
    with pytest.raises(CnnvizError, match="`train_set` must hold an image"):
        keep_apart(images.take(np.arange(0)), 0.0, 3)
    _, others = keep_apart(images, 0.2, 4)
    assert others is not None
    assert (others.images != kept.images).any()

    options: dict[str, Any] = {"epochs": 1, "seed": 3}
    card = run("tiny_modern", images, test, tmp_path / "kept", validation=0.2, **options)
    alone = run("tiny_modern", trained_on, test, tmp_path / "alone", **options)
    weights, plain = (read_weights("tiny_modern", tmp_path / part)[0] for part in ("kept", "alone"))
    for key, value in weights.items():  # it saw nothing of the others
        np.testing.assert_allclose(plain[key], value, atol=1e-3, err_msg=key)
    assert (card["data"]["train"], card["data"]["validation"]) == (32, 8)
    assert "validation" not in alone["data"]
    assert card["validation"] == evaluate(load("tiny_modern", tmp_path / "kept"), kept)
    start, *events = read(tmp_path / "kept" / "tiny_modern.events.jsonl")[0]
    assert (start["images"], start["validation_images"]) == (32, 8)
    rows = [event for event in events if event["event"] == "epoch"]
    for row, event, plain in zip(card["history"], rows, alone["history"], strict=True):
        measured = {f"validation_{key}" for key in ("loss", "accuracy")}
        assert set(row) == set(plain) | measured
        assert all(row[key] == event[key] for key in row)
    cards.validate(card, 10)


def test_options_override_the_recipe_and_resume_without_a_checkpoint_begins(tmp_path: Path) -> None:
    images = bright_and_dark(16)
    card = run("tiny", images, images, tmp_path, epochs=1, batch_size=5, learning_rate=0.125, resume=True)
    assert len(card["history"]) == 1
    assert (card["recipe"]["batch_size"], card["recipe"]["learning_rate"]) == (5, 0.125)
    start = read(tmp_path / "tiny.events.jsonl")[0][0]
    assert (start["batch_size"], start["steps"]) == (5, 4)


def test_checkpoint_of_another_run_or_damaged_one_raises(one_epoch: Path) -> None:
    images = bright_and_dark(16)
    with pytest.raises(CnnvizError, match=r"checkpoint of this run .* Received: one with seed=0\."):
        train("tiny", images, images, one_epoch, epochs=2, seed=2, resume=True)
    with pytest.raises(CnnvizError, match=r"Received: one with images=16\."):
        train("tiny", bright_and_dark(32), images, one_epoch, epochs=2, resume=True)
    path = one_epoch / "tiny.checkpoint.npz"
    whole = path.read_bytes()
    for content in (b"", b"{", whole[: len(whole) // 2], whole[:-40]):
        path.write_bytes(content)
        with pytest.raises(CnnvizError, match=r"`resume` must find an undamaged checkpoint [^\n]*\.$"):
            train("tiny", images, images, one_epoch, epochs=3, resume=True)
    assert read_weights("tiny", one_epoch)  # what was finished is not touched


def test_checkpoint_with_invalid_state_raises_and_one_of_an_older_version_is_resumed(one_epoch: Path) -> None:
    images = bright_and_dark(16)
    path = one_epoch / "tiny.checkpoint.npz"
    with np.load(path) as stored:
        arrays = {key: stored[key] for key in stored.files}
    state = json.loads(arrays["state"].tobytes())
    damaged = "`resume` must find an undamaged checkpoint of this run in .* Received: one that is damaged "
    for change, message in (
        ({"events": "9"}, "its state is not that of a run"),
        ({"events": -1}, "its state is not that of a run"),
        ({"epoch": 2}, "its state is not that of a run"),
        ({"history": [{"loss": 1.0}]}, "its state is not that of a run"),
        ({"sums": {"loss": 1.0}}, "its state is not that of a run"),
        ({"seconds": None}, "its state is not that of a run"),
        ({"step": 99}, "it is at step 99 of "),
        ({"seconds": float("nan")}, "NaN is no number of JSON"),
    ):
        content = json.dumps({**state, **change}).encode()
        np.savez(path, **{**arrays, "state": np.frombuffer(content, np.uint8)})
        with pytest.raises(CnnvizError, match=damaged + rf"\({message}"):
            train("tiny", images, images, one_epoch, epochs=2, resume=True)
    for extra, message in (
        ({"extra": np.zeros(3)}, "it holds no array v"),
        ({"v0": np.array([None])}, "'v0' is no array of plain numbers"),
        ({"bomb": np.zeros(3 * 10**7, np.uint8)}, "its arrays take more than"),
    ):
        np.savez_compressed(path, **{**arrays, **extra})
        with pytest.raises(CnnvizError, match=damaged + rf"\({message}"):
            train("tiny", images, images, one_epoch, epochs=2, resume=True)
    del state["identity"]["dropout"], state["identity"]["batch_norm_momentum"]
    np.savez(path, **{**arrays, "state": np.frombuffer(json.dumps(state).encode(), np.uint8)})
    assert len(run("tiny", images, images, one_epoch, epochs=2, resume=True)["history"]) == 2


def test_invalid_output_folder_raises(tmp_path: Path) -> None:
    images = bright_and_dark(16)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CnnvizError, match=r"`out` must be a folder that can be written into"):
        train("tiny", images, images, tmp_path / "file", epochs=1)


def test_two_runs_cannot_share_a_folder(tmp_path: Path) -> None:
    images, refused = bright_and_dark(48), list[str]()

    def second(event: Event) -> None:
        if event["event"] == "epoch":
            with pytest.raises(CnnvizError, match="no other run is writing into") as error:
                train("tiny", images, images, tmp_path, epochs=1)
            refused.append(str(error.value))

    run("tiny", images, images, tmp_path, epochs=1, report=second)
    assert len(refused) == 1
    assert [e["event"] for e in read(tmp_path / "tiny.events.jsonl")[0]].count("epoch") == 1


TINY_LOUD = replace(TINY, name="tiny_loud", recipe=Recipe("sgd", 1e30, batch_size=16, epochs=4))
"""Its first step already makes the weights so large that its answers are not finite."""


def diverges(name: str, images: Samples, out: Path, **options: Any) -> tuple[CnnvizError, list[Event]]:
    """Train a run that diverges; return what it says and the events that it wrote."""
    with pytest.raises(CnnvizError) as caught:
        train(name, images, bright_and_dark(16), out, **options)
    assert caught.value.reason == "diverged"
    for line in (out / f"{name}.events.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)
    return caught.value, read(out / f"{name}.events.jsonl")[0]


def test_diverging_run_stops_and_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "ARCHITECTURES", (*bundled.ARCHITECTURES, TINY_LOUD))
    error, told = diverges("tiny_loud", bright_and_dark(96), tmp_path)
    assert re.fullmatch(
        r"`learning_rate` must be small enough for a run that does not diverge\. Received: "
        r"learning_rate=1e\+30; the answers to images were no longer finite numbers at epoch 1, batch 1\.",
        str(error),
    )
    end = {key: told[-1][key] for key in ("event", "state", "what", "epoch", "step", "learning_rate")}
    assert end == {
        "event": "end", "state": "diverged", "what": "answers", "epoch": 1, "step": 1, "learning_rate": 1e30
    }  # fmt: skip
    assert [event["event"] for event in told] == ["start", "end"]  # no batch after it, no epoch
    assert {path.name for path in tmp_path.iterdir()} == {"tiny_loud.events.jsonl"}  # no network


class Spoil:
    """Puts NaN into a kernel when asked for the n-th time, after each step and each epoch; never stops."""

    def __init__(self, step: int, layer: str, weight: str = "kernel", value: float = np.nan) -> None:
        self.step, self.layer, self.weight, self.value = step, layer, weight, value
        self.run: Any = None

    def __call__(self) -> bool:
        self.step -= 1
        if self.step == 0:
            kernel = getattr(self.run.trainer.get_layer(self.layer), self.weight)
            kernel.assign(np.full(kernel.shape, self.value, np.float32))
        return False


def spoiled(monkeypatch: pytest.MonkeyPatch, spoil: Spoil) -> Spoil:
    """Let a run that is made from now on be the one whose kernel is spoiled."""
    begun = loop._TrainingRun.fit

    def fit(run: Any, stored: Any) -> bool:
        spoil.run = run
        return begun(run, stored)

    monkeypatch.setattr(loop._TrainingRun, "fit", fit)
    return spoil


@pytest.mark.parametrize(
    ("step", "layer", "epoch", "what"),
    [
        (9, "dense1", 3, "loss"),
        (7, "dense1", 2, "answers"),
        (9, "conv1", 3, "weights"),  # TensorFlow's ReLU makes 0 of NaN: the loss stays finite
    ],
)
def test_diverging_run_keeps_the_last_finite_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, layer: str, epoch: int, what: str
) -> None:
    stop = spoiled(monkeypatch, Spoil(step, layer))
    error, told = diverges("tiny", bright_and_dark(48), tmp_path, stop=stop)  # 3 steps an epoch
    assert error.values["what"] == what
    assert error.values["epoch"] == epoch
    assert f"The checkpoint after epoch {epoch - 1} is kept." in str(error)
    assert [event["epoch"] for event in told if event["event"] == "epoch"] == list(range(1, epoch))
    with np.load(tmp_path / "tiny.checkpoint.npz") as kept:
        assert json.loads(kept["state"].tobytes())["epoch"] == epoch - 1
        assert all(np.isfinite(kept[key]).all() for key in kept.files)
    recorded = read_recording("tiny", tmp_path)
    assert all(np.isfinite(values).all() for values in recorded.weights.values())
    assert not (tmp_path / "tiny.npz").exists()


def test_weights_too_large_for_float16_raise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = spoiled(monkeypatch, Spoil(7, "conv1", "bias", -1e5))  # after the last step of two epochs of 3
    error, _ = diverges("tiny", bright_and_dark(48), tmp_path, epochs=2, stop=stop)
    assert error.values["what"] == "half"
    assert "weights were larger than half precision can hold (65,504) at epoch 2, batch 3." in str(error)
    assert not (tmp_path / "tiny.npz").exists()


def test_checkpoint_with_nan_raises(one_epoch: Path) -> None:
    images = bright_and_dark(16)
    path = one_epoch / "tiny.checkpoint.npz"
    with np.load(path) as stored:
        parts = dict(stored)
    parts["v0"] = np.full_like(parts["v0"], np.nan)
    np.savez(path, **parts)
    with pytest.raises(CnnvizError, match=r"`resume` must find .* Received: one of a run that diverged"):
        train("tiny", images, images, one_epoch, epochs=2, resume=True)


def test_only_write_errors_are_reported_as_such(tmp_path: Path) -> None:
    images = bright_and_dark(48)

    def closed(event: Event) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(BrokenPipeError):  # who listened has gone: nothing is wrong with the folder
        train("tiny", images, images, tmp_path, report=closed)
    end = read(tmp_path / "tiny.events.jsonl")[0][-1]
    assert (end["state"], end["message"]) == ("failed", "[Errno 32] Broken pipe")


@pytest.mark.parametrize("name", zoo.trained_names() if thorough() else ["digits"])
def test_toy_run_overfits_its_samples(name: str, tmp_path: Path) -> None:
    images = zoo.get(name).data_set.samples()
    card = run(name, images, images, tmp_path, toy=True, epochs=TOY_EPOCHS.get(name, 20))
    assert card["test"]["accuracy"] == card["train"]["accuracy"] == 1.0  # in inference, on half precision
    assert [row["test_accuracy"] for row in card["history"]][-3:] == [1.0] * 3


TOY_EPOCHS = {"keras_lecture": 9, "tensorflow_lecture": 12, "alexnet": 8, "vgg": 9, "digits": 30}
"""Fewer than the recipe's, to be quick; the digits' network is quick anyway."""


def test_toy_recipe_disables_regularisation() -> None:
    for name in zoo.trained_names():
        own, toy = zoo.recipe(name), zoo.recipe(name, toy=True)
        assert own == zoo.get(name).recipe
        assert (toy.batch_size, toy.flip, toy.shift) == (20, False, 0)
        assert (toy.label_smoothing, toy.weight_decay) == (0, 0)
        assert toy.optimizer == own.optimizer
    assert zoo.recipe("alexnet", toy=True).learning_rate == pytest.approx(0.05 * 20 / 128, rel=0.01)
    assert zoo.recipe("tensorflow_lecture", toy=True).learning_rate == 0.001
    plan = Plan(
        zoo.get("tensorflow_lecture"), zoo.recipe("tensorflow_lecture", toy=True), 0, 20, "float32", ()
    )
    assert [layer.rate for layer in trainer(plan).layers if "dropout" in layer.name] == [0.0] * 4
    plan = Plan(zoo.get("vgg"), zoo.recipe("vgg", toy=True), 0, 20, "float32", ())
    assert trainer(plan).get_layer("conv1_1_norm").momentum == 0.5
