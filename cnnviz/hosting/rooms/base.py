"""Rooms, the interface of a store of rooms, and validation of browsers' messages.

A room has a code of six letters, which anyone may know, and a secret, which leads it. The code is computed
from the secret: only the holder of the secret can reopen a lost room under its code.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import secrets
import unicodedata
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from cnnviz.errors import CnnvizError
from cnnviz.formats import picture_text
from cnnviz.text import LANGUAGES

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Characters of codes, without those that look alike."""
CODE_LENGTH = 6
ROUNDS = 20_000
"""Rounds of the digest of a secret: finding a secret for a given code takes years."""
MAX_QUERY = 4000
MAX_WORDS = 300
MAX_OPTION = 120
MAX_OPTIONS = 12
MAX_NUMBERS = 8
"""Maximum count of numbers in an answer."""
MAX_NAME = 20
MAX_TALLY = 40
"""Different answers that are counted one by one, the most frequent ones."""
STALE_SECONDS = 70.0
"""Silence after which a participant counts as gone."""
UNLED_SECONDS = 600.0
"""Age without a lecturer after which a full store drops a room."""

_EXERCISE = re.compile(r"/cnnviz/exercise/[\w@.-]{1,80}/[0-9a-f]{16}/[a-z_]{1,40}/[1-9]/\d{1,7}")
_PICTURE = re.compile(r"picture=(sample|test|train)-\d{1,6}")
_MOMENT = re.compile(r"[\w-]{1,60} \d{1,3}")
_PAGE = re.compile(r"[a-z_]{1,40}")
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_HALF = re.compile("[\ud800-\udfff]")
"""A lone UTF-16 surrogate, which cannot be encoded in UTF-8."""

Json = dict[str, Any]


class NoStore(CnnvizError):
    """The store of rooms does not answer."""


class TooManyRooms(CnnvizError):
    """A room more than the store takes."""


def new_secret() -> str:
    """Return a new secret."""
    return secrets.token_urlsafe(24)


def code_of(secret: str) -> str:
    """Return the code of the room that a secret leads.

    >>> len(code_of("a secret")), set(code_of("a secret")) <= set(LETTERS)
    (6, True)
    """
    number = int.from_bytes(hashlib.pbkdf2_hmac("sha256", secret.encode(), b"cnnviz room", ROUNDS))
    code = ""
    for _ in range(CODE_LENGTH):
        number, digit = divmod(number, len(LETTERS))
        code += LETTERS[digit]
    return code


def owner_of(secret: str) -> str:
    """Return the digest of a secret that a store keeps to recognise it."""
    return hashlib.sha256(secret.encode()).hexdigest()


# ---------------------------------------------------------------- browsers' messages


def read_code(value: Any) -> str:
    """Return a code as it is kept: capital letters, without spaces and hyphens.

    Raises:
        CnnvizError: if it is no code.

    >>> read_code(" k7m-2qx ")
    'K7M2QX'
    """
    code = re.sub(r"[\s-]", "", _text(value, 40)).upper()
    return code if len(code) == CODE_LENGTH and set(code) <= set(LETTERS) else _refuse("a code")


def read_id(value: Any) -> str:
    """Return a browser's random name for itself, or a secret."""
    return _matching(_ID, value, "8 to 64 letters and digits")


def read_view(value: Any) -> Json:
    """Return a lecturer's view: {"page", "query", "moment"}, and "picture", if it is the lecturer's own.

    The page is "" for the first one; the moment is "STEP INDEX" on the lecture's stage, else ""; a picture is
    a text (`formats.picture_text`).
    """
    page, moment = _field(value, "page"), _field(value, "moment")
    return _own_picture(value) | {
        "page": page if page == "" else _matching(_PAGE, page, "a page"),
        "query": _text(_field(value, "query"), MAX_QUERY),
        "moment": moment if moment == "" else _matching(_MOMENT, moment, "a moment"),
    }


