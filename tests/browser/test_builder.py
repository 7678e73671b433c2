"""The builder and the architectures in Chromium: keys, clicks, focus, the link, a phone."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from cnnviz.layers import registry
from cnnviz.networks import builder
from cnnviz.text import translate
from cnnviz.text.kinds import kind_name
from tests.browser.app_tab import open_app, reopen_app
from tests.browser.conftest import PHONE, resting_box


def editor(page: Page) -> Locator:
    rows = page.locator(".stack")
    expect(rows).to_have_attribute("data-stack", re.compile(r"\w"))
    return rows


def say(key: str, /, **values: object) -> str:
    return translate(f"stack_editor.{key}", "en", **values)


def expect_stack(page: Page, text: str) -> None:
    """Wait until Python has answered with this stack, and the link holds it."""
    kinds = " ".join(block.kind for block in builder.parse(text))
    expect(page.locator(".stack:not(.waiting)")).to_have_attribute("data-stack", kinds)
    expect(page).to_have_url(re.compile(rf"builder_stack={text}(&|$)"))


def expect_focus(rows: Locator, name: str) -> None:
    """Expect the focus on the control of that name; it lies in a shadow root."""
    expect(rows.get_by_role("button", name=name)).to_be_focused()


FITS = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  const labels = document.querySelector(".js-plotly-plot").querySelectorAll(".xtick text");
  const boxes = [...labels].map((label) => label.getBoundingClientRect());
  return (
    main.scrollWidth <= main.clientWidth &&
    boxes.length > 1 &&
    boxes.every((box, k) => !k || box.left >= boxes[k - 1].right - 1)
  );
}"""
"""Whether a figure has fitted itself, with its labels apart, into a page no wider than its window."""


OUTSIDE = """(stack) => [...stack.querySelectorAll("button")].filter((button) => {
  const { left, right } = button.getBoundingClientRect();
  return left < 0 || right > innerWidth;
}).map((button) => button.ariaLabel || button.textContent)"""


def test_blocks_are_added_move_change_and_go_and_the_link_follows(page: Page, server: str) -> None:
    open_app(page, f"{server}/builder?lang=en&builder_stack=c16-f-d10")
    rows = editor(page)
    rows.get_by_label(say("add_after")).select_option(label=f"0 · {translate('kind.conv', 'en')}")
    for kind in ("relu", "batch_norm", "max_pool"):  # one after the other, where the visitor says
        rows.get_by_role("button", name=f"+ {kind_name(kind, 'en')}", exact=True).click()
    expect_stack(page, "c16k3s1same-r-b-m2-f-d10")

    # clicks that do not wait for an answer all count
    rows.get_by_role("button", name=say("down", name="Convolution 1")).click()
    page.keyboard.press("Enter")  # the focus goes along with the block
    page.keyboard.press("Enter")
    expect_stack(page, "r-b-m2-c16k3s1same-f-d10")

    name = f"{kind_name('batch_norm', 'en')} 1"
    rows.get_by_role("button", name=say("down", name=name)).click()
    expect_stack(page, "r-m2-b-c16k3s1same-f-d10")
    expect_focus(rows, say("down", name=name))
    page.keyboard.press("Alt+ArrowUp")
    expect_stack(page, "r-b-m2-c16k3s1same-f-d10")
    expect_focus(rows, say("up", name=name))

    convolution = rows.locator(".row").nth(3)
    filters = convolution.get_by_label(say("setting_filters"))
    filters.fill("4000")  # kept within what is allowed
    filters.press("Tab")
    expect_stack(page, "r-b-m2-c128k3s1same-f-d10")
    filters.fill("8")
    filters.press("Enter")
    expect_stack(page, "r-b-m2-c8k3s1same-f-d10")
    expect(convolution).to_contain_text("→ 16×16×8")

    convolution.get_by_label(say("setting_padding")).select_option("valid")
    convolution.get_by_label(say("setting_bias")).click()
    expect_stack(page, "r-b-m2-c8nk3s1valid-f-d10")
    rows.get_by_role("button", name=say("remove", name="ReLU 1")).click()
    expect_stack(page, "b-m2-c8nk3s1valid-f-d10")
    reopen_app(page)
    expect_stack(page, "b-m2-c8nk3s1valid-f-d10")
    expect(page.locator("[data-painted]")).to_be_visible()

    # nothing is cut off on a phone
    page.set_viewport_size({**PHONE})
    page.wait_for_function(FITS, polling=100)
    outside = page.locator(".stack").evaluate(OUTSIDE)
    assert outside == []


