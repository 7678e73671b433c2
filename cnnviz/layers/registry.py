"""The registry of layer kinds, discovered in this package: `kinds()["conv"]` is the class `Conv`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from cnnviz import layers
from cnnviz.errors import invalid
from cnnviz.layers.base import Layer

ORDER = ("conv", "relu", "max_pool", "average_pool", "batch_norm", "dropout", "flatten", "dense", "softmax")
"""The kinds that menus list first, in this order; the others follow alphabetically."""
GROUPS = ("convolution", "pooling", "activation", "joining", "shape", "dense", "other")
"""The groups of kinds, in the order of the menus."""


@cache
def kinds() -> Mapping[str, type[Layer]]:
    """Return {kind: class}, in the order of the menus."""
    found: dict[str, type[Layer]] = {}
    for file in pkgutil.iter_modules(layers.__path__):
        module = importlib.import_module(f"{layers.__name__}.{file.name}")
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, Layer) and "kind" in vars(each):
                found[each.kind] = each
    first = [kind for kind in ORDER if kind in found]
    return MappingProxyType({kind: found[kind] for kind in [*first, *sorted(found.keys() - set(first))]})


def groups() -> Mapping[str, tuple[str, ...]]:
    """Return {group: kinds}, in the order of the menus; "common" are those of `ORDER`."""
    members: dict[str, list[str]] = {"common": [kind for kind in ORDER if kind in kinds()]}
    members |= {group: [] for group in GROUPS}
    for name, each in kinds().items():
        members.setdefault(each.group, []).append(name)
    return {group: tuple(found) for group, found in members.items() if found}


def kind(name: str) -> type[Layer]:
    """Return the class of a kind of layer.

    Raises:
        CnnvizError: if there is no such kind.
    """
    if name not in kinds():
        raise invalid("kind", f"must be one of {', '.join(kinds())}", name)
    return kinds()[name]
