"""Formatting of numbers: no nonzero number reads as zero, and no sign is lost or added."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.text.numbers import as_written, cell_number, constant, number, read_number, significant
from tests.number_cases import CASES, CONSTANTS, SIGNIFICANT


@pytest.mark.parametrize(("value", "digits", "sentence", "cell"), CASES)
def test_numbers_in_sentences_and_cells(value: float, digits: int, sentence: str, cell: str) -> None:
    assert number(value, digits) == sentence
    assert cell_number(value, digits) == cell


@pytest.mark.parametrize(("value", "digits", "written"), SIGNIFICANT)
def test_measured_numbers_have_significant_digits(value: float, digits: int, written: str) -> None:
    assert significant(value, digits) == written


@pytest.mark.parametrize(("value", "written"), CONSTANTS)
def test_constants_have_four_digits_at_most(value: float, written: str) -> None:
    assert constant(value) == written


@given(st.floats(-1e6, 1e6), st.integers(1, 4))
def test_number_keeps_sign_and_magnitude(value: float, digits: int) -> None:
    for text in (number(value, digits), cell_number(value, digits)):
        assert text.removeprefix("≈").startswith("−") == (value < 0)
        assert (read_number(text) == 0 and not text.startswith("≈")) == (value == 0)
        assert abs(float(read_number(text)) - value) <= 0.5 * 10**-digits * (1 + 1e-9)
    assert len(cell_number(value, digits)) <= max(3, len(f"{value:.{digits}f}"))


def test_non_finite_numbers() -> None:
    assert [number(v) for v in (math.nan, math.inf, -math.inf)] == ["nan", "inf", "−inf"]


EDGES = [0.005, 0.015, 0.095, 0.995, 0.0095, 9.5e-5, 9.4999e-5, 0.00949999, 5e-7, 4.9e-7, 5e-324, 2.5, -0.125]


@given(
    st.lists(st.floats(-1e6, 1e6) | st.floats(-0.1, 0.1) | st.sampled_from(EDGES), min_size=1),
    st.integers(1, 3),
)
def test_as_written_equals_number(values: list[float], digits: int) -> None:
    values += [k / 1000 for k in range(20)] + [k / 8 for k in range(20)]
    millionths, decimals = as_written(np.array(values), digits)
    for value, read, written_decimals in zip(values, millionths, decimals, strict=True):
        text = number(value, digits)
        assert read == read_number(text).scaleb(6), text
        assert written_decimals == (-1 if text.startswith("≈") else len(text.partition(".")[2]) or 3), text


def test_nan_stays_nan() -> None:
    millionths, _ = as_written(np.array([np.nan, 1.0]), 2)
    assert np.isnan(millionths).tolist() == [True, False]