def test_a_block_that_does_not_fit_explains_why_and_flatten_is_offered(page: Page, server: str) -> None:
    open_app(page, f"{server}/builder?lang=en&builder_stack=c16-m2-d10")
    rows = editor(page)
    broken = rows.locator("li.broken")
    words = say("problem_needs_vector", name="Fully connected 1", shape="16×16×16")
    expect(broken.get_by_role("alert")).to_contain_text(words)
    expect(rows.locator("li").nth(1)).to_contain_text("→ 16×16×16")  # the others stay as they are
    expect(page.locator("[data-painted]")).to_be_visible()
    rows.get_by_role("button", name=say("flatten_here")).click()
    expect_stack(page, "c16k3s1same-m2-f-d10")
    expect(broken).to_have_count(0)
    expect(page.get_by_test_id("stCode")).to_contain_text("layers.Flatten()")


ENDS = """(stack, ends) => {
  const rows = stack.querySelectorAll(".row");
  const boxes = [stack.querySelector(".skip"), ...ends.map((k) => rows[k])];
  return boxes.map((it) => it.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom]);
}"""
"""Where the bracket of a skip connection and two rows are, from top to bottom."""
RESIDUAL = "c16k3s1same-r-c16k3s1same-r-add2-f"


def test_a_skip_connection_is_drawn_from_the_row_it_takes_and_is_kept_whatever_moves(
    page: Page, server: str
) -> None:
    open_app(page, f"{server}/builder?lang=en&builder_stack={RESIDUAL}")
    rows = editor(page)
    bracket = rows.locator(".skip")
    expect(bracket).to_have_count(1)
    expect(bracket).to_have_attribute("aria-hidden", "true")

    def ends(source: int, target: int) -> None:
        """Expect the bracket to begin in one row and to end in another."""
        resting_box(bracket)
        (top, bottom), first, last = rows.evaluate(ENDS, [source, target])
        assert first[0] < top < first[1]
        assert last[0] < bottom < last[1]

    ends(1, 4)
    takes = rows.get_by_label(say("setting_back_add"))
    row = say("row", index=1, kind="ReLU")
    expect(takes.locator("option:checked")).to_have_text(row)
    add = rows.get_by_role("button", name=f"+ {kind_name('relu', 'en')}", exact=True)
    rows.get_by_label(say("add_after")).select_option(label=f"2 · {kind_name('conv', 'en')}")
    add.click()  # within the skip connection, which then reaches over one more
    expect_stack(page, "c16k3s1same-r-c16k3s1same-r-r-add3-f")
    ends(1, 5)
    rows.get_by_role("button", name=say("remove", name="Convolution 1")).click()
    expect_stack(page, "r-c16k3s1same-r-r-add3-f")
    ends(0, 4)
    rows.get_by_role("button", name=say("remove", name="ReLU 1")).click()
    expect_stack(page, "c16k3s1same-r-r-add3-f")
    expect(takes.locator("option:checked")).to_have_text(say("image"))
    expect(rows.get_by_role("alert")).to_contain_text("32×32×16, 32×32×3")
    takes.select_option(label=say("row", index=0, kind=kind_name("conv", "en")))
    expect_stack(page, "c16k3s1same-r-r-add2-f")
    expect(page.get_by_test_id("stCode").first).to_contain_text("layers.Add()([relu2, conv1])")

    # a move that would break it is refused in a sentence
    rows.get_by_role("button", name=say("remove", name="ReLU 2")).click()
    expect_stack(page, "c16k3s1same-r-add1-f")
    button = rows.get_by_role("button", name=say("remove", name="ReLU 1"))
    button.focus()
    page.keyboard.press("Enter")
    words = (
        say("row", index=2, kind=kind_name("add", "en")),
        say("row", index=0, kind=kind_name("conv", "en")),
    )
    refused = rows.locator(".row").nth(1).get_by_role("alert")  # where the visitor is
    expect(refused).to_have_text(say("refused", row=words[0], source=words[1]))
    expect(button).to_be_focused()
    expect_stack(page, "c16k3s1same-r-add1-f")
    page.keyboard.press("Alt+ArrowDown")
    expect(refused).to_have_count(1)
    rows.get_by_role("button", name=say("down", name="Addition 1")).click()
    expect_stack(page, "c16k3s1same-r-f-add2")
    expect(rows.locator(".refused")).to_have_count(0)


