"""Exercises about whole pictures: whose maps these are, what the network says, and which network survives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import Choice, Exercise, Subject
from cnnviz.networks import network
from cnnviz.text.numbers import read_number
from tests.explain.exercises.subjects import RIVALS, SAMPLES, few, made, shipped, unlabelled

SUBJECT = shipped(0)
CLASSES = list(SUBJECT.data_set.classes)


def sample(exercise: Exercise) -> int:
    assert exercise.destination is not None
    return int(exercise.destination.link["picture"].removeprefix("sample-"))


def moved(image: np.ndarray, dx: int, dy: int) -> np.ndarray:
    """Shift by looking up each pixel, the nearest one where there is none."""
    out = np.empty_like(image)
    for row, col in np.ndindex(image.shape[:2]):
        out[row, col] = image[min(max(row - dy, 0), 31), min(max(col - dx, 0), 31)]
    return out


def test_the_maps_come_from_the_right_picture() -> None:
    weights = network.read_weights("keras_lecture")[0]
    for exercise in made(registry.kind("which_picture"), few(60), SUBJECT):
        options = [shown.array for shown in exercise.shown if shown.role == "option"]
        maps = [shown for shown in exercise.shown if shown.role == "map"]
        right = int(exercise.answer.values[0])
        np.testing.assert_array_equal(options[right], SAMPLES.images[sample(exercise)])
        layer = exercise.question.values["layer"].name
        of = [SUBJECT.activations(image)[layer] for image in options]
        if layer == "conv1":  # one cell by hand, at the middle
            k = maps[0].label.values["map"]  # type: ignore[union-attr]
            patch = options[right][15:18, 15:18] / 255
            by_hand = (patch * weights["conv1.kernel"][..., k]).sum() + weights["conv1.bias"][k]
            assert maps[0].array[16, 16] == pytest.approx(by_hand, abs=1e-4)
        for shown in maps:
            k = shown.label.values["map"]  # type: ignore[union-attr]
            np.testing.assert_allclose(shown.array, of[right][..., k], atol=1e-5)
        for mistake in exercise.mistakes:
            values, other = mistake.reason.values, of[int(mistake.values[0])]
            row, col, k = values["row"], values["col"], values["map"]
            assert abs(float(read_number(values["value"])) - of[right][row, col, k]) < 0.006
            assert abs(float(read_number(values["theirs"])) - other[row, col, k]) < 0.006
            assert values["value"] != values["theirs"]


def test_the_class_is_what_the_network_says_of_the_picture_shown() -> None:
    kind, levels = registry.kind("guess_class"), set()
    for exercise in [kind.make(SUBJECT, seed, level) for level in (1, 2, 3) for seed in range(8)]:
        picture, index = exercise.shown[0].array, sample(exercise)
        label = int(SAMPLES.labels[index])
        shift = exercise.destination.link.get("comparison_shift", "0,0") if exercise.destination else ""
        dx, dy = map(int, shift.split(","))
        np.testing.assert_array_equal(picture, moved(SAMPLES.images[index], dx, dy))
        said = SUBJECT.activations(picture)[SUBJECT.network.output.name]
        assert isinstance(exercise.answer, Choice)
        options = [CLASSES.index(str(option)) for option in exercise.payload("en")[0]["answer"]["options"]]
        assert options[exercise.answer.right] == said.argmax()
        assert len(set(options)) == 4
        assert exercise.level > 1 or said.argmax() == label
        for mistake in exercise.mistakes:
            k = options[int(mistake.values[0])]
            assert mistake.reason.key.endswith("label") == (k == label)
            levels.add((exercise.level, k == label))
    assert {(2, True), (3, True)} & levels  # a label that the network does not say is offered


def test_pictures_without_labels_are_asked_about_too() -> None:
    subject, last, named_last = unlabelled(), CLASSES[-1], 0
    for level in (1, 2, 3):
        for seed in range(8):
            exercise = registry.kind("guess_class").make(subject, seed, level)
            picture, header = exercise.shown[0].array, exercise.payload("en")[0]
            said = subject.activations(picture)[subject.network.output.name]
            options = header["answer"]["options"]
            assert options[int(exercise.answer.values[0])] == CLASSES[int(said.argmax())]
            named_last += last in options
            assert exercise.explanation.key.endswith("unknown")
            assert not any(mistake.reason.key.endswith("label") for mistake in exercise.mistakes)
            assert (exercise.destination is None) == (level == 3)  # no page moves this network's pictures
    assert 0 < named_last < 24  # the label -1 is no index


def test_the_survivor_is_right_before_and_after_the_shift() -> None:
    outcomes = set()
    for exercise in made(registry.kind("shift_survival"), few(60), SUBJECT):
        before, after = (shown.array for shown in exercise.shown)
        index = sample(exercise)
        assert exercise.destination is not None
        dx, dy = map(int, exercise.destination.link["comparison_shift"].split(","))
        np.testing.assert_array_equal(before, SAMPLES.images[index])
        np.testing.assert_array_equal(after, moved(before, dx, dy))
        label = SAMPLES.labels[index]
        said = [rival.predict(np.stack([before, after])) for rival in RIVALS]
        assert all(each[0].argmax() == label for each in said)
        survives = tuple(bool(each[1].argmax() == label) for each in said)
        meaning = {0: (True, False), 1: (False, True), 2: (True, True), 3: (False, False)}
        assert meaning[int(exercise.answer.values[0])] == survives
        outcomes.add(survives)
        for mistake in exercise.mistakes:  # the reason contradicts the option
            claimed = meaning[int(mistake.values[0])]
            network = mistake.reason.values["network"].key
            k = 0 if network.endswith("mlp") else 1
            assert survives[k] == mistake.reason.key.endswith("holds") != claimed[k]
    assert len(outcomes) >= 3


def test_samples_that_a_network_is_wrong_on_are_not_tried() -> None:
    asked: list[int] = []

    def count(images: np.ndarray) -> np.ndarray:
        asked.append(len(images))
        return RIVALS[0].predict(images)

    poor = tuple(0 for _ in SAMPLES.labels)
    rivals = (replace(RIVALS[0], predict=count, right=poor), RIVALS[1])
    with pytest.raises(ValueError, match="without ambiguity"):
        registry.kind("shift_survival").make(replace(SUBJECT, rivals=rivals), 0, 2)
    assert asked == []

    def remember(images: np.ndarray) -> np.ndarray:
        tried.append(images[0])
        return RIVALS[0].predict(images)

    tried: list[np.ndarray] = []
    counts = tuple(169 if k in (3, 8) else 50 if k == 5 else 0 for k in range(len(SAMPLES)))
    even = tuple(100 for _ in SAMPLES.labels)
    rivals = (replace(RIVALS[0], predict=remember, right=counts), replace(RIVALS[1], right=even))
    for seed in range(5):
        registry.kind("shift_survival").make(replace(SUBJECT, rivals=rivals), seed, 2)
    allowed = [SAMPLES.images[k] for k in (3, 5, 8)]
    assert all(any(np.array_equal(image, each) for each in allowed) for image in tried)


def test_a_network_that_is_wrong_without_a_shift_is_no_survivor() -> None:
    wrong = [image for image, label in zip(SAMPLES.images, SAMPLES.labels, strict=True) if label in (1, 8)]

    def mistaken(images: np.ndarray) -> np.ndarray:
        shares = RIVALS[1].predict(images)
        for k, image in enumerate(images):
            if any(np.array_equal(image, each) for each in wrong):
                shares[k] = np.eye(10)[0]
        return shares

    subject = replace(SUBJECT, rivals=(RIVALS[0], replace(RIVALS[1], predict=mistaken)))
    for seed in range(30):
        index = sample(registry.kind("shift_survival").make(subject, seed, 2))
        assert SAMPLES.labels[index] not in (1, 8)


@pytest.mark.parametrize("name", ["which_picture", "guess_class", "shift_survival", "relu", "pooling_winner"])
def test_what_a_subject_lacks_is_seen_before(name: str) -> None:
    kind = registry.kind(name)
    assert kind.suits(SUBJECT)
    assert not kind.suits(Subject(SUBJECT.image, SUBJECT.data_set))
    plain = shipped(0, "mlp")  # no maps
    assert kind.suits(plain) == (name in ("guess_class", "shift_survival"))
