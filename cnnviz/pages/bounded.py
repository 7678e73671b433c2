"""A cache that is bounded in bytes; Streamlit's count entries, of which one may be 100 times another."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import fields, is_dataclass
from functools import update_wrapper
from inspect import ismethod
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
T = TypeVar("T")

MB = 1_000_000


class Bounded(Generic[P, T]):
    """A function whose results are kept by its arguments, as many as fit into `most` bytes.

    Those that were asked for last stay. Who asks for a result while another computes it waits for that one;
    an error is not kept. Results are shared by all: arrays in them are made read-only.
    """

    def __init__(self, make: Callable[P, T], most: int) -> None:
        self._make, self._most = make, most
        self._results: OrderedDict[Hashable, Future[T]] = OrderedDict()
        self._sizes: dict[Hashable, int] = {}
        self._lock = threading.Lock()
        update_wrapper(self, make)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result for these arguments, kept or made now."""
        key = content((args, kwargs))
        with self._lock:
            result = self._results.get(key)
            if result is not None:
                self._results.move_to_end(key)
            else:
                mine = self._results[key] = Future()
        if result is not None:
            return result.result()
        try:
            value = self._make(*args, **kwargs)
        except BaseException as error:
            with self._lock:
                self._forget(key, mine)
            mine.set_exception(error)
            raise
        freeze(value)
        mine.set_result(value)
        with self._lock:
            self._keep(key, mine, size(value))
        return value

    @property
    def bytes(self) -> int:
        """How many bytes are kept."""
        return sum(self._sizes.values())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._results.clear()
            self._sizes.clear()

    def _keep(self, key: Hashable, result: Future[T], count: int) -> None:
        if self._results.get(key) is not result:  # cleared meanwhile
            return
        self._sizes[key] = count
        for old in [key for key in self._results if key in self._sizes]:
            if self.bytes <= self._most:
                break
            self._forget(old, self._results[old])

    def _forget(self, key: Hashable, result: Future[T]) -> None:
        if self._results.get(key) is result:
            del self._results[key]
            self._sizes.pop(key, None)


def bounded(most: int) -> Callable[[Callable[P, T]], Bounded[P, T]]:
    """Keep a function's results, as many as fit into `most` bytes."""
    return lambda make: Bounded(make, most)


def content(value: Any) -> Hashable:
    """Return what an argument is kept by: an array's content, else the value itself."""
    if isinstance(value, np.ndarray):
        digest = hashlib.blake2b(np.ascontiguousarray(value).tobytes(), digest_size=16).digest()
        return value.dtype.str, value.shape, digest
    if is_dataclass(value) and not isinstance(value, type):
        return type(value).__name__, *(content(getattr(value, part.name)) for part in fields(value))
    if isinstance(value, tuple):
        return tuple(content(part) for part in value)
    if isinstance(value, dict):
        return tuple((key, content(part)) for key, part in sorted(value.items()))
    if ismethod(value):  # of equal objects equal, whichever it was asked of
        return value.__func__.__qualname__, content(value.__self__)
    return type(value).__name__, value  # 1 and 1.0 and True are equal


def size(value: Any) -> int:
    """Return how many bytes a value holds; an array that is a view holds all that it looks at."""
    if isinstance(value, np.ndarray):
        base = value.base
        while base is not None:  # a window's is an object between two arrays
            value, base = base if isinstance(base, np.ndarray) else value, getattr(base, "base", None)
        return int(value.nbytes)
    return sys.getsizeof(value) + sum(size(part) for part in _parts(value))


def freeze(value: Any) -> None:
    """Make the arrays in a value read-only."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    for part in _parts(value):
        freeze(part)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, tuple | list):
        return list(value)
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in fields(value)]
    return []
