"""Per-process singletons, shared by all sessions.

They are not entries of Streamlit's caches, because any visitor can clear these with a message that Streamlit
accepts from everyone. They are not module globals either: when a source file changes, Streamlit imports all
modules again, which would create a second instance while threads still use the first.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_STORE = "cnnviz-server"
"""Name of a module object in `sys.modules`, which Streamlit does not reload as it has no file."""


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    values: list[Any] = field(default_factory=list)  # one value, or none before it is created


def once_per_process(make: Callable[P, T]) -> Callable[P, T]:
    """Call the decorated function once per process and arguments; concurrent callers wait for the result.

    Exceptions are not stored: the next caller tries again. Results are never evicted, so the arguments must
    not be chosen by visitors.
    """

    @wraps(make)
    def get(*args: P.args, **kwargs: P.kwargs) -> T:
        entries = sys.modules.setdefault(_STORE, ModuleType(_STORE)).__dict__
        key = repr((make.__module__, make.__qualname__, args, kwargs))
        entry = entries.setdefault(key, _Entry())
        if not entry.values:
            with entry.lock:
                if not entry.values:
                    entry.values.append(make(*args, **kwargs))
        value: T = entry.values[0]
        return value

    return get
