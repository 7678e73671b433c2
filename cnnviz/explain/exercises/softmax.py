"""The softmax of three logits."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.explain.exercises.base import (
    Destination,
    Draft,
    Kind,
    Mistake,
    Numbers,
    Shown,
    Subject,
    rounded,
    text,
)
from cnnviz.text.numbers import number

ALLOWED = 0.01
"""Two decimals are asked for, of exponentials with two decimals."""
DECIMALS = 1
"""Decimals of the logits."""
WIDEST, LARGEST = 4.0, 8.0
"""Limits of the logits' range, beyond which one gets nearly all, and of the largest exponent."""


class SoftmaxOfThree(Kind):
    """Softmax probabilities of three logits.

    Level 1: whole logits, with their exponentials. Level 2: logits with a decimal, with their exponentials.
    Level 3: three logits of the network, without.
    """

    name = "softmax"
    pages = ("dense", "loss")

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        labels: tuple[object, ...] = ()
        destination: Destination | None = None
        of_all: np.ndarray | None = None
        if level == 1:
            x = rounded(generator.integers(-1, 4, 3), 0)
        else:
            x = rounded(generator.uniform(-1.5, 3.0, 3), DECIMALS)
        if level == 3 and (logits := _logits(subject)) is not None:
            chosen = generator.choice(len(logits), 3, replace=False)
            mine = rounded(logits[chosen], DECIMALS)
            if np.ptp(mine) <= WIDEST and np.abs(mine).max() <= LARGEST:  # else made up, as on level 2
                x, of_all = mine, ops.softmax(rounded(logits, DECIMALS))[chosen]
                labels = tuple(subject.class_called(k) for k in chosen)
                destination = Destination("dense" if subject.network.ends_in_dense() else "loss")
        if len(np.unique(x)) < 3 or np.ptp(x) > WIDEST:
            return None
        made = ops.softmax_step(x, shift=False)
        powers = rounded(made.exponentials, 2)
        total = float(rounded(powers.sum(), 2))
        found: dict[str, np.ndarray | None] = {
            "exponentials": powers,
            "percent": 100 * made.probabilities,
            "linear": x / x.sum() if x.sum() else None,
            "one_hot": (x == x.max()).astype(float),
            "negative": ops.softmax(-x),
            "reversed": made.probabilities[::-1],
            "sigmoid": ops.sigmoid(x),
            "of_all": of_all,
        }
        names = labels or tuple(
            text("exercise.softmax_label", logit=number(value, DECIMALS)) for value in x.tolist()
        )
        return Draft(
            question=text(f"exercise.softmax_{'given' if level < 3 else 'network' if labels else 'alone'}"),
            answer=Numbers(
                tuple(float(value) for value in made.probabilities),
                allowed=ALLOWED,
                labels=names,  # type: ignore[arg-type]
                decimals=2,
            ),
            mistakes=tuple(
                Mistake(tuple(float(value) for value in values), text(f"exercise.softmax_wrong_{reason}"))
                for reason, values in found.items()
                if values is not None
            ),
            explanation=text(
                "exercise.softmax_explanation",
                powers=", ".join(
                    f"e^{number(value, DECIMALS)} ≈ {number(power, 2)}"
                    for value, power in zip(x.tolist(), powers.tolist(), strict=True)
                ),
                total=number(total, 2),
                shares=", ".join(
                    f"{number(power, 2)} / {number(total, 2)} ≈ {number(share, 2)}"
                    for power, share in zip(powers.tolist(), made.probabilities.tolist(), strict=True)
                ),
            ),
            shown=(
                Shown("logits", x[np.newaxis], decimals=DECIMALS),
                *(() if level == 3 else (Shown("exponentials", powers[np.newaxis], decimals=2),)),
            ),
            destination=destination,
        )


def _logits(subject: Subject) -> np.ndarray | None:
    """Return the input of the network's softmax, or None if it has none or fewer than three classes."""
    if subject.graph is None or subject.activations_of is None:
        return None
    output = subject.graph.output
    if not output.layer.probabilities or output.output_shape[0] < 3:
        return None
    return np.asarray(subject.activations()[output.inputs[0]], np.float64)
