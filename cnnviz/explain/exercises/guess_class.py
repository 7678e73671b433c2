"""The network's answer, before the bars."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic import transform
from cnnviz.data.dataset import UNKNOWN
from cnnviz.explain.exercises.base import (
    Choice,
    Destination,
    Draft,
    Kind,
    Mistake,
    Shown,
    Subject,
    text,
)
from cnnviz.text.rounding import percent

COUNT = 4
"""Options."""
LEAST_MARGIN = (0.5, 0.1, 0.1)
"""By how much the answer's probability is ahead of the next, by level."""
FURTHEST = 4
"""Pixels of a shift."""


class GuessClass(Kind):
    """The class that the network predicts for a picture.

    Level 1: it is sure and right, and the other options are any classes. Level 2: they are its next
    likeliest classes. Level 3: the picture is shifted.
    """

    name = "guess_class"
    pages = ("network",)
    needs = ("graph", "activations_of", "samples")
    least_mistakes = COUNT - 1

    def suits(self, subject: Subject) -> bool:
        """Return whether the network answers with one of several classes, and there are pictures."""
        if not super().suits(subject) or subject.samples is None:
            return False
        output = subject.network.output
        fits = subject.samples.images.shape[1:] == subject.network.input_shape
        return (
            fits
            and len(subject.samples) > 0
            and output.layer.probabilities
            and output.output_shape[0] >= COUNT
        )

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        assert subject.samples is not None
        index = int(generator.integers(len(subject.samples)))
        image, label = subject.samples.images[index], int(subject.samples.labels[index])
        dx = dy = 0
        if level == 3:
            dx, dy = (int(n) for n in generator.integers(-FURTHEST, FURTHEST + 1, 2))
            if (dx, dy) == (0, 0):
                return None
            image = transform.shift(image, dx, dy)
        probabilities = np.asarray(subject.activations(image)[subject.network.output.name], np.float64)
        order = [int(k) for k in np.argsort(-probabilities, kind="stable")]
        right = order[0]
        unsure = probabilities[right] - probabilities[order[1]] < LEAST_MARGIN[level - 1]
        known = label != UNKNOWN
        if unsure or (level == 1 and known and right != label):
            return None
        others = order[1:] if level > 1 else [int(k) for k in generator.permutation(order[1:])]
        if known and label != right:
            others = [label, *(k for k in others if k != label)]
        options = [int(k) for k in generator.permutation([right, *others[: COUNT - 1]])]
        names = [subject.class_called(k) for k in options]
        shares = {k: percent(float(probabilities[k]), softmax=True) for k in options}
        wrong = [
            Mistake(
                (float(at),),
                text(
                    f"exercise.guess_class_wrong_{'label' if k == label else 'other'}",
                    name=names[at],
                    share=shares[k],
                ),
            )
            for at, k in enumerate(options)
            if k != right
        ]
        destination: Destination | None = Destination("network", {"picture": f"sample-{index}"})
        if level == 3 and not subject.rivals:
            destination = None  # no page moves this network's pictures
        elif level == 3:
            destination = Destination(
                "comparison", {"picture": f"sample-{index}", "comparison_shift": f"{dx},{dy}"}
            )
        return Draft(
            question=text(f"exercise.guess_class_{'shifted' if level == 3 else 'plain'}"),
            answer=Choice(tuple(names), options.index(right)),
            mistakes=tuple(wrong),
            explanation=text(
                f"exercise.guess_class_explanation_{_judged(right, label)}",
                name=names[options.index(right)],
                share=shares[right],
                label=subject.class_called(label) if known else "",
            ),
            shown=(Shown("picture", image, "picture"),),
            destination=destination,
        )


def _judged(answer: int, label: int) -> str:
    """Return the key of the text that compares an answer with the label."""
    if label == UNKNOWN:
        return "unknown"
    return "right" if answer == label else "fooled"
