"""The presenter layout in Chromium: what a sentence names is on the screen, whole and large; keys lead on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import accumulate, cycle, groupby
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Route, expect

from cnnviz.explain import lecture
from cnnviz.explain.lecture import Step, steps
from cnnviz.explain.programs import pointed
from cnnviz.pages import model_cache
from cnnviz.text import LANGUAGES, translate
from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    TIMEOUT,
    Profile,
    expect_ended,
    harmless,
    load_modules,
    opening,
)
from tests.browser.test_lecture import NAMES, button, expect_step, open_step
from tests.thorough import thorough

Size = tuple[int, int, int]
SIZES: tuple[Size, ...] = ((1024, 768, 1), (1280, 720, 1), (1440, 900, 1), (1920, 1080, 1), (1920, 1080, 2))
"""Width and height in CSS pixels, and screen pixels for one of them; the last is a 3840 x 2160 screen."""
SEEN = {"en": (SIZES[0], SIZES[2], SIZES[4]), "ko": (SIZES[0], SIZES[1], SIZES[3])}
"""The screens of each language where every step is seen in both; together they are all."""
PAIRS = [pair for other in SIZES[1:] for pair in ((SIZES[0], other), (other, SIZES[0]))]
"""The squarest screen and another for each step in turn: one for its first picture, one for the rest."""
DRAWN = 0.1
"""Of its size, at which a page is put on the screen; it knows nothing of it, and there is less to paint."""
SMALLEST = 0.0249
"""Of the screen's height: the smallest type that a projector shows well, less a rounding."""
TYPE_SIZES = Path(__file__).with_name("type_sizes.js").read_text("utf-8")
PROBLEMS = """async ([show, captions, low, smallest]) => {
  const main = document.querySelector("[data-testid=stMain]");
  const { dataset } = document.documentElement;
  const all = (selector) => {
    const hosts = [...main.querySelectorAll("*")].filter((node) => node.shadowRoot);
    const roots = [main, ...hosts.map((host) => host.shadowRoot)];
    return roots.flatMap((root) => [...root.querySelectorAll(selector)]);
  };
  const [caption] = all(".caption");
  const look = () => {
    const found = [];
    const { stageFitted, stageRoom } = dataset;
    if (stageFitted !== show || stageRoom !== `${innerWidth} ${innerHeight}`) return [`${show}: not fitted`];
    const bottom = caption.getBoundingClientRect().top;
    const shown = all(show);
    if (!shown.length) found.push(`${show}: not on the page`);
    const room = { left: Infinity, top: Infinity, right: 0, bottom: 0 };
    for (const node of shown) {
      const box = node.getBoundingClientRect();
      for (const side of ["left", "top"]) room[side] = Math.min(room[side], box[side]);
      for (const side of ["right", "bottom"]) room[side] = Math.max(room[side], box[side]);
      if (!box.width || !box.height) found.push(`${show}: empty`);
      if (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > bottom + 1)
        found.push(`${show}: ${Math.round(box.left)}, ${Math.round(box.top)} to ${Math.round(box.right)}, ` +
          `${Math.round(box.bottom)} of ${innerWidth} x ${Math.round(bottom)}`);
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      let top = document.elementFromPoint(x, y);
      while (top?.shadowRoot?.elementFromPoint(x, y) && top.shadowRoot.elementFromPoint(x, y) !== top)
        top = top.shadowRoot.elementFromPoint(x, y);
      if (caption.contains(top)) found.push(`${show}: covered`);
    }
    const largest = Math.max((room.right - room.left) / innerWidth, (room.bottom - room.top) / bottom);
    if (largest < low) found.push(`${show}: ${largest.toFixed(2)} of the room`);
    const [tiny] = typeSizes(shown).sort(([one], [other]) => one - other);
    if (tiny && tiny[0] < smallest * innerHeight)
      found.push(`${show}: "${tiny[1]}" is ${((100 * tiny[0]) / innerHeight).toFixed(2)}% of the height`);
    return found;
  };
  let found = look();
  // looked for each frame, the page would go on painting
  for (let count = 0; found.length && count < 1200; count++) {
    await new Promise((done) => setTimeout(done, 50));
    found = look();
  }
  for (const [name, texts] of Object.entries(captions)) {
    const element = caption.querySelector(name);
    const said = [...element.childNodes];
    for (const text of texts) {
      element.innerHTML = text
        .replace(/[*][*](.+?)[*][*]/g, "<strong>$1</strong>").replace(/`(.+?)`/g, "<code>$1</code>");
      const { fontSize, lineHeight } = getComputedStyle(element);
      if (parseFloat(fontSize) < 0.025 * innerHeight) found.push(`${name}: ${fontSize}`);
      const lines = element.getBoundingClientRect().height / parseFloat(lineHeight);
      if (lines > 2.2) found.push(`${text}: ${lines.toFixed(1)} lines`);
    }
    element.replaceChildren(...said);
  }
  return found;
}"""

