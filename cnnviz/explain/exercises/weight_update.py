"""One step of gradient descent: weight minus learning rate times gradient."""

from __future__ import annotations

import numpy as np

from cnnviz.explain.exercises.base import (
    Destination,
    Draft,
    Kind,
    Mistake,
    Number,
    Numbers,
    Shown,
    Subject,
    bracketed,
    pick,
    rounded,
    short,
    short_bracketed,
    text,
)
from cnnviz.text.numbers import number

RATES = (0.1, 0.01, 0.5)
DECIMALS = 4
"""Decimals of an updated weight: two of a mean gradient, two of a rate."""
SIDE = 2
"""Rows and columns of the kernel."""
BATCH = 4


class WeightUpdate(Kind):
    """A weight after a step against its gradient.

    Level 1: one weight. Level 2: a kernel of four. Level 3: one weight, the mean gradient of a batch.
    """

    name = "weight_update"
    pages = ("backpropagation", "optimisers")

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        rate = float(pick(generator, RATES[:2] if level == 1 else RATES))
        shape = (1, SIDE**2, 1)[level - 1]
        w = rounded(generator.uniform(-2, 2, shape), 1)
        g = rounded(generator.uniform(-5, 5, (1 if level < 3 else BATCH, shape)), 1)
        mean = rounded(g.mean(axis=0), DECIMALS)
        if np.abs(mean - rounded(mean, 2)).max() > 1e-9:
            return None  # too much by head
        if np.abs(w).min() < 0.1 or np.abs(g).min() < 0.3 or np.abs(mean).min() < 0.2:
            return None
        after = rounded(w - rate * mean, DECIMALS)
        found = {
            "up": w + rate * mean,
            "no_rate": w - mean,
            "change": -rate * mean,
            "rate": w - rate,
            "divided": w - mean / rate,
            "product": w * rate * mean,
        }
        if level == 2:
            found["down"] = w - rate * np.abs(mean)
        if level == 3:
            found |= {"sum": w - rate * g.sum(axis=0), "one": w - rate * g[0], "last": w - rate * g[-1]}
        values = {
            "rate": short(rate),
            "weight": number(w[0], 1),
            "gradient": number(mean[0], 1),
            "count": BATCH,
        }
        worked = "; ".join(
            f"{number(a, 1)} − {short(rate)} · {short_bracketed(b)} = {short(c)}"
            for a, b, c in zip(w.tolist(), mean.tolist(), after.tolist(), strict=True)
        )
        shown: tuple[Shown, ...] = ()
        if level == 2:
            shown = (
                Shown("kernel", w.reshape(SIDE, SIDE), decimals=1),
                Shown("gradient", mean.reshape(SIDE, SIDE), decimals=1),
            )
        elif level == 3:
            shown = (Shown("gradient", g.T, decimals=1),)
        return Draft(
            question=text(f"exercise.weight_update_{('one', 'kernel', 'batch')[level - 1]}", **values),
            answer=Numbers(
                tuple(after.tolist()),
                allowed=0.0005,
                labels=tuple(text("exercise.cell", row=r, col=c) for r in range(SIDE) for c in range(SIDE)),
            )
            if level == 2
            else Number(float(after[0]), allowed=0.0005),
            mistakes=tuple(
                Mistake(tuple(wrong.tolist()), text(f"exercise.weight_update_wrong_{reason}"))
                for reason, wrong in found.items()
            ),
            explanation=text(
                "exercise.weight_update_explanation_batch"
                if level == 3
                else "exercise.weight_update_explanation",
                sum=" + ".join(bracketed(each, 1) for each in g[:, 0].tolist()),
                count=BATCH,
                mean=short(float(mean[0])),
                worked=worked,
            ),
            shown=shown,
            destination=Destination("backpropagation"),
        )
