"""Large networks: their maps of one picture are computed one network at a time, and not kept."""

from __future__ import annotations

import math
import threading
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any

from cnnviz.networks import zoo
from cnnviz.networks.graph import Graph

LARGE = 2_000_000
"""Number of all layers' numbers for one picture from which a network is large."""
MANY_MAPS = 12_000
"""Number of all layers' maps from which a network is large: of a small picture too, they fill no page."""
one_large_pass = threading.Lock()  # each takes up to some hundreds of MB for a moment


def turn_at(name: str) -> AbstractContextManager[Any]:
    """Return the context for a pass through a network: large ones run one at a time."""
    return one_large_pass if is_large(name) else nullcontext()


@lru_cache(maxsize=100)
def _is_large(graph: Graph) -> bool:
    maps = sum(info.output_shape[2] for info in graph if len(info.output_shape) == 3)
    return maps > MANY_MAPS or sum(math.prod(info.output_shape) for info in graph) > LARGE


def is_large(name: str) -> bool:
    """Return whether a network's maps of one picture are too many to be kept, or sent, all at once."""
    return _is_large(zoo.get(name).graph)