STATE = """() => {
  const { dataset, style } = document.documentElement;
  const hosts = [...document.querySelectorAll("[data-testid=stMain] *")].filter((node) => node.shadowRoot);
  const all = hosts.flatMap((host) => [...host.shadowRoot.querySelectorAll(".stepper")]);
  const steppers = all.map((stepper) => {
    const [stage, math] = [".stage", ".math"].map((part) => stepper.querySelector(part));
    const styles = [stage, math].map((part) => part.getAttribute("style"));
    return [stepper.outerHTML.slice(0, 300), stage.clientWidth, ...styles];
  });
  return JSON.stringify([innerWidth, innerHeight, devicePixelRatio, { ...dataset }, style.cssText, steppers]);
}"""
"""What the page is like where something is not as it should be."""


def pictures(step: Step, count: int) -> list[tuple[str, list[int]]]:
    """Return what a step's `count` moments show one after the other, and which of them show it."""
    shows = [step.moments[min(index, len(step.moments) - 1)].show for index in range(count)]
    grouped = groupby(range(count), shows.__getitem__)
    return [(show, list(indices)) for show, indices in grouped]


def present(page: Page, server: str, name: str, language: str = "en") -> None:
    open_step(page, server, name, f"&lang={language}&present=1")


TYPE = """(typed, number) => {
  const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", { key }));
  [...number].forEach(press);
  const shown = typed.hidden ? "" : typed.textContent;
  press("Enter");
  return shown;
}"""
"""Types a step's number all at once, as digits that rest for seconds are forgotten; returns what is shown."""


class Stage:
    """A tab that goes from step to step by their numbers, as a lecturer does, which costs less than a load.

    Each step stands alone: it may be the first, and after a failure the next one begins with a load.
    """

    def __init__(self, page: Page, server: str, errors: list[str]) -> None:
        self.page, self.server, self.errors = page, server, errors
        self.loaded = False

    @contextmanager
    def at(self, name: str, width: int = 1440, height: int = 900, language: str = "") -> Iterator[Page]:
        """Give the tab with the first moment of step `name`; the console must say nothing until the end.

        With a `language` it is loaded.
        """
        page, walked = self.page, self.loaded and not language
        self.loaded = False
        self.errors.clear()
        page.set_viewport_size({"width": width, "height": height})
        page.mouse.move(0, 0)
        if walked and page.locator(f"html[data-stage] [data-listening]:not([data-listening={name}])").count():
            page.locator(".typed").evaluate(TYPE, f"{NAMES.index(name) + 1}")
            expect_step(page, name)
        else:
            present(page, self.server, name, language or "en")
        moment(page).to_have_attribute("data-moment", "0")
        expect_fitted(page, name)
        yield page
        assert not [error for error in self.errors if not harmless(error)], self.errors
        self.loaded = True


@pytest.fixture(scope="module")
def stage(chromium: Browser, profiles: dict[str, Profile], server: str) -> Iterator[Stage]:
    errors: list[str] = []
    with opening(chromium, profiles, errors) as opened:
        yield Stage(
            opened(timezone_id="Asia/Seoul"), server, errors
        )  # a profile of its own: others close its tabs


def expect_fitted(page: Page, name: str, index: int = 0) -> None:
    """Wait until a moment of a step is on the stage."""
    moments = lecture.find(name).moments
    show = moments[min(index, len(moments) - 1)].show
    fitted = "(show) => document.documentElement.dataset.stageFitted === show"
    page.wait_for_function(fitted, arg=show, polling=50)