def read_poll(value: Any) -> Json:
    """Return a question to the class.

    Its form is "exercise": {"address", "query"} of the exercise, and the "picture" that it is about, if that
    is the lecturer's own; "choice": {"question", "options", "right"}, where an option is a text or one in
    every language, and right its index or None; or "number": {"question", "right", "tolerance"}. `id` tells
    questions apart.
    """
    form, name = _field(value, "form"), read_id(_field(value, "id"))
    if form == "exercise":
        own = _own_picture(value)
        return own | {
            "id": name,
            "form": form,
            "address": _matching(_EXERCISE, _field(value, "address"), "the address of an exercise"),
            "query": ""
            if own
            else _matching(_PICTURE, _field(value, "query"), "a picture that the server has"),
        }
    question, right = _text(_field(value, "question"), MAX_WORDS), _field(value, "right")
    if form == "choice":
        options = _field(value, "options")
        if not isinstance(options, list) or not 2 <= len(options) <= MAX_OPTIONS:
            _refuse(f"2 to {MAX_OPTIONS} options")
        if right is not None and (type(right) is not int or not 0 <= right < len(options)):
            _refuse("an option's index")
        options = [_option(each) for each in options]
        return {"id": name, "form": form, "question": question, "options": options, "right": right}
    if form != "number":
        _refuse("a form of question")
    return {
        "id": name,
        "form": form,
        "question": question,
        "right": None if right is None else _number(right),
        "tolerance": abs(_number(_field(value, "tolerance"))),
    }


def read_answer(value: Any) -> list[float]:
    """Return an answer: a few finite numbers; of a choice, the option's index."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_NUMBERS:
        _refuse(f"1 to {MAX_NUMBERS} numbers")
    return [_number(each) for each in value]


def read_name(value: Any) -> str:
    r"""Return a nickname that is safe to project: letters that show, in their own order, at most 20.

    >>> read_name(" Mina  K. "), read_name("a\u202eb\x00\n"), read_name(None)
    ('Mina K.', 'ab', '')
    """
    if not isinstance(value, str):
        return ""
    kept = ""
    for letter in unicodedata.normalize("NFC", value[:200]):
        kind = unicodedata.category(letter)
        if kind in ("Zs", "Zl", "Zp"):
            kept += " "
        elif kind[0] != "C" and not (kind == "Mn" and kept[-1:] and unicodedata.category(kept[-1]) == "Mn"):
            kept += letter  # one mark a letter: towers of them cover the lines above
    return " ".join(kept.split())[:MAX_NAME].strip()


def _own_picture(value: Any) -> Json:
    text = _field(value, "picture")
    if text in (None, ""):
        return {}
    picture_text.read(_text(text, picture_text.MAX_TEXT))  # raises if it is none
    return {"picture": text}


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else _refuse("an object")


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str) or len(value) > most or _HALF.search(value):
        _refuse(f"a text of at most {most}")
    return str(value)


def _matching(pattern: re.Pattern[str], value: Any, rule: str) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else _refuse(rule)


def _number(value: Any) -> float:
    return float(value) if type(value) in (int, float) and abs(value) < 1e15 else _refuse("a finite number")


def _option(value: Any) -> Any:
    if isinstance(value, dict):
        return {language: _text(value.get(language), MAX_OPTION) for language in LANGUAGES}
    return _text(value, MAX_OPTION)


def _refuse(rule: str) -> Any:
    raise CnnvizError(f"`value` must be {rule}. Received: something else.")  # it may be megabytes


# ---------------------------------------------------------------- stored data


@dataclass(frozen=True)
class Room:
    """A room.

    Attributes:
        owner: digest of its secret. view: the lecturer's view. number: of the view, counted from 1.
        poll: the question to the class, or None. revealed: whether its answer is shown.
    """

    owner: str
    view: Json
    number: int = 1
    poll: Json | None = None
    revealed: bool = False


@dataclass(frozen=True)
class People:
    """Numbers of participants who follow and who have left the lecture, and the names that they typed."""

    following: int
    wandered: int
    names: tuple[str, ...]


def count_people(entries: Iterable[Json], now: float) -> People:
    """Count {"at", "following", "name", ...} of everyone, without those who were not heard of for long."""
    here = [each for each in entries if now - each["at"] < STALE_SECONDS]
    names = sorted({each["name"] for each in here if each["name"]})
    following = sum(each["following"] for each in here)
    return People(following, len(here) - following, tuple(names))


def tally_of(answers: Iterable[Sequence[float]]) -> list[list[Any]]:
    """Return [[answer, how many gave it], ...], the most frequent first."""
    counts = Counter(json.dumps(list(each), allow_nan=False) for each in answers)
    return [[json.loads(answer), count] for answer, count in counts.most_common(MAX_TALLY)]


def public(poll: Json, revealed: bool) -> Json:
    """Return the part of a question that the class may see."""
    hidden = () if revealed else ("right", "tolerance")
    return {key: value for key, value in poll.items() if key not in hidden}


# ---------------------------------------------------------------- news


class News:
    """A room's events since the last query: the latest of each kind."""

    def __init__(self) -> None:
        self._latest: dict[str, Json] = {}
        self._arrived = asyncio.Event()

    def put(self, event: Json) -> None:
        """Add an event; `is` names its kind."""
        self._latest.pop(event["is"], None)
        self._latest[event["is"]] = event
        self._arrived.set()

    async def next(self) -> list[Json]:
        """Wait for events, and return them."""
        await self._arrived.wait()
        events = list(self._latest.values())
        self._latest = {}
        self._arrived.clear()
        return events


