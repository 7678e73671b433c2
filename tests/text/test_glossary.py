"""One concept, one term: what text/glossary.toml names is called so in all texts of both languages."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

import pytest

from cnnviz.explain.lecture import FOLDER
from cnnviz.text import LANGUAGES, section, topics

GLOSSARY: dict[str, dict[str, Any]] = tomllib.loads((FOLDER.parent / "glossary.toml").read_text("utf-8"))
WORDS = [
    (concept, language, word)
    for concept, terms in GLOSSARY.items()
    for language in LANGUAGES
    for word in terms.get(f"not_{language}", [])
]
# a text's code is no prose: `keras.optimizers` is not a word that was chosen here
CODE = re.compile(r"`[^`]*`")


@cache
def texts(language: str) -> dict[str, str]:
    """Return all texts of a language, by key: those of components and pages, and the lecture's."""
    short = {f"{topic}.{key}": text for topic in topics() for key, text in section(topic, language).items()}
    lecture = {f"lecture/{path.stem}": path.read_text("utf-8") for path in (FOLDER / language).glob("*.md")}
    return {key: CODE.sub("", text) for key, text in (short | lecture).items()}


def uses(word: str, language: str, text: str, allowed: list[str]) -> bool:
    for phrase in allowed:
        text = text.replace(phrase, "")
    pattern = re.escape(word)
    return re.search(rf"\b{pattern}s?\b" if language == "en" else pattern, text, re.IGNORECASE) is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_uses_another_word_for_a_concept(language: str) -> None:
    for concept, of, word in WORDS:
        if of == language:
            allowed = GLOSSARY[concept].get("except", [])
            found = [key for key, text in texts(language).items() if uses(word, language, text, allowed)]
            assert found == [], word


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_of_the_glossary_is_in_use(language: str) -> None:
    for terms in GLOSSARY.values():
        term = terms[language]
        assert any(uses(term, language, text, []) for text in texts(language).values()), term


def test_every_exception_is_in_use() -> None:
    for phrase in (phrase for terms in GLOSSARY.values() for phrase in terms.get("except", [])):
        assert any(phrase in text for language in LANGUAGES for text in texts(language).values()), phrase


def test_a_word_that_must_not_be_used_is_noticed_in_a_sentence() -> None:
    for _, language, word in WORDS:
        # a term that contains it would be forbidden itself
        assert uses(word, language, f"{word}. " if language == "en" else f"이 {word}는", []), word
        assert not any(
            uses(word, language, terms[language], terms.get("except", [])) for terms in GLOSSARY.values()
        ), word
