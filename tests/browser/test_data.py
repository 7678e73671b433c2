"""The data page in Chromium: diving into the numbers, following a number, picking from the gallery."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from cnnviz import samples
from cnnviz.data.cifar10 import channels_first_index, reshape_without_transpose
from cnnviz.text import translate
from tests.browser.app_tab import open_app, reopen_app
from tests.browser.conftest import PHONE, expect_no_sideways_scrolling, resting_box
from tests.browser.saving import save_whole
from tests.browser.widths import touching

IMAGE = samples().images[0]


def open_numbers(page: Page, server: str, query: str = "") -> Locator:
    open_app(page, f"{server}/data?data_view=numbers&lang=en{query}")
    pixels = page.locator(".pixels")
    expect(pixels).to_have_attribute("data-painted", re.compile("."))
    return pixels


def button(page: Page, key: str) -> Locator:
    return page.get_by_role("button", name=translate(key, "en"), exact=True)


def expect_cell(pixels: Locator, row: int, col: int) -> None:
    expect(pixels).to_have_attribute("data-row", str(row))
    expect(pixels).to_have_attribute("data-col", str(col))


PRESSED = """(root) => new Promise((done) => {
  root.querySelector(".dive").click();
  const { dataset } = root;
  requestAnimationFrame(() => requestAnimationFrame(() => done([dataset.stage, dataset.flying])));
})"""


def test_diving_in_turns_the_picture_into_numbers_and_the_link_follows(page: Page, server: str) -> None:
    pixels = open_numbers(page, server)
    expect(pixels).to_have_attribute("data-stage", "picture")
    expect(pixels).to_have_attribute("data-numbers", "0")
    button(page, "pixel_numbers.dive").click()
    expect(pixels).to_have_attribute("data-stage", "numbers")
    expect(pixels).to_have_attribute("data-flying", "false")
    expect(pixels).not_to_have_attribute("data-numbers", "0")
    expect(page).to_have_url(re.compile("pixel_across="))
    across = str(pixels.get_attribute("data-across"))
    reopen_app(page)
    expect(pixels).to_have_attribute("data-across", across)
    expect_cell(pixels, 15, 15)

    # without motion the way back is a jump
    page.emulate_media(reduced_motion="reduce")
    expect(button(page, "pixel_numbers.surface")).to_be_visible()
    assert pixels.evaluate(PRESSED) == ["picture", "false"]
    expect(page).not_to_have_url(re.compile("pixel_across="))


def test_keys_wheel_drag_and_click_move_the_cell_channels_and_units_are_in_the_link_and_all_is_saved(
    page: Page, server: str, tmp_path: Path
) -> None:
    pixels = open_numbers(page, server, "&pixel_cell=3,4")
    page.get_by_role("application").focus()
    for key, place in (("ArrowRight", (3, 5)), ("ArrowDown", (4, 5)), ("End", (4, 31)), ("ArrowUp", (3, 31))):
        page.keyboard.press(key)
        expect_cell(pixels, *place)
    expect_said(pixels, 3, 31)
    page.keyboard.press("+")
    expect(pixels).to_have_attribute("data-across", "24.6")  # 32 / 1.3
    page.keyboard.press("-")
    expect(pixels).to_have_attribute("data-across", "32.0")
    page.keyboard.press("Home")
    expect_cell(pixels, 3, 0)
    expect(page).to_have_url(re.compile("pixel_cell=3%2C0"))
    save_whole(page, tmp_path, "cnnviz_pixel_numbers.png")
    use_wheel_and_mouse(page, pixels)
    choose_channel_and_unit(page, pixels)


def use_wheel_and_mouse(page: Page, pixels: Locator) -> None:
    box = resting_box(page.get_by_role("application"))
    x, y = box["x"] + box["width"] / 4, box["y"] + box["height"] / 4  # cell (8, 8) begins there
    page.mouse.move(x + 2, y + 2)
    before = float(str(pixels.get_attribute("data-across")))
    page.mouse.wheel(0, -300)
    expect(pixels).not_to_have_attribute("data-across", f"{before:.1f}")
    expect_said(pixels, 8, 8)  # the point under the pointer stays there
    page.mouse.click(x + 2, y + 2)
    expect_cell(pixels, 8, 8)
    page.mouse.down()
    page.mouse.move(x + 102, y + 102, steps=4)  # drags the picture along
    page.mouse.up()
    page.mouse.move(x + 103, y + 103)
    expect_said(pixels, 8, 8)


def expect_said(pixels: Locator, row: int, col: int) -> None:
    red, green, blue = IMAGE[row, col]
    words = translate("pixel_numbers.said", "en", row=row, col=col, red=red, green=green, blue=blue)
    expect(pixels.locator("[aria-live]")).to_have_text(words)


def choose_channel_and_unit(page: Page, pixels: Locator) -> None:
    page.get_by_text(translate("pixel_numbers.channel_green", "en"), exact=True).first.click()
    page.get_by_text(translate("pixel_numbers.unit_share", "en"), exact=True).click()
    page.get_by_label(translate("pixel_numbers.plain", "en")).check()
    red, green, blue = (f"{v / 255:.3f}" for v in IMAGE[8, 8])
    words = translate("pixel_numbers.said", "en", row=8, col=8, red=red, green=green, blue=blue)
    expect(pixels.locator("[aria-live]")).to_have_text(words)
    for part in ("pixel_channel=green", "pixel_unit=share", "pixel_plain=1"):
        expect(page).to_have_url(re.compile(part))
    reopen_app(page)
    expect(pixels).to_have_attribute("data-channel", "green")
    expect(pixels).to_have_attribute("data-unit", "share")
    expect(pixels).to_have_attribute("data-plain", "true")


def test_a_phone_needs_no_sideways_scrolling_in_any_view(page: Page, server: str) -> None:
    page.set_viewport_size({**PHONE})
    with touching(page):
        for view, part in (("numbers", ".pixels"), ("one_hot", ".js-plotly-plot"), ("order", ".slip")):
            open_app(page, f"{server}/data?data_view={view}&lang=ko")
            expect(page.locator(part)).to_be_visible()
            expect(page.get_by_role("heading", level=1)).to_have_text(translate("data.title", "ko"))
            expect_no_sideways_scrolling(page)


def test_a_number_is_followed_into_the_scrambled_picture_and_both_fill_up(
    page: Page, server: str, tmp_path: Path
) -> None:
    open_app(page, f"{server}/data?data_view=order&lang=en&data_pixel=right,0,0")
    slip = page.locator(".slip")
    right = page.get_by_label(translate("reshape_slip.canvas_right", "en"))
    wrong = page.get_by_label(translate("reshape_slip.canvas_wrong", "en"))
    expect(slip).to_have_attribute("data-marks", "0,1024,2048")
    right.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(slip).to_have_attribute("data-marks", ",".join(map(str, channels_first_index()[1, 1])))
    rows = slip.locator("tbody tr")
    expect(rows.nth(1)).to_contain_text(str(IMAGE[1, 1, 1]))
    # number 1,057 = 11 * 96 + 0 * 3 + 1
    expect(rows.nth(1)).to_contain_text("(11, 0) green")
    assert reshape_without_transpose(IMAGE)[11, 0, 1] == IMAGE[1, 1, 1]
    expect(page).to_have_url(re.compile("data_pixel=right%2C1%2C1"))
    box = resting_box(wrong)
    wrong.click(position={"x": box["width"] * 2.5 / 32, "y": box["height"] * 0.5 / 32})
    expect(slip).to_have_attribute("data-marks", "6,7,8")
    expect(page).to_have_url(re.compile("data_pixel=wrong%2C0%2C2"))
    reopen_app(page)
    expect(slip).to_have_attribute("data-marks", "6,7,8")

    # both pictures fill up in the order of the file
    expect(slip).to_have_attribute("data-placed", "3072")
    save_whole(page, tmp_path, "cnnviz_order_of_channels.png")
    page.get_by_role("slider").fill("1024")  # all red
    expect(slip).to_have_attribute("data-placed", "1024")
    colour = """(canvas) => {
      const { data } = canvas.getContext("2d").getImageData(2, 2, 1, 1);
      return [...data.slice(0, 3)];
    }"""
    pixel = right.evaluate(colour)
    assert pixel == [int(IMAGE[0, 0, 0]), 0, 0]
    # pressed again from there: from here it may have come to its end
    play = button(page, "reshape_slip.play")
    play.evaluate(
        """(button) => new Promise((done) => {
          const { dataset } = button.getRootNode().querySelector(".slip");
          const look = () => (dataset.placed === "1024" ? requestAnimationFrame(look) : done(button.click()));
          button.click();
          look();
        })"""
    )
    expect(play).to_be_visible()
    expect(slip).to_have_attribute("data-placed", re.compile("^(?!3072)"))


def test_a_picture_of_the_gallery_is_picked_for_the_whole_app(page: Page, server: str) -> None:
    open_app(page, f"{server}/data?lang=en")
    gallery, sidebar = page.locator(".gallery"), page.get_by_test_id("stSidebar")

    def expect_picked(name: str, number: int) -> None:
        for place in (gallery, sidebar):
            expect(place.get_by_role("radio", name=name)).to_have_attribute("aria-checked", "true")
        expect(page).to_have_url(re.compile(f"picture=sample-{number}(&|$)"))

    gallery.get_by_role("radio", name="horse (13)").click()
    expect_picked("horse (13)", 13)
    page.keyboard.press("ArrowDown")  # below the first horse stands the first ship
    expect_picked("ship (1)", 1)