@dataclass
class Hub:
    """Those of this process who wait for news, by room."""

    waiting: dict[str, set[News]] = field(default_factory=dict)

    @contextmanager
    def subscribed(self, code: str) -> Iterator[News]:
        """Return the news of a room, from now on."""
        news = News()
        self.waiting.setdefault(code, set()).add(news)
        try:
            yield news
        finally:
            self.waiting[code].discard(news)
            if not self.waiting[code]:
                del self.waiting[code]

    def deliver(self, code: str, event: Json) -> None:
        """Give an event to everyone in a room."""
        for news in self.waiting.get(code, ()):
            news.put(event)

    def deliver_to_all(self, event: Json) -> None:
        """Give an event to everyone."""
        for code in list(self.waiting):
            self.deliver(code, event)


class Store(ABC):
    """A store of rooms. Every method raises `NoStore` if it cannot be reached.

    What is done to a room that is not there is done to nothing.

    Events: {"is": "view", "view", "number"}, {"is": "poll", "poll": public or None, "revealed", "tally"},
    {"is": "people"}, {"is": "answers"}, {"is": "ended"}; and {"is": "again"}, if the store was lost and is
    back, perhaps without its rooms.
    """

    def __init__(self, *, life: float, rooms: int, followers: int) -> None:
        """Make a store.

        Args:
            life: seconds that a room lasts without its lecturer. rooms: most at once. followers: most in one.
        """
        self.life = life
        self.most_rooms = rooms
        self.most_followers = followers
        self.unled = UNLED_SECONDS
        self.hub = Hub()

    @asynccontextmanager
    async def subscribed(self, code: str) -> AsyncIterator[News]:
        """Return the news of a room, from now on."""
        with self.hub.subscribed(code) as news:
            yield news

    @abstractmethod
    async def open(self, code: str, room: Room) -> bool:
        """Open a room, or lead it again: it keeps its question then, and shows the new view.

        Returns:
            False if the code is another owner's.

        Raises:
            TooManyRooms: if there are as many as the store takes, and all are led.
        """

    @abstractmethod
    async def room(self, code: str) -> Room | None:
        """Return a room, or None."""

    @abstractmethod
    async def keep(self, code: str) -> None:
        """Renew a room's life: its lecturer is there."""

    @abstractmethod
    async def show(self, code: str, view: Json) -> None:
        """Show a view to the class."""

    @abstractmethod
    async def ask(self, code: str, poll: Json | None) -> None:
        """Ask the class a question, replacing an earlier one; None removes it."""

    @abstractmethod
    async def reveal(self, code: str) -> None:
        """Show the class the answer to its question, and how many answered what."""

    @abstractmethod
    async def answer(self, code: str, who: str, poll_id: str, values: Sequence[float]) -> bool:
        """Keep a participant's answer, replacing an earlier one.

        Returns:
            Whether it counts: the question is the current one, and its answer is not revealed.
        """

    @abstractmethod
    async def tally(self, code: str) -> list[list[Any]]:
        """Return the counts of answers, as `tally_of`."""

    @abstractmethod
    async def enter(
        self, code: str, who: str, *, following: bool, name: str, connection: str = "", again: bool = False
    ) -> bool:
        """Note that a participant is there; to be repeated.

        Args:
            connection: name of the one by which the participant has come, perhaps not the first.
            again: the connection entered before; it does not take the participant from a newer one.

        Returns:
            False if the room is full, or there is none.
        """

    @abstractmethod
    async def leave(self, code: str, who: str, connection: str = "") -> None:
        """Note that a participant has gone, unless another connection, of any replica, entered since."""

    @abstractmethod
    async def people(self, code: str) -> People:
        """Return who is there."""

    @abstractmethod
    async def end(self, code: str) -> None:
        """End a room."""

    @abstractmethod
    async def close(self) -> None:
        """Release the store's resources."""
