"""The registry of kinds of exercises, discovered in this package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from cnnviz.errors import invalid
from cnnviz.explain import exercises
from cnnviz.explain.exercises.base import Kind

ORDER = (
    "next_cell", "output_size", "same_padding", "pooling_winner", "relu", "parameter_count", "which_kernel",
    "which_picture", "guess_class", "receptive_field", "softmax", "shift_survival",
    "weight_gradient", "weight_update", "optimiser_step", "two_layers", "grad_cam", "scaled_pixel",
)  # fmt: skip
"""The kinds that menus list first, in this order; others follow alphabetically."""


@cache
def kinds() -> tuple[Kind, ...]:
    """Return all kinds, in the order of the menus."""
    found: dict[str, Kind] = {}
    for file in pkgutil.iter_modules(exercises.__path__):
        module = importlib.import_module(f"{exercises.__name__}.{file.name}")
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, Kind) and "name" in vars(each):
                found[each.name] = each()
    first = [name for name in ORDER if name in found]
    return tuple(found[name] for name in [*first, *sorted(found.keys() - set(first))])


def kind(name: str) -> Kind:
    """Return the kind of that name.

    Raises:
        CnnvizError: if there is none.
    """
    for each in kinds():
        if each.name == name:
            return each
    raise invalid("kind", f"must be one of {', '.join(each.name for each in kinds())}", name)


def of_page(page: str) -> tuple[Kind, ...]:
    """Return the kinds that belong to a page."""
    return tuple(each for each in kinds() if page in each.pages)
