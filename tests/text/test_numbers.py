"""How numbers are written: none that is not zero reads as zero, and no sign is lost or made up."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.text.numbers import cell_number, equation, number, read_number
from tests.number_cases import CASES, EQUATIONS


@pytest.mark.parametrize(("value", "digits", "sentence", "cell"), CASES)
def test_numbers_in_sentences_and_cells(value: float, digits: int, sentence: str, cell: str) -> None:
    assert number(value, digits) == sentence
    assert cell_number(value, digits) == cell


@pytest.mark.parametrize(("shown", "result", "sign"), EQUATIONS)
def test_the_sign_between_what_is_shown(shown: float, result: str, sign: str) -> None:
    assert equation("left", shown, result) == f"left {sign} {result.removeprefix('≈')}"


@given(st.floats(-1e6, 1e6), st.integers(1, 4))
def test_no_sign_and_no_number_is_lost(value: float, digits: int) -> None:
    for text in (number(value, digits), cell_number(value, digits)):
        assert text.removeprefix("≈").startswith("−") == (value < 0)
        assert (read_number(text) == 0 and not text.startswith("≈")) == (value == 0)
        assert abs(float(read_number(text)) - value) <= 0.5 * 10**-digits * (1 + 1e-9)
    assert len(cell_number(value, digits)) <= max(3, len(f"{value:.{digits}f}"))


def test_what_is_no_number_is_said_as_it_is() -> None:
    assert [number(v) for v in (math.nan, math.inf, -math.inf)] == ["nan", "inf", "−inf"]
