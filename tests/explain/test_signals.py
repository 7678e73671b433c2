"""Statements of the page and the lecture about the signals, checked with the app's own arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import conv1d
from cnnviz.explain import signals
from cnnviz.explain.lecture import find
from cnnviz.text import LANGUAGES, translate


def result(signal: signals.Signal, padding: str = "same") -> np.ndarray:
    return conv1d(signal.x, signal.kernel, padding=padding)[:, 0]


def test_with_the_kernel_turned_round_each_impulse_becomes_a_copy_of_it() -> None:
    given = signals.numbers()
    strict = result(signals.turned(given))
    assert strict.tolist() == [0, 1, 2, 3, 2, 4, 6, 0]
    np.testing.assert_array_equal(strict, np.convolve(given.x[:, 0], given.kernel[:, 0, 0], "same"))
    assert result(given).tolist() == [0, 3, 2, 1, 6, 4, 2, 0]  # mirrored


def test_the_kernel_takes_the_hiss_away_and_leaves_the_tone() -> None:
    given = signals.syllable()
    out, half = result(given), signals.SAMPLES // 2
    assert len(given.x) == signals.SAMPLES == 32
    assert np.abs(out[1 : half - 1]).max() < 1e-9
    assert np.abs(given.x[:half]).min() == 0.5
    assert np.abs(out[half:]).max() > 0.8 * np.abs(given.x[half:]).max()


def test_no_output_of_causal_padding_depends_on_a_later_sample() -> None:
    given = signals.syllable()
    before = result(given, "causal")
    x = given.x.copy()
    x[20:] += 1
    after = conv1d(x, given.kernel, padding="causal")[:, 0]
    assert (before[:20] == after[:20]).all()
    assert (before[20:] != after[20:]).any()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_holds_what_the_kernel_looks_for_once_at_the_cell_of_the_step(language: str) -> None:
    tokens = [each.split("/") for each in translate("signals.sentence", language).split()]
    out = result(signals.sentence([(word, feature) for word, feature in tokens]), "valid")
    assert np.flatnonzero(out == 3).tolist() == [out.argmax()]
    assert find("sentence").choices["cell"] == "0,3"
    assert out[3] == 3
    assert (out == 0).any()
