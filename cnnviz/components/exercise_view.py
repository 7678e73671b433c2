"""Exercises that the browser asks and checks: one after the other, as a worksheet, or on the lecture's stage.

Python sends where exercises are to be had, and which is shown; the browser fetches each over HTTP
(`pages/exercise_files.py`), with its answer and its known mistakes, so that a check needs no server. What was
answered is kept in the browser alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from cnnviz.components import digest, pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import field, integer, one_of
from cnnviz.explain.exercises.base import LEVELS
from cnnviz.explain.worksheet import MAX_SEED, Question
from cnnviz.text import section, translate

_mount = register("exercise_view")

Mode = Literal["page", "fold", "sheet", "stage"]


@dataclass(frozen=True)
class NamedKind:
    """A kind of exercise that can be chosen: its name, and title and topic in the visitor's language."""

    name: str
    title: str
    topic: str


@dataclass(frozen=True)
class Source:
    """The address from which the browser fetches exercises.

    Attributes:
        address: below the server's own; kind, level and seed follow it. query: behind them.
        image: uint8 [H, W, C], sent along if the server does not keep it; else None.
    """

    address: str
    query: str
    image: np.ndarray | None = None


def exercise_view(
    kinds: Sequence[NamedKind],
    source: Source,
    *,
    shown: Question,
    named: bool = True,
    questions: Sequence[Question] = (),
    mode: Mode,
    home: str,
    carried: Sequence[str],
    language: str,
    key: str,
    on_select: Callable[[Question], None] = lambda chosen: None,
    on_open: Callable[[Question], None],
) -> None:
    """Mount the component.

    Args:
        kinds: those that can be chosen. source: where they are fetched.
        shown: the exercise that is shown; the browser follows it if it differs from the last one it sent.
        named: whether a link names it; if not, the visitor goes on where the last visit ended.
        questions: those of a worksheet, for the mode "sheet".
        mode: page: with cards of all kinds; fold: inside another page; sheet: a worksheet; stage: one
            exercise with its solution, without anything to press.
        home: name of the page that has no name in its address. carried: choices that every link keeps.
        language: "en" or "ko". key: Streamlit's key of this component.
        on_select: called before the next run with the exercise that the visitor has gone to.
        on_open: called before the next run with the exercise whose page is to be opened.
    """
    data = payload(
        kinds,
        source,
        shown=shown,
        named=named,
        questions=questions,
        mode=mode,
        home=home,
        carried=carried,
        language=language,
    )
    names = [*(kind.name for kind in kinds), *(each.kind for each in questions)]
    _mount(
        data=data,
        key=key,
        receivers={
            "selection": receiver(lambda value: read_question(value, names), on_select),
            "open": receiver(lambda value: read_question(value, names), on_open),
        },
    )


def payload(
    kinds: Sequence[NamedKind],
    source: Source,
    *,
    shown: Question,
    named: bool = True,
    questions: Sequence[Question] = (),
    mode: Mode,
    home: str,
    carried: Sequence[str],
    language: str,
) -> bytes:
    """Pack the payload. Arguments as for `exercise_view`.

    The header has them by their names, with `none`: the text where there is no exercise, `digest` of the
    source, and the number of `levels`; the array `image` is the source's, if it has one.
    """
    image = {} if source.image is None else {"image": np.ascontiguousarray(source.image)}
    header = {
        "text": section("exercise_view", language),
        "none": translate("error.no_exercise", language),
        "kinds": [asdict(kind) for kind in kinds],
        "address": source.address,
        "query": source.query,
        "digest": digest(f"{source.address}?{source.query}".encode(), *image.values()),
        "question": asdict(shown),
        "named": named,
        "questions": [asdict(each) for each in questions],
        "mode": mode,
        "levels": len(LEVELS),
        "home": home,
        "carried": list(carried),
    }
    return pack(header, image)


def read_question(value: Any, kinds: Sequence[str]) -> Question:
    """Parse the browser's exercise, of one of these kinds."""
    return Question(
        one_of(field(value, "kind"), kinds),
        one_of(field(value, "level"), LEVELS),
        integer(field(value, "seed"), 0, MAX_SEED),
    )
