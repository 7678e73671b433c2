"""Every page against WCAG 2.2, level AA, as far as axe-core can tell; by keyboard, and by ear."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from cnnviz.pages.frame import PAGES
from cnnviz.text import translate
from tests.browser.conftest import PHONE, ROOT, OpenPage, drawn

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LEVEL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALLOWED = {
    "region": (
        "stSkipToContent",
    ),  # it may lie outside; axe cannot tell that it precedes links in a shadow root
    "presentation-role-conflict": (
        "stFileUploaderDropzone",
    ),  # Streamlit's own: the zone for the mouse has the name that its button has for everyone
}
"""{rule: parts of the HTML}: what axe finds and is none of ours, with the reason beside it."""
FOUND = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, any, all, none }) =>
    ({ id, html, why: [...any, ...all, ...none].map(({ message }) => message).join("; ") })));
}"""


def violations(page: Page) -> list[str]:
    """Return what axe-core finds on a page that stands, a line each."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator(".navigation nav a").first).to_be_attached()  # without links they are not told apart
    if not page.evaluate("Boolean(window.axe)"):
        assert AXE.exists(), f"{AXE} is missing: npm ci fetches it, as does make test"
        page.evaluate(AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = page.evaluate(FOUND, LEVEL)
    return [
        f"{one['id']}: {one['html'][:200]}\n    {one['why'][:300]}"
        for one in found
        if not any(part in one["html"] for part in ALLOWED.get(one["id"], ()))
    ]


def expect_none(page: Page, where: str) -> None:
    found = violations(page)
    assert not found, "\n".join([where, *found])


def show(page: Page, *, theme: str) -> None:
    """Switch the theme in place, and wait until the page has it."""
    dark = theme == "dark"
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page.wait_for_function(
        """(dark) => {
          const { backgroundColor } = getComputedStyle(document.querySelector(".stApp"));
          const [r, g, b] = backgroundColor.match(/[0-9]+/g);
          return (Number(r) + Number(g) + Number(b) < 384) === dark;
        }""",
        arg=dark,
    )


@pytest.mark.parametrize("name", PAGES)
def test_no_page_violates_the_guidelines_in_either_language_and_theme(
    open_page: OpenPage, server: str, name: str
) -> None:
    page = open_page(locale="ko-KR", reduced_motion="reduce")
    page.goto(f"{server}/{'' if name == PAGES[0] else name}")
    expect(drawn(page, name)).to_be_visible()
    expect(page).to_have_title(f"{translate(f'frame.page_{name}', 'ko')} · CNNViz")
    show(page, theme="light")
    expect_none(page, f"{name}, Korean, light")
    page.get_by_role("radio", name="English").click()
    page.mouse.move(0, 0)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text(translate(f"{name}.title", "en"))
    show(page, theme="dark")  # no colour depends on the language: twice is as good as four times
    expect_none(page, f"{name}, English, dark")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


@pytest.mark.parametrize(
    ("path", "size"), [("", PHONE), ("convolution", PHONE), ("?lecture=dot&present=1", None)]
)
def test_nor_does_a_phone_or_the_stage(
    open_page: OpenPage, server: str, path: str, size: dict[str, int] | None
) -> None:
    page = open_page(locale="ko-KR", reduced_motion="reduce", **({"viewport": size} if size else {}))
    page.goto(f"{server}/{path}")
    expect(page.locator("[data-painted], [data-step]").first).to_be_visible()
    show(page, theme="dark")
    expect_none(page, path)


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
def test_nor_does_a_view_inside_of_a_page_in_either_theme(
    open_page: OpenPage, server: str, path: str, part: str
) -> None:
    page = open_page(locale="ko-KR", reduced_motion="reduce")
    page.goto(f"{server}/{path}")
    expect(page.locator(part).first).to_be_visible()
    for theme in ("light", "dark"):
        show(page, theme=theme)
        expect_none(page, f"{path}, {theme}")


def test_a_korean_page_says_nothing_in_english(open_page: OpenPage, server: str) -> None:
    """Names of Streamlit's own widgets: regions, menus, and the buttons of each number, with what it is."""
    page = open_page(locale="ko-KR")
    page.goto(f"{server}/convolution")
    stride = translate("convolution.stride_rows", "ko")
    more = translate("surroundings.increment", "ko", name=stride)
    expect(page.get_by_test_id("stNumberInput").get_by_role("button", name=more)).to_have_count(1)
    names = page.locator("[aria-label]").evaluate_all("(all) => all.map((one) => one.ariaLabel)")
    english = [name for name in names if re.search("[A-Za-z]{4}", name) and not re.search("[가-힣]", name)]
    assert not set(english) - {"TensorFlow", "Keras"}, english
    page.get_by_test_id("stMainMenuButton").click()  # what is written, too
    menu = page.get_by_test_id("stMainMenuPopover")
    for word in ("print", "theme_dark", "record", "made_with"):
        expect(menu).to_contain_text(translate(f"surroundings.{word}", "ko"))

    # the theme changes without a run: what the browser draws and the word mark follow
    document, logo = page.locator("html"), page.get_by_test_id("stSidebarLogo")
    expect(logo).to_have_css("filter", "none")
    page.get_by_test_id("stMainMenuItem-theme-Dark").click()
    expect(document).to_have_css("color-scheme", "dark")
    expect(logo).to_have_css("filter", re.compile("invert"))
    page.keyboard.press("Escape")
    page.get_by_role("link", name=translate("frame.page_relu", "ko"), exact=True).click()
    expect(logo).to_have_css("filter", "none")


