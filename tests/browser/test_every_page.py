"""Every page and the views inside: against WCAG 2.2, and at every width."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from cnnviz.pages.navigation import PAGES
from cnnviz.text import translate
from tests.browser.conftest import (
    DESKTOP,
    Profile,
    expect_nothing,
    opening,
)
from tests.browser.guidelines import expect_none, show
from tests.browser.walking import Walk, speak
from tests.browser.widths import BY_TURNS, PHONES, WIDEST, WIDTHS, expect_to_hold
from tests.thorough import thorough

LANGUAGES = (("en", "dark"), ("ko", "light"))
"""No colour depends on the language: two of the pairs of language and theme are as good as four."""
THEMES = ("light", "dark")
KOREAN = ("network", "training", "builder")
"""Pages that are looked at in Korean; the others in English, whose words are longer."""
SEEN = {
    name: ("ko" if name in KOREAN else "en", THEMES[turn % 2], PHONES[turn // 2 % 2], BY_TURNS[turn // 4 % 2])
    for turn, name in enumerate(PAGES)
}
"""{page: its language, theme, phone and widths}; how colours contrast is tests/test_colours.py's."""
WAY = sorted(PAGES, key=lambda name: (SEEN[name][0] != "en", SEEN[name][1]))
"""The pages in an order in which the tab seldom has to change its language and theme."""
BOTH_ENDS = ("network", "convolution")
"""Pages that are looked at on the widest screen, too."""
KOREAN_BROKEN_OR_SLANTED = """() => {
  const found = [];
  const look = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) look(element.shadowRoot);
      const texts = [...element.childNodes].filter((node) => node.nodeType === 3);
      const korean = texts.some((node) => /[가-힣]/.test(node.data));
      if (!korean || element.closest("svg, script, style, title")) continue;
      const { wordBreak, whiteSpace, fontStyle } = getComputedStyle(element);
      const breaks = wordBreak !== "keep-all" && whiteSpace !== "nowrap";
      if (breaks || fontStyle !== "normal") found.push(element.textContent);
    }
  };
  look(document);
  return found;
}"""
"""Korean that may be broken inside a word, or is slanted."""


@pytest.fixture(scope="module")
def walk(chromium: Browser, profiles: dict[str, Profile], server: str) -> Iterator[Walk]:
    errors: list[str] = []
    with opening(chromium, profiles, errors) as opened:
        yield Walk(opened(reduced_motion="reduce"), server, errors)


@pytest.mark.parametrize("name", WAY)
def test_a_page_violates_no_guideline_and_holds_at_every_width(walk: Walk, name: str) -> None:
    measured, by_turns, phone, some = SEEN[name]
    with walk.at(name) as page:
        for language, theme in LANGUAGES if thorough() else ((measured, by_turns),):
            page.set_viewport_size({**DESKTOP})
            speak(page, name, language)
            show(page, theme=theme)
            expect_none(page, f"{name}, {language}, {theme}")
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
            if language == "ko":
                expect_nothing(page, KOREAN_BROKEN_OR_SLANTED)
                if name == "training":
                    expect_korean_toolbar_of_a_chart(page)
            if language == measured:
                widths, phones = (WIDTHS, PHONES) if thorough() else (some, (phone,))
                expect_to_hold(page, (WIDEST, *widths) if name in BOTH_ENDS else widths, phones)
                if name == "network":
                    expect_none(page, f"{name} on a phone, {language}, {theme}")


def expect_korean_toolbar_of_a_chart(page: Page) -> None:
    buttons = page.locator(".modebar-btn")
    expect(buttons.first).to_have_attribute("data-title", translate("chart.download_png", "ko"))
    full = page.locator(".modebar-btn[data-title=Fullscreen]").first  # Streamlit's own: its tip is in the CSS
    expect(full).to_be_attached()
    session = page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        session.send(f"{domain}.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    button = {"nodeId": root, "selector": ".modebar-btn[data-title=Fullscreen]"}
    node = session.send("DOM.querySelector", button)["nodeId"]
    # as under the pointer, from which a page that grows above it would take it away
    session.send("CSS.forcePseudoState", {"nodeId": node, "forcedPseudoClasses": ["hover"]})
    assert "전체 화면" in full.evaluate('(button) => getComputedStyle(button, "::after").content')
    session.detach()


VIEWS = [
    ("reasons?reasons_view=filters&reasons_filter_layer=conv1", ".ascent[data-painted]"),
    ("reasons?reasons_view=fooling", ".fooling[data-painted] input:enabled"),
    ("reasons?reasons_method=saliency&reasons_sanity=1", "[data-testid=stImage] img"),
    ("data?data_view=augmentation", ".gallery[data-painted]"),
    ("layer?model=resnet&layer_name=conv1_norm&layer_batch=1", ".batch[data-painted]"),
    ("architectures?architecture_map=all", ".map[data-painted] .part"),
    *([("?model=efficientnet_lite0", ".overview[data-painted][data-opened]")] if thorough() else []),
]
"""Address and what it shows; the overview of a large network without thorough(): test_layer_overview."""


@pytest.mark.parametrize(("turn", "path", "part"), [(turn, *view) for turn, view in enumerate(VIEWS)])
def test_nor_does_a_view_beside_its_first_and_it_holds_from_a_laptop_to_a_phone(
    walk: Walk, turn: int, path: str, part: str
) -> None:
    name = path.partition("?")[0] or PAGES[0]
    switched = name != "architectures"  # the choice of all networks is not kept in another language
    every = LANGUAGES if switched else (("ko", "light"), ("ko", "dark"))
    chosen = every if thorough() else every[turn % 2 :][:1]
    with walk.at(f"{path}&lang={chosen[0][0]}", part) as page:
        for language, theme in chosen:
            speak(page, name, language)
            expect(page.locator(part).first).to_be_visible()
            show(page, theme=theme)
            expect_none(page, f"{path}, {language}, {theme}")
        if switched:
            expect_to_hold(page, (WIDEST, *WIDTHS) if thorough() else (1440, 1024))
