"""A step's lines: decimals, the order of terms, and "≈" exactly where the written numbers do not add up."""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pytest

from cnnviz import Window
from cnnviz.explain import step
from cnnviz.explain.scene import Scene, scene, scene_of
from cnnviz.layers.base import SlidingOp
from cnnviz.text import LANGUAGES
from cnnviz.text.numbers import number
from tests.scenes import (
    SCENES,
    addition,
    grid,
    leaky,
    normalised,
    numbers,
    pointwise,
    sigmoid,
    transposed,
)


def captions(made: Scene, i: int, j: int, language: str = "en") -> list[str]:
    return [step.caption(made, ways, i, j) for ways in step.captions(made, language)]


def evaluated(text: str) -> Decimal:
    """Work out the left side of an equation: digits, + − × / ( ) and max only."""
    assert re.fullmatch(r"[\d.+−×/(), max≈]+", text), text
    plain = re.sub(r"\d+(?:\.\d+)?", r"Decimal('\g<0>')", text.replace("≈", ""))
    return eval(plain.replace("×", "*").replace("−", "-"))  # type: ignore[no-any-return]


@pytest.mark.parametrize("made", SCENES)
def test_the_sign_before_a_result_is_the_one_that_is_true(made: Scene) -> None:
    """A sum as it is written, worked out again in decimals, either is the result as it is written or not."""
    equations = 0
    for i, j in np.ndindex(*made.output.shape):
        for way in [way for ways in step.captions(made, "en") for way in ways]:
            left, sign, result = re.split(" ([=≈]) ", way.write(made, i, j))
            if re.search("sum|…|exp|sqrt", left):
                continue
            equations += 1
            decimals = len(result.partition(".")[2]) or 3
            apart = abs(evaluated(left) - Decimal(result.replace("−", "-")))
            almost_zero = number(float(list(made.outputs.values())[way.result][i, j]), way.digits)[0] == "≈"
            same = apart < Decimal("0.5").scaleb(-decimals) and not almost_zero
            assert (sign == "=") == same, (left, sign, result)
    assert equations or made.x.shape[2] > 3 or made.function in ("sigmoid", "layer_norm")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made", SCENES)
def test_all_signs_at_once_are_those_of_each_cell(made: Scene, language: str) -> None:
    ways = [*step.sentences(made, language), *step.results(made, language)]
    bits = step.signs(made, ways)
    for i, j in np.ndindex(*made.output.shape):
        for k, way in enumerate(ways):
            text = way.write(made, i, j)
            if way.exact != way.rounded:
                assert ("≈" in re.sub("≈−?0", "", text)) == bool(bits[i, j] >> k & 1), text


@pytest.mark.parametrize("bias", [0.0, -3.0])
def test_whole_numbers_add_up(bias: float) -> None:
    made = scene(grid(5, 6, 1), Window(3), "conv", kernel=grid(3, 3, 1), bias=bias)
    for i, j in np.ndindex(*made.output.shape):
        for caption in captions(made, i, j)[:2]:
            left, right = caption.split(" = ")
            assert evaluated(left) == evaluated(right) == made.output[i, j]


def test_a_caption_says_when_rounding_shows() -> None:
    x = np.array([[0.333, 0.333, 0.333]])[..., np.newaxis]
    thirds = scene(x, Window((1, 3)), "conv", kernel=np.ones((1, 3, 1)))
    assert captions(thirds, 0, 0) == [
        "0.33×1 + 0.33×1 + 0.33×1 ≈ 0.999",
        "0.33 + 0.33 + 0.33 ≈ 0.999",
        "the sum of all 3 products = 0.999",
    ]
    assert (
        step.cell_sentences(thirds, "en", 0, 0)
        == "Row 0, column 0: 0.33 + 0.33 + 0.33 ≈ 0.999 (shown rounded)"
    )
    assert step.cell_sentences(thirds, "ko", 0, 0) == "0행 0열: 0.33 + 0.33 + 0.33 ≈ 0.999 (반올림)"


