"""Networks' correct predictions on the samples under every shift; they choose the example of a comparison.

The counts are in assets/shift_counts.json, {network: {"sha256": of its weights, "right": one count for each
sample}}; a test counts again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from cnnviz.arithmetic.transform import MAX_SHIFT
from cnnviz.resources import ASSETS

SHIFTS = (2 * MAX_SHIFT + 1) ** 2
"""Number of shifts of a picture: by -6..6 pixels to the right and down."""


@dataclass(frozen=True)
class Example:
    """The sample on which a network is ahead of another by most shifts.

    Attributes:
        index: of the sample; of equals the first.
        right: for how many of its shifts the baseline and the network are right.
        total: the same, over the shifts of all samples. samples: their number.
        behind: number of samples on which the network is right for fewer shifts than the baseline.
    """

    index: int
    right: tuple[int, int]
    total: tuple[int, int]
    samples: int
    behind: int


def example(baseline: str, network: str, digests: tuple[str, str]) -> Example | None:
    """Return the sample that shows best how far a network is ahead of another under shifts.

    Args:
        baseline, network: names of networks. digests: sha256 of their weights.

    Returns:
        The example, or None if nothing was counted, or with other weights.
    """
    counts = [right(name, digest) for name, digest in zip((baseline, network), digests, strict=True)]
    if not all(counts):
        return None
    pairs = list(zip(*counts, strict=True))
    ahead = [theirs - own for own, theirs in pairs]
    index = ahead.index(max(ahead))
    return Example(
        index,
        pairs[index],
        (sum(own for own, _ in pairs), sum(theirs for _, theirs in pairs)),
        len(pairs),
        sum(each < 0 for each in ahead),
    )


def right(network: str, digest: str) -> tuple[int, ...]:
    """Return for how many of its shifts a network is right on each sample; () if that was not counted.

    Args:
        network: its name. digest: sha256 of its weights.
    """
    counted = _counts().get(network)
    return tuple(counted["right"]) if counted is not None and counted["sha256"] == digest else ()


@cache
def _counts() -> dict[str, Any]:
    counts: dict[str, Any] = json.loads((ASSETS / "shift_counts.json").read_text("utf-8"))
    return counts
