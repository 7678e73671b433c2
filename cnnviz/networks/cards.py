"""Model cards: validation of the JSON, and the comparisons that pages draw from several cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.layers import registry

TRAINING = (
    "recipe",
    "epochs",
    "training_seconds",
    "precision",
    "versions",
    "history",
    "data",
    "train",
    "test",
)
"""The entries of the card of a network that was trained here; other cards have none of them."""
SHIFTS = 13
"""Rows and columns of a card's table of accuracies on shifted images: shifts by -6..6 pixels."""
MAX_ROWS = 20
"""Rows of a confusion matrix that is shown; those of more classes are folded."""
METRICS = ("accuracy", "loss", "test_accuracy", "test_loss")
VALIDATION_METRICS = ("validation_accuracy", "validation_loss")
"""Further metrics of each epoch, where images were kept apart for validation."""
Card = Mapping[str, Any]


@dataclass(frozen=True)
class Confusion:
    """An off-diagonal entry of a confusion matrix.

    Attributes:
        true, predicted: labels of the two classes.
        count: number of images. share: fraction of the images of the true class.
    """

    true: int
    predicted: int
    count: int
    share: float


def was_trained_here(card: Card) -> bool:
    """Return whether a card says how the network was trained, and how accurate it was then."""
    return "test" in card


def confusion(card: Card) -> np.ndarray | None:
    """Return a card's confusion matrix, int [classes, classes] by [true, predicted], or None."""
    counts = card["test"].get("confusion") if was_trained_here(card) else None
    try:
        table = np.array(counts, np.int64)
    except (ValueError, TypeError, OverflowError):
        return None
    square = table.ndim == 2 and table.shape[0] == table.shape[1] > 0
    return table if square and table.min() >= 0 and table.sum() > 0 else None


def validate(card: object, classes: int) -> None:
    """Check that every entry that pages read from a model card is present, of its type and finite.

    The card of a network that was not trained here has none of the entries `TRAINING`.

    Args:
        card: as parsed from JSON. classes: number of classes of the network.

    Raises:
        CnnvizError: naming the first entry that is not.

    >>> validate({"sha256": "a1b2", "parameters": float("nan")}, 10)
    Traceback (most recent call last):
    cnnviz.errors.CnnvizError: `card.parameters` must be a whole number >= 1. Received: card.parameters=nan.
    """
    elsewhere = isinstance(card, dict) and not any(entry in card for entry in TRAINING)
    rules = _rules(classes)
    _validate(card, {key: rule for key, rule in rules.items() if not (elsewhere and key in TRAINING)}, "card")
    assert isinstance(card, dict)  # checked above
    if not card["architecture"]:
        raise CnnvizError("`card.architecture` must have a layer. Received: none.")
    if elsewhere:
        return
    if card["recipe"].get("nesterov") and card["recipe"]["optimizer"] != "sgd":
        raise CnnvizError("`card.recipe` must have `nesterov` with sgd only. Received: rmsprop.")
    if "confusion" in card["test"] and confusion(card) is None:
        raise CnnvizError("`card.test.confusion` must count an image. Received: none.")
    if ("confusion" in card["test"]) != ("mistakes" in card["test"]):
        raise CnnvizError("`card.test` must have both confusion and mistakes, or neither. Received: one.")
    kept = {"validation" in card, "validation" in card["data"]}
    kept |= {metric in row for row in card["history"] for metric in VALIDATION_METRICS}
    if len(kept) > 1:
        raise CnnvizError(
            "`card.validation` must come with validation in card.data and in each row of card.history. "
            "Received: a part of it."
        )


@dataclass(frozen=True)
class _Rule:
    """A condition on an entry, and its description for error messages."""

    description: str
    accepts: Callable[[Any], bool]


def _number(least: float = -1e12, most: float = 1e12) -> _Rule:
    words = "a finite number" + (f" in {least:g}..{most:g}" if least > -1e12 else "")
    return _Rule(words, lambda value: type(value) in (int, float) and least <= value <= most)


def _integer(least: int, most: int = 10**12) -> _Rule:
    words = f"a whole number >= {least}" + (f" and <= {most}" if most < 10**12 else "")
    return _Rule(words, lambda value: type(value) is int and least <= value <= most)


def _is_text(value: Any) -> bool:
    """Return whether a value is displayable text: at most 5000 characters, no lone surrogates."""
    return isinstance(value, str) and len(value) <= 5000 and value == value.encode("utf-8", "ignore").decode()


def _one_of(*words: str) -> _Rule:
    return _Rule(f"one of {', '.join(words)}", lambda value: isinstance(value, str) and value in words)


def _table(side: int, rule: _Rule) -> _Rule:
    def holds(value: Any) -> bool:
        rows = value if isinstance(value, list) and len(value) == side else []
        return bool(rows) and all(
            isinstance(row, list) and len(row) == side and all(map(rule.accepts, row)) for row in rows
        )

    return _Rule(f"{side} rows of {side}, each {rule.description}", holds)


