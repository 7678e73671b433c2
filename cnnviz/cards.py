"""What model cards say side by side: how often each network is right, what it mixes up, what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

CLASSES = 10
MEASURES = ("accuracy", "loss", "test_accuracy", "test_loss")
Card = Mapping[str, Any]


@dataclass(frozen=True)
class Confused:
    """Images of one class that a network takes for another.

    Attributes:
        true, predicted: the two classes, 0..9.
        count: how many images. share: of all images of the true class.
    """

    true: int
    predicted: int
    count: int
    share: float


def confusion(card: Card) -> np.ndarray | None:
    """Return a card's confusion matrix, int [10, 10] by [true, predicted class], or None without one."""
    counts = card["test"].get("confusion")
    try:
        table = np.array(counts, np.int64)
    except (ValueError, TypeError, OverflowError):
        return None
    return table if table.shape == (CLASSES, CLASSES) and table.min() >= 0 and table.sum() > 0 else None


def complete(card: object) -> bool:
    """Return whether a card has all that is laid side by side; one of a run may be damaged.

    >>> complete({"parameters": 3})
    False
    """
    match card:
        case {
            "sha256": str(),
            "architecture": [{"kind": str()}, *_],
            "parameters": int(),
            "epochs": int(),
            "training_seconds": int() | float(),
            "precision": str(),
            "versions": dict(),
            "history": list(history),
            "data": {"train": int(), "test": int()},
            "train": {"accuracy": int() | float(), "loss": int() | float()},
            "test": {"accuracy": int() | float(), "loss": int() | float()},
        }:
            return all(isinstance(row, dict) and {*MEASURES} <= {*row} for row in history)
    return False


def by_class(counts: Sequence[Sequence[int]] | np.ndarray) -> np.ndarray:
    """Return the share of each class' images that are answered right; NaN for a class without images.

    Args:
        counts: int [n, n] by [true class, predicted class].

    Returns:
        float64 [n].

    >>> by_class([[3, 1], [2, 2]]).tolist()
    [0.75, 0.5]
    """
    table = np.asarray(counts, np.float64)
    images = table.sum(axis=1)
    return np.divide(np.diag(table), images, out=np.full(len(table), np.nan), where=images > 0)


def most_confused(counts: Sequence[Sequence[int]] | np.ndarray, first: int = 3) -> list[Confused]:
    """Return the mistakes with the largest share of their true class' images, at most `first` of them.

    >>> most_confused([[8, 2, 0], [0, 5, 0], [1, 0, 9]], first=1)
    [Confused(true=0, predicted=1, count=2, share=0.2)]
    """
    table = np.asarray(counts, np.int64)
    images = np.maximum(table.sum(axis=1), 1)
    mistakes = [
        Confused(true, predicted, int(table[true, predicted]), float(table[true, predicted] / images[true]))
        for true, predicted in np.argwhere(table > 0).tolist()
        if true != predicted
    ]
    return sorted(mistakes, key=lambda mistake: -mistake.share)[:first]


def gap(card: Card) -> float:
    """Return how much more often the trained network is right on its training images than on test images."""
    return float(card["train"]["accuracy"] - card["test"]["accuracy"])


def lowest_test_loss(history: Sequence[Mapping[str, float]]) -> int:
    """Return the epoch, counted from 1, after which the test loss was lowest.

    >>> lowest_test_loss([{"test_loss": 1.2}, {"test_loss": 0.9}, {"test_loss": 1.4}])
    2
    """
    return 1 + min(range(len(history)), key=lambda epoch: history[epoch]["test_loss"])


def convolves(card: Card) -> bool:
    """Return whether the network has a convolution."""
    return any(layer["kind"] == "conv" for layer in card["architecture"])


def better_with_fewer(cards: Mapping[str, Card]) -> tuple[str, str] | None:
    """Find what convolution is good for: a CNN that is right more often than a plain network of more
    parameters.

    Args:
        cards: {name: model card}.

    Returns:
        (name of the plain network, name of the CNN): the pair that differs most in accuracy, or None.
    """

    def ahead(pair: tuple[str, str]) -> float:
        plain, cnn = (cards[name]["test"]["accuracy"] for name in pair)
        return float(cnn - plain)

    pairs = [
        (plain, cnn)
        for plain in cards
        for cnn in cards
        if convolves(cards[cnn])
        and not convolves(cards[plain])
        and cards[cnn]["parameters"] < cards[plain]["parameters"]
        and ahead((plain, cnn)) > 0
    ]
    return max(pairs, key=ahead, default=None)
