"""Titles of networks: what may be one, and what is made of it."""

from __future__ import annotations

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.networks import zoo
from cnnviz.networks.architecture import Architecture, clean_title


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("", ""),
        ("  ", ""),
        (" my  first\tnet ", "my first net"),
        ("우리 반 신경망 2", "우리 반 신경망 2"),
        ("\u1112\u1161\u11ab", "\ud55c"),  # composed
        ("3x3 + 1x1 - b", "3x3 + 1x1 - b"),
        ("x" * 40, "x" * 40),
    ],
)
def test_titles(typed: str, title: str) -> None:
    assert clean_title(typed) == title
    assert Architecture("mine", zoo.get("mlp").graph, title=title).title == title


@pytest.mark.parametrize(
    "typed",
    ["<b>x</b>", "[x](http://a.b)", "a*b*", "_a_", "`a`", "$a$", ":a:", "# a", "- a", "+ a", "1. a",
     "www.a.b", "a@b.c", "x" * 41, "a\u202eb", "a\x00", "&amp;", "a|b", "~a~", "!a"],
)  # fmt: skip
def test_what_would_be_more_than_text_is_no_title(typed: str) -> None:
    with pytest.raises(CnnvizError, match="`title` must be") as error:
        clean_title(typed)
    assert error.value.reason == "title"
    assert len(str(error.value)) < 200
    with pytest.raises(CnnvizError, match="`title` must be"):
        Architecture("mine", zoo.get("mlp").graph, title=typed)
