"""The padding that keeps the size, by its closed formula."""

from __future__ import annotations

from cnnviz.explain.exercises import registry
from tests.explain.exercises.subjects import bare, few, made

EXERCISES = made(registry.kind("same_padding"), few(150), *map(bare, range(10)))


def test_the_answer_and_each_mistake() -> None:
    seen = set()
    for exercise in EXERCISES:
        values = exercise.question.values
        kernel, dilation, n = values["kernel"], values["dilation"], values["n"]
        padding = (kernel - 1) * dilation / 2
        assert exercise.answer.values == (padding,)
        assert n + 2 * padding - (kernel - 1) * dilation == n
        by_hand = {
            "both_sides": (kernel - 1) * dilation,
            "no_dilation": (kernel - 1) / 2,
            "half": kernel / 2,
            "one_more": (kernel + 1) / 2 * dilation,
            "kernel": kernel,
            "none": 0,
        }
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.same_padding_wrong_")
            assert mistake.values == (by_hand[name],)
            seen.add(name)
    assert seen == by_hand.keys()


def test_the_page_takes_what_the_link_says() -> None:
    for exercise in EXERCISES:
        if exercise.destination is not None:
            link = exercise.destination.link
            assert int(link["pad_rows"]) == exercise.answer.values[0] <= 8
            assert len(link["weights"].split(";")) == exercise.question.values["kernel"] <= 7
            assert len(link["numbers"]) <= 900
