"""The size of the output, by the closed formula in whole numbers."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import pytest

from cnnviz.explain.exercises import registry
from cnnviz.networks import builder
from tests.explain.exercises.subjects import bare, few, made

EXERCISES = made(registry.kind("output_size"), few(400), *map(bare, range(20)))


def sizes(values: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Return the right size, and what each mistake makes of it."""
    kernel, stride, padding, dilation = (values[name] for name in ("kernel", "stride", "padding", "dilation"))

    def size(
        kernel: int, stride: int, both: int, dilation: int, one: int = 1, up: bool = False
    ) -> tuple[int, int]:
        spans = (kernel - 1) * dilation + 1
        over = [values[side] + both - spans for side in ("rows", "cols")]
        rows, cols = ((-(-n // stride) if up else n // stride) + one for n in over)
        return rows, cols

    right = size(kernel, stride, 2 * padding, dilation)
    return {
        "": right,
        "ceiling": size(kernel, stride, 2 * padding, dilation, up=True),
        "no_padding": size(kernel, stride, 0, dilation),
        "one_side": size(kernel, stride, padding, dilation),
        "no_one": size(kernel, stride, 2 * padding, dilation, one=0),
        "no_stride": size(kernel, 1, 2 * padding, dilation),
        "no_dilation": size(kernel, stride, 2 * padding, 1),
        "no_kernel": size(1, stride, 2 * padding, 1),
        "swapped": right[::-1],
        "same": (values["rows"], values["cols"]),
    }


def test_the_answer_and_each_mistake() -> None:
    seen = set()
    for exercise in EXERCISES:
        by_hand = sizes(dict(exercise.question.values))
        assert exercise.answer.values == by_hand[""]
        assert exercise.shown[0].array.shape == (
            exercise.question.values["rows"],
            exercise.question.values["cols"],
        )
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.output_size_wrong_")
            assert mistake.values == by_hand[name]
            seen.add(name)
    assert seen | {""} == by_hand.keys()


def test_the_explanation_ends_in_the_answer() -> None:
    for exercise in EXERCISES[::20]:
        rows, cols = (exercise.explanation.values[side].split("=")[1] for side in ("rows", "cols"))
        assert (float(rows), float(cols)) == exercise.answer.values


def test_it_grows_in_difficulty() -> None:
    by_level = {level: [e.question.values for e in EXERCISES if e.level == level] for level in (1, 2, 3)}
    assert {values["stride"] for values in by_level[1]} == {1}
    assert {values["stride"] for values in by_level[2]} == {2, 3}
    assert all(values["rows"] != values["cols"] for values in by_level[3])
    assert {values["dilation"] for values in by_level[3]} == {1, 2}


def settings_of(written: str) -> dict[str, Any]:
    """Return size, stride and padding of a layer of Keras that is written out."""
    call = ast.parse(written, mode="eval").body
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Name)
    named = {each.arg: ast.literal_eval(each.value) for each in call.keywords}
    size = ast.literal_eval(call.args[-1])
    stride = named.get("strides", size if call.func.id.endswith("Pooling2D") else 1)
    return {"size": size, "stride": stride, "padding": named.get("padding", "valid")}


def side_of(n: int, *, size: int, stride: int, padding: str) -> int:
    """Return the size that the documentation of Keras gives."""
    return -(-(n if padding == "same" else n - size + 1) // stride)


def test_on_the_builder_a_layer_of_the_stack_gets_another_setting() -> None:
    written = "c16k3s1same-r-m3s2-dw3-c32k5s1valid-f-d10"
    stack, subject = builder.parse(written), replace(bare(3), stack=written)
    graph = builder.analyze(stack).graph
    assert graph is not None
    asked, seen = set(), set()
    for exercise in made(registry.kind("output_size"), few(150), subject)[: 2 * few(150)]:
        values, destination = exercise.question.values, exercise.destination
        assert exercise.question.key == "exercise.output_size_changed"
        n, own = values["rows"], settings_of(values["layer"])
        side = side_of(n, **own)
        assert exercise.answer.values == (side, side)
        rows = exercise.explanation.values["rows"]
        assert int(rows.rpartition("=")[2]) == side
        layer = graph[values["name"].name]
        by_hand = {
            "unchanged": layer.output_shape[0],
            "floor": n // own["stride"],
            "valid": side_of(n, **own | {"padding": "valid"}),
            "valid_no_stride": side_of(n, **own | {"padding": "valid", "stride": 1}),
            "no_stride": side_of(n, **own | {"stride": 1}),
            "no_kernel": side_of(n, **own | {"size": 1}),
            "ceiling": side + 1,
            "no_one": side - 1,
            "one_more": side + 1,
            "same": n,
        }
        for mistake in exercise.mistakes:
            reason = mistake.reason.key.removeprefix("exercise.output_size_wrong_")
            assert mistake.values == (by_hand[reason],) * 2, (values, reason)
            seen.add(reason)
        assert destination is not None
        changed = builder.parse(destination.link["builder_stack"])
        (at,) = (k for k, (a, b) in enumerate(zip(stack, changed, strict=True)) if a != b)
        assert builder.named_layers(stack)[at].name == layer.name
        after = builder.analyze(changed).graph
        assert after is not None
        assert after[layer.name].output_shape[:2] == exercise.answer.values
        was, now = stack[at].settings(), changed[at].settings()
        asked.add((exercise.level, *(key for key in now if now[key] != was[key])))
    assert asked >= {(1, "size"), (1, "padding"), (2, "stride"), (2, "size")}
    assert seen >= {"unchanged", "floor", "valid", "no_stride", "no_one", "one_more", "no_kernel"}


@pytest.mark.parametrize("stack", ["", "f-d10", "r"])
def test_a_stack_without_windows_leaves_the_question_as_elsewhere(stack: str) -> None:
    exercise = registry.kind("output_size").make(replace(bare(3), stack=stack), 3, 1)
    assert exercise.question.key == "exercise.output_size_unit"
