"""The journey through a network, and the answer that is hidden until its end, in Chromium."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from cnnviz.text import translate
from tests.browser.app_tab import open_app
from tests.browser.conftest import OpenPage

DRAWN = """(screen) => [...screen.querySelectorAll("canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let k = 0; k < data.length; k++) sum = (31 * sum + data[k]) % 1000003;
  return sum;
}).join()"""
AFTER_FRAMES = """(screen) => new Promise((done) => {
  let left = 6;
  const look = () => (--left ? requestAnimationFrame(look) : done());
  look();
})"""


SCRUBBED = """(range) => {
  const stages = new Set();
  for (let at = 0; at <= Number(range.max); at++) {
    range.value = String(at);
    range.dispatchEvent(new Event("input", { bubbles: true }));
    stages.add(range.getRootNode().querySelector(".grid").dataset.scene);
  }
  return [...stages];
}"""


def say(key: str, **values: object) -> str:
    return translate(f"feature_grid.{key}", "en", **values)


def button(grid: Locator, key: str) -> Locator:
    return grid.get_by_role("button", name=say(key), exact=True)


def opened(page: Page, address: str = "") -> Locator:
    if address:
        open_app(page, address)
    expect(page.locator("[data-painted]")).to_be_visible()
    return page.locator(".grid")


def expect_moved_on(grid: Locator) -> None:
    """Wait until the journey has left its first scene by itself; into which, time decides."""
    moved = "(grid) => grid.dataset.scene && grid.dataset.scene !== 'enter'"
    grid.page.wait_for_function(moved, arg=grid.element_handle())


def test_the_journey_ends_with_the_answer_that_was_guessed_before(page: Page, server: str) -> None:
    grid = opened(page, server)
    verdict, screen = grid.locator(".verdict"), grid.locator(".screen")
    time = grid.get_by_role("slider", name=say("journey"))
    expect(verdict).to_contain_text(say("question"))
    assert grid.locator(".answer .amount").all_inner_texts() == [""] * 10
    expect(grid.locator(".bars .amount").first).to_be_hidden()  # the logits would tell it
    grid.locator(".answer li").nth(5).click()
    expect(verdict).to_contain_text(say("guess_made", name="dog"))

    button(grid, "play").click()
    expect_moved_on(grid)
    button(grid, "pause").click()
    before = screen.evaluate(DRAWN)
    screen.evaluate(AFTER_FRAMES)
    assert screen.evaluate(DRAWN) == before

    time.focus()
    page.keyboard.press("ArrowRight")
    assert screen.evaluate(DRAWN) != before
    page.keyboard.press("Home")
    expect(grid).to_have_attribute("data-scene", "enter")
    expect(time).to_have_value("0")
    expect(time).to_have_attribute("aria-valuetext", re.compile(say("input")))
    page.keyboard.press("End")
    expect(grid).to_have_attribute("data-scene", "race")
    sentence = grid.locator(".sentence")
    expect(sentence).to_contain_text("cat")
    expect(sentence).to_contain_text(say("guess_wrong", name="dog"))
    screen.click(position={"x": 5, "y": 5})  # it takes the focus from the slider, and no key from the journey
    page.keyboard.press("Escape")
    expect(screen).to_be_hidden()
    expect(verdict).to_contain_text(say("guess_wrong", name="dog"))

    page.get_by_role("radio", name="(").nth(1).click()  # another picture, another question
    expect(verdict).to_contain_text(say("question"))
    button(grid, "say").click()
    expect(verdict).not_to_contain_text(say("question"))
    expect(page).to_have_url(re.compile("ask=0"))
    opened(page, server)  # the browser remembers it
    expect(verdict).to_contain_text("cat")
    button(grid, "ask").click()
    expect(verdict).to_contain_text(say("question"))
    expect(page).to_have_url(re.compile("ask=1"))


WATCHED = """{
  const seen = (window.seen = { places: [], stories: new Set(), bare: false, place: 0 });
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    const look = () => {
      const play = root.querySelector(".play");
      if (play && !play.textContent && getComputedStyle(play).visibility === "visible") seen.bare = true;
      if (root.querySelector(".grid[data-unseen]")) seen.place = this.clientHeight;
      const grid = root.querySelector(".grid.prelude");
      if (!grid?.dataset.row) return;
      seen.places.push(32 * Number(grid.dataset.row) + Number(grid.dataset.col));
      seen.stories.add(grid.querySelector(".story").textContent.trim());
    };
    new MutationObserver(look).observe(root, { subtree: true, attributes: true, childList: true });
    return root;
  };
}"""
"""Notes where the selection is while the page opens, which is over soon, if empty buttons are seen, and how
high the place is that the view has before it is there."""


QUICK = """{
  const { requestAnimationFrame } = window;
  window.requestAnimationFrame = (paint) => requestAnimationFrame((now) => paint(4 * now));
}"""
"""Lets four times as long pass from frame to frame."""


def test_a_first_visit_opens_with_a_window_that_sweeps_over_the_picture(
    open_page: OpenPage, server: str, quiet: list[str]
) -> None:
    small = {"width": 1024, "height": 700}  # as its frames follow each other, half as much to paint
    page = open_page().context.new_page()  # a tab of its own: the script stays with it
    page.on("pageerror", lambda error: quiet.append(str(error)))
    page.on("console", lambda message: quiet.append(message.text) if message.type == "error" else None)
    page.set_viewport_size(small)
    page.add_init_script(WATCHED)
    page.add_init_script(QUICK)
    page.goto(server)
    grid = opened(page)
    page.wait_for_function("seen.places.length > 0")
    expect(grid).to_have_attribute("class", re.compile(r"^(?!.*prelude)"))
    expect(grid.locator(".story")).to_contain_text(say("hint"))
    *places, last = page.evaluate("seen.places")
    assert (int(grid.get_attribute("data-row") or -1), int(grid.get_attribute("data-col") or -1)) == divmod(
        last, 32
    )
    swept = [place for place in places if place != last]
    assert swept == sorted(swept)
    assert (swept[0], len(set(swept)) > 5) == (0, True)
    assert page.evaluate("[...seen.stories]") == [say("scene_sweep"), say("prelude_layers")]
    assert not page.evaluate("seen.bare")
    assert abs(page.evaluate("seen.place") - grid.evaluate("(view) => view.offsetHeight")) < 24
    assert abs(grid.evaluate("(view) => view.getRootNode().host.clientHeight - view.offsetHeight")) < 2
    page.get_by_role("link", name=translate("frame.page_relu", "en"), exact=True).click()
    expect(page.locator("[data-step]").first).to_be_visible()
    page.evaluate("seen.places = []")
    page.go_back()
    expect(page.locator("[data-painted]")).to_be_visible()
    assert page.evaluate("seen.places") == []  # once is enough
    page.close()


def test_a_link_may_begin_the_journey(page: Page, server: str) -> None:
    grid = opened(page, f"{server}/?journey=1&model=mlp&lang=en")
    expect_moved_on(grid)
    grid.locator("[data-layer=dense1]").press("Enter")
    expect(grid.locator(".drill")).to_be_visible()  # and the journey waits behind it
    expect(grid.locator(".play")).to_have_text(say("resume"))
    page.keyboard.press("Escape")
    expect(grid.locator(".screen")).to_be_visible()
    stages = grid.get_by_role("slider", name=say("journey")).evaluate(SCRUBBED)
    assert stages == ["enter", "line", "dense", "drop", "again", "scores", "race"]
    button(grid, "leave").focus()
    page.keyboard.press("Enter")
    expect(grid.locator(".screen")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("journey"))


def test_without_motion_the_stages_are_pictures_one_after_the_other(open_page: OpenPage, server: str) -> None:
    page = open_page(reduced_motion="reduce")
    grid = opened(page, f"{server}/?model=resnet&lang=en")
    expect(grid.locator(".verdict")).not_to_contain_text(say("question"))  # a link opens as ever
    following = grid.get_by_role("button", name=f"{say('next')} ›")
    stages, drawings = [], set()
    screen = grid.locator(".screen")
    for _ in range(11):
        following.click()
        stages.append(grid.get_attribute("data-scene"))
        drawings.add(drawing := screen.evaluate(DRAWN))
        screen.evaluate(AFTER_FRAMES)
        assert screen.evaluate(DRAWN) == drawing, stages
    assert stages == [
        *("enter", "sweep", "morph", "drop", "sweep_maps", "again"),
        *("join", "again", "gather", "scores", "race"),
    ]
    assert len(drawings) == len(stages)
    assert grid.get_by_role("slider", name=say("journey")).evaluate(SCRUBBED) == list(dict.fromkeys(stages))
    grid.get_by_role("button", name=say("previous"), exact=True).click()
    expect(grid).to_have_attribute("data-scene", "scores")