def test_small_numbers_beside_large_ones_do_not_read_as_zero() -> None:
    x = np.array([[0.004, 200.0, -0.0001]])[..., np.newaxis]
    kernel = np.array([0.5, 0.001, 3.0])[np.newaxis, :, np.newaxis]
    mixed = scene(x, Window((1, 3)), "conv", kernel=kernel, bias=-0.0003)
    assert captions(mixed, 0, 0) == [
        "0.004×0.50 + 200×0.001 + −0.0001×3 − 0.0003 = 0.201",
        "0.002 + 0.2 − 0.0003 − 0.0003 = 0.201",
        "the sum of all 3 products 0.202 − 0.0003 ≈ 0.201",
    ]
    tiny = scene(np.full((1, 1, 1), -1e-9), Window(1), "conv", kernel=np.ones((1, 1, 1)))
    assert captions(tiny, 0, 0)[0] == "≈−0×1 ≈ −0"
    rectified = pointwise(np.array([[-0.0001, 900.0]])[..., np.newaxis])
    assert captions(rectified, 0, 0) == ["max(0, −0.0001) = 0"]
    mean = scene(np.array([[0.001, 0.002, 0.002]])[..., np.newaxis], Window((1, 3)), "average")
    assert captions(mean, 0, 0)[0] == "(0.001 + 0.002 + 0.002) / 3 = 0.002"


def test_captions_of_the_other_operations() -> None:
    x = np.array([[1, 2, -1], [0, 4, 5], [7, 0, -3]], float)[..., np.newaxis]
    both = scene(x, Window(2), "max", beside=("average",))
    assert captions(both, 0, 1)[0] == "max(2, −1, 4, 5) = 5  ·  (2 − 1 + 4 + 5) / 4 = 2.500"
    assert captions(both, 0, 1)[1] == "max(2, …, 5) = 5  ·  10 / 4 = 2.500"
    padded = scene(x, Window(2, padding=1), "average")
    assert captions(padded, 0, 0)[0] == "(1) / 1 = 1"  # padding does not count
    assert captions(pointwise(x), 0, 2) == ["max(0, −1) = 0"]
    deep = scene(np.ones((3, 3, 4)), Window(3), "conv", kernel=np.ones((3, 3, 4)), bias=0.5)
    assert captions(deep, 0, 0) == ["sum of all 4 channels 36 + 0.500 = 36.500"]


def test_sentences() -> None:
    x = np.array([[1, 2, -1], [0, 4, 5], [7, 0, -3]], float)[..., np.newaxis]
    both = scene(x, Window(2), "max", beside=("average",))
    assert step.cell_sentences(both, "en", 0, 1) == (
        "Row 0, column 1: the largest of 2, −1, 4, 5 is 5 · (2 − 1 + 4 + 5) / 4 = 2.500"
    )
    assert (
        step.cell_sentences(both, "ko", 0, 1)
        == "0행 1열: 2, −1, 4, 5 중 최댓값은 5 · (2 − 1 + 4 + 5) / 4 = 2.500"
    )
    large = scene(np.ones((4, 4, 1)), Window(4), "max", beside=("average",))
    assert step.cell_sentences(large, "en", 0, 0) == (
        "Row 0, column 0: the largest of 16 numbers is 1 · (sum of 16 numbers 16) / 16 = 1"
    )
    deep = np.ones((3, 3, 4))
    bare, biased = (scene(deep, Window(3), "conv", kernel=deep, bias=bias) for bias in (0.0, -0.5))
    assert step.cell_sentences(bare, "en", 0, 0) == "Row 0, column 0: the sum of all 36 products is 36"
    assert step.cell_sentences(bare, "ko", 0, 0) == "0행 0열: 곱 36개의 합 = 36입니다"
    assert step.cell_sentences(biased, "en", 0, 0) == (
        "Row 0, column 0: the sum of all 36 products 36 − bias 0.500 = 35.500"
    )
    assert step.cell_sentences(biased, "ko", 0, 0) == "0행 0열: 곱 36개의 합 36 − 편향 0.500 = 35.500"
    colours = scene(deep[..., :3], Window(3), "conv", kernel=deep[..., :3], bias=0.25)
    assert step.cell_sentences(colours, "en", 0, 0) == "Row 0, column 0: 9 + 9 + 9 + bias 0.250 = 27.250"


def test_what_stands_before_a_result() -> None:
    def before(made: Scene) -> list[str]:
        return [way.write(made, 0, 0) for way in step.results(made, "en")]

    x = np.array([[1, 2], [0, 4]], float)[..., np.newaxis]
    assert before(scene(x, Window(2), "max", beside=("average",))) == ["largest =", "mean\n7 / 4 ="]
    assert before(pointwise(x)) == ["max(0, 1) ="]
    assert before(scene(x, Window(2), "conv", kernel=x)) == ["Sum ="]
    assert before(scene(x, Window(2), "conv", kernel=x, bias=1)) == ["="]


