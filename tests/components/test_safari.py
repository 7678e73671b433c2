"""Styles for Safari that Chromium does not need."""

from __future__ import annotations

import re
from pathlib import Path

import cnnviz

STYLES = {path.name: path.read_text("utf-8") for path in sorted(Path(cnnviz.__file__).parent.rglob("*.css"))}


def test_what_is_dragged_selects_no_text_in_safari() -> None:
    """Safari knows `user-select` by its prefix alone."""
    plain = {name: len(re.findall(r"(?<![\w-])user-select:", text)) for name, text in STYLES.items()}
    prefixed = {name: len(re.findall(r"-webkit-user-select:", text)) for name, text in STYLES.items()}
    assert plain == prefixed
    assert any(plain.values())


def test_what_is_as_high_as_the_screen_ends_above_a_phones_toolbar() -> None:
    """100vh is the height without it; 100dvh what is seen now."""
    assert not [name for name, text in STYLES.items() if re.search(r"\b100vh\b", text)]
