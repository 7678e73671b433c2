"""The two small networks that the browser trains: held to Keras, and what comes back from the browser."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from cnnviz.components import FRONTEND
from cnnviz.components.playground import Selection, read_selection
from cnnviz.errors import CnnvizError
from cnnviz.explain import small_network
from tests import node
from tests.thorough import thorough

STEPS = 5
SCRIPT = """
import { makePoints } from "./points.js";
import { forward, gradients, newNetwork, train } from "./small_network.js";
const points = makePoints("spiral", 3);
const plain = (layers) => layers.map(({ kernel, bias }) => [[...kernel], [...bias]]);
const trained = [false, true].map((linear) => {
  const network = newNetwork(3, linear);
  const start = plain(network.layers);
  const { found, loss, accuracy } = gradients(network, points);
  const logits = [...forward(network, points.x).outputs.at(-1)];
  for (let k = 0; k < STEPS; k++) train(network, points, 0.01);
  return { linear, start, loss, accuracy, logits, gradients: plain(found), end: plain(network.layers) };
});
console.log(JSON.stringify({ x: [...points.x], y: [...points.y], trained }));
"""


@pytest.fixture(scope="module")
def browser() -> dict[str, Any]:
    """Results of the browser's modules, run by Node."""
    return dict(json.loads(node.run(SCRIPT.replace("STEPS", str(STEPS)), FRONTEND / "playground")))


@pytest.mark.parametrize("linear", [False, True])
def test_loss_gradients_and_steps_of_rmsprop_are_those_of_keras(
    browser: dict[str, Any], linear: bool
) -> None:
    import keras
    import tensorflow as tf

    (ours,) = [each for each in browser["trained"] if each["linear"] == linear]
    x, y = np.reshape(browser["x"], (-1, 2)), np.array(browser["y"])
    activation = None if linear else "relu"
    layers = [
        keras.layers.Dense(units, activation=each, dtype="float64")
        for units, each in ((8, activation), (8, activation), (2, None))
    ]
    model = keras.Sequential([keras.Input((2,), dtype="float64"), *layers])
    for layer, (kernel, bias) in zip(layers, ours["start"], strict=True):
        layer.set_weights([np.reshape(kernel, (-1, len(bias))), np.array(bias)])
    optimizer = keras.optimizers.RMSprop(0.01, rho=0.9)
    first: list[np.ndarray] = []
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            logits = model(x)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        slopes = tape.gradient(loss, model.trainable_variables)
        if not first:
            first = [slope.numpy() for slope in slopes]
            assert ours["loss"] == pytest.approx(float(loss), rel=1e-9)
            assert ours["accuracy"] == np.mean(np.argmax(logits, axis=1) == y)
            np.testing.assert_allclose(np.reshape(ours["logits"], (-1, 2)), logits, atol=1e-9)
        optimizer.apply(slopes, model.trainable_variables)
    flat = [np.ravel(part) for layer in ours["gradients"] for part in layer]
    for mine, theirs in zip(flat, first, strict=True):
        np.testing.assert_allclose(mine, theirs.ravel(), atol=1e-9)
    end = [np.ravel(part) for layer in ours["end"] for part in layer]
    for mine, variable in zip(end, model.trainable_variables, strict=True):
        np.testing.assert_allclose(mine, variable.numpy().ravel(), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("removed", "low", "high"),
    [("", 0.95, 1.0), *([(', activation="relu"', 0.3, 0.75)] if thorough() else [])],
)
def test_the_program_beside_them_shows_the_same(
    removed: str, low: float, high: float, capsys: pytest.CaptureFixture[str]
) -> None:
    source = small_network.KERAS.replace(removed, "") if removed else small_network.KERAS
    # 200 batches of all points are 200 epochs of one batch, without what Keras does between epochs
    fit = "model.fit(x, y, batch_size=200, epochs=200, verbose=0)"
    assert fit in source
    once = "model.fit(np.tile(x, (200, 1)), np.tile(y, 200), batch_size=200, shuffle=False, verbose=0)"
    source = source.replace(fit, once)
    exec(
        compile(
            source.replace("import keras\n", "import keras\nkeras.utils.set_random_seed(0)\n"),
            "shown",
            "exec",
        ),
        {},
    )
    assert low <= float(capsys.readouterr().out) <= high


def test_a_selection_is_what_is_trained_and_anything_else_is_refused() -> None:
    given: dict[str, Any] = {"kind": "xor", "seed": 3, "steps": 120}
    assert read_selection(given) == Selection("xor", 3, 120)
    for wrong in ({"kind": "cat"}, {"seed": -1}, {"seed": 1000}, {"steps": 601}, {"steps": 1.5}):
        with pytest.raises(CnnvizError, match="must be"):
            read_selection(given | wrong)
