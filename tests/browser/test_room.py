"""A class in real browsers: a lecturer, and students who follow, wander and come back."""

from __future__ import annotations

import io
import re

import numpy as np
from PIL import Image
from playwright.sync_api import Page, Route, expect

from cnnviz.text import translate
from tests.browser.app_tab import open_app
from tests.browser.conftest import PHONE, OpenPage, expect_ended, open_settings


def opened(page: Page, server: str) -> str:
    """Open a room on the lecture's page, and return its code."""
    page.goto(f"{server}/lecture?lang=en")
    page.get_by_role("button", name=translate("join.open", "en")).click()
    board = page.get_by_role("dialog", name=translate("room.board_title", "en"))
    expect(board.locator(".room_code")).to_have_text(re.compile(r"^\w{3}-\w{3}$"))
    expect(board.get_by_role("img", name=translate("room.qr", "en")).locator("path")).to_be_visible()
    code = board.locator(".room_code").inner_text()
    expect(board.get_by_role("heading")).to_have_text(translate("room.board_title", "en"))
    page.keyboard.press("Escape")
    expect(board).to_be_hidden()
    return code


def counted(following: int, wandered: int) -> re.Pattern[str]:
    words = translate("room.people", "en", n=following, m=wandered)
    return re.compile(re.escape(words))


HOLD = """() => {
  const { fetch } = window;
  const { onmessage } = window.talk;
  const answered = new Promise((done) => {
    window.talk.onmessage = (event) => {
      onmessage(event);
      if (event.data.includes('"tally":[[')) done();
    };
  });
  window.fetch = (address, ...more) =>
    String(address).endsWith("&") ? answered.then(() => fetch(address, ...more)) : fetch(address, ...more);
}"""
"""Lets a lecturer's page have the exercise of its question only after the first answer."""
FAIL = """() => {
  const { fetch } = window;
  window.fetch = (address, ...more) => {
    if (!String(address).endsWith("&")) return fetch(address, ...more);
    window.fetch = fetch;
    return Promise.reject(new TypeError("no network"));
  };
}"""
"""Lets a student's page not reach the server when it fetches the exercise of a question, once."""

SAY = """(exercise) => {
  const { dataset } = document.documentElement;
  const before = dataset.exercise;
  dataset.exercise = exercise;
  window.dispatchEvent(new Event("cnnviz-exercise-shown"));
  return before;
}"""
"""Says that a page shows an exercise, or that it shows none, and returns which it showed."""


def in_address(*parts: str) -> re.Pattern[str]:
    """Return what an address that has all these parts matches."""
    return re.compile("".join(f"(?=.*{re.escape(part)})" for part in parts))


TWICE = """() => {
  for (let press = 0; press < 2; press += 1) {
    let focused = document.activeElement;
    while (focused.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
    focused.dispatchEvent(new KeyboardEvent("keydown", { key: "r", bubbles: true, composed: true }));
  }
}"""
"""Press a key twice within one frame: what was closed by the first press must not have the focus any more."""


WATCH = """() => {
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (...sent) {
    if (this.url.endsWith("/cnnviz/room")) window.talk = this;
    return send.apply(this, sent);
  };
}"""
"""Keeps the connection to the room as `talk`, once it sends something."""
TROUBLE = """(said) => {
  window.talk.onmessage({ data: '{"is": "trouble"}' });
  return said.textContent;
}"""
"""Says to a page that its server cannot reach the room, and returns what the bar says then."""


