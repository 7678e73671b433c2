"""The lecture's two programs: cut as the page shows them, run for real, and held to the zoo."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from cnnviz import CnnvizError
from cnnviz.data.cifar10 import CIFAR10, load_split, samples
from cnnviz.explain.programs import (
    COUNTERPARTS,
    FORMERLY,
    PARTS,
    PROGRAMS,
    parts,
    pointed,
    prepared,
    source,
    today,
)
from cnnviz.layers.dropout import Dropout
from cnnviz.networks import zoo
from cnnviz.networks.network import build, forward, read_weights
from tests.data.test_cifar10 import make_folder


class Run(NamedTuple):
    names: dict[str, Any]
    printed: str
    folder: Path


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_has_every_part_in_order_and_nothing_else(name: str) -> None:
    assert tuple(parts(name)) == PARTS
    code = [line for line in source(name).splitlines() if line and not line.startswith("# %%")]
    shown = [line for part in parts(name).values() for line in part.splitlines() if line]
    assert code[-len(shown) :] == shown
    assert all(len(line) <= 56 for line in shown)  # two stand side by side


def test_unknown_program_raises() -> None:
    with pytest.raises(CnnvizError, match="must be one of lecture_tensorflow, lecture_keras"):
        source("../../app")


def test_lines_are_found_by_their_marks_which_no_reader_sees() -> None:
    block, lines = pointed("lecture_tensorflow.training.decorator")
    assert block == "lecture_tensorflow_training"
    code = parts("lecture_tensorflow")["training"].splitlines()
    assert [code[k] for k in lines] == ["@tf.function"]
    _, lines = pointed("formerly.model.session")
    assert FORMERLY["model"].splitlines()[lines[0]] == "with tf.Session() as session:"
    _, lines = pointed("today.model.call")
    assert [today()["model"].splitlines()[k] for k in lines] == ["error = step(images, targets)"]
    everything = [*map(source, PROGRAMS), *FORMERLY.values(), *today().values(), *prepared().values()]
    assert not [code for code in everything if "# @" in code]
    with pytest.raises(CnnvizError, match="must name a mark of a program"):
        pointed("lecture_keras.model.nothing")


def test_what_stands_for_today_is_the_program_itself() -> None:
    lines = [line.strip() for line in parts("lecture_tensorflow")["training"].splitlines()]
    shown = [line.strip() for line in today()["model"].splitlines() if line]
    assert [line for line in lines if line in shown] == shown


def execute(name: str, epochs: int, folder: Path) -> dict[str, Any]:
    """Run a program as a reader would, but for one epoch instead of `epochs`."""
    code = source(name).replace(f"EPOCHS = {epochs}\n", "EPOCHS = 1\n")
    assert code != source(name)
    path = folder / f"{name}.py"
    path.write_text(code, "utf-8")
    return runpy.run_path(str(path), run_name="__main__")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("data"), rows=30)[0]


@pytest.fixture
def low_level(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    monkeypatch.setattr(sys, "argv", ["lecture_tensorflow.py", str(data)])
    names = execute("lecture_tensorflow", zoo.get("tensorflow_lecture").recipe.epochs, tmp_path)
    return Run(names, capsys.readouterr().out, data)


@pytest.fixture
def high_level(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    import keras

    train, test = load_split("train", data), load_split("test", data)
    # instead of a download of 170 MB; labels are a column there
    there = tuple((split.images, split.labels[:, np.newaxis]) for split in (train, test))
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: there)
    names = execute("lecture_keras", zoo.get("keras_lecture").recipe.epochs, tmp_path)
    return Run(names, capsys.readouterr().out, data)


def count(name: str) -> int:
    return sum(layer.parameters for layer in zoo.get(name).layers)


@pytest.mark.slow
def test_the_low_level_program(low_level: Run) -> None:
    import keras

    names, recipe = low_level.names, zoo.get("tensorflow_lecture").recipe
    assert names["parameters"] == count("tensorflow_lecture") == 1_379_274
    assert "1,379,274" in low_level.printed
    assert "1 loss 2.3" in low_level.printed  # ln 10 = 2.303: nothing is learnt in one step
    assert recipe.optimizer == "rmsprop"
    assert (names["RATE"], names["RHO"], names["BATCH"]) == (
        recipe.learning_rate,
        recipe.rho,
        recipe.batch_size,
    )
    # the pictures are not scrambled
    np.testing.assert_array_equal(names["test"][0], load_split("test", low_level.folder).images)
    assert names["right"].shape == (30,)
    assert float(sum(names["probabilities"])) == pytest.approx(1, abs=1e-5)

    # with the trained weights, its model computes what the app shows
    weights, _ = read_weights("tensorflow_lecture")
    for variable, key in zip(names["WEIGHTS"], weights, strict=True):
        variable.assign(weights[key])
    image = samples().images[4]
    logits = names["model"](CIFAR10.preprocess(image)[np.newaxis]).numpy()[0]
    shown = forward("tensorflow_lecture", weights, image)["dense2"]
    np.testing.assert_allclose(logits, shown, atol=1e-4, rtol=1e-4)

    # its training drops values at the zoo's rates: 0 stays 0, what is kept grows by 1 / (1 - rate)
    rates = [
        info.layer.rate for info in zoo.get("tensorflow_lecture").layers if isinstance(info.layer, Dropout)
    ]
    assert parts("lecture_tensorflow")["model"].count("drop(") == 1 + len(rates)
    for rate in rates:
        assert f", {rate})" in parts("lecture_tensorflow")["model"]

    # its RMSProp is Keras'
    generator = np.random.default_rng(0)
    optimizer = keras.optimizers.RMSprop(recipe.learning_rate, rho=recipe.rho)
    copies = [keras.Variable(w.numpy()) for w in names["WEIGHTS"]]
    for square in names["squares"]:
        square.assign(np.zeros(square.shape))
    for _ in range(2):
        gradients = [generator.normal(size=w.shape).astype(np.float32) for w in copies]
        names["rmsprop"](gradients)
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients], copies)
    for own, theirs in zip(names["WEIGHTS"], copies, strict=True):
        np.testing.assert_allclose(own.numpy(), theirs.numpy(), atol=1e-6)


def test_what_the_page_calls_counterparts_are_in_the_libraries() -> None:
    import keras

    for low, high in COUNTERPARTS.values():
        assert low in source("lecture_tensorflow")
        assert hasattr(keras.layers, high)
    for name in ("Conv2D", "ReLU", "MaxPooling2D", "Flatten", "Dense", "Softmax"):
        assert f"model.add(layers.{name}(" in source("lecture_keras")


def test_its_weights_begin_as_the_zoo_says() -> None:
    deviations = {
        getattr(i.layer, "initial_deviation", None) for i in zoo.get("tensorflow_lecture").layers
    } - {None}
    assert [f"stddev={d}" for d in deviations if f"stddev={d})" in parts("lecture_tensorflow")["weights"]]


@pytest.mark.slow
def test_the_keras_program(high_level: Run) -> None:
    names, recipe = high_level.names, zoo.get("keras_lecture").recipe
    model = names["model"]
    assert names["parameters"] == count("keras_lecture") == 4_210_090
    assert "4,210,090" in high_level.printed
    assert [layer.count_params() for layer in model.layers] == [
        896,
        0,
        9_248,
        0,
        0,
        0,
        4_194_816,
        0,
        5_130,
        0,
    ]
    optimizer = model.optimizer.get_config()
    assert type(model.optimizer).__name__.lower() == recipe.optimizer  # its own name is numbered in a process
    assert optimizer["momentum"] == recipe.momentum
    rate = optimizer["learning_rate"]["config"]
    assert (rate["initial_learning_rate"], rate["decay_rate"]) == (recipe.learning_rate, recipe.decay)
    assert rate["decay_steps"] == 1
    assert names["BATCH"] == recipe.batch_size
    assert float(sum(names["probabilities"])) == pytest.approx(1, abs=1e-5)

    # the same constraints and initial weights as the network that was trained
    trained = build(zoo.get("keras_lecture").graph, "keras_lecture")
    pairs = zip(
        [layer for layer in model.layers if layer.weights],
        [layer for layer in trained.layers if layer.weights],
        strict=True,
    )
    for own, theirs in pairs:
        for option in ("kernel_constraint", "kernel_initializer", "bias_initializer"):
            own_option, their_option = own.get_config()[option], theirs.get_config()[option]
            assert (own_option is None) == (their_option is None)
            if own_option is not None:
                assert own_option["class_name"] == their_option["class_name"]
        if own.kernel_constraint is not None:
            wanted = theirs.kernel_constraint
            assert own.kernel_constraint.max_value == wanted.max_value
            assert np.ravel(own.kernel_constraint.axis).tolist() == np.ravel(wanted.axis).tolist()

    weights, _ = read_weights("keras_lecture")
    model.set_weights(list(weights.values()))
    image = samples().images[4]
    probabilities = model(CIFAR10.preprocess(image)[np.newaxis]).numpy()[0]
    shown = forward("keras_lecture", weights, image)["softmax"]
    np.testing.assert_allclose(probabilities, shown, atol=1e-4)
