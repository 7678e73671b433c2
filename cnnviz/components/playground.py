"""Two small networks on points of a plane, with ReLU and without, which the visitor's browser trains.

Python sends texts and the link's choices: the points, the seed, and how many steps are trained at once. All
numbers are made in the browser (frontend/playground/small_network.js), the same in each for the same seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from cnnviz.components import register
from cnnviz.components.message import receiver
from cnnviz.components.value import field, integer, one_of
from cnnviz.text import section

POINTS = ("ring", "xor", "spiral")
SEEDS = 1000
STEPS = 600
"""Number of steps after which a training ends."""

_mount = register("playground", reserved=("48rem", "58rem"))


@dataclass(frozen=True)
class Selection:
    """The selection.

    Attributes:
        kind: the shape of the points, one of `POINTS`.
        seed: of the points and of the initial weights, below `SEEDS`.
        steps: training steps done, at most `STEPS`.
    """

    kind: str
    seed: int
    steps: int


def playground(
    selection: Selection, *, language: str, key: str, on_select: Callable[[Selection], None]
) -> None:
    """Mount the component.

    Args:
        selection: where to begin; the browser follows it if it differs from the last one it sent.
        language: "en" or "ko". key: unique on the page.
        on_select: called before the next run with the current selection, after the visitor's last move.
    """
    data = {"text": section("playground", language), "selection": asdict(selection), "last": STEPS}
    _mount(data=data, key=key, receivers={"selection": receiver(read_selection, on_select)})


def read_selection(value: Any) -> Selection:
    """Parse the browser's selection."""
    return Selection(
        one_of(field(value, "kind"), POINTS),
        integer(field(value, "seed"), 0, SEEDS - 1),
        integer(field(value, "steps"), 0, STEPS),
    )