def moment(page: Page) -> Any:
    return expect(page.locator("[data-listening]"))


Walk = list[tuple[Step, str, Sequence[Size]]]
"""The steps in the order in which they are seen, with their languages and screens."""


def walks() -> list[Walk]:
    """Return ways through the lecture.

    One way goes page by page, which saves half of the turns to another one, each page in one language: a
    step's only picture is seen on two screens, of several the first one on one and the others on the other.
    Two ways go as the lecture does, every step in both languages, all its pictures on all screens of each.
    """
    if thorough():
        return [[(step, each, SEEN[each]) for step in steps()] for each in LANGUAGES]
    pages = dict.fromkeys(step.page for step in steps())
    by_page = [(page, [step for step in steps() if step.page == page]) for page in pages]
    counts = accumulate(len(own) for _, own in by_page)
    korean = {page for (page, _), count in zip(by_page, counts, strict=True) if count <= len(NAMES) / 2}
    # English last, in which the tab is left
    ordered = [step for _, own in sorted(by_page, key=lambda each: each[0] not in korean) for step in own]
    languages = ["ko" if step.page in korean else "en" for step in ordered]
    return [list(zip(ordered, languages, cycle(PAIRS), strict=False))]


@pytest.mark.parametrize("walk", walks(), ids=lambda walk: walk[-1][1])
def test_every_step_shows_what_its_text_names_whole_at_all_sizes(stage: Stage, walk: Walk) -> None:
    page = stage.page
    with stage.at(walk[0][0].name, language=walk[0][1]):
        page.evaluate(f"() => {{ {TYPE_SIZES} }}")
        session = page.context.new_cdp_session(page)  # one: each would keep a size of its own
        found, (before, spoken, _) = list[str](), walk[0]
        for step, language, sizes in walk:
            if language != spoken:
                present(page, stage.server, step.name, language)
            elif NAMES.index(step.name) == NAMES.index(before.name) + 1:
                page.keyboard.press("PageDown")
            elif step != before:
                page.locator(".typed").evaluate(TYPE, f"{NAMES.index(step.name) + 1}")
            found += problems(page, session, step, sizes)
            before, spoken = step, language
        session.send("Emulation.clearDeviceMetricsOverride")
        session.detach()
        page.set_viewport_size({**PHONE})  # the size before is Playwright's, which would not be set anew
    stage.loaded = spoken == "en"  # as the tests below take it
    assert not found, "\n".join(found)


def problems(page: Page, session: CDPSession, step: Step, sizes: Sequence[Size]) -> list[str]:
    """Go through a step's moments, at sizes of the screen, and return what is not as it should be.

    Args:
        page: comes to the step's first moment; afterwards it shows the last one.
        session: sets the page's size, and how many screen pixels a CSS pixel has.
        sizes: of the screen.
    """
    found = list[str]()
    words = [lecture.words(step.name, language, model_cache.lecture_facts()) for language in LANGUAGES]
    shown = pictures(step, len(words[0].paragraphs))
    for show, indices in shown:
        if indices[0]:
            page.keyboard.press("PageDown")
        at = f"[data-listening={step.name}][data-moment='{indices[0]}']"
        page.locator(at).first.wait_for(state="attached")
        captions = {
            ".title": [each.title for each in words],
            ".sentence": [each.paragraphs[index] for each in words for index in indices],
        }
        part = sizes if thorough() or len(shown) == 1 else sizes[1:] if indices[0] else sizes[:1]
        for width, height, scale in part:
            metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
            session.send("Emulation.setDeviceMetricsOverride", {**metrics, "scale": DRAWN})
            seen = page.evaluate(PROBLEMS, [show, captions, 0.6, SMALLEST])
            if seen:
                seen.append(page.evaluate(STATE))
            found += [f"{step.name}, {width}x{height}x{scale}: {problem}" for problem in seen]
        for _ in indices[1:]:
            page.keyboard.press("PageDown")
    return found


HIDE_NEW_SLIP = """() => {
  window.hiding = new MutationObserver((records) => {
    for (const { target } of records)
      target.querySelectorAll(".st-key-reshape_slip").forEach((each) => { each.dataset.offstage = ""; });
  });
  hiding.observe(document.querySelector("[data-testid=stMain]"), { childList: true, subtree: true });
}"""


