"""Optimisers on the loss surface of a real network: SGD, momentum and RMSProp from the same start.

Python sends the surface and the learning rates; the walks are made in the browser (frontend/descent/
descent_math.js). The start, the rate, the optimiser whose numbers are shown and the steps are sent back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from cnnviz.components import register
from cnnviz.components.message import receiver
from cnnviz.components.value import array, field, integer, number, one_of
from cnnviz.text import section
from cnnviz.training.loss_surface import LossSurface

RATES: dict[str, dict[str, float]] = {
    "sgd": {"small": 0.0002, "right": 0.003, "large": 0.05},
    "momentum": {"small": 0.00005, "right": 0.0005, "large": 0.03},
    "rmsprop": {"small": 0.001, "right": 0.02, "large": 0.2},
}
"""Learning rates that suit this surface or not: a length of 1 on it changes a filter by its own length."""
RULES = tuple(RATES)
SIZES = ("right", "small", "large")
STEPS = 60
"""Number of steps of a whole walk."""
START = (-0.45, -0.3)
BOUND = 0.98
"""Share of the surface's reach within which a walk starts."""

_mount = register("descent", reserved=("48rem", "40rem"))


@dataclass(frozen=True)
class Selection:
    """The selection.

    Attributes:
        start: the starting point of all walks, along both directions.
        rate: the learning rates, one of `SIZES`.
        rule: whose numbers are shown, one of `RULES`.
        steps: steps done, at most `STEPS`.
    """

    start: tuple[float, float]
    rate: str
    rule: str
    steps: int


def descent(
    surface: LossSurface,
    selection: Selection,
    *,
    language: str,
    key: str,
    on_select: Callable[[Selection], None],
) -> None:
    """Mount the component.

    Args:
        surface: the loss surface. selection: the initial selection.
        language: "en" or "ko". key: unique on the page.
        on_select: called before the next run with the current selection, after the visitor's last move.
    """
    data = {
        "text": section("descent", language),
        "network": surface.network,
        "losses": surface.losses,
        "reach": surface.reach,
        "rates": RATES,
        "last": STEPS,
        "selection": {**asdict(selection), "start": list(selection.start)},
    }
    bound = BOUND * surface.reach
    select = receiver(lambda value: read_selection(value, bound), on_select)
    _mount(data=data, key=key, receivers={"selection": select})


def read_selection(value: Any, bound: float) -> Selection:
    """Parse the browser's selection; the start is within -bound..bound."""
    first, second = [*array(field(value, "start"), 2), None, None][:2]
    return Selection(
        (number(first, -bound, bound), number(second, -bound, bound)),
        one_of(field(value, "rate"), SIZES),
        one_of(field(value, "rule"), RULES),
        integer(field(value, "steps"), 0, STEPS),
    )
