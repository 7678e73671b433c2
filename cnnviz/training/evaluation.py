"""Evaluation of a network: accuracy, loss, confusion matrix, and accuracy on shifted images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnviz.arithmetic.transform import BORDER_MODE, MAX_SHIFT, shift
from cnnviz.data.dataset import Samples
from cnnviz.errors import CnnvizError
from cnnviz.networks.network import Network

MAX_MISTAKES = 24
"""Number of wrong predictions listed on a model card."""


def evaluate(network: Network, images: Samples) -> dict[str, float]:
    """Return {"accuracy", "loss"} of a network; the loss is the mean cross-entropy in nats."""
    return score(network.predict(images.images), images.labels)


def score(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return {"accuracy", "loss"} of class probabilities [N, classes] for labels [N].

    Raises:
        CnnvizError: if there is no image, or a probability is not finite.
    """
    if not len(labels):
        raise CnnvizError("`images` must hold an image to be measured on. Received: none.")
    wrong = int((~np.isfinite(probabilities)).any(axis=1).sum())
    if wrong:
        raise CnnvizError(
            "`probabilities` must be finite. Received: NaN or infinity for "
            f"{wrong:,} of {len(labels):,} images."
        )
    picked = probabilities[np.arange(len(labels)), labels]
    loss = -np.log(np.maximum(picked, 1e-12, dtype=np.float64)).mean()
    hits = probabilities.argmax(axis=1) == labels
    return {"accuracy": round(float(hits.mean()), 6), "loss": round(float(loss), 6)}


def measure(network: Network, images: Samples) -> dict[str, Any]:
    """Evaluate a network on labelled images for its model card.

    Returns:
        {"accuracy", "loss"} as `evaluate`, and
        "confusion": rows of counts, entry [true class][predicted class];
        "mistakes": the 24 wrong predictions with the highest probability, in descending order:
        {"index", "label", "predicted", "probability"}.
    """
    probabilities = network.predict(images.images)
    predicted = probabilities.argmax(axis=1)
    confusion = np.zeros((len(images.names), len(images.names)), int)
    np.add.at(confusion, (images.labels, predicted), 1)
    sure = probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != images.labels)
    surest = wrong[np.argsort(-sure[wrong], kind="stable")][:MAX_MISTAKES]
    return {
        **score(probabilities, images.labels),
        "confusion": confusion.tolist(),
        "mistakes": [
            {
                "index": int(index),
                "label": int(images.labels[index]),
                "predicted": int(predicted[index]),
                "probability": round(float(sure[index]), 4),
            }
            for index in surest
        ],
    }


def evaluate_shifts(
    network: Network, images: Samples, *, report: Callable[[int, int], None] = lambda done, of: None
) -> dict[str, Any]:
    """Measure a network's accuracy on images shifted by every (dx, dy) in -6..6.

    Args:
        report: called with the number of shifts done and the number of all shifts.

    Returns:
        {"range": 6, "border": "edge", "n": images, "accuracy": rows of accuracies, "sha256": of the
        weights}; entry [6 + dy][6 + dx] is for images shifted by `transform.shift(image, dx, dy)`.
    """
    steps = range(-MAX_SHIFT, MAX_SHIFT + 1)
    accuracy: list[list[float]] = []
    for dy in steps:
        row: list[float] = []
        for dx in steps:
            moved = np.stack([shift(image, dx, dy) for image in images.images])
            row.append(evaluate(network, Samples(moved, images.labels, images.names))["accuracy"])
            report(len(accuracy) * len(steps) + len(row), len(steps) ** 2)
        accuracy.append(row)
    measured = {"range": MAX_SHIFT, "border": BORDER_MODE, "n": len(images), "accuracy": accuracy}
    return {**measured, "sha256": network.card["sha256"]}
