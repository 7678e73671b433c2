"""The room of a class in a visitor's browser: the bar of who follows or leads, and the board with the code.

The browser talks to `hosting/rooms/socket.py` itself. Python hears which view a student's browser is to show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import numpy as np

from cnnviz.components import register
from cnnviz.components.message import receiver
from cnnviz.components.value import boolean, field, integer, one_of
from cnnviz.errors import CnnvizError
from cnnviz.formats import picture_text

_mount = register("room")

MAX_QUERY = 4000
MAX_CHOICES = 60
MAX_NUMBER = 10**9


@dataclass(frozen=True)
class Target:
    """A view to show.

    Attributes:
        page: its name. query: the choices in its link. number: of the view in the room.
        picture: the lecturer's own, which the choice "upload" means, uint8 [H, W, C]; None if there is none.
    """

    page: str
    query: Mapping[str, str]
    number: int
    picture: np.ndarray | None = None


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
    picture: np.ndarray | None,
    key: str,
    on_follow: Callable[[Target], None],
    on_leave: Callable[[], None],
    on_lead: Callable[[bool], None],
) -> None:
    """Mount the component.

    Args:
        pages: names of all pages; the first is the home page.
        code: of the room in the link, "" if there is none.
        opened: how often the visitor has asked for a room, or for its board, since the session began.
        lead: secret of a room to lead from here, "" if there is none.
        followed: number of the view that was followed last.
        language: "en" or "ko". texts: where the browser fetches those of "room" and "exercise_view".
        classes: names of the picked data set's classes by language; none of one with many.
        label: class of the picked picture, None if it is not known.
        picture: the visitor's own that is picked, uint8 [H, W, C], for the class; None if there is none, or
            it has not been asked for.
        on_follow: called before the next run with the view to show. on_leave: called when the visitor leaves.
        on_lead: called with whether the visitor leads a room and shows a picture of their own: then it is
            asked for.
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
            "picture": None if picture is None else picture_text.write(picture),
        },
        key=key,
        receivers={
            "follow": receiver(lambda value: read_target(value, pages), on_follow),
            "leave": receiver(boolean, lambda leaves: on_leave() if leaves else None),
            "lead": receiver(boolean, on_lead),
        },
    )


def read_target(value: Any, pages: Sequence[str]) -> Target:
    """Parse the browser's wish to follow: {"page", "query", "number", "picture"}; "" is the home page.

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
    sent = field(value, "picture")
    if not isinstance(sent, str | None):
        raise CnnvizError(f"`picture` must be a text. Received: {type(sent).__name__}.")
    picture = picture_text.read(sent) if sent else None
    return Target(name, choices, integer(field(value, "number"), 0, MAX_NUMBER), picture)
