"""What a server has one of, shared by all visitors, for as long as it lives.

None of this may be an entry of Streamlit's caches: any visitor can clear those, with a message that
Streamlit takes from everyone. Nor may it belong to a module of ours: when a source file changes,
Streamlit imports them all anew, and a second one would be made while threads still hold the first.
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
"""Stands among the imported modules, which live as long as the process; Streamlit takes out only files'."""


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    values: list[Any] = field(default_factory=list)  # one, once it is made


def once(make: Callable[P, T]) -> Callable[P, T]:
    """Let a function make its value once for each of its arguments; whoever asks meanwhile waits for it.

    If it raises, nothing is kept, and the next one who asks tries again. Nothing is ever dropped: it is
    for the few things whose arguments no visitor chooses.
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