def test_a_new_addition_takes_the_nearest_row_that_fits_and_kinds_are_added_by_keys_alone(
    page: Page, server: str
) -> None:
    open_app(page, f"{server}/builder?lang=en&builder_stack=c16k3s1same-m2-c16k3s1same")
    rows = editor(page)
    rows.get_by_label(say("add_after")).select_option(label=f"2 · {kind_name('conv', 'en')}")
    rows.get_by_role("tab", name=say("group_joining")).click()
    rows.get_by_role("button", name=f"+ {kind_name('add', 'en')}").click()
    expect_stack(page, "c16k3s1same-m2-c16k3s1same-add1")  # of row 1: row 0 has larger maps
    expect(rows.get_by_role("alert")).to_have_count(0)

    # what does not fit is offered a convolution on the skip connection
    expect(rows.locator(".skip i")).to_have_count(0)
    rows.get_by_label(say("setting_back_add")).select_option(label=say("image"))
    rows.get_by_role("button", name=say("fit_skip", filters=16, stride=2)).press("Enter")
    expect_stack(page, "c16k3s1same-m2-c16k3s1same-add3convs2")
    expect(rows.get_by_role("alert")).to_have_count(0)
    expect(rows.locator(".skip i")).to_have_count(1)
    expect(rows.locator(".on-skip")).to_contain_text("Convolution 3 → 16×16×16")
    on_skip = rows.get_by_label(say("setting_on_skip"))
    expect(on_skip).to_be_focused()
    on_skip.select_option(label=say("choice_identity"))
    expect_stack(page, "c16k3s1same-m2-c16k3s1same-add3")
    expect(rows.get_by_role("alert")).to_have_count(1)
    on_skip.select_option(label=say("choice_convbn"))  # begins with what fits
    expect_stack(page, "c16k3s1same-m2-c16k3s1same-add3convbns2")
    expect(rows.locator(".on-skip")).to_contain_text("Batch normalisation 1 → 16×16×16")
    rows.locator(".row").nth(3).get_by_label(say("setting_stride")).fill("1")
    page.keyboard.press("Tab")
    expect_stack(page, "c16k3s1same-m2-c16k3s1same-add3convbn")
    expect(rows.get_by_role("alert")).to_contain_text("16×16×16, 32×32×16")

    # every kind is added from its group by keys alone
    tabs = rows.get_by_role("tablist", name=say("groups"))
    ends = ("common", [*registry.groups()][-1])
    first, last = (tabs.get_by_role("tab", name=say(f"group_{group}")) for group in ends)
    first.click()
    for _ in range(3):  # to the activation functions
        page.keyboard.press("ArrowRight")
    activation = tabs.get_by_role("tab", name=say("group_activation"))
    expect(activation).to_be_focused()
    expect(activation).to_have_attribute("aria-selected", "true")
    panel = rows.get_by_role("tabpanel", name=say("group_activation"))
    shown = [button.inner_text().removeprefix("+ ") for button in panel.get_by_role("button").all()]
    assert shown == [kind_name(kind, "en") for kind in registry.groups()["activation"]]
    page.keyboard.press("Tab")  # one stop for all tabs, then the buttons
    expect(panel.get_by_role("button").first).to_be_focused()
    panel.get_by_role("button", name=f"+ {kind_name('tanh', 'en')}").press("Enter")
    expect_stack(page, "c16k3s1same-m2-c16k3s1same-add3convbn-th")
    expect(panel.get_by_role("button", name=f"+ {kind_name('tanh', 'en')}")).to_be_focused()
    first.click()
    page.keyboard.press("ArrowLeft")  # round the end
    expect(last).to_be_focused()


def test_pointing_at_a_layer_says_its_numbers(page: Page, server: str) -> None:
    open_app(page, f"{server}/architectures?lang=en&architectures_network=vgg16")
    drawing = page.locator(".js-plotly-plot").first
    expect(drawing).to_be_visible()
    area = drawing.locator(".nsewdrag").first
    box = resting_box(area)
    slots = 23  # the input, 13 convolutions, 5 poolings, flatten and 3 fully connected layers
    index = 1  # conv1_1
    page.mouse.move(box["x"] + box["width"] * (index + 0.6) / slots, box["y"] + box["height"] / 2)
    hover = drawing.locator(".hoverlayer")
    expect(hover).to_contain_text("Convolution 1 (conv1_1)")
    expect(hover).to_contain_text("1,792")
    expect(hover).to_contain_text("86,704,128")
    query = parse_qs(urlsplit(page.url).query)
    assert query["architectures_network"] == ["vgg16"]


def test_pointing_at_an_arc_says_what_skips_what_and_a_phone_shows_all(page: Page, server: str) -> None:
    open_app(page, f"{server}/architectures?lang=en&architectures_network=resnet")
    drawing = page.locator(".js-plotly-plot").first
    expect(drawing).to_be_visible()
    box = resting_box(drawing)
    arc = drawing.evaluate(  # where the first arc's own point lies, in pixels of the page
        """(plot) => {
            const { xaxis, yaxis } = plot._fullLayout, { x, y } = plot.data.at(-2);
            return [xaxis._offset + xaxis.d2p(x[0]), yaxis._offset + yaxis.d2p(y[0])];
        }"""
    )
    page.mouse.move(box["x"] + arc[0], box["y"] + arc[1])
    hover = drawing.locator(".hoverlayer")
    expect(hover).to_contain_text("ReLU 1 (32×32×32), unchanged, to Addition 1")
    expect(drawing.locator(".legend")).to_contain_text(translate("architectures.group_joining", "en"))

    # nothing is cut off on a phone
    page.set_viewport_size({**PHONE})
    page.wait_for_function(FITS, polling=100)
