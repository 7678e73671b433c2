"""All texts that visitors read, in Korean and English.

Each .toml file is a topic; each of its tables is a key with both languages:

    # stepper.toml                 translate("stepper.play", "ko") -> "재생"
    [play]
    en = "Play"
    ko = "재생"

`shared = ["play"]` above a topic's tables takes texts of shared.toml, under their names, into the topic.
glossary.toml is no topic: it names the term of each concept in both languages; a test holds all texts to it.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

LANGUAGE_NAMES = {"en": "English", "ko": "한국어"}
"""{code: the language's own name}, in the order of menus; the first is the default."""
LANGUAGES = tuple(LANGUAGE_NAMES)
SHARED = "shared"
"""The topic of texts that several others take."""


def translate(key: str, language: str, **values: object) -> str:
    """Return the text of `key` ("topic.name") in `language`, with `values` for its {placeholders}.

    Raises:
        KeyError: if there is no such key; a test compares all keys with those in use.
    """
    topic, _, name = key.partition(".")
    sentence = _topic(topic)[name][language]
    return sentence.format(**values) if values else sentence


def unbroken(text: str) -> str:
    """Return a text whose words stay in one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def section(topic: str, language: str) -> dict[str, str]:
    """Return {name: text} of a topic, for components."""
    return {name: languages[language] for name, languages in _topic(topic).items()}


@cache
def keys() -> frozenset[str]:
    """Return the keys of all texts, as "topic.name"."""
    return frozenset(f"{topic}.{name}" for topic in topics() for name in _topic(topic))


def topics() -> list[str]:
    """Return the names of all topics."""
    return sorted({path.stem for path in Path(__file__).parent.glob("*.toml")} - {"glossary"})


@cache
def _topic(topic: str) -> dict[str, dict[str, str]]:
    tables = tomllib.loads((Path(__file__).parent / f"{topic}.toml").read_text("utf-8"))
    return {name: _topic(SHARED)[name] for name in tables.pop("shared", [])} | tables
