"""The lecture: its steps in order, and their texts.

A step is a page of the app with choices already made, so the live view is the page itself and a
step is a link. The steps are listed in text/lecture/steps.toml; the text of a step is in one
Markdown file a language, text/lecture/en/NAME.md and text/lecture/ko/NAME.md:

    # The title

    One or two sentences for the class.

    The next ones.

    ---

    The speaker notes.

Each paragraph is a moment: the presenter layout shows it by itself, with what it names.
A number that comes from training is a {place} in these files, filled from the model cards: see `facts`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cnnviz.errors import invalid
from cnnviz.networks import graph, zoo
from cnnviz.text import unbroken
from cnnviz.text.rounding import percent

FOLDER = Path(__file__).parents[1] / "text" / "lecture"


@dataclass(frozen=True)
class Moment:
    """What the presenter layout shows while one paragraph of a step is read.

    Attributes:
        show: CSS selector of the parts of the page, or inside of its components, that are shown alone.
        hide: CSS selector of what is left empty among them until a later paragraph is about it; "" for none.
        lines: "PROGRAM.PART.MARK": the lines of code that are pointed at, as `programs.pointed` takes them.
        cell: "ROW,COLUMN": the output cell that the stepper goes to, or "RIGHT,DOWN": the shift that the
            comparison goes to; "" leaves it where it is.
        press: CSS selector of the buttons that are pressed when the moment begins; "" for none.
    """

    show: str
    hide: str = ""
    lines: tuple[str, ...] = ()
    cell: str = ""
    press: str = ""


@dataclass(frozen=True)
class Step:
    """One step of the lecture.

    Attributes:
        name: unique; the link carries it.
        chapter: name of the chapter it belongs to.
        page: the page that is shown.
        choices: {key: text}, what the page's link carries besides; the page's defaults are left out.
        look: the part of the page that the step is about, as the text key of its heading; None: its top.
        moments: what the presenter layout shows, paragraph by paragraph; the last one stays for the
            paragraphs that have none of their own.
    """

    name: str
    chapter: str
    page: str
    choices: Mapping[str, str]
    look: str | None = None
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True)
class Words:
    """The texts of a step in Markdown: a title, paragraphs for the class, and speaker notes."""

    title: str
    paragraphs: tuple[str, ...]
    notes: str

    @property
    def body(self) -> str:
        """The text for the class as one paragraph."""
        return " ".join(self.paragraphs)


@cache
def steps() -> tuple[Step, ...]:
    """Return all steps in order.

    >>> [step.name for step in steps()][:2]
    ['uses', 'meaning']
    """
    read = tomllib.loads((FOLDER / "steps.toml").read_text("utf-8"))
    return tuple(
        Step(
            row["name"],
            row["chapter"],
            row["page"],
            MappingProxyType(row.get("choices", {})),
            row.get("look"),
            tuple(
                Moment(
                    each.get("show", read["show"][row["page"]]),
                    each.get("hide", ""),
                    tuple(each.get("lines", "").split()),
                    each.get("cell", ""),
                    each.get("press", ""),
                )
                for each in row.get("moments", [{}])
            ),
        )
        for row in read["step"]
    )


def chapters() -> dict[str, list[Step]]:
    """Return the steps of each chapter, both in order."""
    found: dict[str, list[Step]] = {}
    for step in steps():
        found.setdefault(step.chapter, []).append(step)
    return found


def find(name: str) -> Step:
    """Return the step of that name.

    Raises:
        CnnvizError: if there is none.
    """
    for step in steps():
        if step.name == name:
            return step
    raise invalid("name", "must be a step of the lecture", name)


def title(name: str, language: str) -> str:
    """Return a step's title."""
    return _read(name, language).title


def words(name: str, language: str, values: Mapping[str, str] | None = None) -> Words:
    """Return the texts of a step.

    Args:
        name: the step's. language: "en" or "ko".
        values: what to put into the {places}, as `facts` returns it; None leaves them as they are.
    """
    read = _read(name, language)
    if values is None:
        return read
    paragraphs = tuple(paragraph.format_map(values) for paragraph in read.paragraphs)
    return Words(read.title, paragraphs, read.notes.format_map(values))


def facts(cards: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the numbers of trained networks for the texts' placeholders.

    Args:
        cards: their model cards.

    Returns:
        for each network NAME: "NAME_train" and "NAME_test", the share of images it gets right, as
        a percentage; "NAME_images", the number of test images; "NAME_parameters", all of them.
    """
    values: dict[str, str] = {}
    for card in cards:
        name = card["name"]
        values |= {
            f"{name}_train": percent(card["train"]["accuracy"]),
            f"{name}_test": percent(card["test"]["accuracy"]),
            f"{name}_images": f"{card['data']['test']:,}",
            f"{name}_parameters": f"{graph.total_parameters(zoo.get(name).layers):,}",
        }
    return values


@cache
def _read(name: str, language: str) -> Words:
    text = (FOLDER / language / f"{name}.md").read_text("utf-8")
    said, _, notes = text.partition("\n---\n")
    heading, _, body = said.partition("\n")
    # a size such as 4 × 4 stays on one line
    body, notes = (part.strip().replace(" × ", unbroken(" × ")) for part in (body, notes))
    return Words(heading.removeprefix("#").strip(), tuple(body.split("\n\n")), notes)
