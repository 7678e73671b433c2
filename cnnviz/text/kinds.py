"""Kinds of layers in words; one that has no text is called what its name says."""

from __future__ import annotations

from cnnviz.text import section


def kind_name(kind: str, language: str) -> str:
    """Return the name of a kind of layer.

    >>> kind_name("conv", "ko"), kind_name("not_yet_known", "ko")
    ('합성곱', 'not yet known')
    """
    return section("kind", language).get(kind, kind.replace("_", " "))
