"""The signals page without a browser: every signal with every padding, in both languages."""

from __future__ import annotations

import pytest

from cnnviz.text import translate
from tests.app.test_pages import open_page, words
from tests.thorough import either


@pytest.mark.parametrize("language", either(1))
@pytest.mark.parametrize("signal", ["numbers", "speech", "text"])
def test_every_signal_opens_with_every_padding(signal: str, language: str) -> None:
    for padding in ("same", "valid", "causal"):
        app = open_page("signals", lang=language, signal=signal, signal_padding=padding, signal_turn="1")
        assert not app.exception
        assert translate(f"signals.about_{signal}", language) in words(app)
        assert translate(f"signals.padding_{padding}", language) in words(app)
        assert len(app.get("plotly_chart")) == 1


def test_a_link_that_is_no_signal_opens_the_first() -> None:
    app = open_page("signals", lang="en", signal="../x", signal_padding="9", cell="99,99")
    assert not app.exception
    assert translate("signals.about_numbers", "en") in words(app)
