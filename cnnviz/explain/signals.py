"""Signals that a 1-D convolution runs over: numbers, a syllable from a formula, a sentence as vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEATURES = ("size", "animal", "action")
"""Meanings of a token vector's entries, set by hand; a network learns its own vectors."""
SAMPLES = 32
"""Samples of the syllable; a second of real speech has 16,000."""


@dataclass(frozen=True)
class Signal:
    """A signal and the kernel that runs over it.

    Attributes:
        x: float [L, C]. kernel: float [k, C, 1].
    """

    x: np.ndarray
    kernel: np.ndarray


def numbers() -> Signal:
    """Return two impulses, each of which a convolution replaces by a copy of the kernel."""
    x = np.array([0, 0, 1, 0, 0, 2, 0, 0], float)
    return Signal(x[:, np.newaxis], np.array([1, 2, 3], float)[:, np.newaxis, np.newaxis])


def syllable() -> Signal:
    """Return "sa": a hiss that changes its sign at each sample, then a slow tone; the kernel smooths.

    Its weights 1/4, 1/2, 1/4 add up to 0 over a signal that alternates, so that the hiss is gone.
    """
    half = SAMPLES // 2
    n = np.arange(half)
    hiss = 0.5 * (-1.0) ** n
    tone = np.sin(2 * np.pi * n / 8)
    x = np.concatenate([hiss, tone]).round(2)
    return Signal(x[:, np.newaxis], np.array([0.25, 0.5, 0.25])[:, np.newaxis, np.newaxis])


def sentence(tokens: Sequence[tuple[str, str]]) -> Signal:
    """Return a sentence as vectors, and a kernel that looks for size, animal, action in a row.

    Args:
        tokens: (word, name of its feature, or "" for none).

    >>> sentence([("the", ""), ("cat", "animal")]).x.tolist()
    [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    x = np.array([[float(feature == name) for name in FEATURES] for _, feature in tokens])
    return Signal(x, np.eye(3)[:, :, np.newaxis])


def turned(signal: Signal) -> Signal:
    """Return the signal with its kernel turned round, as a convolution in the strict sense has it."""
    return Signal(signal.x, signal.kernel[::-1])