def ask(lecturer: Page, student: Page, server: str) -> None:
    """Let a lecturer ask a student questions, who answers in Korean, and reveal the answers."""
    held: list[Route] = []
    lecturer.route("**/next_cell/1/3?*", lambda route: held.append(route), times=1)
    open_app(lecturer, f"{server}/exercises?lang=en&exercise=next_cell&exercise_level=1&exercise_seed=3")
    expect(student).to_have_url(in_address("/exercises"))
    sheet, asked = lecturer.locator(".room_poll"), student.locator(".room_poll")
    form = lecturer.locator(".room_asking")
    expect(lecturer.locator(".room_said")).to_have_text(counted(1, 0))
    lecturer.evaluate(WATCH)
    lecturer.locator(".room_bar").get_by_role("button", name=translate("room.ask", "en")).click()
    question, ask_exercise = form.locator("[name=question]"), form.locator("[data-do=ask_exercise]")
    expect(question).to_be_focused()
    while not held:
        lecturer.wait_for_timeout(50)
    held[0].continue_()
    expect(ask_exercise).to_be_focused()
    shown = lecturer.evaluate(SAY, "")
    form.get_by_role("button", name=translate("room.cancel", "en")).click()
    lecturer.locator(".room_bar").get_by_role("button", name=translate("room.ask", "en")).click()
    lecturer.keyboard.press("Shift")  # in the middle of typing
    lecturer.evaluate(SAY, shown)
    expect(ask_exercise).to_be_visible()
    expect(question).to_be_focused()
    form.get_by_role("radio", name=translate("room.form_class", "en")).check()
    form.locator("[name=question]").fill("What is it?")
    form.locator("[name=question]").hover()
    lecturer.mouse.down()
    lecturer.mouse.move(2, 300)  # words are marked, beyond the dialog
    lecturer.mouse.up()
    form.get_by_role("button", name=translate("room.ask", "en"), exact=True).click()
    expect(sheet).to_be_visible()
    assert lecturer.locator(".room_said").evaluate(TROUBLE) == translate("room.lost", "en")
    expect(form.locator("[name=question]")).to_have_value("")  # the next question begins empty
    expect(asked).to_be_focused()
    expect(asked.locator(".question")).to_have_text("What is it?")
    asked.get_by_role("radio", name=translate("class.cat", "ko")).check()
    asked.get_by_role("button", name=translate("room.send", "ko")).click()
    expect(sheet.locator(".vote").nth(3)).to_have_text("cat1")
    student.reload()
    expect(asked.locator(".votes_hint")).to_have_text(translate("room.answered", "ko"))
    sheet.get_by_role("button", name=translate("room.reveal", "en")).click()
    expect(asked.locator(".verdict")).to_contain_text(translate("exercise_view.right", "ko"))
    sheet.get_by_role("button", name=translate("room.take_back", "en")).click()
    expect(asked).to_be_hidden()
    expect(sheet).to_be_hidden()

    # a picture of the lecturer's own is shown to the class, and asked about
    open_settings(lecturer).get_by_text(translate("frame.source_upload", "en"), exact=True).click()
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)).save(content, "PNG")
    lecturer.get_by_test_id("stSidebar").locator("input[type=file]").set_input_files(
        {"name": "own.png", "mimeType": "image/png", "buffer": content.getvalue()}
    )
    expect(student).to_have_url(in_address("picture=upload"))
    # until that has come the exercise is the one before, whose picture is in its address
    expect(lecturer.locator("html")).to_have_attribute("data-exercise", re.compile(r"^(?!.*picture=)."))
    lecturer.evaluate(HOLD)
    student.evaluate(FAIL)
    lecturer.locator(".card").get_by_role("button", name=translate("exercise_view.ask", "en")).click()
    expect(asked.locator(".votes_hint")).to_have_text(translate("room.no_exercise", "ko"))
    asked.get_by_role("button", name=translate("room.hide", "ko")).click()
    again = student.locator(".room_bar").get_by_role("button", name=translate("room.question", "ko"))
    expect(again).to_be_focused()
    again.click()
    asked.locator(".field input").fill("1")
    asked.get_by_role("button", name=translate("room.send", "ko")).click()
    expect(sheet.locator(".votes_hint")).to_have_text(translate("room.answers", "en", n=1))
    expect(asked.locator(".question")).to_have_text(re.compile("[가-힣]"))
    shown = ".shown canvas, .shown td"
    expect(asked.locator(shown).first).to_be_visible()
    expect(sheet.locator(shown)).to_have_count(asked.locator(shown).count())
    assert asked.locator(shown).all_inner_texts() == sheet.locator(shown).all_inner_texts()
    expect(asked.locator(".solution")).to_be_hidden()
    for given in ("7.5", "-11.5"):  # an answer can be changed
        asked.locator(".field input").fill(given)
        asked.get_by_role("button", name=translate("room.send", "ko")).click()
        expect(sheet.locator(".vote_label")).to_have_text(given.replace("-", "−"))
    expect(sheet.locator(".answer")).to_be_hidden()  # the lecturer has nothing to fill in
    expect(asked.locator(".votes")).to_be_hidden()
    sheet.get_by_role("button", name=translate("room.reveal", "en")).click()
    expect(asked.locator(".verdict")).to_contain_text(translate("room.wrong", "ko"))
    expect(asked.locator(".solution")).to_be_visible()
    expect(asked.locator(".vote_label")).to_have_text("−11.5")
    expect(sheet.locator(".solution")).to_be_visible()
    results = [each.locator(".result").inner_text().split()[-1] for each in (asked, sheet)]
    assert results[0] == results[1]
    sheet.get_by_role("button", name=translate("room.take_back", "en")).click()
    expect(sheet).to_be_hidden()


