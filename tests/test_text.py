"""Texts: both languages complete, every key used, every used key there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnnviz.text import LANGUAGES, section, topics, translate

ROOT = Path(__file__).resolve().parents[1]
PLACES = re.compile(r"\{(\w+)\}")
HANGUL = re.compile("[가-힣]")
IN_THE_BROWSER = ("stepper", "feature_grid")
# the same in both languages: names and formulas
UNTRANSLATED = {
    "frame.page_relu",
    "frame.source_cifar",
    "network.kind_relu",
    "pooling.padding_same",
}

KEYS = [f"{topic}.{name}" for topic in topics() for name in section(topic, "en")]
SOURCES = "\n".join(
    path.read_text("utf-8") for path in [ROOT / "app.py", *(ROOT / "cnnviz/pages").glob("*.py")]
)


def browser_source(topic: str) -> str:
    folder = ROOT / "cnnviz/components" / topic
    return "\n".join(path.read_text("utf-8") for path in folder.iterdir() if path.suffix in (".py", ".js"))


@pytest.mark.parametrize("key", KEYS)
def test_a_text_is_there_in_both_languages(key: str) -> None:
    texts = [translate(key, language) for language in LANGUAGES]
    assert all(text.strip() for text in texts)
    assert len({tuple(sorted(PLACES.findall(text))) for text in texts}) == 1  # the same {places}
    english, korean = texts
    assert not HANGUL.search(english)
    if key not in UNTRANSLATED and re.search("[a-z]{2}", PLACES.sub("", english)):
        assert HANGUL.search(korean)


@pytest.mark.parametrize("key", KEYS)
def test_a_text_is_used(key: str) -> None:
    topic, _, name = key.partition(".")
    if topic in IN_THE_BROWSER:
        source, families = browser_source(topic), r"text\[`(\w+)\$\{"
        used = re.search(rf"\btext\.{name}\b|text\[\"{name}\"\]", source) is not None
    else:
        source, families = SOURCES, rf"[\"']{topic}\.(\w*)\{{"
        used = f'"{key}"' in source or f"'{key}'" in source
    assert used or any(name.startswith(family) for family in re.findall(families, source)), key


def test_every_text_the_pages_ask_for_exists() -> None:
    asked = set(re.findall(r"say\(f?[\"']([a-z_]+\.[a-z_]+)[\"']", SOURCES))
    assert len(asked) > 60
    assert asked <= set(KEYS)


@pytest.mark.parametrize("topic", IN_THE_BROWSER)
def test_every_text_a_component_asks_for_exists(topic: str) -> None:
    asked = set(re.findall(r"\btext\.([a-z_]+)\b", browser_source(topic)))
    assert len(asked) > 20
    assert asked - {"data"} <= set(section(topic, "en"))  # text.data is a DOM node's
