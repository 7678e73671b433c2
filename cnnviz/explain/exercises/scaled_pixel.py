"""Exercise: a pixel's byte, scaled as the network's input."""

from __future__ import annotations

import numpy as np

from cnnviz.data.dataset import Preprocessing
from cnnviz.explain.exercises.base import (
    Destination,
    Draft,
    Kind,
    Mistake,
    Number,
    Shown,
    Subject,
    pick,
    short,
    text,
)
from cnnviz.text.numbers import number

SIDE = 3
"""Rows and columns of the part of the picture."""
SCALINGS = (
    (Preprocessing(),),
    (Preprocessing(127.5, mean=(1.0,)),),
    (Preprocessing(mean=(0.5,), deviation=(0.25,)), Preprocessing(mean=(0.4,), deviation=(0.2,))),
)
"""Scaling of bytes by level: to 0..1, to -1..1, by mean and standard deviation."""
ALLOWED = (0.0051, 0.0101, 0.03)
"""Allowed distance by level: of an answer with two decimals; at level 3 from a quotient with two decimals."""
CHANNELS = ("red", "green", "blue")


class ScaledPixel(Kind):
    """The network's input number for a pixel.

    Level 1: a byte scaled to 0..1. Level 2: to -1..1. Level 3: mean subtracted, divided by the deviation.
    """

    name = "scaled_pixel"
    pages = ("data",)

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        rows, cols, channels = subject.image.shape
        if rows < SIDE or cols < SIDE:
            return None
        top, left = int(generator.integers(rows - SIDE + 1)), int(generator.integers(cols - SIDE + 1))
        part = subject.image[top : top + SIDE, left : left + SIDE]
        row, col, channel = (int(generator.integers(n)) for n in (SIDE, SIDE, channels))
        byte = int(part[row, col, channel])
        if not 2 < byte < 253:
            return None
        scaling: Preprocessing = pick(generator, SCALINGS[level - 1])

        def scaled(value: int) -> float:
            return float(scaling(np.asarray([value], np.uint8))[0])

        value, share = scaled(byte), byte / 255
        found: dict[str, float] = {"byte": byte}
        if level == 1:
            found |= {"percent": 100 * share, "inverse": 255 / byte, "dark": 1 - share, "hundred": byte / 100}
        elif level == 2:
            found |= {"no_shift": byte / 127.5, "share": share}
        else:
            mean, deviation = scaling.mean[0], scaling.deviation[0]
            found |= {
                "share": share,
                "no_deviation": share - mean,
                "no_mean": share / deviation,
                "times": (share - mean) * deviation,
                "late": share - mean / deviation,
                "not_divided": (byte - mean) / deviation,
                "plus": (share + mean) / deviation,
            }
        if (row, col) != (col, row):
            found["swapped"] = scaled(part[col, row, channel])
        mistakes = [
            Mistake((wrong,), text(f"exercise.scaled_pixel_wrong_{reason}"))
            for reason, wrong in found.items()
        ]
        names = [text(f"data.channel_{name}") for name in (CHANNELS if channels == 3 else ("grey",))]
        mistakes += [
            Mistake(
                (scaled(part[row, col, other]),),
                text("exercise.scaled_pixel_wrong_channel", channel=names[other]),
            )
            for other in range(channels)
            if other != channel
        ]
        formula = ("{x} / 255", "{x} / 127.5 − 1", "({x} / 255 − {mean}) / {deviation}")[level - 1]
        settings = {
            "mean": number(scaling.mean[0], 1) if scaling.mean else "",
            "deviation": short(scaling.deviation[0]) if scaling.deviation else "",
        }
        return Draft(
            question=text(
                f"exercise.scaled_pixel_{('unit', 'centred', 'standard')[level - 1]}",
                row=row,
                col=col,
                channel=names[channel],
                **(settings if level == 3 else {}),
            ),
            answer=Number(value, allowed=ALLOWED[level - 1]),
            mistakes=tuple(mistakes),
            explanation=text(
                "exercise.scaled_pixel_explanation",
                formula=formula.format(x=byte, **settings),
                value=number(value, 4),
            ),
            shown=tuple(
                Shown("input", part[..., k].astype(float), "bytes", names[k], 0) for k in range(channels)
            ),
            destination=Destination(
                "data", {"data_view": "numbers", "pixel_cell": f"{top + row},{left + col}"}
            ),
        )
