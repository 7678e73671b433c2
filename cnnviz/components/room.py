"""The room of a class in a visitor's browser: the bar of who follows or leads, and the board with the code.

The browser talks to `hosting/rooms/socket.py` itself. Python hears which view a student's browser is to show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from cnnviz.components import register
from cnnviz.components.message import receiver
from cnnviz.components.value import boolean, field, integer, one_of
from cnnviz.errors import CnnvizError

_mount = register("room")

MAX_QUERY = 4000
MAX_CHOICES = 60
MAX_NUMBER = 10**9


@dataclass(frozen=True)
class Target:
    """A view to show: a page by its name, the choices in its link, and its number in the room."""

    page: str
    query: Mapping[str, str]
    number: int


def room(
    pages: Sequence[str],
    *,
    code: str,
    opened: int,
    lead: str,
    followed: int,
    language: str,
    texts: str,
    classes: Mapping[str, Sequence[str]],
    label: int | None,
    key: str,
    on_follow: Callable[[Target], None],
    on_leave: Callable[[], None],
) -> None:
    """Mount the component.

    Args:
        pages: names of all pages; the first is the home page.
        code: of the room in the link, "" if there is none.
        opened: how often the visitor has asked for a room, or for its board, since the session began.
        lead: secret of a room to lead from here, "" if there is none.
        followed: number of the view that was followed last.
        language: "en" or "ko". texts: where the browser fetches those of the topics "room" and "exercise_view".
        classes: names of the picked data set's classes by language; none of one with many.
        label: class of the picked picture, None if it is not known.
        on_follow: called before the next run with the view to show. on_leave: called when the visitor leaves.
    """
    _mount(
        data={
            "home": pages[0],
            "code": code,
            "opened": opened,
            "lead": lead,
            "followed": followed,
            "language": language,
            "texts": texts,
            "classes": {name: list(names) for name, names in classes.items()},
            "label": label,
        },
        key=key,
        receivers={
            "follow": receiver(lambda value: read_target(value, pages), on_follow),
            "leave": receiver(boolean, lambda leaves: on_leave() if leaves else None),
        },
    )


def read_target(value: Any, pages: Sequence[str]) -> Target:
    """Parse the browser's wish to follow: {"page", "query", "number"}; the page "" is the home page.

    Raises:
        CnnvizError: if it is malformed.
    """
    page, query = field(value, "page"), field(value, "query")
    if not isinstance(query, str) or len(query) > MAX_QUERY:
        raise CnnvizError(f"`query` must be a text of at most {MAX_QUERY}. Received: {type(query).__name__}.")
    try:
        choices = dict(parse_qsl(query, max_num_fields=MAX_CHOICES))
    except ValueError:
        raise CnnvizError(f"`query` must have at most {MAX_CHOICES} choices. Received: more.") from None
    name = pages[0] if page == "" else one_of(page, pages)
    return Target(name, choices, integer(field(value, "number"), 0, MAX_NUMBER))
