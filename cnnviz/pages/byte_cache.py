"""A cache with a size limit in bytes; Streamlit limits the number of entries, whose sizes vary a lot."""

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
_CACHES: dict[str, ByteCache[..., Any]] = {}


class ByteCache(Generic[P, T]):
    """A least-recently-used cache of a function's results, limited to `max_bytes`.

    Concurrent calls with equal arguments compute the result once. Exceptions are not cached. Results are
    shared, so arrays in them are made read-only.

    A result that is larger than all others may be together is not kept; with `keep_larger` the last such one
    is kept beside the others.

    Attributes:
        hits, misses: how many calls found a result, and how many had to compute it.
    """

    def __init__(self, function: Callable[P, T], max_bytes: int, *, keep_larger: bool = False) -> None:
        self._function, self._max_bytes = function, max_bytes
        self._keep_larger = keep_larger
        self._larger: Hashable = None  # the key of the last larger result
        self._results: OrderedDict[Hashable, Future[T]] = OrderedDict()
        self._sizes: dict[Hashable, int] = {}
        self._lock = threading.Lock()
        self.hits = self.misses = 0
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result for these arguments, from the cache or computed now."""
        key = cache_key((args, kwargs))
        with self._lock:
            result = self._results.get(key)
            if result is not None:
                self._results.move_to_end(key)
                self.hits += 1
            else:
                self.misses += 1
                mine = self._results[key] = Future()
        if result is not None:
            return result.result()
        try:
            value = self._function(*args, **kwargs)
        except BaseException as error:
            with self._lock:
                self._evict(key, mine)
            mine.set_exception(error)
            raise
        make_read_only(value)
        mine.set_result(value)
        with self._lock:
            self._store(key, mine, size_in_bytes(value))
        return value

    def keep(self, value: T, *args: P.args, **kwargs: P.kwargs) -> None:
        """Keep a result that was computed along with another, unless there is one for these arguments."""
        key, mine = cache_key((args, kwargs)), Future[T]()
        make_read_only(value)
        mine.set_result(value)
        with self._lock:
            if key not in self._results:
                self._results[key] = mine
                self._store(key, mine, size_in_bytes(value))

    @property
    def bytes(self) -> int:
        """Size of all cached results."""
        return sum(self._sizes.values())

    def clear(self) -> None:
        """Remove all results."""
        with self._lock:
            self._results.clear()
            self._sizes.clear()

    def _store(self, key: Hashable, result: Future[T], count: int) -> None:
        if self._results.get(key) is not result:  # cleared meanwhile
            return
        self._sizes[key] = count
        if self._keep_larger and count > self._max_bytes:
            if self._larger != key and self._larger in self._results:
                self._evict(self._larger, self._results[self._larger])
            self._larger = key
        for old in [each for each in self._results if each in self._sizes and each != self._larger]:
            if self.bytes - self._sizes.get(self._larger, 0) <= self._max_bytes:
                break
            self._evict(old, self._results[old])

    def _evict(self, key: Hashable, result: Future[T]) -> None:
        if self._results.get(key) is result:
            del self._results[key]
            self._sizes.pop(key, None)


def byte_cache(max_bytes: int, *, keep_larger: bool = False) -> Callable[[Callable[P, T]], ByteCache[P, T]]:
    """Cache the results of the decorated function; arguments as for `ByteCache`."""

    def cache(function: Callable[P, T]) -> ByteCache[P, T]:
        made = ByteCache(function, max_bytes, keep_larger=keep_larger)
        _CACHES[function.__name__] = made
        return made

    return cache


def caches() -> dict[str, ByteCache[..., Any]]:
    """Return all caches by the names of their functions."""
    return dict(_CACHES)


def cache_key(value: Any) -> Hashable:
    """Return the hashable key of an argument; arrays are hashed by content."""
    if isinstance(value, np.ndarray):
        digest = hashlib.blake2b(np.ascontiguousarray(value).tobytes(), digest_size=16).digest()
        return value.dtype.str, value.shape, digest
    if is_dataclass(value) and not isinstance(value, type):
        return type(value).__name__, *(cache_key(getattr(value, part.name)) for part in fields(value))
    if isinstance(value, tuple):
        return tuple(cache_key(part) for part in value)
    if isinstance(value, dict):
        return tuple((key, cache_key(part)) for key, part in sorted(value.items()))
    if ismethod(value):  # methods of equal objects are equal
        return value.__func__.__qualname__, cache_key(value.__self__)
    return type(value).__name__, value  # the type, because 1 == 1.0 == True


def size_in_bytes(value: Any) -> int:
    """Return the memory that a value keeps alive in bytes; a view keeps its whole base array alive."""
    if isinstance(value, np.ndarray):
        base = value.base
        while base is not None:  # `sliding_window_view` puts an object between two arrays
            value, base = base if isinstance(base, np.ndarray) else value, getattr(base, "base", None)
        return int(value.nbytes)
    return sys.getsizeof(value) + sum(size_in_bytes(part) for part in _parts(value))


def make_read_only(value: Any) -> None:
    """Make the arrays in a value read-only."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    for part in _parts(value):
        make_read_only(part)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, tuple | list):
        return list(value)
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in fields(value)]
    return []