_TEXT = _Rule("text", _is_text)
_KIND = _Rule("a kind of layer", lambda value: isinstance(value, str) and value in registry.kinds())
_FLAG = _Rule("true or false", lambda value: isinstance(value, bool))
_SHARE = _number(0, 1)
SCHEMA: Mapping[str, Any] = {
    "sha256": _TEXT,
    "parameters": _integer(1),
    "architecture": [{"kind": _KIND}],
    "recipe": {
        "optimizer": _one_of("sgd", "rmsprop"),
        "learning_rate": _number(0, 1e6),
        "batch_size": _integer(1),
        **dict.fromkeys(("decay", "momentum", "rho"), _number()),
        "schedule?": _one_of("inverse_time", "cosine"),
        **dict.fromkeys(("warmup?", "weight_decay?", "beta_rate?", "label_smoothing?"), _number()),
        "batch_norm_momentum?": _SHARE,
        **dict.fromkeys(("nesterov?", "whitening?", "identity?", "flip?", "bfloat16?", "dropout?"), _FLAG),
        "shift?": _integer(0),
        "cutout?": _integer(0),
    },
    "epochs": _integer(1, 10**6),
    "training_seconds": _number(0, 1e9),
    "precision": _TEXT,
    "training_precision?": _TEXT,
    "versions": dict.fromkeys(("python?", "tensorflow?", "keras?", "numpy?"), _TEXT),
    "history": [
        dict.fromkeys(METRICS, _number()) | {f"{metric}?": _number() for metric in VALIDATION_METRICS}
    ],
    "data": {
        "set?": _TEXT,
        "train": _integer(1),
        "validation?": _integer(1),
        "test": _integer(1),
        "note?": _TEXT,
        "toy?": _FLAG,
        "scaled_from?": [_integer(1)],
    },
    "train": {"accuracy": _SHARE, "loss": _number()},
    "validation?": {"accuracy": _SHARE, "loss": _number()},
    "test": {
        "accuracy": _SHARE,
        "loss": _number(),
        "confusion?": [[_integer(0)]],
        "mistakes?": [
            {"index": _integer(0), "label": _integer(0), "predicted": _integer(0), "probability": _SHARE}
        ],
    },
    "published?": {"accuracy": _SHARE, "set": _TEXT, "source": _TEXT},
    "shifts?": {"n": _integer(1), "accuracy": _table(SHIFTS, _SHARE), "sha256?": _TEXT},
}
"""The entries of a card by name; a name with ? is optional; [...] is a list of such entries."""


def _rules(classes: int) -> Mapping[str, Any]:
    """Return the schema for a network with this number of classes."""
    known = _integer(0, classes - 1)
    mistake = {**SCHEMA["test"]["mistakes?"][0], "label": known, "predicted": known}
    test = {**SCHEMA["test"], "confusion?": _table(classes, _integer(0)), "mistakes?": [mistake]}
    return {**SCHEMA, "test": test}


def _validate(value: object, rule: Any, name: str) -> None:
    """Validate a value and all its entries."""
    if isinstance(rule, _Rule):
        if not rule.accepts(value):
            raise CnnvizError(f"`{name}` must be {rule.description}. Received: {name}={repr(value)[:60]}.")
    elif isinstance(rule, list):
        if not isinstance(value, list):
            raise CnnvizError(f"`{name}` must be a list. Received: {name}={repr(value)[:60]}.")
        for k, entry in enumerate(value):
            _validate(entry, rule[0], f"{name}[{k}]")
    else:
        if not isinstance(value, dict):
            raise CnnvizError(f"`{name}` must be an object. Received: {name}={repr(value)[:60]}.")
        for key, part in rule.items():
            entry = key.rstrip("?")
            if entry in value:
                _validate(value[entry], part, f"{name}.{entry}")
            elif key == entry:
                raise CnnvizError(f"`{name}` must have {entry}. Received: none.")


def shifts(card: Card) -> Mapping[str, Any] | None:
    """Return the measurements on shifted images; None if there are none, or if they are of other weights."""
    measured: Mapping[str, Any] | None = card.get("shifts")
    if measured is None or measured.get("sha256", card["sha256"]) != card["sha256"]:
        return None
    return measured


def class_accuracies(counts: Sequence[Sequence[int]] | np.ndarray) -> np.ndarray:
    """Return the accuracy of each class, NaN for a class without images.

    Args:
        counts: int [n, n] by [true class, predicted class].

    Returns:
        float64 [n].

    >>> class_accuracies([[3, 1], [2, 2]]).tolist()
    [0.75, 0.5]
    """
    table = np.asarray(counts, np.float64)
    images = table.sum(axis=1)
    return np.divide(np.diag(table), images, out=np.full(len(table), np.nan), where=images > 0)


