"""Scaled pixels in exact fractions, and by Keras' own layers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cnnviz.explain.exercises import registry
from cnnviz.text import translate
from cnnviz.text.numbers import read_number
from tests.explain.exercises.subjects import bare, few, made, shipped

CHANNELS = ("red", "green", "blue")
SUBJECTS = [shipped(0), *map(bare, range(7))]
EXERCISES = made(registry.kind("scaled_pixel"), few(250), *SUBJECTS)


def test_the_answer_and_each_mistake() -> None:
    seen = set()
    for exercise in EXERCISES:
        values = exercise.question.values
        grids = {
            name: shown.array.astype(int).tolist()
            for name, shown in zip(CHANNELS, exercise.shown, strict=True)
        }
        row, col, channel = values["row"], values["col"], values["channel"].key.removeprefix("data.channel_")
        mean, deviation = (
            Fraction(read_number(str(values.get(name, "0")))) for name in ("mean", "deviation")
        )

        def scaled(byte: int, level: int = exercise.level, m: Fraction = mean, d: Fraction = deviation):
            return {1: Fraction(byte, 255), 2: Fraction(2 * byte, 255) - 1}.get(level) or (
                (Fraction(byte, 255) - m) / d if d else Fraction(0)
            )

        byte = grids[channel][row][col]
        share = Fraction(byte, 255)
        assert exercise.answer.values == pytest.approx((float(scaled(byte)),), abs=1e-6)
        assert exercise.check(round(float(scaled(byte)), 2)).correct
        if exercise.level == 3:  # also by way of a rounded quotient
            assert exercise.check(float((round(share, 2) - mean) / deviation)).correct
        by_hand = {
            "byte": byte,
            "percent": 100 * share,
            "inverse": 1 / share,
            "dark": 1 - share,
            "hundred": Fraction(byte, 100),
            "no_shift": 2 * share,
            "share": share,
            "no_deviation": share - mean,
            "no_mean": share / deviation if deviation else 0,
            "times": (share - mean) * deviation,
            "late": share - mean / deviation if deviation else 0,
            "not_divided": (byte - mean) / deviation if deviation else 0,
            "plus": (share + mean) / deviation if deviation else 0,
            "swapped": scaled(grids[channel][col][row]),
        }
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.scaled_pixel_wrong_")
            if name == "channel":
                other = mistake.reason.values["channel"].key.removeprefix("data.channel_")
                assert other != channel
                expected = scaled(grids[other][row][col])
            else:
                expected = by_hand[name]
            assert mistake.values == pytest.approx((float(expected),), abs=1e-5)
            seen.add(name)
    assert seen == {*by_hand, "channel"}


def test_the_numbers_are_those_of_the_picture_at_the_place_of_the_page() -> None:
    for k, exercise in enumerate(EXERCISES[: few(250) : 5]):
        assert exercise.destination is not None
        image = SUBJECTS[5 * k % len(SUBJECTS)].image
        row, col = map(int, exercise.destination.link["pixel_cell"].split(","))
        values = exercise.question.values
        top, left = row - values["row"], col - values["col"]
        for c, shown in enumerate(exercise.shown):
            assert (shown.array == image[top : top + 3, left : left + 3, c]).all()
        assert translate(values["channel"].key, "en") in CHANNELS


def test_keras_scales_alike() -> None:
    import keras

    for exercise in EXERCISES[::50]:
        values = exercise.question.values
        channel = CHANNELS.index(values["channel"].key.removeprefix("data.channel_"))
        byte = exercise.shown[channel].array[values["row"], values["col"]]
        if exercise.level < 3:
            scale, offset = (1 / 255, 0.0) if exercise.level == 1 else (1 / 127.5, -1.0)
        else:
            mean, deviation = (float(read_number(values[name])) for name in ("mean", "deviation"))
            scale, offset = 1 / 255 / deviation, -mean / deviation
        layer = keras.layers.Rescaling(scale, offset=offset)
        assert float(layer([byte])[0]) == pytest.approx(exercise.answer.values[0], abs=1e-4)