def test_students_follow_wander_come_back_and_answer_questions(open_page: OpenPage, server: str) -> None:
    lecturer = open_page()
    code = opened(lecturer, server)
    by_link = open_page(viewport=PHONE)
    by_link.goto(f"{server}/join?lang=ko&room={code.replace('-', '')}")
    typing = open_page()
    typing.goto(f"{server}/join?lang=en")
    typing.get_by_role("textbox", name=translate("join.code", "en")).fill(code.lower())
    typing.get_by_role("button", name=translate("join.join", "en")).click()
    expect(lecturer.locator(".room_said")).to_have_text(counted(2, 0))

    lecturer.goto(f"{server}/pooling?lang=en&picture=sample-4&pool_size=3")  # a reload leads on
    for student, language in ((by_link, "ko"), (typing, "en")):
        expect(student).to_have_url(
            in_address("/pooling", "picture=sample-4", "pool_size=3", f"lang={language}")
        )
        title = translate("pooling.title", language)
        # that of the page before may stand beside it a while
        expect(student.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()
        expect_ended(student)

    size = typing.get_by_role("spinbutton", name=translate("pooling.size", "en"))
    size.fill("4")
    size.press("Enter")
    expect(typing.locator(".room_said")).to_have_text(translate("room.wandered", "en"))
    expect(lecturer.locator(".room_said")).to_have_text(counted(1, 1))

    open_app(lecturer, f"{server}/lecture?lang=en&lecture=dot&present=1")
    expect(lecturer.locator("html")).to_have_attribute("data-stage", "on")
    expect(by_link).to_have_url(in_address("lecture=dot"))
    assert "present" not in by_link.url  # a phone has no stage
    expect(typing).to_have_url(in_address("/pooling", "pool_size=4"))  # left alone

    typing.get_by_role("button", name=translate("room.back", "en")).click()
    expect(typing).to_have_url(in_address("lecture=dot", "present=1"))
    expect(lecturer.locator(".room_said")).to_have_text(counted(2, 0))
    expect(typing.locator("html")).to_have_attribute("data-stage", "on")
    moment = lecturer.locator(".keys")
    first = moment.get_attribute("data-moment")
    lecturer.keyboard.press("PageDown")
    expect(moment).not_to_have_attribute("data-moment", str(first))
    expect(typing.locator(".keys")).to_have_attribute("data-moment", str(moment.get_attribute("data-moment")))

    board = lecturer.locator(".room_board")
    lecturer.keyboard.press("r")
    expect(board).to_be_visible()
    lecturer.evaluate(TWICE)
    lecturer.keyboard.press("r")
    expect(board).to_be_hidden()
    typing.close()
    expect(lecturer.locator(".room_said")).to_have_text(counted(1, 0))

    ask(lecturer, by_link, server)
    lecturer.locator(".room_bar [data-do=board]").click()
    lecturer.get_by_role("button", name=translate("room.end", "en")).click()
    expect(by_link.locator(".room_said")).to_have_text(translate("room.ended", "ko"))


def test_a_code_of_no_room_is_left_and_a_board_keeps_other_keys_and_gives_its_link_without_https(
    page: Page, server: str
) -> None:
    page.goto(f"{server}/join?lang=en&room=222222")
    expect(page.locator(".room_said")).to_have_text(translate("room.none", "en", code="222-222"))
    page.get_by_role("button", name=translate("room.leave", "en")).click()
    expect(page.locator(".room")).to_be_hidden()
    expect(page).not_to_have_url(in_address("room="))

    open_app(page, f"{server}/lecture?lang=en")
    page.evaluate(WATCH)
    page.get_by_role("button", name=translate("join.open", "en")).click()
    board = page.get_by_role("dialog", name=translate("room.board_title", "en"))
    expect(board.locator(".room_code")).to_have_text(re.compile(r"^\w{3}-\w{3}$"))
    for key in ({"key": "r", "ctrlKey": True}, {"key": "Escape", "isComposing": True}):
        kept = page.evaluate(
            "(key) => window.dispatchEvent(new KeyboardEvent('keydown', { ...key, cancelable: true }))", key
        )
        assert kept, key
        assert board.is_visible()
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.default_value), dialog.accept()))
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    board.get_by_role("button", name=translate("room.copy", "en")).click()
    code = board.locator(".room_code").inner_text().replace("-", "")
    assert asked == [f"{server}/join?room={code}"]
    board.get_by_role("button", name=translate("room.close", "en")).click()
    expect(page.locator(".room_bar [data-do=board]")).to_be_focused()
    page.keyboard.press("Enter")
    ending = board.get_by_role("button", name=translate("room.end", "en"))
    expect(ending).to_be_visible()
    hidden = ending.evaluate(f"(ending) => {{ ({TROUBLE})(ending); return ending.hidden; }}")
    assert hidden  # nobody would hear it
