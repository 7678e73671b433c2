"""The backpropagation page without a browser: its numbers are TensorFlow's, and every choice works."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import load, samples
from cnnviz.data.cifar10 import CLASSES
from cnnviz.networks.gradients import Target
from cnnviz.text import translate
from cnnviz.text.numbers import significant
from cnnviz.text.rounding import percent
from tests.app.test_pages import open_page, words
from tests.thorough import either

PICTURE = 4


@pytest.mark.parametrize("language", either(0))
def test_loss_and_probability_after_steps_are_those_of_tensorflow(language: str) -> None:
    """Two steps of all weights, repeated with GradientTape on a network of its own."""
    net, image = load("tensorflow_lecture"), samples().images[PICTURE]
    label = int(samples().labels[PICTURE])
    app = open_page(
        "backpropagation",
        lang=language,
        model="tensorflow_lecture",
        picture=f"sample-{PICTURE}",
        back_scope="all",
        back_rate="0.001",
        back_steps="1",
    )
    seen = []
    for _ in range(3):
        found = net.gradients(image, Target(label))
        seen.append((found.value, float(net.predict(image[np.newaxis])[0, label])))
        for name, gradient in found.weights.items():
            layer, _, weight = name.partition(".")
            variable = getattr(net.model.get_layer(layer), weight)
            variable.assign(variable.numpy() - np.float32(0.001) * gradient)
    probability, loss = app.metric
    assert loss.value == f"{significant(seen[1][0])} → {significant(seen[2][0])}"
    written = [percent(p, softmax=True) for _, p in seen]
    assert probability.value == f"{written[1]} → {written[2]}"
    assert significant(seen[1][0]) in words(app)
    assert seen[0][0] > seen[1][0] > seen[2][0]


def test_the_step_is_taken_and_taken_back() -> None:
    app = open_page("backpropagation", lang="en", picture="sample-0")
    (before,) = (metric.value for metric in app.metric if metric.label == "Loss")
    again, restart = (
        next(button for button in app.button if button.label == translate(f"backpropagation.{key}", "en"))
        for key in ("again", "restart")
    )
    assert restart.disabled
    again.click().run()
    (then,) = (metric.value for metric in app.metric if metric.label == "Loss")
    assert then.split(" → ")[0] == before.split(" → ")[1]
    assert app.query_params["back_steps"] == "1"
    next(b for b in app.button if b.label == translate("backpropagation.restart", "en")).click().run()
    assert [metric.value for metric in app.metric if metric.label == "Loss"] == [before]


def test_another_class_pulls_the_other_way() -> None:
    app = open_page("backpropagation", lang="en", picture="sample-0", back_label="9")
    (metric,) = (each for each in app.metric if each.label != "Loss")
    assert CLASSES[9] in metric.label


def test_a_step_too_long_is_said() -> None:
    said = translate("backpropagation.too_long", "en")
    for rate, expected in (("0.1", True), ("0.001", False)):
        app = open_page("backpropagation", lang="en", model="vgg", picture="sample-4", back_rate=rate)
        before, then = (float(loss) for loss in app.metric[1].value.split(" → "))
        assert (then > before) == (said in [info.value for info in app.info]) == expected


def test_a_link_to_nothing_opens_the_default() -> None:
    app = open_page(
        "backpropagation", lang="en", back_layer="../x", back_filter="999", back_channel="-1",
        back_weight="9,9", back_place="99,99", back_rate="2", back_steps="999", back_label="77",
    )  # fmt: skip
    assert not app.error
    assert "back_layer" not in app.query_params
