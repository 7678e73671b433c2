"""The parameters of a layer, counted by the formula of its Keras class from the call that is shown."""

from __future__ import annotations

import ast
from dataclasses import replace
from math import prod
from typing import Any

import pytest

from cnnviz.explain.exercises import registry
from cnnviz.networks import builder
from tests.explain.exercises.subjects import bare, few, made, shipped

EXERCISES = made(
    registry.kind("parameter_count"), few(250), shipped(), bare(1), shipped(0, "tensorflow_lecture")
)


def pair(size: Any) -> int:
    """Return the cells of a square or rectangular window."""
    return prod(size) if isinstance(size, tuple) else size * size


def count(written: str, before: tuple[int, ...], after: tuple[int, ...], **other: Any) -> dict[str, int]:
    """Return the number of weights and of biases of a Keras layer."""
    call = ast.parse(written, mode="eval").body
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Name)
    args: list[Any] = [ast.literal_eval(each) for each in call.args]
    named: dict[str, Any] = {each.arg or "": ast.literal_eval(each.value) for each in call.keywords} | other
    channels, bias = other.get("channels", before[-1]), named.get("use_bias", True)
    if "units" in other:
        args[0] = other["units"]
    match call.func.id:
        case "Dense":
            weights, units = channels * args[0], args[0]
        case "Conv2D":
            weights, units = pair(args[1]) * (channels // named.get("groups", 1)) * args[0], args[0]
        case "Conv2DTranspose":
            weights, units = pair(args[1]) * channels * args[0], args[0]
        case "Conv1D":
            weights, units = args[1] * channels * args[0], args[0]
        case "DepthwiseConv2D":
            multiplier = named.get("depth_multiplier", 1)
            weights, units = pair(args[0]) * channels * multiplier, channels * multiplier
        case "SeparableConv2D":
            between = channels * named.get("depth_multiplier", 1)
            weights, units = pair(args[1]) * between + between * args[0], args[0]
        case other_class:
            raise AssertionError(other_class)
    return {"weights": weights, "biases": units if bias else 0}


def shape(written: str) -> tuple[int, ...]:
    return tuple(map(int, written.split("×")))


def test_the_answer_and_each_mistake() -> None:
    seen, classes = set(), set()
    for exercise in EXERCISES:
        values = exercise.question.values
        if " → " in values["layer"]:
            continue  # two calls of Keras
        before, after = shape(values["before"]), shape(values["after"])
        right = count(values["layer"], before, after)
        classes.add(values["layer"].partition("(")[0])
        assert exercise.answer.values == (sum(right.values()),)
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.parameter_count_wrong_")
            match name:
                case "no_bias":
                    wrong = right["weights"]
                case "one_bias":
                    wrong = right["weights"] + 1
                case "bias":
                    wrong = right["weights"] + after[-1]
                case "one_channel":
                    wrong = sum(count(values["layer"], before, after, channels=1).values())
                case "one_unit":
                    wrong = sum(count(values["layer"], before, after, units=1).values())
                case "no_groups":
                    wrong = sum(count(values["layer"], before, after, groups=1).values())
                case "outputs":
                    wrong = prod(after)
                case "products":  # each weight, at each position where it is used
                    cells = before if values["layer"].startswith("Conv2DTranspose") else after
                    if values["layer"].startswith("SeparableConv2D"):
                        cells = after
                    wrong = right["weights"] * prod(cells[:-1])
            assert mistake.values == (wrong,), (values, name)
            seen.add(name)
    assert seen == {
        "no_bias",
        "one_bias",
        "bias",
        "one_channel",
        "one_unit",
        "no_groups",
        "outputs",
        "products",
    }
    assert classes >= {"Conv2D", "Dense", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose", "Conv1D"}


def test_on_the_builder_a_layer_of_the_stack_gets_another_setting() -> None:
    written = "c16k3s1same-r-m2-dw3-c32k5s1valid-f-d10"
    stack = builder.parse(written)
    graph = builder.analyze(stack).graph
    assert graph is not None
    subject, asked = replace(shipped(), stack=written), set()
    for exercise in made(registry.kind("parameter_count"), few(60), subject)[: 2 * few(60)]:
        values, destination = exercise.question.values, exercise.destination
        assert exercise.question.key == "exercise.parameter_count_changed"
        assert exercise.answer.values == (
            sum(count(values["layer"], shape(values["before"]), shape(values["after"])).values()),
        )
        assert destination is not None
        changed = builder.parse(destination.link["builder_stack"])
        (at,) = (k for k, (a, b) in enumerate(zip(stack, changed, strict=True)) if a != b)
        layer = builder.named_layers(stack)[at]
        assert values["name"].name == layer.name
        was, now = stack[at].settings(), changed[at].settings()
        asked.add((exercise.level, layer.name, *(key for key in now if now[key] != was[key])))
        reasons = {each.reason.key.rpartition("_wrong_")[2]: each.values for each in exercise.mistakes}
        call = layer.calls(graph[layer.name].input_shape)[-1].code()
        old = count(call, graph[layer.name].input_shape, graph[layer.name].output_shape)
        assert reasons.get("unchanged", (sum(old.values()),)) == (sum(old.values()),)
        assert "unchanged" in reasons or (sum(old.values()),) in reasons.values()
    assert {each[1:] for each in asked if each[0] == 1} == {
        ("conv1", "units"),
        ("conv2", "units"),
        ("dense1", "units"),
    }
    assert {each[1:] for each in asked if each[0] == 2} >= {("conv1", "size"), ("depthwise1", "size")}


def test_a_stack_without_weights_leaves_the_question_as_elsewhere() -> None:
    for stack in ("", "m2-r", "d10"):
        exercise = registry.kind("parameter_count").make(replace(shipped(), stack=stack), 3, 1)
        assert exercise.question.key == "exercise.parameter_count_question"


@pytest.mark.parametrize(
    ("written", "before", "expected"),
    [  # of the lecture's networks
        ("Conv2D(32, 3)", (32, 32, 3), 896),
        ("Conv2D(32, 3)", (32, 32, 32), 9_248),
        ("Dense(512)", (8192,), 4_194_816),
        ("Conv2D(128, 3, use_bias=False)", (8, 8, 64), 73_728),
    ],
)
def test_the_formula_of_this_test_is_right(written: str, before: tuple[int, ...], expected: int) -> None:
    assert sum(count(written, before, before).values()) == expected


def test_the_builder_shows_the_same_layer() -> None:
    stacks = [e for e in EXERCISES if e.destination is not None and e.destination.page == "builder"]
    assert len(stacks) > 20
    for exercise in stacks[::9]:
        assert exercise.destination is not None
        graph = builder.analyze(builder.parse(exercise.destination.link["builder_stack"])).graph
        assert graph is not None
        assert graph.output.parameters == exercise.answer.values[0]
