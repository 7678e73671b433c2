"""Texts that a browser fetches when it needs them."""

from __future__ import annotations

import json

import pytest

from cnnviz.pages.text_files import TOPICS, address
from cnnviz.text import LANGUAGES, section
from tests.protocol.test_drill_files import ask
from tests.protocol.visitor import visit


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", TOPICS)
def test_the_texts_of_a_topic_are_kept(server: str, language: str, topic: str) -> None:
    status, content, kept = ask(f"{server}{address(language)}/{topic}")
    assert (status, kept) == (200, "public, max-age=31536000, immutable")
    assert json.loads(content) == section(topic, language)


def test_a_page_of_another_version_gets_texts_that_are_not_kept(server: str) -> None:
    base = address("ko").rpartition("/")[0]
    status, content, kept = ask(f"{server}{base[:-1]}x/ko/room")
    assert (status, kept) == (200, "no-store")
    assert json.loads(content) == section("room", "ko")


@pytest.mark.parametrize("path", ["xx/room", "en/glossary", "en/hosting"])
def test_nothing_else_is_there(server: str, path: str) -> None:
    base = address("en").rpartition("/")[0]
    assert ask(f"{server}{base}/{path}")[0] == 404


def test_a_page_carries_none_of_them_for_a_room_that_nobody_is_in(server: str) -> None:
    with visit(server) as visitor:
        visitor.run("join", "lang=ko")
        (room,) = (each for each in visitor.drawn("bidi_component") if each.id.endswith("-room"))
    assert room.ByteSize() < 4000  # its markup; with the texts they were 11,000
