"""A kind of the fuzzing that finds faults, so that what becomes of them can be tested."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator


def cases(generator: random.Random) -> Iterator[str]:
    """Yield "case 0", "case 1" and so on."""
    return (f"case {number}" for number in itertools.count())


def check(case: str) -> str | None:
    """Accept every fourth case, raise for the second, crash at the third, refuse the fourth."""
    number = int(case.removeprefix("case ")) % 4
    if number == 1:
        raise ZeroDivisionError
    if number == 2:
        os.abort()
    return "It is three." if number == 3 else None
