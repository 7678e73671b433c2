"""Every page and the views inside: against WCAG 2.2, and at every width."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from cnnviz.pages.navigation import PAGES
from tests.browser.conftest import DESKTOP, Profile, opening
from tests.browser.guidelines import expect_none, show
from tests.browser.walking import Walk, speak
from tests.browser.widths import ONE_OF_EACH_LAYOUT, PHONES, WIDEST, WIDTHS, expect_to_hold
from tests.thorough import thorough

LANGUAGES = (("ko", "light"), ("en", "dark"))
"""No colour depends on the language: two of the pairs of language and theme are as good as four."""
THEMES = ("light", "dark")
KOREAN = ("network", "training", "builder")
"""Pages that are looked at in Korean; the others in English, whose words are longer."""
SEEN = {
    name: ("ko" if name in KOREAN else "en", THEMES[turn % 2], PHONES[turn // 2 % 2])
    for turn, name in enumerate(PAGES)
}
"""{page: its language, theme and phone}; how colours contrast is tests/test_colours.py's."""
WAY = sorted(PAGES, key=lambda name: (SEEN[name][0] != "ko", SEEN[name][1]))
"""The pages in an order in which the tab seldom has to change its language and theme."""
BOTH_ENDS = ("network", "convolution")
"""Pages that are looked at on the widest screen, and against the guidelines on a phone, too."""


@pytest.fixture(scope="module")
def walk(chromium: Browser, profiles: dict[str, Profile], server: str) -> Iterator[Walk]:
    errors: list[str] = []
    with opening(chromium, profiles, errors) as opened:
        yield Walk(opened(locale="ko-KR", reduced_motion="reduce"), server, errors)


@pytest.mark.parametrize("name", WAY)
def test_a_page_violates_no_guideline_and_holds_at_every_width(walk: Walk, name: str) -> None:
    measured, by_turns, phone = SEEN[name]
    with walk.at(name) as page:
        for language, theme in LANGUAGES if thorough() else ((measured, by_turns),):
            page.set_viewport_size({**DESKTOP})
            speak(page, name, language)
            show(page, theme=theme)
            expect_none(page, f"{name}, {language}, {theme}")
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
            if language == measured:
                widths = WIDTHS if thorough() else ONE_OF_EACH_LAYOUT
                phones = PHONES if thorough() else (phone,)
                expect_to_hold(page, (WIDEST, *widths) if name in BOTH_ENDS else widths, phones)
                if name in BOTH_ENDS:
                    expect_none(page, f"{name} on a phone, {language}, {theme}")


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("reasons?reasons_view=filters&reasons_filter_layer=conv1", ".ascent[data-painted]"),
        ("reasons?reasons_view=fooling", ".fooling[data-painted] input:enabled"),
        ("reasons?reasons_method=saliency&reasons_sanity=1", "[data-testid=stImage] img"),
        ("data?data_view=augmentation", ".gallery[data-painted]"),
        ("layer?model=resnet&layer_name=conv1_norm&layer_batch=1", ".batch[data-painted]"),
        ("architectures?architecture_map=all", ".map[data-painted] .part"),
        ("?model=efficientnet_lite0", ".overview[data-painted][data-opened]"),
    ],
)
def test_nor_does_a_view_beside_its_first_and_it_holds_from_a_laptop_to_a_phone(
    walk: Walk, path: str, part: str
) -> None:
    name = path.partition("?")[0] or PAGES[0]
    switched = name != "architectures"  # the choice of all networks is not kept in another language
    every = LANGUAGES if switched else (("ko", "light"), ("ko", "dark"))
    with walk.at(path, part) as page:
        for language, theme in every if thorough() else every[len(path) % 2 :][:1]:
            speak(page, name, language)
            expect(page.locator(part).first).to_be_visible()
            show(page, theme=theme)
            expect_none(page, f"{path}, {language}, {theme}")
        if switched:
            expect_to_hold(page, (WIDEST, *WIDTHS) if thorough() else (1440, 1024, 600))
