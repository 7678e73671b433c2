"""The keys that move through the lecture, wherever the focus is; a button down to a part of the page, and
one that opens the speaker's notes in a window of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cnnviz.components import register, told
from cnnviz.components.value import one_of, well_formed

_mount = register("lecture_keys")


class Speaker(NamedTuple):
    """What stands in the speaker's window. open: words on the button that opens it. notes: Markdown."""

    open: str
    place: str
    title: str
    notes: str
    next: str
    language: str


def lecture_keys(
    names: Sequence[str],
    place: int,
    *,
    away: bool,
    presenting: bool,
    look: str | None,
    speaker: Speaker,
    key: str,
    on_go: Callable[[str], None],
    on_leave: Callable[[], None],
) -> None:
    """Listen; `on_go` and `on_leave` are called before the next run.

    What is pressed is no value that the script reads: a browser that kept one would have it acted on in
    every run, and each time that starts the next one.

    Page Down and Page Up, which presenters' remote controls send, move everywhere but in a text area;
    the right and left arrow move wherever nothing else uses them; Escape leaves the presenter layout.

    Args:
        names: the steps, in order. place: index of the current one.
        away: whether another page than the step's is shown; going back then means returning to the step.
        presenting: whether the presenter layout is on.
        look: the heading, or the name of an expander, that the step is about; a button goes there.
        speaker: the step's notes; the window follows the lecture, and its keys move it.
        on_go: called with the step that was asked for. on_leave: called to leave the presenter layout.
    """

    def go() -> None:
        step = well_formed(one_of)(told(key, "go"), names)
        if step is not None:
            on_go(step)

    def leave() -> None:
        if told(key, "leave") is True:
            on_leave()

    _mount(
        data={
            "names": list(names),
            "place": place,
            "away": away,
            "presenting": presenting,
            "look": look,
            "speaker": speaker._asdict(),
        },
        key=key,
        on_go_change=go,
        on_leave_change=leave,
    )
