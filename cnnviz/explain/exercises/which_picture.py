"""Exercise: the one of four pictures that some maps come from."""

from __future__ import annotations

import numpy as np

from cnnviz.explain.exercises.base import (
    OPTIONS,
    Choice,
    Destination,
    Draft,
    Kind,
    Mistake,
    Shown,
    Subject,
    furthest,
    pick,
    text,
)
from cnnviz.networks.graph import LayerInfo
from cnnviz.text.numbers import number

MAPS = (3, 2, 2)
"""Maps that are shown, by level."""
LEAST_DIFFERENCE = 0.05
"""Mean difference of two pictures' maps, divided by the largest number."""
LEAST_CONTRAST = 0.05
STRONG = 8
"""The maps are drawn from those with the most contrast."""


class WhichPicture(Kind):
    """The picture, of four, that some maps come from.

    Level 1: three maps of the first convolution. Level 2: two. Level 3: of a deeper convolution.
    """

    name = "which_picture"
    pages = ("network",)
    needs = ("graph", "activations_of", "samples")
    least_mistakes = 3

    def suits(self, subject: Subject) -> bool:
        """Return whether the network has maps, and there are pictures to choose from."""
        return super().suits(subject) and bool(_filters(subject)) and len(_samples(subject)) >= 4

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        pictures, layers = _samples(subject), _filters(subject)
        chosen = [int(k) for k in generator.choice(len(pictures), 4, replace=False)]
        right = int(generator.integers(4))
        info = layers[0] if level < 3 or len(layers) == 1 else pick(generator, layers[1:3])
        seen = [subject.activations(pictures[k])[info.name] for k in chosen]
        contrast = seen[right].std(axis=(0, 1)) / np.maximum(np.abs(seen[right]).max(axis=(0, 1)), 1e-9)
        strong = np.argsort(-contrast, kind="stable")[:STRONG]
        maps = sorted(int(k) for k in generator.choice(strong, MAPS[level - 1], replace=False))
        if contrast[maps].min() < LEAST_CONTRAST:
            return None
        mine = seen[right][..., maps]
        limit = np.abs(mine).max(axis=(0, 1))
        wrong = []
        for k, other in enumerate(seen):
            if k == right:
                continue
            theirs = other[..., maps]
            if (np.abs(mine - theirs).mean(axis=(0, 1)) / limit).max() < LEAST_DIFFERENCE:
                return None
            row, col, at = furthest(mine / limit, theirs / limit)
            wrong.append(
                Mistake(
                    (float(k),),
                    text(
                        "exercise.which_picture_wrong_other",
                        map=maps[at],
                        row=row,
                        col=col,
                        value=number(float(mine[row, col, at])),
                        theirs=number(float(theirs[row, col, at])),
                    ),
                )
            )
        layer = subject.called(info.name)
        return Draft(
            question=text("exercise.which_picture_question", layer=layer, count=len(maps)),
            answer=Choice(OPTIONS[:4], right),
            mistakes=tuple(wrong),
            explanation=text("exercise.which_picture_explanation", layer=layer),
            shown=(
                *(
                    Shown(
                        "map",
                        seen[right][..., k],
                        "map",
                        label=text("exercise.map", map=k, layer=layer),
                    )
                    for k in maps
                ),
                *(Shown("option", pictures[k], "picture") for k in chosen),
            ),
            destination=Destination("network", {"picture": f"sample-{chosen[right]}"}),
        )


def _filters(subject: Subject) -> list[LayerInfo]:
    """Return the convolutions of the network that have at least as many maps as are shown."""
    return [info for info in subject.network if info.layer.filters and info.output_shape[2] >= max(MAPS)]


def _samples(subject: Subject) -> np.ndarray:
    """Return the samples, if they are of the size of the network's pictures."""
    assert subject.samples is not None
    images = subject.samples.images
    return images if images.shape[1:] == subject.network.input_shape else images[:0]