def most_confused(counts: Sequence[Sequence[int]] | np.ndarray, first: int = 3) -> list[Confusion]:
    """Return the `first` confusions with the largest share of their true class.

    >>> most_confused([[8, 2, 0], [0, 5, 0], [1, 0, 9]], first=1)
    [Confusion(true=0, predicted=1, count=2, share=0.2)]
    """
    table = np.asarray(counts, np.int64)
    images = np.maximum(table.sum(axis=1), 1)
    mistakes = [
        Confusion(true, predicted, int(table[true, predicted]), float(table[true, predicted] / images[true]))
        for true, predicted in np.argwhere(table > 0).tolist()
        if true != predicted
    ]
    return sorted(mistakes, key=lambda mistake: -mistake.share)[:first]


def folded(
    counts: Sequence[Sequence[int]] | np.ndarray, names: Sequence[str], others: str, most: int = MAX_ROWS
) -> tuple[np.ndarray, list[str]]:
    """Return a confusion matrix of at most `most` rows, and the names of its classes.

    Of more classes, those stay that are most often mistaken or taken for another; the others become one,
    the last, within which a mistake is no longer seen.

    Args:
        counts: int [n, n] by [true class, predicted class]. names: n names. others: the name of the others.

    >>> table, names = folded([[8, 2, 0, 0], [1, 9, 0, 0], [0, 0, 7, 0], [0, 0, 1, 6]], "abcd", "rest", 3)
    >>> table.tolist(), names
    ([[8, 2, 0], [1, 9, 0], [0, 0, 14]], ['a', 'b', 'rest'])
    """
    table = np.asarray(counts, np.int64)
    if len(table) <= most:
        return table, list(names)
    wrong = table.sum(axis=0) + table.sum(axis=1) - 2 * np.diag(table)
    kept = np.sort(np.argsort(-wrong, kind="stable")[: most - 1])
    group = np.full(len(table), most - 1)
    group[kept] = np.arange(most - 1)
    result = np.zeros((most, most), np.int64)
    np.add.at(result, (group[:, np.newaxis], group[np.newaxis]), table)
    return result, [*(names[k] for k in kept), others]


def generalization_gap(card: Card) -> float:
    """Return training accuracy minus test accuracy."""
    return float(card["train"]["accuracy"] - card["test"]["accuracy"])


def best_epoch(history: Sequence[Mapping[str, float]]) -> int:
    """Return the epoch with the lowest loss on the images that choose, counted from 1.

    These are the validation images, or the test images if no others were kept apart.

    >>> best_epoch([{"test_loss": 1.2}, {"test_loss": 0.9}, {"test_loss": 1.4}])
    2
    >>> best_epoch([{"test_loss": 1.2, "validation_loss": 1.0}, {"test_loss": 0.9, "validation_loss": 1.1}])
    1
    """
    loss = f"{choosing(history)}_loss"
    return 1 + min(range(len(history)), key=lambda epoch: history[epoch][loss])


def choosing(history: Sequence[Mapping[str, float]]) -> Literal["validation", "test"]:
    """Return which images an epoch is chosen by."""
    return "validation" if "validation_loss" in history[0] else "test"


def accuracy_gaps(history: Sequence[Mapping[str, float]]) -> list[float]:
    """Return training accuracy minus test accuracy after each epoch."""
    return [row["accuracy"] - row["test_accuracy"] for row in history]


def gap_opens(history: Sequence[Mapping[str, float]]) -> int | None:
    """Return the epoch, counted from 1, from which on training accuracy stays above test accuracy.

    None if it is not above it after the last epoch.

    >>> accuracies = [(0.4, 0.5), (0.6, 0.5), (0.5, 0.6), (0.7, 0.6), (0.9, 0.6)]
    >>> gap_opens([{"accuracy": train, "test_accuracy": test} for train, test in accuracies])
    4
    """
    gaps = accuracy_gaps(history)
    closed = [epoch for epoch, gap in enumerate(gaps, start=1) if gap <= 0]
    first = 1 + max(closed, default=0)
    return first if first <= len(gaps) else None


def has_convolution(card: Card) -> bool:
    """Return whether the network has a convolution."""
    return any(registry.kind(layer["kind"]).group == "convolution" for layer in card["architecture"])


def cnn_with_fewer_parameters(cards: Mapping[str, Card]) -> tuple[str, str] | None:
    """Find a CNN that is more accurate than a fully connected network with more parameters.

    Args:
        cards: {name: model card}.

    Returns:
        (name of the fully connected network, name of the CNN) with the largest difference in accuracy, or
        None.
    """

    def ahead(pair: tuple[str, str]) -> float:
        plain, cnn = (cards[name]["test"]["accuracy"] for name in pair)
        return float(cnn - plain)

    pairs = [
        (plain, cnn)
        for plain in cards
        for cnn in cards
        if has_convolution(cards[cnn])
        and not has_convolution(cards[plain])
        and cards[cnn]["parameters"] < cards[plain]["parameters"]
        and ahead((plain, cnn)) > 0
    ]
    return max(pairs, key=ahead, default=None)
