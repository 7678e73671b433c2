"""Exercise: the one of two networks that is still right after a shift."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic import transform
from cnnviz.arithmetic.transform import MAX_SHIFT
from cnnviz.explain.exercises.base import (
    Choice,
    Destination,
    Draft,
    Joined,
    Kind,
    Mistake,
    Shown,
    Subject,
    network_text,
    text,
)
from cnnviz.text.rounding import percent

LEAST_MARGIN = (0.2, 0.1, 0.05)
"""By how much each answer is ahead of the next, by level."""
TRIED = 3
"""Shifts of a picture that are tried at once."""
SAFE = 40
"""A network that is right under fewer shifts of a sample may be wrong without one, too."""


class ShiftSurvival(Kind):
    """The network, of two, that is still right after the shift.

    Often only one of them is. Level 1: both networks are sure. Level 2, level 3: less and less.
    """

    name = "shift_survival"
    pages = ("comparison",)
    needs = ("rivals", "samples")
    least_mistakes = 3

    def suits(self, subject: Subject) -> bool:
        """Return whether there are two networks, and pictures."""
        return super().suits(subject) and len(subject.rivals) == 2

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        assert subject.samples is not None
        likely = _likely(subject)
        if not likely.any():
            return None
        index = int(generator.choice(len(likely), p=likely / likely.sum()))
        image, label = subject.samples.images[index], int(subject.samples.labels[index])
        shifts = [tuple(map(int, pair)) for pair in generator.integers(-MAX_SHIFT, MAX_SHIFT + 1, (TRIED, 2))]
        apart = bool(generator.integers(2))  # whether exactly one has to be right; else any outcome is taken
        pictures = np.stack([image, *(transform.shift(image, dx, dy) for dx, dy in shifts)])
        outputs = [np.asarray(rival.predict(pictures), np.float64) for rival in subject.rivals]
        ranked = [np.sort(each, axis=1) for each in outputs]
        sure = np.min([each[:, -1] - each[:, -2] for each in ranked], axis=0) >= LEAST_MARGIN[level - 1]
        right = np.array([each.argmax(axis=1) == label for each in outputs])
        if not (right[:, 0].all() and sure[0]):
            return None  # a network that is wrong without a shift cannot survive one
        for at, (dx, dy) in enumerate(shifts, start=1):
            survives = (bool(right[0, at]), bool(right[1, at]))
            alone = survives[0] != survives[1]
            if sure[at] and (dx, dy) != (0, 0) and (alone or not apart):
                shares = [float(each[at].max()) for each in outputs]
                answers = [int(each[at].argmax()) for each in outputs]
                return _draft(subject, index, (dx, dy), pictures[at], label, survives, answers, shares)
        return None


def _likely(subject: Subject) -> np.ndarray:
    """Return how likely only one network survives on each sample, [samples], up to a factor."""
    assert subject.samples is not None
    counts = [rival.right for rival in subject.rivals if len(rival.right) == len(subject.samples)]
    safe = np.all([np.array(right) >= SAFE for right in counts], axis=0) & np.ones(len(subject.samples), bool)
    ahead = np.abs(np.subtract(counts[0], counts[1])) if len(counts) == 2 else 0
    return np.asarray(safe * (1.0 + ahead))


OUTCOMES = ((True, False), (False, True), (True, True), (False, False))
"""Whether each of the two networks is right, in the order of the options."""


def _draft(
    subject: Subject,
    index: int,
    shift: tuple[int, int],
    shifted: np.ndarray,
    label: int,
    survives: tuple[bool, bool],
    answers: list[int],
    shares: list[float],
) -> Draft:
    names = [network_text(rival.name) for rival in subject.rivals]
    classes = [subject.class_called(k) for k in answers]

    def reason(outcome: tuple[bool, bool]) -> object:
        k = 0 if outcome[0] != survives[0] else 1  # a network for which the option is wrong
        key = "holds" if survives[k] else "fails"
        return text(
            f"exercise.shift_survival_wrong_{key}",
            network=names[k],
            name=classes[k],
            share=percent(shares[k], softmax=True),
        )

    results = [
        text("exercise.shift_survival_says", network=name, name=each, share=percent(share, softmax=True))
        for name, each, share in zip(names, classes, shares, strict=True)
    ]
    assert subject.samples is not None
    return Draft(
        question=text(
            "exercise.shift_survival_question",
            shift=_shift_text(*shift),
            first=names[0],
            second=names[1],
            label=subject.class_called(label),
        ),
        answer=Choice(
            (*names, text("exercise.shift_survival_both"), text("exercise.shift_survival_neither")),
            OUTCOMES.index(survives),
        ),
        mistakes=tuple(
            Mistake((float(k),), reason(outcome))  # type: ignore[arg-type]
            for k, outcome in enumerate(OUTCOMES)
            if outcome != survives
        ),
        explanation=text("exercise.shift_survival_explanation", results=Joined(tuple(results), " ")),
        shown=(
            Shown("picture", subject.samples.images[index], "picture", label=text("exercise.before")),
            Shown("picture", shifted, "picture", label=text("exercise.after")),
        ),
        destination=Destination(
            "comparison",
            {
                "picture": f"sample-{index}",
                "model": subject.rivals[1].name,
                "comparison_shift": f"{shift[0]},{shift[1]}",
            },
        ),
    )


def _shift_text(dx: int, dy: int) -> Joined:
    """Return a shift in words."""
    ways = [("right" if dx > 0 else "left", abs(dx)), ("down" if dy > 0 else "up", abs(dy))]
    return Joined(tuple(text(f"exercise.shift_{way}", by=by) for way, by in ways if by))
