"""The keys that move through the lecture, wherever the focus is; a button down to a part of the page, and
one that opens the speaker's notes in a window of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnnviz.components import register

_mount = register("lecture_keys")


class Speaker(NamedTuple):
    """What stands in the speaker's window. open: words on the button that opens it. notes: Markdown."""

    open: str
    place: str
    title: str
    notes: str
    next: str
    language: str


class Pressed(NamedTuple):
    """What a key asked for: to go to a step, or to leave the presenter layout."""

    step: str | None
    leave: bool


def lecture_keys(
    names: Sequence[str],
    place: int,
    *,
    away: bool,
    presenting: bool,
    look: str | None,
    speaker: Speaker,
    key: str,
) -> Pressed:
    """Listen; return what was pressed just now.

    Page Down and Page Up, which presenters' remote controls send, move everywhere but in a text area;
    the right and left arrow move wherever nothing else uses them; Escape leaves the presenter layout.

    Args:
        names: the steps, in order. place: index of the current one.
        away: whether another page than the step's is shown; going back then means returning to the step.
        presenting: whether the presenter layout is on.
        look: the heading, or the name of an expander, that the step is about; a button goes there.
        speaker: the step's notes; the window follows the lecture, and its keys move it.
    """
    result = _mount(
        data={
            "names": list(names),
            "place": place,
            "away": away,
            "presenting": presenting,
            "look": look,
            "speaker": speaker._asdict(),
        },
        key=key,
        on_go_change=lambda: None,
        on_leave_change=lambda: None,
    )
    return Pressed(result.go if result.go in names else None, bool(result.leave))
