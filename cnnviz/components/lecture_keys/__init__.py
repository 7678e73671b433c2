"""The keys that move through the lecture, wherever the focus is; and a button down to a part of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnnviz.components import register

_mount = register("lecture_keys")


class Pressed(NamedTuple):
    """What a key asked for: to go to a step, or to leave the presenter layout."""

    step: str | None
    leave: bool


def lecture_keys(
    names: Sequence[str], place: int, *, away: bool, presenting: bool, look: str | None, key: str
) -> Pressed:
    """Listen; return what was pressed just now.

    Page Down and Page Up, which presenters' remote controls send, move everywhere but in a text area;
    the right and left arrow move wherever nothing else uses them; Escape leaves the presenter layout.

    Args:
        names: the steps, in order. place: index of the current one.
        away: whether another page than the step's is shown; going back then means returning to the step.
        presenting: whether the presenter layout is on.
        look: the heading, or the name of an expander, that the step is about; a button goes there.
    """
    result = _mount(
        data={"names": list(names), "place": place, "away": away, "presenting": presenting, "look": look},
        key=key,
        on_go_change=lambda: None,
        on_leave_change=lambda: None,
    )
    return Pressed(result.go if result.go in names else None, bool(result.leave))