def test_component_that_mounts_where_the_step_before_had_cleared_the_stage_is_drawn(stage: Stage) -> None:
    before = NAMES[NAMES.index("shapes") - 1]
    with stage.at(before) as page:
        page.evaluate(HIDE_NEW_SLIP)  # as where Streamlit puts the component into elements of the step before
        for _ in lecture.words(before, "en", model_cache.lecture_facts()).paragraphs:
            page.keyboard.press("PageDown")
        expect(page.locator(".slip [data-side=right] canvas")).to_be_visible()
        expect_fitted(page, "shapes")
        page.evaluate("hiding.disconnect()")


IS_SEEN = """(node) => {
  for (let each = node; each; each = each.parentElement)
    if (getComputedStyle(each).opacity === "0") return false;
  return node.getClientRects().length > 0;
}"""


def expect_alone_after_reload(page: Page) -> None:
    """Load a step with the stepper anew, and expect that nothing else is seen until that is there."""
    held: list[Route] = []
    page.route("**/stepper/stepper.js", lambda route: held.append(route))
    try:
        with page.expect_request("**/stepper/stepper.js"):
            page.reload(wait_until="commit")
            page.evaluate("performance.now = () => 0")  # after some seconds it would be given up
        size = page.locator(".st-key-convolution_size")
        size.wait_for(state="attached")
        expect_ended(page)
        expect(page.locator(".caption")).to_be_visible()
        assert not size.evaluate(IS_SEEN)
    finally:
        for route in held:
            route.continue_()
        page.unroute("**/stepper/stepper.js")
    page.wait_for_function("'stageFitted' in document.documentElement.dataset")
    page.wait_for_function(IS_SEEN, arg=page.locator(".stepper").element_handle(), polling=50)
    page.evaluate("delete performance.now")


def test_keys_go_through_the_moments_of_a_step_and_back_into_the_one_before(stage: Stage) -> None:
    with stage.at("dot") as page:
        result, caption = page.locator(".stepper .outputs"), page.locator(".caption")
        expect(result).to_be_hidden()  # the output belongs to the second sentence
        page.keyboard.press("Space")
        moment(page).to_have_attribute("data-moment", "1")
        expect(result).to_be_visible()
        page.keyboard.press("ArrowRight")
        moment(page).to_have_attribute("data-moment", "2")
        expect_alone_after_reload(page)
        moment(page).to_have_attribute("data-moment", "2")
        page.set_viewport_size({**PHONE})  # which shows the page below the text
        expect(page.locator(".stepper")).to_be_visible()
        expect(caption).to_be_hidden()
        page.set_viewport_size({**DESKTOP})
        moment(page).to_have_attribute("data-moment", "2")
        expect_fitted(page, "dot", 2)
        page.keyboard.press("Space")
        expect_step(page, NAMES[NAMES.index("dot") + 1])
        moment(page).to_have_attribute("data-moment", "0")
        page.keyboard.press("Shift+Space")
        expect_step(page, "dot")
        moment(page).to_have_attribute("data-moment", "2")
        page.keyboard.press("PageUp")
        moment(page).to_have_attribute("data-moment", "1")
        expect(page).to_have_url(re.compile("present=1"))  # no key has pressed a button that had the focus


SEEN_PLAYING = """(stepper) => {
  window.seenPlaying = new Set();
  const look = () => stepper.classList.contains("playing") && seenPlaying.add(stepper.dataset.step);
  new MutationObserver(look).observe(stepper, { attributes: true });
  for (const key of ["PageDown", "PageUp"]) document.dispatchEvent(new KeyboardEvent("keydown", { key }));
}"""
"""Goes on and back to where the window sets out, and collects the cells that it comes to by itself."""


def test_window_goes_over_the_whole_input_by_itself(stage: Stage) -> None:
    with stage.at("repeat") as page:
        stepper = page.locator(".stepper")
        expect(stepper).not_to_have_class(re.compile("playing"))
        expect(stepper).to_have_attribute("data-step", "15")
        stepper.evaluate(SEEN_PLAYING)
        page.wait_for_function("seenPlaying.size > 12")
        expect(stepper).to_have_attribute("data-step", "15")


