"""Shared parts of all exercises: checking, the payload, and that none is ambiguous."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest

from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import DataSet, Samples
from cnnviz.errors import CnnvizError
from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import (
    Choice,
    Draft,
    Exercise,
    Kind,
    Mistake,
    Number,
    Numbers,
    Subject,
    Text,
    distinct,
    text,
)
from cnnviz.formats.packing import pack
from cnnviz.networks import builder
from cnnviz.pages.navigation import PAGES
from cnnviz.text import LANGUAGES, section
from tests.explain.exercises.subjects import bare, shipped, unlabelled
from tests.fuzz.links import KEYS
from tests.thorough import thorough
from tests.unpack import unpack

EACH = 24 if thorough() else 12
"""Exercises of each kind and level."""
STACKED = replace(shipped(5), stack="c16-r-m2-f-d10")
SUBJECTS = [
    *(shipped(index) for index in range(3)),
    shipped(4, "tensorflow_lecture"),
    STACKED,
    unlabelled(),
    *map(bare, range(4)),
]


@cache
def all_of(name: str) -> list[tuple[Subject, Exercise]]:
    kind = registry.kind(name)
    fitting = [subject for subject in SUBJECTS if kind.suits(subject)]
    drawn = [(fitting[seed % len(fitting)], seed, level) for level in (1, 2, 3) for seed in range(EACH)]
    return [(subject, kind.make(subject, seed, level)) for subject, seed, level in drawn]


NAMES = [kind.name for kind in registry.kinds()]
KINDS = pytest.mark.parametrize("name", NAMES)


@KINDS
def test_no_exercise_is_ambiguous(name: str) -> None:
    for _, exercise in all_of(name):
        answers = [exercise.answer.values, *(mistake.values for mistake in exercise.mistakes)]
        assert np.isfinite(answers).all()
        for a, b in combinations(answers, 2):
            assert max(abs(np.subtract(a, b))) > 2 * exercise.tolerance  # no number is near both
        if isinstance(exercise.answer, Choice):
            options = [str(option) for option in exercise.answer.options]
            assert exercise.answer.right in range(len(options))
            pictured = [shown.array for shown in exercise.shown if shown.role == "option"]
            if pictured:
                assert len(pictured) == len(options)
                assert all(not np.array_equal(a, b) for a, b in combinations(pictured, 2))
            else:
                assert len(set(options)) == len(options)
            wrong = {float(k) for k in range(len(options))} - {float(exercise.answer.right)}
            assert {mistake.values[0] for mistake in exercise.mistakes} == wrong  # each says why


@KINDS
def test_the_right_option_is_in_every_place(name: str) -> None:
    choices = [exercise.answer for _, exercise in all_of(name) if isinstance(exercise.answer, Choice)]
    assert {answer.right for answer in choices} == {
        k for answer in choices for k in range(len(answer.options))
    }


@KINDS
def test_an_answer_is_checked_and_a_mistake_named(name: str) -> None:
    for _, exercise in all_of(name):
        assert exercise.check(exercise.answer.values).correct
        for mistake in exercise.mistakes:
            verdict = exercise.check(mistake.values)
            assert not verdict.correct
            assert verdict.reason == mistake.reason
        if not isinstance(exercise.answer, Choice):
            edge = np.add(exercise.answer.values, exercise.answer.allowed)
            assert exercise.check(edge).correct
            beyond = np.add(exercise.answer.values, exercise.tolerance + 1e-6)
            assert not exercise.check(beyond).correct
            verdict = exercise.check(np.add(exercise.answer.values, 1e6))
            assert not verdict.correct
            assert verdict.reason is None


@KINDS
def test_the_seed_makes_the_same_exercise_again(name: str) -> None:
    for subject, exercise in all_of(name)[::7]:
        again = registry.kind(name).make(subject, exercise.seed, exercise.level)
        assert again.payload("en")[0] == exercise.payload("en")[0]
        for key, array in exercise.payload("en")[1].items():
            np.testing.assert_array_equal(again.payload("en")[1][key], array)
    for level in (1, 2, 3):  # another seed, another exercise
        told = [str(e.payload("en")) for _, e in all_of(name) if e.level == level]
        assert len(set(told)) > 5


@KINDS
def test_the_payload_is_strict_json_in_both_languages(name: str) -> None:
    for _, exercise in all_of(name)[::3]:
        for language in LANGUAGES:
            header, arrays = exercise.payload(language)
            text = json.dumps(header, allow_nan=False)
            assert json.loads(text) == header
            back, unpacked = unpack(pack(header, arrays))
            assert {shown["name"] for shown in back["shown"]} == set(unpacked) == set(arrays)
            assert header["answer"]["form"] == exercise.answer.form
            for words in [
                header["question"],
                header["explanation"],
                *(m["reason"] for m in header["mistakes"]),
            ]:
                assert words.strip()
                assert "{" not in words
                assert (max(words) >= "가") == (language == "ko")
            if header["destination"] is not None:
                assert header["destination"]["page"] in PAGES
                assert header["destination"]["link"].keys() <= KEYS.keys()
                assert all(isinstance(value, str) for value in header["destination"]["link"].values())


@pytest.mark.slow
def test_every_text_is_used() -> None:
    used = {"exercise." + kind.name for kind in registry.kinds()}

    def collect(value: object) -> None:
        if isinstance(value, Text):
            used.add(value.key)
            for each in value.values.values():
                collect(each)
        for each in getattr(value, "parts", ()):
            collect(each)

    def collect_all(exercise: Exercise) -> None:
        for part in (exercise.question, exercise.explanation, *(m.reason for m in exercise.mistakes)):
            collect(part)
        for shown in exercise.shown:
            collect(shown.label)
        for option in (
            *getattr(exercise.answer, "options", ()),
            *getattr(exercise.answer, "labels", ()),
            getattr(exercise.answer, "unit", None),
        ):
            collect(option)

    for name in NAMES:
        for _, exercise in all_of(name):
            collect_all(exercise)
    there = {f"exercise.{name}" for name in section("exercise", "en")}
    for seed in range(100, 250):
        if there <= used:
            break
        for kind in registry.kinds():
            if seed < 103 or kind.name != "guess_class":  # there each takes a forward pass
                collect_all(kind.make(SUBJECTS[0], seed, 3))
            if "builder" in kind.pages:
                collect_all(kind.make(STACKED, seed, 2))
    assert there == {key for key in used if key.startswith("exercise.")}


def test_a_picture_that_allows_no_exercise_is_refused() -> None:
    black = Subject(np.zeros((32, 32, 3), np.uint8), CIFAR10)
    with pytest.raises(CnnvizError, match="`subject` must allow an exercise") as caught:
        registry.kind("next_cell").make(black, 1, 1)
    assert caught.value.reason == "no_exercise"


@pytest.mark.parametrize(
    ("seed", "level", "message"),
    [(-1, 1, "`seed` must be a whole number >= 0"), (0.5, 1, "`seed`"), (0, 4, "`level` must be 1, 2 or 3")],
)
def test_seed_and_level_are_checked(seed: int, level: int, message: str) -> None:
    with pytest.raises(CnnvizError, match=message):
        registry.kind("next_cell").make(bare(1), seed, level)


SAID = text("exercise.next_cell")


@pytest.mark.parametrize(
    ("answer", "given", "message"),
    [
        (Number(3.0), [1, 2], "`given` must be 1 numbers"),
        (Numbers((1.0, 2.0)), 1, "`given` must be 2 numbers"),
        (Number(3.0), float("nan"), "`given` must be finite"),
        (Number(3.0), "3", "`given` must be an array of numbers"),
        (Choice(("a", "b"), 0), 2, "`given` must be an option in 0..1"),
        (Choice(("a", "b"), 0), 0.5, "`given` must be an option in 0..1"),
    ],
)
def test_an_answer_of_another_form_is_refused(answer: Number, given: object, message: str) -> None:
    with pytest.raises(CnnvizError, match=message):
        Exercise(SAID, answer, (), SAID).check(given)


def test_mistakes_that_could_be_confused_are_left_out() -> None:
    first, second = text("exercise.next_cell"), text("exercise.next_cell_first")
    wrong = [Mistake((v,), t) for v, t in [(1.15, first), (2.0, first), (2.19, second), (2.5, second)]]
    kept = distinct(Number(1.0, allowed=0.1), wrong)
    assert [mistake.values for mistake in kept] == [(2.0,), (2.5,)]


def test_a_kind_gives_up_after_some_attempts() -> None:
    class Never(Kind):
        name, pages = "never", ("relu",)
        drawn = 0

        def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
            Never.drawn += 1
            return Draft(SAID, Number(1.0), (Mistake((1.0,), SAID),) * 9, SAID)

    with pytest.raises(CnnvizError, match="kind 'never'"):
        Never().make(bare(1), 0)
    assert 10 < Never.drawn < 200


GREY = DataSet(
    "grey",
    "Grey",
    (28, 28),
    1,
    ("zero", "one", "two"),
    samples=lambda: Samples(np.zeros((0, 28, 28, 1), np.uint8), np.zeros(0, int), ("zero", "one", "two")),
    find=lambda location: None,
    load=lambda split, location: GREY.samples(),
)
ODD = {
    "black": np.zeros((32, 32, 3), np.uint8),
    "white": np.full((32, 32, 3), 255, np.uint8),
    "a dot": np.pad(np.full((1, 1, 3), 255, np.uint8), ((20, 11), (7, 24), (0, 0))),
    "checks": np.indices((32, 32)).sum(axis=0)[..., np.newaxis].repeat(3, axis=2).astype(np.uint8) % 2 * 255,
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_picture_makes_an_exercise_or_is_refused(name: str) -> None:
    subject, refused = replace(shipped(0), image=ODD[name], label=None), set[str]()
    for kind in registry.kinds():
        for level in (1, 2, 3):
            try:
                exercise = kind.make(subject, 3, level)
            except CnnvizError as error:
                refused.add(error.reason)
                continue
            assert exercise.check(exercise.answer.values).correct
    assert refused <= {"no_exercise"}


def test_pictures_of_one_channel_have_exercises() -> None:
    image = bare(3).image[:28, :28, :1]
    made = [
        kind.make(Subject(image, GREY), seed, level)
        for kind in registry.kinds()
        if not kind.needs
        for level in (1, 2, 3)
        for seed in range(3)
    ]
    for exercise in made:
        assert exercise.check(exercise.answer.values).correct
        # the builder has pictures of CIFAR-10 only
        assert exercise.kind != "parameter_count" or exercise.destination is None


SMALL = {
    "nothing to learn, ReLU of the picture": ("r-f", (32, 32)),
    "nothing to learn, pooling of the picture": ("m2-r-f", (32, 32)),
    "two filters": ("c2-r-m2-f-d10", (32, 32)),
    "maps of one row": ("c4-m2-r-m2-m2-r-f-d10", (8, 16)),
    "more rows than columns": ("c4-r-f-d10", (16, 8)),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_small_network_has_exercises_or_none(name: str) -> None:
    stack, size = SMALL[name]
    network = builder.random_network(stack, shape=(*size, 3))
    picture = bare(1).image[: size[0], : size[1]]
    data_set, refused = replace(CIFAR10, size=size), set[str]()
    subject = Subject(picture, data_set, None, network.graph, network.weights, network.activations)
    for kind in registry.kinds():
        for level in (1, 2, 3):
            for seed in range(6):
                try:
                    exercise = kind.make(subject, seed, level)
                except CnnvizError as error:
                    refused.add(error.reason)
                    continue
                assert exercise.check(exercise.answer.values).correct
    assert refused <= {"no_exercise"}
