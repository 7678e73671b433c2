"""Rate limits of an address: wrong codes of rooms, and rooms opened."""

from __future__ import annotations

import time
from collections import OrderedDict

GUESSES = 20
"""Different wrong codes of one address in `SECONDS`: a class of typists passes, a search does not."""
OPENED = 20
"""Rooms that one address opens in `SECONDS`."""
SECONDS = 60.0
REMEMBERED = 10_000
"""Addresses that are counted."""
KEPT = 100
"""Things that one address has tried that are remembered, the latest."""


class Tries:
    """Distinct attempts of addresses within `SECONDS`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._tried: OrderedDict[str, dict[str, float]] = OrderedDict()

    def add(self, address: str, what: str) -> None:
        """Note that an address tried something."""
        tried = self._tried.setdefault(address, {})
        self._tried.move_to_end(address)
        while len(self._tried) > REMEMBERED:
            self._tried.popitem(last=False)
        tried[what] = time.monotonic()
        if len(tried) > KEPT:
            del tried[next(iter(tried))]

    def has(self, address: str, what: str) -> bool:
        """Return whether an address has tried something, lately or not."""
        return what in self._tried.get(address, ())

    def wait(self, address: str) -> int:
        """Return in how many seconds an address may try again; 0 = now."""
        now = time.monotonic()
        tried = self._tried.get(address, {})
        for what in [what for what, at in tried.items() if now - at > SECONDS]:
            del tried[what]
        if len(tried) < self._most:
            return 0
        return max(1, round(SECONDS - (now - min(tried.values()))))