OPACITY = "(one) => getComputedStyle(one).opacity"
WITHIN = """(bar, [low, high]) => [bar, bar.querySelector(".st-key-lecture_next button")].every((part) => {
  const { top, bottom, left, right, width } = part.getBoundingClientRect();
  return width > 0 && top >= low && bottom <= high && left >= 0 && right <= innerWidth;
})"""
"""Whether the lecture's bar, and in it the button that leads on, is shown between two heights."""
LONG = """(bar) => {
  const { width, height } = bar.getBoundingClientRect();
  return height > 0 && width > 4 * height;
}"""


def wait_until(page: Page, seen: Callable[[], bool], what: str) -> None:
    """Look until something is so."""
    for _ in range(TIMEOUT // 100):
        if seen():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"it does not come to this: {what}")


def point_until(page: Page, at: tuple[float, float], seen: Callable[[], bool]) -> None:
    """Move the pointer to and fro until what comes with it is seen: it goes while the pointer rests."""
    sides = cycle((0, 2))

    def moved() -> bool:
        page.mouse.move(at[0] + next(sides), at[1])
        return seen()

    wait_until(page, moved, f"something is seen with the pointer at {at}")


def test_controls_come_with_the_pointer_and_with_the_focus_and_cover_nothing(stage: Stage) -> None:
    with stage.at("dot") as page:
        controls, caption = page.locator(".stepper .controls"), page.locator(".caption")
        speaker = page.get_by_role("button", name=translate("lecture.speaker", "en"))
        expect(controls).to_have_css("opacity", "0")
        expect(speaker).to_be_hidden()
        point_until(page, (300, 300), lambda: controls.evaluate(OPACITY) == "1")
        box, below = controls.bounding_box(), caption.bounding_box()
        assert box
        assert below
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1440
        assert box["y"] + box["height"] <= below["y"]
        # the lecture's own come over the sentence, where nothing of the stage is, and go while one looks
        expect(speaker).to_be_hidden()
        bar = page.locator(".st-key-lecture_bar")
        point_until(
            page,
            (300, below["y"] + 20),
            lambda: speaker.is_visible() and bar.evaluate(WITHIN, [below["y"] - 1, 901]),
        )
        count = page.locator(".stepper .count").inner_text()
        controls.locator("[data-do=next]").focus()  # else they may be hidden again before the click
        controls.locator("[data-do=next]").click()
        expect(page.locator(".stepper .count")).not_to_have_text(count)
        expect(page.locator("html")).not_to_have_attribute("data-stage-controls", "")  # the pointer rests
        expect(speaker).to_be_hidden()
        expect(controls).to_have_css("opacity", "1")  # the focus is in them
        moment(page).to_have_attribute("data-moment", "0")


def test_largest_value_of_a_window_is_marked_when_it_is_said_and_the_output_comes_last(stage: Stage) -> None:
    with stage.at("pooling") as page:
        rule, output = page.locator(".stepper .math .lines").first, page.locator(".stepper .outputs").first
        winner = page.locator(".stepper .number.winner").first
        expect(rule).to_be_hidden()
        expect(winner).not_to_have_css("font-weight", "700")
        page.keyboard.press("PageDown")
        expect(rule).to_be_visible()
        expect(winner).to_have_css("font-weight", "700")
        expect(output).to_be_hidden()
        page.keyboard.press("PageDown")
        expect(output).to_be_visible()


def test_a_view_that_is_left_in_a_hurry_does_not_lead_back_to_its_page(stage: Stage) -> None:
    with stage.at("bend") as page:
        for _ in lecture.words("bend", "en").paragraphs[1:]:
            page.keyboard.press("PageDown")
        # it is sent half a second later, or on leaving; all at once, as the next page may be there any moment
        page.locator(".play").evaluate("""(view) => {
          view.querySelector(".once").click();
          document.dispatchEvent(new KeyboardEvent("keydown", { key: "PageDown" }));
          view.dispatchEvent(new PointerEvent("pointerleave"));
        }""")
        expect_step(page, "swap")
        expect_fitted(page, "swap")
        expect_ended(page)
        expect(page.locator(".keys")).to_have_attribute("data-away", "false")
        expect(page).to_have_url(re.compile("/pooling"))