def test_terms_stand_in_their_formula() -> None:
    def product(*factors: float) -> Scene:
        x = np.array([[factors]])
        formula = " × ".join(f"{{({k})}}" if k else "{0}" for k in range(len(factors)))
        return scene_of(
            SlidingOp(
                "terms", x, Window(1), formula=formula, sign="×", compute=lambda x: x.prod(-1, keepdims=True)
            )
        )

    said = step.cell_sentences(product(0.5, -0.25), "en", 0, 0)
    assert said == "Row 0, column 0: 0.500 × (−0.250) = −0.125"
    assert "0.667 × 0.667 ≈ 0.444" in step.cell_sentences(product(2 / 3, 2 / 3), "en", 0, 0)
    assert step.cell_sentences(product(2, 3, 4, 5), "en", 0, 0).endswith("2 × 3 × 4 × 5 = 120")
    made = normalised()
    value, mean, variance = (f"{n:.3f}".replace("-", "−") for n in made.x[0, 0])
    assert made.output[0, 0] == pytest.approx(
        -1.25 * (made.x[0, 0, 0] - made.x[0, 0, 1]) / np.sqrt(made.x[0, 0, 2] + 1e-3) - 0.3, abs=1e-5
    )
    assert step.formula(made) == ""
    names = ["Value", "Mean of all channels", "Variance of all channels"]
    assert step.channel_names(made, "en", rgb=False) == names
    said = step.cell_sentences(made, "en", 0, 0)
    assert said.startswith("Row 0, column 0: −1.25 × (")
    for each in (value, mean, variance):
        assert each in said
    assert "≈" in said  # gamma and beta are rounded too


def test_pointwise_functions_have_their_own_formula() -> None:
    x = np.array([[-0.5, 2.0]])[..., np.newaxis]
    made = leaky()
    assert step.formula(made) == "f(x) = max(0.1 × x, x)"
    row, col = (int(k) for k in np.argwhere(made.x[..., 0] < 0)[0])
    value, result = number(float(made.x[row, col, 0]), 3), number(float(made.output[row, col]), 3)
    assert captions(made, row, col)[0].startswith(f"max(0.1 × ({value}), {value}) ")
    assert captions(made, row, col)[0].endswith(result)
    assert step.formula(sigmoid()) == "f(x) = 1 / (1 + exp(−x))"
    halves = pointwise(x, "sigmoid", "1 / (1 + exp({-x}))", lambda x: 1 / (1 + np.exp(-x)))
    assert captions(halves, 0, 0) == ["1 / (1 + exp(0.500)) = 0.378"]
    assert captions(halves, 0, 1) == ["1 / (1 + exp(−2)) = 0.881"]


def test_channels_have_names_or_numbers() -> None:
    assert step.channel_names(addition(), "en", rgb=False) == ["conv2_bn", "block1_relu"]
    picture = scene(numbers(4, 4, 3), Window(3), "conv", kernel=numbers(3, 3, 3))
    assert step.channel_names(picture, "ko", rgb=True) == ["빨강", "초록", "파랑"]
    assert step.channel_names(picture, "ko", rgb=False) == []


def test_an_addition_adds_its_inputs_and_a_transposed_convolution_its_zeros() -> None:
    made = addition()
    i, j = np.argwhere(made.x[..., 1] < 0)[0]  # in brackets behind a plus
    one, two = (number(float(v), 3) for v in made.x[i, j])
    assert captions(made, i, j)[0].startswith(f"{one} + ({two}) ")
    assert f": {one} + ({two}) " in step.cell_sentences(made, "ko", i, j)
    assert " 0 + 0 + " in step.cell_sentences(transposed(), "en", 3, 3)


@pytest.mark.parametrize(
    ("limit", "coarse", "fine"),
    [(0.1, 3, 3), (0.2, 2, 3), (9.9, 2, 3), (10, 2, 2), (100, 1, 2), (1000, 1, 1)],
)
def test_decimals_suit_the_largest_number(limit: float, coarse: int, fine: int) -> None:
    x = np.array([[limit, 0.0, 0.0, 0.0]])[..., np.newaxis]
    digits = step.digits_of(scene(x, Window((1, 4)), "average"))
    assert (digits.x, digits.input) == (coarse, coarse)
    digits = step.digits_of(pointwise(x))
    assert (digits.x, digits.sum, digits.outputs) == (fine, fine, (coarse,))
    digits = step.digits_of(scene(x, Window(1), "conv", kernel=np.ones((1, 1, 1))))
    assert (digits.x, digits.kernel, digits.product, digits.sum) == (coarse, 2, coarse, fine)
