"""Adversarial pictures: one step along the sign of the loss's gradient changes a network's prediction.

Source: Goodfellow, Shlens and Szegedy, "Explaining and Harnessing Adversarial Examples", 2015 (FGSM).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.networks.gradients import Target

if TYPE_CHECKING:
    from cnnviz.networks.network import Network

LARGEST = 32
"""Largest step, in units of 1/255."""


@dataclass(frozen=True, eq=False)
class Fooling:
    """Steps of all sizes from a picture, and the answers.

    Attributes:
        answer: the class that the network predicts for the picture.
        toward: the class whose probability the step raises; None: the step lowers that of the answer.
        signs: int8 [H, W, C], -1, 0 or 1: the direction of the step.
        probabilities: float32 [LARGEST + 1, classes], of the picture after a step of 0, 1, ... / 255.
        smallest: the smallest step after which the answer is another, or `toward`; None if there is none.
    """

    answer: int
    toward: int | None
    signs: np.ndarray
    probabilities: np.ndarray
    smallest: int | None


def fool(network: Network, image: np.ndarray, toward: int | None = None) -> Fooling:
    """Take steps of all sizes from a picture, in the direction of the gradient's sign at the picture.

    Args:
        network: runs the pictures.
        image: uint8 [H, W, C].
        toward: the target class; None, or the network's own prediction: any other.

    Raises:
        CnnvizError: if the network has no such class.
    """
    answer = int(network.predict(image[np.newaxis])[0].argmax())
    toward = None if toward == answer else toward
    loss = Target(answer if toward is None else toward)
    gradient = network.gradients(image, loss, weights=False).image
    signs = np.sign(gradient if toward is None else -gradient).astype(np.int8)
    steps = np.stack([stepped(image, signs, size) for size in range(LARGEST + 1)])
    probabilities = network.predict(steps)
    answers = probabilities.argmax(axis=1)
    fooled = np.flatnonzero(answers != answer if toward is None else answers == toward)
    return Fooling(answer, toward, signs, probabilities, int(fooled[0]) if len(fooled) else None)


def stepped(image: np.ndarray, signs: np.ndarray, size: int) -> np.ndarray:
    """Return a picture, uint8, after a step: each number moved by `size`, and kept in 0..255.

    >>> stepped(np.array([0, 100, 254], np.uint8), np.array([-1, 1, 1], np.int8), 3).tolist()
    [0, 103, 255]
    """
    return np.clip(image.astype(np.int16) + size * signs.astype(np.int16), 0, 255).astype(np.uint8)


def code(answer: int, toward: int | None, size: int) -> list[str]:
    """Return the lines of a program that takes a step and computes the probabilities after it as `result`.

    They follow lines that make `net` and `image`. Arguments as in `Fooling`; `size` in units of 1/255.
    """
    label, sign = (answer, "+") if toward is None or toward == answer else (toward, "-")
    return [
        f"found = net.gradients(image, Target({label}), weights=False)",
        f"moved = image.astype(int) {sign} {size} * np.sign(found.image).astype(int)",
        "moved = np.clip(moved, 0, 255).astype(np.uint8)",
        "result = net.predict(moved[np.newaxis])[0]",
    ]
