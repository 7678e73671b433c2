"""Parsers of untrusted values from browsers; they raise CnnvizError if a value is malformed.

Example:
    def read_cell(value: Any) -> tuple[int, ...]:
        return indices(field(value, "cell"), 32, 32)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from cnnviz.errors import CnnvizError

P = ParamSpec("P")
T = TypeVar("T")


def none_if_malformed(read: Callable[P, T]) -> Callable[P, T | None]:
    """Make a parser return None instead of raising CnnvizError."""

    @wraps(read)
    def reading(*args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return read(*args, **kwargs)
        except CnnvizError:
            return None

    return reading


def field(value: Any, name: str) -> Any:
    """Return a field of an object, None if it is missing."""
    return _checked(isinstance(value, dict), value, "an object").get(name)


def present(value: Any, name: str) -> Any:
    """Return a field of an object that has it, where None says something else than a missing one."""
    return _checked(isinstance(value, dict) and name in value, value, f"an object with {name!r}")[name]


def integer(value: Any, low: int, high: int) -> int:
    """Return an integer in low..high."""
    return int(
        _checked(type(value) is int and low <= value <= high, value, f"a whole number in {low}..{high}")
    )


def index(value: Any, count: int) -> int:
    """Return an index into `count` entries, from 0."""
    return integer(value, 0, count - 1)


def array(value: Any, most: int) -> list[Any]:
    """Return an array of at most `most` entries."""
    return list(_checked(isinstance(value, list) and len(value) <= most, value, f"an array of <= {most}"))


def indices(value: Any, *counts: int) -> tuple[int, ...]:
    """Return an array of indices, entry k in 0..counts[k] - 1."""
    entries = array(value, len(counts))
    _checked(len(entries) == len(counts), value, f"{len(counts)} indices")
    return tuple(index(entry, count) for entry, count in zip(entries, counts, strict=True))


def number(value: Any, low: float, high: float) -> float:
    """Return a finite number in low..high."""
    rule = f"a number in {low}..{high}"
    return float(_checked(type(value) in (int, float) and low <= value <= high, value, rule))


def boolean(value: Any) -> bool:
    """Return a boolean."""
    return bool(_checked(type(value) is bool, value, "true or false"))


def one_of(value: Any, options: Iterable[T]) -> T:
    """Return the option that equals the value in type and value."""
    found = [option for option in options if type(option) is type(value) and option == value]
    return found[0] if found else _checked(False, value, "one of the options")


def _checked(valid: bool, value: Any, rule: str) -> Any:
    if (
        not valid
    ):  # the error names only the type: the value may be megabytes, or nested deeper than repr goes
        raise CnnvizError(f"`value` must be {rule}. Received: {type(value).__name__}.")
    return value
