"""The lecture in Chromium: keys, buttons, links, the presenter layout."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from cnnviz.explain import lecture
from cnnviz.explain.lecture import steps
from cnnviz.pages.navigation import PAGES
from cnnviz.text import translate
from tests.browser.app_tab import open_app, reopen_app, show_html
from tests.browser.conftest import PHONE, expect_ended, expect_no_sideways_scrolling, load_modules

NAMES = [step.name for step in steps()]
PROJECTOR = {"width": 1280, "height": 800}


def expect_step(page: Page, name: str, language: str = "en") -> None:
    title = lecture.title(name, language)
    # `expect` looks again only after up to a second, and describes all of the page for a failure's message
    page.locator(f"[data-listening={name}]").first.wait_for(state="attached")
    page.wait_for_function("(title) => document.title === title", arg=f"{title} · CNNViz", polling=50)
    # while one page gives way to another, both titles may be there
    shown = page.get_by_role("heading", level=1, name=title, exact=True).filter(visible=True)
    expect(shown.first).to_be_visible()  # the page's title gives way to the stage's
    expect(page).to_have_url(re.compile(f"lecture={name}(&|$)"))
    expect(page.locator("[data-listening]")).to_have_attribute("data-listening", name)
    expect(page).to_have_title(f"{title} · CNNViz")


def button(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-lecture_{key} button")


def open_step(page: Page, server: str, name: str, more: str = "&lang=en") -> None:
    step = lecture.find(name)
    query = "".join(f"&{key}={value}" for key, value in step.choices.items())
    place = "" if step.page == PAGES[0] else step.page
    open_app(page, f"{server}/{place}?lecture={name}{query}{more}")
    expect_step(page, name, more[6:8])


def after(name: str) -> str:
    return NAMES[NAMES.index(name) + 1]


def test_the_lecture_goes_by_remote_control_button_arrow_and_contents_and_each_step_is_a_link(
    page: Page, server: str
) -> None:
    open_app(page, f"{server}/lecture?lang=en")
    page.get_by_role("button", name=translate("lecture.start", "en")).click()
    expect_step(page, NAMES[0])
    button(page, "next").click()
    expect_step(page, NAMES[1])
    expect(page.locator("[data-step]")).to_have_attribute("data-step", "5")  # row 1, column 1 of 4 x 4
    reopen_app(page)
    expect_step(page, NAMES[1])
    expect(page.locator("[data-step]")).to_have_attribute("data-step", "5")
    page.keyboard.press("ArrowLeft")
    expect_step(page, NAMES[0])
    page.keyboard.press("PageDown")
    expect_step(page, NAMES[1])

    expect_ended(page)  # a step that comes closes the table
    page.get_by_role("button", name=translate("lecture.contents", "en")).click()
    place = page.locator(".st-key-lecture_go_swap button")
    place.click()
    expect_step(page, "swap")
    expect(place).to_be_hidden()
    heading = page.get_by_role("heading", name=translate("pooling.swap_title", "en"))
    expect(heading).to_be_visible()
    expect(heading).not_to_be_in_viewport()
    page.get_by_role("button", name=f"↓ {translate('pooling.swap_title', 'en')}").click()
    expect(heading).to_be_in_viewport()

    # a walk to another page leads back
    page.get_by_role("link", name=translate("frame.page_network", "en"), exact=True).click()
    title = translate("network.title", "en")
    shown = page.get_by_role("heading", level=1, name=title, exact=True).filter(visible=True)
    expect(shown.first).to_be_visible()  # the page's title gives way to the stage's
    expect(button(page, "return")).to_be_visible()
    expect(page.locator("[data-listening]")).to_have_attribute("data-away", "true")
    page.keyboard.press("PageUp")  # back means back to the step
    expect_step(page, "swap")


def test_a_part_that_has_not_come_yet_is_gone_to_once_it_is_there_unless_something_else_is_done(
    page: Page,
) -> None:
    show_html(
        page,
        """<div data-testid="stApp" data-test-script-state="running" data-test-connection-state="CONNECTED">
          <main data-testid="stMain" style="height: 99vh; overflow: auto">
            <p style="height: 300vh"></p></main>
        </div>""",
    )
    load_modules(page, "lecture_keys/looking.js")
    add = "(html) => document.querySelector('main').insertAdjacentHTML('beforeend', html)"
    go = "(name) => { goTo(name).then(() => { document.title = `no longer to ${name}`; }); }"
    page.evaluate(go, "Later")
    page.keyboard.press("Shift")
    page.evaluate(add, "<h2>Later</h2>")
    expect(page).to_have_title("no longer to Later")
    assert page.evaluate("document.querySelector('main').scrollTop") == 0

    page.evaluate(go, "Last")
    page.evaluate(add, "<h2 style='margin: 0'>Last</h2>")
    heading = page.get_by_role("heading", name="Last")
    expect(heading).to_be_in_viewport()
    page.evaluate(add, "<p style='height: 200vh'></p>")  # what it is the heading of
    page.evaluate("document.querySelector('[data-testid=stApp]').dataset.testScriptState = 'notRunning'")
    expect(page).to_have_title("no longer to Last")
    page.wait_for_function(
        "(heading) => Math.abs(heading.getBoundingClientRect().top) < 2", arg=heading.element_handle()
    )


def test_arrows_belong_to_what_has_the_focus(page: Page, server: str) -> None:
    open_step(page, server, "dot")
    stepper = page.locator("[data-step]")
    expect_ended(page)  # what comes may take the focus
    stepper.focus()
    page.keyboard.press("ArrowRight")
    expect(stepper).to_have_attribute("data-step", "1")
    page.get_by_text(translate("convolution.settings", "en")).click()
    page.get_by_label(translate("convolution.grid", "en"), exact=True).focus()
    for key in ("ArrowRight", "PageDown", "PageUp"):  # typing is left alone
        page.keyboard.press(key)
    page.get_by_label(translate("convolution.dilation", "en"), exact=True).focus()
    page.keyboard.press("ArrowLeft")
    stepper.focus()
    page.keyboard.press("Control+PageDown")
    expect_step(page, "dot")
    page.keyboard.press("PageDown")  # had a key before moved the lecture, this one would be too many
    expect_step(page, after("dot"))
    expect_ended(page)  # the title of the page that is left may stand until then
    page.get_by_role("heading", level=1).first.click()  # takes the focus off the stepper
    page.keyboard.press("ArrowRight")
    expect_step(page, after(after("dot")))


def test_the_presenter_layout_has_room_escape_leaves_it_and_a_phone_has_room_for_the_notes(
    page: Page, server: str
) -> None:
    page.set_viewport_size(PROJECTOR)
    open_step(page, server, "dot", "&lang=ko&notes=1")
    page.get_by_text(translate("lecture.present", "ko"), exact=True).click()
    # before it is on the stage, a key leads to the next step
    expect(page.locator("[data-listening]")).to_have_attribute("data-moment", "0")
    for part in ("stHeader", "stSidebar"):
        expect(page.get_by_test_id(part)).to_be_hidden()
    expect(page.get_by_text(translate("lecture.notes", "ko"), exact=True).first).to_be_visible()
    expect_no_sideways_scrolling(page)
    for _ in lecture.words("dot", "ko").paragraphs:
        page.keyboard.press("PageDown")
    expect_step(page, after("dot"), "ko")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page).to_have_url(re.compile("present=1"))
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stHeader")).to_be_visible()
    expect_step(page, after("dot"), "ko")
    page.set_viewport_size({**PHONE})
    expect(page.locator(".st-key-lecture_notes")).to_be_visible()
    expect_no_sideways_scrolling(page)


def test_the_speakers_window_follows_leads_and_outlives_a_reload(page: Page, server: str) -> None:
    open_step(page, server, "dot")
    with page.expect_popup() as opening:
        page.get_by_role("button", name=translate("lecture.speaker", "en")).click()
    speaker = opening.value

    def expect_notes(name: str) -> None:
        words = lecture.words(name, "en")
        expect(speaker.get_by_role("heading", level=1)).to_have_text(words.title)
        question = words.notes.partition("**Ask:** ")[2].partition(" **Answer")[0]
        expect(speaker.get_by_text(question)).to_be_visible()
        expect(speaker.get_by_text(lecture.title(after(name), "en"))).to_be_visible()

    expect_notes("dot")
    speaker.keyboard.press("PageDown")
    expect_step(page, after("dot"))
    expect_notes(after("dot"))
    page.keyboard.press("PageUp")
    expect_notes("dot")
    page.reload()
    expect_step(page, "dot")
    page.keyboard.press("PageDown")
    expect_notes(after("dot"))
    assert not [other for other in page.context.pages if other not in (page, speaker)]
    with speaker.expect_event("close"):
        button(page, "end").click()