@pytest.mark.parametrize(
    ("name", "index", "bars"),
    [
        ("weighted_sum", 0, (".dense .answers .score", ".dense .answers .share")),
        ("order", 0, (".flow .bars .track",)),
        ("grey", 1, (".shifts .bars .track",)),
        ("reasons", 2, (".heat .bars .track",)),
    ],
)
def test_bars_of_the_answers_have_room_on_the_stage(
    stage: Stage, name: str, index: int, bars: tuple[str, ...]
) -> None:
    with stage.at(name, 1024, 768) as page:
        for _ in range(index):
            page.keyboard.press("PageDown")
        expect_fitted(page, name, index)
        for bar in bars:  # of a step whose picture is called as the one before, that may be fitted still
            place = page.locator(bar).first
            wait_until(page, partial(place.evaluate, LONG), f"{bar} is long")


@pytest.mark.parametrize(
    ("name", "later"),
    [
        ("order", ".grid .flow .group:last-child"),
        ("neighbours", ".stepper .outputs"),
        ("edges", ".stepper .outputs"),
    ],
)
def test_what_a_class_is_to_predict_comes_with_a_later_sentence(stage: Stage, name: str, later: str) -> None:
    with stage.at(name) as page:
        answer = page.locator(later).first
        expect(answer).to_be_hidden()
        page.keyboard.press("PageDown")
        expect(answer).to_be_visible()


