"""The keys, the scroll button and the speaker window of the lecture; the keys work wherever the focus is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from cnnviz.components import component_names, register
from cnnviz.components.message import receiver
from cnnviz.components.value import boolean, one_of

_mount = register("lecture_keys")


class Speaker(NamedTuple):
    """The content of the speaker window. open: label of the button that opens it. notes: Markdown."""

    open: str
    progress: str
    title: str
    notes: str
    next: str
    language: str


Pointed = Mapping[str, Sequence[int]]
"""Lines of code that are pointed at, from 0: {end of the block's key after "code_block_": lines}."""


class Stage(NamedTuple):
    """A step in the presenter layout.

    Attributes:
        title: of the step.
        moments: {"text", "show", "hide", "lines", "cell", "press"} for each paragraph, as
            `explain.lecture.Moment`; text in Markdown, lines as `Pointed`.
        words: {"keys_title", "keys"}: the texts of the list of keys.
    """

    title: str
    moments: list[dict[str, Any]]
    words: dict[str, Any]


def lecture_keys(
    names: Sequence[str],
    index: int,
    *,
    away: bool,
    presenting: bool,
    look: str | None,
    speaker: Speaker,
    stage: Stage | None,
    pointed: Pointed,
    key: str,
    on_step: Callable[[str], None],
    on_leave: Callable[[], None],
) -> None:
    """Mount the key handler; `on_step` and `on_leave` are called before the next run.

    Page Down and Page Up, which presenters' remote controls send, move everywhere but in a text area;
    the right and left arrow move wherever nothing else uses them; Escape leaves the presenter layout.

    Args:
        names: the steps, in order. index: of the current one.
        away: whether another page than the step's is shown; going back then means returning to the step.
        presenting: whether the presenter layout is on.
        look: the heading, or the name of an expander, that the step is about; a button goes there.
        speaker: the step's notes; the window follows the lecture, and its keys move it.
        stage: the step paragraph by paragraph; None where the page is shown whole.
        pointed: the lines of code that the step points at where the page is shown whole.
        on_step: called with the requested step. on_leave: called to leave the presenter layout.
    """
    _mount(
        data={
            "components": list(component_names()),
            "names": list(names),
            "current": index,
            "away": away,
            "presenting": presenting,
            "look": look,
            "speaker": speaker._asdict(),
            "stage": stage._asdict() if stage else None,
            "pointed": {block: list(lines) for block, lines in pointed.items()},
        },
        key=key,
        receivers={
            "step": receiver(lambda value: one_of(value, names), on_step),
            "leave": receiver(boolean, lambda leaves: on_leave() if leaves else None),
        },
    )
