"""Worksheets: exercises that a lecturer puts together, as a short text for links and as a file.

The text is "SEED~KIND.LEVELxCOUNT~...", such as "7~next_cell.1x3~output_size.2x2": three exercises of the
next output cell at level 1, then two of the output size at level 2. Question n, from 0, is made with the seed
SEED + n, so that everyone with the same picture and network has the same questions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cnnviz.errors import CnnvizError
from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import LEVELS

MAX_QUESTIONS = 40
"""Maximum of exercises on a worksheet: some pages of paper, and few requests."""
MAX_SEED = 9_999
MAX_FILE_BYTES = 20_000
FORMAT = "cnnviz-worksheet"
VERSION = 1
_PART = re.compile(r"([a-z][a-z0-9_]{0,39})\.([1-9])x([1-9][0-9]?)", re.ASCII)


@dataclass(frozen=True)
class Part:
    """A number of exercises of one kind at one level."""

    kind: str
    level: int
    count: int


@dataclass(frozen=True)
class Question:
    """The parameters of one exercise, beside picture and network."""

    kind: str
    level: int
    seed: int


@dataclass(frozen=True)
class Worksheet:
    """Exercises in the order in which they are asked.

    Attributes:
        seed: 0 to MAX_SEED. parts: at least one, together at most MAX_QUESTIONS.
    """

    seed: int
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        counts = [_whole(part.count, 1, MAX_QUESTIONS, "count") for part in self.parts]
        if not 1 <= sum(counts) <= MAX_QUESTIONS:
            raise _refused(f"must have 1 to {MAX_QUESTIONS} exercises", sum(counts))
        _whole(self.seed, 0, MAX_SEED, "seed")
        for part in self.parts:
            if part.kind not in (kind.name for kind in registry.kinds()):
                raise _refused("must name kinds of exercises", part.kind)
            _whole(part.level, LEVELS[0], LEVELS[-1], "level")

    def questions(self) -> list[Question]:
        """Return all questions in order.

        >>> Worksheet(7, (Part("output_size", 2, 2),)).questions()[1]
        Question(kind='output_size', level=2, seed=8)
        """
        wanted = [part for part in self.parts for _ in range(part.count)]
        return [Question(part.kind, part.level, self.seed + n) for n, part in enumerate(wanted)]


def make(names: Iterable[str], *, count: int, level: int, seed: int) -> Worksheet:
    """Return a worksheet with `count` exercises of each kind, all at one level."""
    return Worksheet(seed, tuple(Part(name, level, count) for name in names))


def write(sheet: Worksheet) -> str:
    """Return the text of a worksheet for a link.

    >>> write(make(["output_size"], count=2, level=1, seed=7))
    '7~output_size.1x2'
    """
    return "~".join([str(sheet.seed), *(f"{part.kind}.{part.level}x{part.count}" for part in sheet.parts)])


def read(text: str) -> Worksheet:
    """Return the worksheet of a text of `write`.

    Raises:
        CnnvizError: if it is none.
    """
    seed, *parts = text.split("~")
    found = [_PART.fullmatch(part) for part in parts]
    if not re.fullmatch("[0-9]{1,4}", seed, re.ASCII) or not all(found) or len(parts) > MAX_QUESTIONS:
        raise _refused("must read SEED~KIND.LEVELxCOUNT~...", text[:80])
    return Worksheet(
        int(seed), tuple(Part(each[1], int(each[2]), int(each[3])) for each in found if each is not None)
    )


def to_file(sheet: Worksheet, *, model: str, picture: str) -> bytes:
    """Return a worksheet as a JSON file, with the names of its network and picture as links have them."""
    parts = [{"kind": part.kind, "level": part.level, "count": part.count} for part in sheet.parts]
    content = {"format": FORMAT, "version": VERSION, "seed": sheet.seed, "exercises": parts}
    content |= {"network": model, "picture": picture}
    return json.dumps(content, indent=2, allow_nan=False).encode()


def from_file(content: bytes) -> tuple[Worksheet, str, str]:
    """Return the worksheet of a file, and the names of its network and picture, "" if it has none.

    Raises:
        CnnvizError: if it is no file of `to_file`. The names are not checked.
    """
    if len(content) > MAX_FILE_BYTES:
        raise _refused(f"must have at most {MAX_FILE_BYTES:,} bytes", len(content))
    try:
        read_json: Any = json.loads(content.decode("utf-8"))
    except (
        ValueError,
        RecursionError,
    ):  # no UTF-8, no JSON, a number of thousands of digits, nested too deep
        raise _refused("must be a JSON file", content[:20]) from None
    if not isinstance(read_json, dict) or read_json.get("format") != FORMAT:
        raise _refused(f"must have the format {FORMAT!r}", type(read_json).__name__)
    listed = read_json.get("exercises")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise _refused("must list exercises", type(listed).__name__)
    if len(listed) > MAX_QUESTIONS:
        raise _refused(f"must have at most {MAX_QUESTIONS} exercises", len(listed))
    parts = []
    for each in listed:
        kind = each.get("kind")
        if not isinstance(kind, str):
            raise _refused("must name kinds of exercises", type(kind).__name__)
        level = _whole(each.get("level"), LEVELS[0], LEVELS[-1], "level")
        parts.append(Part(kind[:40], level, _whole(each.get("count"), 1, MAX_QUESTIONS, "count")))
    names = (read_json.get(name, "") for name in ("network", "picture"))
    model, picture = (name if isinstance(name, str) else "" for name in names)
    return Worksheet(_whole(read_json.get("seed"), 0, MAX_SEED, "seed"), tuple(parts)), model, picture


def _whole(value: Any, low: int, high: int, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _refused(f"must have a {name} of {low} to {high}", type(value).__name__)
    return value


def _refused(rule: str, received: object) -> CnnvizError:
    return CnnvizError(f"`worksheet` {rule}. Received: {received!r}.", reason="worksheet")