def test_the_arithmetic_is_a_table_that_follows_the_steps(page: Page, server: str) -> None:
    numbers, weights = "1 2 3 0\n4 5 6 0\n7 8 9 0\n0 0 0 0", "0 0 0\n0 1 0\n0 0 2"
    typed = {"kernel": "typed", "input": "grid", "padding": "valid", "numbers": numbers, "weights": weights}
    page.goto(f"{server}/convolution?{urlencode({**typed, 'cell': '0,0', 'lang': 'en'})}")
    stepper = page.locator("[data-operation]")
    expect(stepper).to_have_attribute("data-step", "0")
    table = stepper.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(1 + 9 + 2)
    expect(table.locator("tbody tr").last.get_by_role("cell")).to_have_text(
        ["Channel 0", "2", "2", "9", "2", "18"]
    )
    expect(table.locator("tfoot tr").last).to_contain_text("23")
    stepper.press("ArrowRight")
    expect(table.locator("caption")).to_contain_text("column 1")
    expect(table.locator("tfoot tr").last).to_contain_text("6")
    slider = stepper.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("column 1: .* = 6$"))


@pytest.mark.parametrize("path", ["", "convolution", "lecture", "builder"])
def test_by_keyboard_every_stop_is_seen_and_none_is_a_trap(page: Page, server: str, path: str) -> None:
    """Tab through the page: each stop is another one, and has a frame or a shadow around it."""
    page.goto(f"{server}/{path}?lang=en")
    expect(drawn(page, path or PAGES[0])).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_role("navigation").get_by_role("link").first).to_be_visible()
    page.mouse.move(0, 0)
    seen: list[str] = []
    hidden: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:  # the browser's own
            continue
        if stop["again"]:
            break
        seen.append(stop["path"])
        if not stop["visible"]:
            hidden.append(stop["path"])
    assert len(seen) > 15, seen
    assert any("nav:" in stop for stop in seen), seen
    assert not hidden, hidden


STOP = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  if (!element || element === document.body) return null;
  const again = (window.stops ??= new WeakSet()).has(element);
  window.stops.add(element);
  const order = [];
  for (let node = element; node; node = node.parentElement ?? node.getRootNode().host) {
    const place = node.parentElement ? [...node.parentElement.children].indexOf(node) : 0;
    order.unshift(`${node.localName}${node.dataset?.testid ? `[${node.dataset.testid}]` : ""}:${place}`);
  }
  const framed = (node) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(node);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
  };
  const around = [element.parentElement, element.parentElement?.parentElement];
  const frames = [element, ...around, ...element.children, ...(element.labels ?? [])].filter(Boolean);
  const field = element.matches("input:not([type=radio], [type=checkbox], [type=range]), select, textarea");
  return { again, path: order.join(" > "), visible: field || frames.some(framed) }; // a field has its caret
}"""
