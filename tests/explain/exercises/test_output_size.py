"""The size of the output, by the closed formula in whole numbers."""

from __future__ import annotations

from cnnviz.explain.exercises import registry
from tests.explain.exercises.subjects import bare, made

EXERCISES = made(registry.kind("output_size"), 400, *map(bare, range(20)))


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
