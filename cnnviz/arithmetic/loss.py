"""The loss of one answer: softmax cross-entropy, and its gradient at the logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.arithmetic.checks import as_index
from cnnviz.errors import as_finite


@dataclass(frozen=True, eq=False)
class LossStep:
    """The intermediate values of softmax cross-entropy; all arrays float64 [n].

    Attributes:
        probabilities: softmax of the logits.
        loss: `-ln(probabilities[label])`, >= 0.
        gradient: of the loss at the logits: `probabilities - y`, y being the one-hot label. Sums to 0.
    """

    probabilities: np.ndarray
    loss: float
    gradient: np.ndarray


def cross_entropy_step(logits: Any, label: int) -> LossStep:
    """Compute the softmax cross-entropy of logits [n] for the class `label`, and its gradient.

    The loss is `ln(sum(exp(logits))) - logits[label]`, so that it is right even where the probability
    rounds to 0 or 1.

    Raises:
        CnnvizError: if a logit is not finite, or `label` is no index of one.

    Example:
        >>> step = cross_entropy_step([0.0, np.log(3.0)], 1)
        >>> round(step.loss, 4), step.gradient.round(2).tolist()
        (0.2877, [0.25, -0.25])
    """
    logits = as_finite("logits", logits, ndim=1).astype(np.float64)
    label = as_index("label", label, len(logits))
    over = logits - logits[label]
    largest = float(over.max())
    exponentials = np.exp(over - largest)
    total = float(exponentials.sum())
    probabilities = exponentials / total
    others = float(np.delete(exponentials, label).sum())
    # the right class is the largest: the rest is added to 1, which log1p keeps
    loss = float(np.log1p(others)) if largest == 0 else largest + float(np.log(total))
    gradient = probabilities.copy()
    gradient[label] = -others / total
    return LossStep(probabilities, loss, gradient)
