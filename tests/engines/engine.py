"""The little of a browser that the tests in this folder use, so that each runs in every engine."""

from __future__ import annotations

from typing import Any, Protocol


class Engine(Protocol):
    """A browser with one tab, 1440x900, driven from outside.

    Elements that a script returns may be given to later scripts and to the methods.
    """

    def open(self, address: str) -> None:
        """Load an address, and wait until it is loaded."""

    @property
    def address(self) -> str:
        """The address of the tab."""

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a function with `arguments` in the page, and give what it returns."""

    def press(self, *keys: str) -> None:
        """Press and let go of keys, one after the other; where the focus is."""

    def click(self, element: Any) -> None:
        """Move the pointer to the middle of an element that is in sight, and click there."""

    def point_at(self, x: int, y: int) -> None:
        """Move the pointer to a point of the page, in CSS pixels from the top left of what is seen of it."""
