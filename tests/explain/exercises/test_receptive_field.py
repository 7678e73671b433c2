"""The receptive field, walked back from one cell to the pixels it depends on."""

from __future__ import annotations

import re

from cnnviz.explain.exercises import registry
from cnnviz.networks import builder
from tests.explain.exercises.subjects import bare, made

EXERCISES = made(registry.kind("receptive_field"), 150, bare(1))


def width(layers: list[tuple[int, int]]) -> int:
    """Return how many pixels cell 100 depends on, through (kernel, stride) layers without padding."""
    first = last = 100
    for kernel, stride in reversed(layers):
        first, last = first * stride, last * stride + kernel - 1
    return last - first + 1


def test_the_answer_and_each_mistake() -> None:
    seen = set()
    for exercise in EXERCISES:
        said = exercise.question.render("en")
        layers = [(int(k), int(s)) for k, s in re.findall(r"(\d)×\d, stride (\d)", said)]
        assert len(layers) == said.count("→") + 1
        (answer,) = exercise.answer.values
        assert answer == width(layers)
        own = jump = 1
        for kernel, stride in layers:
            jump *= stride
            own += (kernel - 1) * jump
        by_hand = {
            "no_stride": width([(kernel, 1) for kernel, _ in layers]),
            "sum": sum(kernel for kernel, _ in layers),
            "no_pooling": width([layer for layer in layers if layer != (2, 2)]),
            "own_stride": own,
            "last_left_out": width(layers[:-1]),
            "last_only": layers[-1][0],
            "area": answer**2,
        }
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.receptive_field_wrong_")
            assert mistake.values == (by_hand[name],)
            seen.add(name)
    assert seen == by_hand.keys()


def test_the_builder_shows_the_same_layers() -> None:
    for exercise in EXERCISES[::10]:
        assert exercise.place is not None
        graph = builder.analyze(builder.parse(exercise.place.link["builder_stack"])).graph
        assert graph is not None
        field = graph.output.receptive_field
        assert field is not None
        assert field.max_size[0] == exercise.answer.values[0]


def test_the_explanation_adds_up() -> None:
    for exercise in EXERCISES[::10]:
        written = exercise.explanation.values["sum"].replace("·", "*").replace("−", "-")
        assert eval(written) == exercise.answer.values[0]  # of digits, from here
