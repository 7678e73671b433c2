"""The softmax of three logits, with math.exp."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest

from cnnviz.arithmetic.window import Window
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.imagenet import IMAGENET
from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import Subject
from cnnviz.layers.conv import Conv
from cnnviz.layers.dense import Dense
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.global_average_pool import GlobalAveragePool
from cnnviz.layers.softmax import Softmax
from cnnviz.networks import zoo
from cnnviz.networks.graph import Graph
from cnnviz.text.classes import korean
from tests.explain.exercises.subjects import bare, made, shipped

SUBJECTS = [shipped(0), bare(1), shipped(3)]
EXERCISES = made(registry.kind("softmax"), 200, *SUBJECTS)


def test_the_answer_and_each_mistake() -> None:
    seen = set()
    for exercise in EXERCISES:
        x = [round(float(value), 1) for value in exercise.shown[0].array[0]]
        powers = [exp(value) for value in x]
        right = [power / sum(powers) for power in powers]
        assert exercise.answer.values == pytest.approx(right)
        assert exercise.check([round(share, 2) for share in right]).correct
        if len(exercise.shown) > 1:  # also from the exponentials as they are written
            written = [round(float(power), 2) for power in exercise.shown[1].array[0]]
            assert written == pytest.approx([round(power, 2) for power in powers])
            assert exercise.check([round(power / sum(written), 2) for power in written]).correct
        for mistake in exercise.mistakes:
            match name := mistake.reason.key.removeprefix("exercise.softmax_wrong_"):
                case "exponentials":
                    wrong = [round(power, 2) for power in powers]
                case "percent":
                    wrong = [100 * share for share in right]
                case "linear":
                    wrong = [value / sum(x) for value in x]
                case "one_hot":
                    wrong = [float(value == max(x)) for value in x]
                case "negative":
                    wrong = [1 / power / sum(1 / each for each in powers) for power in powers]
                case "reversed":
                    wrong = right[::-1]
                case "sigmoid":
                    wrong = [1 / (1 + exp(-value)) for value in x]
                case "of_all":
                    wrong = list(mistake.values)  # below
            assert mistake.values == pytest.approx(wrong)
            seen.add(name)
    assert len(seen) == 8


def test_classes_are_named_in_the_readers_language_where_their_data_set_has_names_in_it() -> None:
    network = zoo.get("efficientnet_lite0")
    logits = np.linspace(-1, 2, len(IMAGENET.classes), dtype=np.float32)
    outputs = {network.graph.output.inputs[0]: logits}
    picture = np.zeros(IMAGENET.shape, np.uint8)
    subject = Subject(picture, IMAGENET, graph=network.graph, activations_of=lambda _: outputs)
    seen = set()
    for exercise in made(registry.kind("softmax"), 20, subject)[40:]:
        english, korean_ = (exercise.payload(language)[0]["answer"]["labels"] for language in ("en", "ko"))
        assert korean_ == [korean("imagenet").get(name, name) for name in english]
        seen |= {name in korean("imagenet") for name in english}
    assert seen == {True, False}  # those without a Korean name too


def test_the_networks_logits_are_its_own() -> None:
    subject = shipped(0)
    names = list(subject.data_set.classes)
    activations = subject.activations()
    logits = activations[subject.network.output.inputs[0]].astype(float).round(1)
    found = 0
    for exercise in EXERCISES[400::3]:  # of the first subject, level 3
        assert exercise.level == 3
        if exercise.destination is None:
            continue
        found += 1
        labels = exercise.payload("en")[0]["answer"]["labels"]
        assert exercise.payload("en")[0]["answer"]["decimals"] == 2
        chosen = [names.index(label) for label in labels]
        assert exercise.shown[0].array[0] == pytest.approx(logits[chosen])
        total = sum(map(exp, logits))
        for mistake in exercise.mistakes:
            if mistake.reason.key.endswith("of_all"):
                assert mistake.values == pytest.approx([exp(logits[k]) / total for k in chosen])
    assert found > 5


def test_the_answer_is_shown_by_a_page_that_the_network_suits() -> None:
    """Fully connected has nothing to show of a network that ends in a convolution and a mean."""
    picture = np.zeros((8, 8, 3), np.uint8)
    ends = {
        "loss": [Conv("conv1", Window(1), 10), GlobalAveragePool("mean")],
        "dense": [Flatten("flatten"), Dense("dense1", 10)],
    }
    for page, layers in ends.items():
        graph = Graph(picture.shape, [*layers, Softmax("softmax")])
        outputs = {layers[-1].name: np.linspace(-1, 2, 10, dtype=np.float32)}
        subject = Subject(picture, CIFAR10, graph=graph, activations_of=lambda _, given=outputs: given)
        found = {
            exercise.destination.page
            for exercise in made(registry.kind("softmax"), 5, subject)
            if exercise.destination
        }
        assert found == {page}
