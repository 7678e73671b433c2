"""What model cards say side by side: how often each network is right, what it mixes up, what it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.errors import CnnvizError

SHIFTS = 13
"""Shifts each way, in a row of a card's accuracies on shifted images."""
MEASURES = ("accuracy", "loss", "test_accuracy", "test_loss")
Card = Mapping[str, Any]


@dataclass(frozen=True)
class Confused:
    """Images of one class that a network takes for another.

    Attributes:
        true, predicted: the two classes, from 0.
        count: how many images. share: of all images of the true class.
    """

    true: int
    predicted: int
    count: int
    share: float


def confusion(card: Card) -> np.ndarray | None:
    """Return a card's confusion matrix, int [n, n] by [true, predicted class], or None without one."""
    counts = card["test"].get("confusion")
    try:
        table = np.array(counts, np.int64)
    except (ValueError, TypeError, OverflowError):
        return None
    square = table.ndim == 2 and table.shape[0] == table.shape[1] > 0
    return table if square and table.min() >= 0 and table.sum() > 0 else None


def check(card: object, classes: int) -> None:
    """Refuse a model card on which anything that pages read is missing, of another type or not finite.

    Args:
        card: as it was read from a file. classes: how many classes the network tells apart.

    Raises:
        CnnvizError: that names the entry.

    >>> check({"sha256": "a1b2", "parameters": float("nan")}, 10)
    Traceback (most recent call last):
    cnnviz.errors.CnnvizError: `card.parameters` must be a whole number >= 1. Received: card.parameters=nan.
    """
    _check(card, _rules(classes), "card")
    assert isinstance(card, dict)  # checked above
    if not card["architecture"]:
        raise CnnvizError("`card.architecture` must have a layer. Received: none.")
    if card["recipe"].get("nesterov") and card["recipe"]["optimizer"] != "sgd":
        raise CnnvizError("`card.recipe` must have `nesterov` with sgd only. Received: rmsprop.")
    if "confusion" in card["test"] and confusion(card) is None:
        raise CnnvizError("`card.test.confusion` must count an image. Received: none.")
    if ("confusion" in card["test"]) != ("mistakes" in card["test"]):
        raise CnnvizError("`card.test` must have both confusion and mistakes, or neither. Received: one.")


@dataclass(frozen=True)
class _Rule:
    """What an entry must be, and the test of it."""

    words: str
    holds: Callable[[Any], bool]


def _number(least: float = -1e12, most: float = 1e12) -> _Rule:
    words = "a finite number" + (f" in {least:g}..{most:g}" if least > -1e12 else "")
    return _Rule(words, lambda value: type(value) in (int, float) and least <= value <= most)


def _whole(least: int, most: int = 10**12) -> _Rule:
    words = f"a whole number >= {least}" + (f" and <= {most}" if most < 10**12 else "")
    return _Rule(words, lambda value: type(value) is int and least <= value <= most)


def _is_text(value: Any) -> bool:
    """Return whether a value is text that can be shown: not too long, and no half of a character."""
    return isinstance(value, str) and len(value) <= 5000 and value == value.encode("utf-8", "ignore").decode()


def _one_of(*words: str) -> _Rule:
    return _Rule(f"one of {', '.join(words)}", lambda value: isinstance(value, str) and value in words)


def _table(side: int, rule: _Rule) -> _Rule:
    def holds(value: Any) -> bool:
        rows = value if isinstance(value, list) and len(value) == side else []
        return bool(rows) and all(
            isinstance(row, list) and len(row) == side and all(map(rule.holds, row)) for row in rows
        )

    return _Rule(f"{side} rows of {side}, each {rule.words}", holds)


_TEXT = _Rule("text", _is_text)
_FLAG = _Rule("true or false", lambda value: isinstance(value, bool))
_SHARE = _number(0, 1)
CARD: Mapping[str, Any] = {
    "sha256": _TEXT,
    "parameters": _whole(1),
    "architecture": [{"kind": _TEXT}],
    "recipe": {
        "optimizer": _one_of("sgd", "rmsprop"),
        "learning_rate": _number(0, 1e6),
        "batch_size": _whole(1),
        **dict.fromkeys(("decay", "momentum", "rho"), _number()),
        "schedule?": _one_of("inverse_time", "cosine"),
        **dict.fromkeys(("warmup?", "weight_decay?", "beta_rate?", "label_smoothing?"), _number()),
        "batch_norm_momentum?": _SHARE,
        **dict.fromkeys(("nesterov?", "whitening?", "identity?", "flip?", "bfloat16?", "dropout?"), _FLAG),
        "shift?": _whole(0),
        "cutout?": _whole(0),
    },
    "epochs": _whole(1, 10**6),
    "training_seconds": _number(0, 1e9),
    "precision": _TEXT,
    "training_precision?": _TEXT,
    "versions": dict.fromkeys(("python?", "tensorflow?", "keras?", "numpy?"), _TEXT),
    "history": [dict.fromkeys(MEASURES, _number())],
    "data": {"set?": _TEXT, "train": _whole(1), "test": _whole(1), "note?": _TEXT, "toy?": _FLAG},
    "train": {"accuracy": _SHARE, "loss": _number()},
    "test": {
        "accuracy": _SHARE,
        "loss": _number(),
        "confusion?": [[_whole(0)]],
        "mistakes?": [
            {"index": _whole(0), "label": _whole(0), "predicted": _whole(0), "probability": _SHARE}
        ],
    },
    "shifts?": {"n": _whole(1), "accuracy": _table(SHIFTS, _SHARE)},
}
"""What must stand on a card, by name; ? after a name is for what a card may lack; [...] is a list of such."""


def _rules(classes: int) -> Mapping[str, Any]:
    """Return what must stand on the card of a network with so many classes."""
    known = _whole(0, classes - 1)
    mistake = {**CARD["test"]["mistakes?"][0], "label": known, "predicted": known}
    test = {**CARD["test"], "confusion?": _table(classes, _whole(0)), "mistakes?": [mistake]}
    return {**CARD, "test": test}


def _check(value: object, rule: Any, name: str) -> None:
    """Hold a value to a rule, and all that is in it."""
    if isinstance(rule, _Rule):
        if not rule.holds(value):
            raise CnnvizError(f"`{name}` must be {rule.words}. Received: {name}={repr(value)[:60]}.")
    elif isinstance(rule, list):
        if not isinstance(value, list):
            raise CnnvizError(f"`{name}` must be a list. Received: {name}={repr(value)[:60]}.")
        for k, entry in enumerate(value):
            _check(entry, rule[0], f"{name}[{k}]")
    else:
        if not isinstance(value, dict):
            raise CnnvizError(f"`{name}` must be an object. Received: {name}={repr(value)[:60]}.")
        for key, part in rule.items():
            entry = key.rstrip("?")
            if entry in value:
                _check(value[entry], part, f"{name}.{entry}")
            elif key == entry:
                raise CnnvizError(f"`{name}` must have {entry}. Received: none.")


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