def test_a_sentence_presses_what_its_picture_is_chosen_with_once(stage: Stage) -> None:
    with stage.at("normalise") as page:
        for pressed in ("mean", "mean", "normalise"):
            button = page.locator(f".batch .stages [value={pressed}]")
            expect(button).to_have_attribute("aria-pressed", "true")
            page.keyboard.press("PageDown")
        expect(page.locator(".batch .ways [value=inference]")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("PageUp")
        expect(page.locator(".batch .stages [value=normalise]")).to_have_attribute("aria-pressed", "true")
        page.locator(".batch .stages [value=scale]").click()  # at the top, and no bar is over it
        # what is chosen goes to Python and comes back, and is not pressed anew
        expect(page).to_have_url(re.compile("scale"))
        expect(page.locator(".batch .stages [value=scale]")).to_have_attribute("aria-pressed", "true")


def test_training_is_played_when_the_sentence_is_about_it_and_begins_again_with_the_one_before(
    stage: Stage,
) -> None:
    with stage.at("watching") as page:
        learning, axis = page.locator(".learning"), page.locator(".learning .axis")
        expect(axis).to_have_attribute("aria-valuenow", "0")
        page.keyboard.press("PageDown")
        expect(axis).not_to_have_attribute("aria-valuenow", "0")
        page.keyboard.press("PageUp")
        expect(axis).to_have_attribute("aria-valuenow", "0")
        expect(learning).not_to_have_class(re.compile("playing"))


def test_optimisers_set_out_together_and_leave_the_surface_where_the_rate_is_too_large(stage: Stage) -> None:
    with stage.at("descent") as page:
        descent = page.locator(".descent")
        expect(descent).to_have_attribute("data-steps", "0")
        page.keyboard.press("PageDown")
        expect(descent).to_have_attribute("data-steps", "60")
        rate = descent.get_attribute("data-rate")
        page.keyboard.press("PageDown")
        expect(descent).not_to_have_attribute("data-rate", rate or "")


def test_a_row_of_numbers_is_as_wide_as_its_share_of_the_stage(stage: Stage) -> None:
    with stage.at("word", 1920, 1080) as page:
        row = page.locator(".stepper figure.input canvas.base")
        share = "(canvas) => canvas.getBoundingClientRect().width > 0.4 * innerWidth"
        wait_until(page, lambda: row.evaluate(share), "the row takes nearly half of the width")


def test_on_a_phone_held_sideways_the_sentence_is_whole_and_keys_blank_list_themselves_and_go_to_a_number(
    stage: Stage,
) -> None:
    with stage.at("dot", PHONE["height"], PHONE["width"]) as page:
        for part in (".title", ".sentence"):
            box, below = (page.locator(f".caption{each}").bounding_box() for each in (f" {part}", ""))
            assert box
            assert below
            assert below["y"] <= box["y"]
            assert box["y"] + box["height"] <= PHONE["width"]

        page.set_viewport_size({**DESKTOP})
        page.keyboard.press("b")
        expect(page.locator(".blank")).to_be_visible()
        page.keyboard.press("b")
        expect(page.locator(".blank")).to_be_hidden()
        page.keyboard.press("?")
        keys = page.get_by_role("dialog", name=translate("lecture.keys_title", "en"))
        expect(keys).to_be_visible()
        listed = translate("lecture.keys", "en")
        expect(keys).to_have_text(listed.replace("\n", ""))
        # as on an iPhone
        page.evaluate("""() => {
          Object.defineProperty(document, "fullscreenEnabled", { value: undefined, configurable: true });
          dispatchEvent(new Event("resize"));
        }""")
        expect(keys).to_have_text(listed.replace("\n", "").replace("f: full screen", ""))
        page.evaluate("delete document.fullscreenEnabled")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.keyboard.press("f")
        page.wait_for_function("document.fullscreenElement !== null")
        page.keyboard.press("f")
        page.wait_for_function("document.fullscreenElement === null")
        assert page.locator(".typed").evaluate(TYPE, "18") == "18"
        expect_step(page, NAMES[17])
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stHeader")).to_be_visible()
        page.wait_for_function("!('stage' in document.documentElement.dataset)")
        expect(page.locator("[data-offstage]")).to_have_count(0)


def test_lines_of_code_that_a_sentence_is_about_stand_out_on_the_stage_and_on_the_page(
    stage: Stage,
) -> None:
    with stage.at("loop") as page:
        lines = [
            sorted({str(line) for _, found in map(pointed, each.lines) for line in found}, key=int)
            for each in lecture.find("loop").moments
        ]
        code = page.locator(".st-key-code_block_lecture_tensorflow_training code")
        expect(code).to_have_attribute("data-pointed", ",".join(lines[0]))
        page.keyboard.press("Space")
        expect(code).to_have_attribute("data-pointed", ",".join(lines[1]))
        page.wait_for_function("CSS.highlights.get('cnnviz-unpointed')?.size > 5")
        assert "linear-gradient" in code.evaluate("(code) => code.style.background")
        page.keyboard.press("Escape")
        every = sorted({line for found in lines for line in found}, key=int)
        expect(code).to_have_attribute("data-pointed", ",".join(every))
        button(page, "end").click()
        expect(page.locator("[data-pointed]")).to_have_count(0)
        page.wait_for_function("CSS.highlights.size === 0")


def test_picture_that_is_shown_alone_has_no_window_and_no_padding(stage: Stage) -> None:
    with stage.at("uses") as page:
        picture = page.locator(".grid figure.input canvas")
        bare = """(canvas) => {
          const { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, Math.round(height / 40));
          return data.every((value) => value === 0);
        }"""
        wait_until(page, partial(picture.evaluate, bare), "there is nothing round the picture")
        page.keyboard.press("Escape")
        wait_until(page, lambda: not picture.evaluate(bare), "it has its padding on the page")


def test_what_comes_after_it_was_fitted_empty_fills_the_room(page: Page) -> None:
    page.set_content(
        """<main data-testid="stMain"><div class="column">
          <div><div class="st-key-lecture_bar"></div></div>
          <div class="block"><ol></ol></div>
        </div></main><div class="caption"></div>"""
    )
    load_modules(page, "lecture_keys/stage.js")
    page.evaluate("""() => {
      const stage = newStage(document.querySelector(".caption"));
      window.present(stage, { show: "ol", hide: "" });
    }""")
    page.wait_for_function("document.documentElement.dataset.stageFitted === 'ol'")
    room = """() => {
      const { height } = document.querySelector(".block").getBoundingClientRect();
      return height / innerHeight;
    }"""
    # at the zoom that an empty one is given it fills two thirds, as much as is left alone where all was there
    page.evaluate("document.querySelector('ol').innerHTML = '<li style=\"height: 380px\"></li>'")
    page.wait_for_function(f"() => {{ const share = ({room})(); return share > 0.9 && share <= 1; }}")


@pytest.mark.parametrize(
    ("name", "later", "index"),
    [
        ("softmax", ".dense .soft tbody tr:first-child td:nth-child(4)", 1),
        ("softmax", ".dense .soft tfoot", 3),
        ("swap", ".st-key-pooling_orders .x3y3 .heatmaplayer", 2),
        ("swap", ".st-key-pooling_orders .x4y4 .heatmaplayer", 3),
        ("padding", ".stepper .math", 1),
        ("inputs", ".st-key-comparison_weights img >> nth=1", 2),
        ("features", ".st-key-comparison_weights img >> nth=1", 1),
    ],
)
def test_what_a_sentence_names_comes_with_it(stage: Stage, name: str, later: str, index: int) -> None:
    with stage.at(name) as page:
        part = page.locator(later).first
        for _ in range(index):
            expect(part).to_be_hidden()
            page.keyboard.press("PageDown")
        expect(part).to_be_visible()


def test_filters_that_people_wrote_come_before_those_that_were_learned(stage: Stage) -> None:
    with stage.at("features") as page:
        written = page.locator(".st-key-comparison_by_hand img").first
        expect(written).to_be_visible()
        page.keyboard.press("PageDown")
        expect(written).to_be_hidden()


def test_rows_that_a_sentence_compares_stand_alone(stage: Stage) -> None:
    with stage.at("softmax") as page:
        rows = page.locator(".dense .soft tbody tr")
        for _ in range(2):
            expect(rows.first).to_be_visible()
            page.keyboard.press("PageDown")
        expect(rows.first).to_be_hidden()
        for row in (2, 5):
            expect(rows.nth(row)).to_be_visible()


def test_picture_is_shifted_when_the_sentence_is_about_it_and_is_back_with_the_one_before(
    stage: Stage,
) -> None:
    with stage.at("positions") as page:
        plain = page.locator(".shifts .network").first
        expect(plain).to_have_attribute("data-changed", "false")
        page.keyboard.press("PageDown")
        expect(plain).to_have_attribute("data-changed", "true")
        page.keyboard.press("PageUp")
        expect(plain).to_have_attribute("data-changed", "false")


def test_padding_is_taken_away_when_it_is_said_and_comes_back_with_the_sentence_before(stage: Stage) -> None:
    with stage.at("padding") as page:
        size = page.locator(".stepper .outputs figcaption").first
        expect(size).to_contain_text("6 × 6")
        page.keyboard.press("PageDown")
        page.keyboard.press("PageDown")
        expect(size).to_contain_text("4 × 4")
        page.keyboard.press("PageUp")
        expect(size).to_contain_text("6 × 6")


HEIGHT_OF_TYPE = "(one) => parseFloat(getComputedStyle(one).fontSize) / innerHeight"


@pytest.mark.parametrize(
    ("name", "index", "numbers", "low"),
    [
        ("dropout", 0, ".st-key-layer_pass_before .hm text", 0.045),
        ("dropout", 2, ".st-key-layer_pass_inference .hm text", 0.045),
        ("one_hot", 2, ".st-key-data_answer .hm text", 0.035),
    ],
)
def test_few_numbers_are_large_on_the_squarest_screen(
    stage: Stage, name: str, index: int, numbers: str, low: float
) -> None:
    with stage.at(name, 1024, 768) as page:
        for _ in range(index):
            page.keyboard.press("PageDown")
        expect_fitted(page, name, index)
        first = page.locator(numbers).first
        expect(first).to_be_visible()
        assert first.evaluate(HEIGHT_OF_TYPE) >= low
        cell = page.locator(numbers.replace(" text", " image")).first.bounding_box()
        box = first.bounding_box()
        assert box
        assert cell
        assert box["width"] < cell["width"] / (4 if name == "dropout" else 2)  # it is inside of its cell


def test_picture_is_not_shifted_yet_where_the_step_before_is_on_the_same_page(stage: Stage) -> None:
    with stage.at("inputs") as page:
        for _ in lecture.words("inputs", "en").paragraphs:
            page.keyboard.press("PageDown")
        expect_step(page, "positions")
        expect_fitted(page, "positions")
        expect_ended(page)
        expect(page.locator(".shifts .network").first).to_have_attribute("data-changed", "false")
        expect(page).not_to_have_url(re.compile("comparison_shift"))
