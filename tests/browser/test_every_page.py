"""Every page and the views inside: against WCAG 2.2 in both languages and themes, and at every width."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from cnnviz.pages.frame import PAGES
from tests.browser.conftest import DESKTOP, Profile, opening
from tests.browser.guidelines import expect_none, show
from tests.browser.walking import Walk, speak
from tests.browser.widths import WIDEST, WIDTHS, expect_to_hold

LANGUAGES = (("ko", "light"), ("en", "dark"))
"""No colour depends on the language: two of the pairs of language and theme are as good as four."""
KOREAN = ("network", "training", "builder")
"""Pages that are measured in Korean; the others in English, whose words are longer."""


@pytest.fixture(scope="module")
def walk(chromium: Browser, profiles: dict[str, Profile], server: str) -> Iterator[Walk]:
    errors: list[str] = []
    with opening(chromium, profiles, errors) as opened:
        yield Walk(opened(locale="ko-KR", reduced_motion="reduce"), server, errors)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_violates_no_guideline_and_holds_at_every_width(walk: Walk, name: str) -> None:
    # every other page the other way round: it begins in the language that the one before ends in
    languages = LANGUAGES if PAGES.index(name) % 2 == 0 else LANGUAGES[::-1]
    with walk.at(name) as page:
        for language, theme in languages:
            page.set_viewport_size({**DESKTOP})
            speak(page, name, language)
            show(page, theme=theme)
            expect_none(page, f"{name}, {language}, {theme}")
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
            if (language == "ko") == (name in KOREAN):
                expect_to_hold(page, (WIDEST, *WIDTHS) if name in ("network", "convolution") else WIDTHS)


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("reasons?reasons_view=filters&reasons_filter_layer=conv1", ".ascent[data-painted]"),
        ("reasons?reasons_view=fooling", ".fooling[data-painted] input:enabled"),
        ("reasons?reasons_method=saliency&reasons_sanity=1", "[data-testid=stImage] img"),
        ("data?data_view=augmentation", ".gallery[data-painted]"),
        ("layer?model=resnet&layer_name=conv1_norm&layer_batch=1", ".batch[data-painted]"),
        ("architectures?architecture_map=all", ".map[data-painted] .part"),
    ],
)
def test_nor_does_a_view_beside_its_first_and_it_holds_from_a_laptop_to_a_phone(
    walk: Walk, path: str, part: str
) -> None:
    name = path.partition("?")[0]
    switched = name != "architectures"  # the choice of all networks is not kept in another language
    with walk.at(path, part) as page:
        for language, theme in LANGUAGES if switched else (("ko", "light"), ("ko", "dark")):
            speak(page, name, language)
            expect(page.locator(part).first).to_be_visible()
            show(page, theme=theme)
            expect_none(page, f"{path}, {language}, {theme}")
        if switched:
            expect_to_hold(page, (1440, 1024, 600, 360))
