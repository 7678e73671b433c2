"""The receptive field, walked back from one cell to the pixels it depends on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cnnviz.data.digits import DIGITS
from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import Subject, rendered
from cnnviz.networks import builder
from tests.explain.exercises.subjects import bare, few, made

TINY = Subject(DIGITS.samples().images[0], DIGITS)
EXERCISES = made(registry.kind("receptive_field"), few(150), bare(1), TINY)


def width(layers: list[tuple[int, int]]) -> int:
    """Return how many pixels cell 100 depends on, through (kernel, stride) layers without padding."""
    first = last = 100
    for kernel, stride in reversed(layers):
        first, last = first * stride, last * stride + kernel - 1
    return last - first + 1


def layers_of(said: str) -> list[tuple[int, int]]:
    """Return (kernel, stride) of the layers in a question."""
    layers = [(int(k), int(s)) for k, s in re.findall(r"(\d)×\d, stride (\d)", said)]
    assert len(layers) == said.count("→") + 1
    return layers


def wrong(said: str) -> dict[str, int]:
    """Return what each mistake makes of the layers in a question."""
    layers, own, jump = layers_of(said), 1, 1
    for kernel, stride in layers:
        jump *= stride
        own += (kernel - 1) * jump
    kinds = re.findall(r"(convolution|pooling) \d×", said)
    return {
        "no_stride": width([(kernel, 1) for kernel, _ in layers]),
        "sum": sum(kernel for kernel, _ in layers),
        "no_pooling": width(
            [layer for kind, layer in zip(kinds, layers, strict=True) if kind == "convolution"]
        ),
        "own_stride": own,
        "last_left_out": width(layers[:-1]),
        "last_only": layers[-1][0],
        "area": width(layers) ** 2,
    }


def test_the_answer_and_each_mistake() -> None:
    seen, by_hand = set(), dict[str, int]()
    for exercise in EXERCISES:
        said = exercise.question.render("en")
        by_hand = wrong(said)
        assert exercise.answer.values == (width(layers_of(said)),)
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.receptive_field_wrong_")
            assert mistake.values == (by_hand[name],)
            seen.add(name)
    assert seen == by_hand.keys()


@pytest.mark.parametrize(
    ("written", "windows"),
    [
        ("c16k3s1same-r-m2-dw3-c32k5s1valid-f-d10", [(3, 1), (2, 2), (3, 1), (5, 1)]),
        ("c8k3s1same-r-c8k3s1same-add2-c8k5s1same-f-d10", [(3, 1), (3, 1)]),  # up to the two ways
        ("-".join(["c8k3s1same-r"] * 9), [(3, 1)] * 5),  # as much as can be done by head
    ],
)
def test_on_the_builder_a_layer_of_the_stack_gets_another_setting(
    written: str, windows: list[tuple[int, int]]
) -> None:
    stack, subject = builder.parse(written), replace(bare(1), stack=written)
    seen, asked = set(), set()
    for exercise in made(registry.kind("receptive_field"), few(25), subject)[: 2 * few(25)]:
        assert exercise.question.key == "exercise.receptive_field_changed"
        said = rendered(exercise.question.values["layers"], "en")
        layers = layers_of(said)
        assert exercise.answer.values == (width(layers),)
        assert len(layers) <= len(windows)
        (at,) = (k for k, (a, b) in enumerate(zip(layers, windows, strict=False)) if a != b)
        by_hand = wrong(said) | {"unchanged": width(windows[: len(layers)])}
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.receptive_field_wrong_")
            assert mistake.values == (by_hand[name],)
            seen.add(name)
        assert exercise.destination is not None
        changed = builder.parse(exercise.destination.link["builder_stack"])
        (index,) = (k for k, (a, b) in enumerate(zip(stack, changed, strict=True)) if a != b)
        assert builder.named_layers(stack)[index].name == exercise.question.values["name"].name
        graph = builder.analyze(changed).graph
        assert graph is not None
        field = graph[exercise.question.values["end"].name].receptive_field
        assert field is not None
        assert field.max_size == exercise.answer.values * 2
        asked.add((exercise.level, at))
    assert {at for _, at in asked} == set(range(len(windows)))
    assert seen >= {"unchanged", "sum", "area"}


@pytest.mark.parametrize("stack", ["", "f-d10", "r"])
def test_a_stack_without_windows_leaves_the_question_as_elsewhere(stack: str) -> None:
    exercise = registry.kind("receptive_field").make(replace(bare(1), stack=stack), 3, 1)
    assert exercise.question.key == "exercise.receptive_field_question"


def test_the_builder_shows_the_same_layers() -> None:
    for exercise in EXERCISES[::10]:
        assert exercise.destination is not None
        graph = builder.analyze(builder.parse(exercise.destination.link["builder_stack"])).graph
        assert graph is not None
        field = graph.output.receptive_field
        assert field is not None
        assert field.max_size[0] == exercise.answer.values[0]


def test_the_explanation_adds_up() -> None:
    for exercise in EXERCISES[::10]:
        written = exercise.explanation.values["sum"].replace("·", "*").replace("−", "-")
        assert eval(written) == exercise.answer.values[0]  # of digits, from here
