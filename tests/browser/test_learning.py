"""Filters that learn in Chromium: keys, dragging, playing, filters, links."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cnnviz import samples, tokens
from cnnviz.explain import learning
from cnnviz.text import translate
from cnnviz.training import recording as recordings
from tests.browser.app_tab import open_app, reopen_app
from tests.browser.conftest import OpenPage, open_settings, resting_box
from tests.browser.saving import save_whole

CAT = samples().images[0]
TYPE_SIZES = Path(__file__).with_name("type_sizes.js").read_text("utf-8")


@pytest.fixture(scope="module")
def run() -> recordings.Recording:
    return learning.downsampled(recordings.read("keras_lecture"))


def opened(page: Page, url: str) -> Locator:
    open_app(page, url)
    view = page.locator(".learning")
    expect(view).to_have_attribute("data-painted", re.compile("."))
    return view


def slider(view: Locator) -> Locator:
    return view.get_by_role("slider", name=translate("learning_view.axis", "en"))


def mosaic(view: Locator, name: str) -> Locator:
    return view.locator(f".{name} .mosaic")


def picture(canvas: Locator) -> str:
    return str(canvas.evaluate("(canvas) => canvas.toDataURL()"))


def expect_moment(view: Locator, run: recordings.Recording, moment: int, sample: int = 0) -> None:
    """Expect everything on screen to belong to a moment."""
    expect(view).to_have_attribute("data-moment", str(moment))
    expect(view).to_have_attribute("data-step", str(run.steps[moment]))
    expect(slider(view)).to_have_attribute("aria-valuenow", str(moment))
    expect(view).to_have_attribute("data-answer", str(run.probabilities[moment, sample].argmax()))
    accuracy = f"test accuracy {100 * run.accuracy[moment]:.1f}%"
    expect(view.locator(".now")).to_contain_text(accuracy)
    expect(slider(view)).to_have_attribute("aria-valuetext", re.compile(f", {accuracy}$"))


def test_keys_go_through_time_weights_are_readable_a_filter_is_picked_and_the_link_follows(
    page: Page, server: str, run: recordings.Recording
) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    view = opened(page, f"{server}/learning?lang=en")
    page.evaluate(f"() => {{ {TYPE_SIZES} }}")
    end = len(run) - 1
    expect_moment(view, run, 0)
    expect(view.locator(".now b")).to_have_text(translate("learning.before", "en"))
    noise = [picture(mosaic(view, name)) for name in ("kernels", "maps")]
    slider(view).focus()
    page.keyboard.press("End")
    expect_moment(view, run, end)
    assert not {picture(mosaic(view, name)) for name in ("kernels", "maps")} & set(noise)
    page.keyboard.press("ArrowRight")  # nothing comes after the end
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect_moment(view, run, end - 2)
    page.keyboard.press("Home")
    expect_moment(view, run, 0)
    assert [picture(mosaic(view, name)) for name in ("kernels", "maps")] == noise
    sizes = view.evaluate("(view) => typeSizes([...view.querySelectorAll('.cells canvas')])")
    assert "0.118" in [words for _, words in sizes]
    assert min(size for size, _ in sizes) >= 12.5
    view.get_by_role("button", name=translate("learning_view.next", "en")).click()
    page.keyboard.press("ArrowRight")
    expect_moment(view, run, 2)
    expect(page).to_have_url(re.compile(f"learning_step={run.steps[2]}(&|$)"))

    page.keyboard.press("End")
    expect_moment(view, run, end)
    last = learning.maps(run, "conv1", CAT)[-1]
    chosen = int(np.maximum(last, 0).std(axis=(0, 1)).argmax())
    expect(view).to_have_attribute("data-filter", str(chosen))  # the one with most to see
    maps = mosaic(view, "maps")
    box = resting_box(maps)
    step = (box["width"] + 3) / 8  # eight tiles and 3 px between them
    picked = 9 if chosen != 9 else 11
    maps.click(position={"x": (picked % 8 + 0.5) * step, "y": (picked // 8 + 0.5) * step})
    expect(view).to_have_attribute("data-filter", str(picked))
    expect(view.locator(".weights h2")).to_have_text(f"Convolution 1, filter {picked}")
    values = last[..., picked]
    label = translate(
        "learning_view.range", "en", min=number(float(values.min())), max=number(float(values.max()))
    )
    expect(view.locator(".effect .map")).to_have_attribute("aria-label", f"map {picked}: {label}")
    numbers = str(view.locator(".cells canvas").nth(1).get_attribute("aria-label"))
    expected = recordings.read("keras_lecture").weights["conv1.kernel"][-1, :, :, 0, picked].ravel()
    found = [float(word.replace("−", "-")) for word in numbers.removeprefix("red: ").split(", ")]
    np.testing.assert_allclose(found, expected, atol=0.006)
    page.mouse.move(5, 5)
    page.keyboard.press("ArrowDown")  # the mosaic has the focus
    page.keyboard.press("ArrowLeft")
    expect(view).to_have_attribute("data-filter", str(picked + 7))
    expect_moment(view, run, end)  # here the arrows choose a filter
    mosaic(view, "kernels").hover(position={"x": 3, "y": 3})
    expect(view).to_have_attribute("data-filter", "0")  # to point at one is to look
    page.mouse.move(5, 5)
    expect(view).to_have_attribute("data-filter", str(picked + 7))
    expect(page).to_have_url(re.compile(f"learning_filter={picked + 7}(&|$)"))
    reopen_app(page)
    expect(view).to_have_attribute("data-filter", str(picked + 7))
    expect_moment(view, run, end)


def test_dragging_along_the_axis_scrubs_and_relu_and_colours_are_switched_in_the_browser(
    page: Page, server: str, run: recordings.Recording
) -> None:
    view = opened(page, f"{server}/learning?lang=en&learning_layer=conv2&picture=sample-7")
    box = resting_box(slider(view))

    def x(moment: float) -> float:  # 44 px for the labels at the left, 18 px at the right
        return box["x"] + 44 + moment * (box["width"] - 62) / (len(run) - 1)

    y = box["y"] + box["height"] / 3
    page.mouse.move(x(3), y)
    page.mouse.down()
    expect_moment(view, run, 3, 7)
    page.mouse.move(x(6.4), y, steps=5)
    expect_moment(view, run, 6, 7)  # the nearest one, while the button is still held
    page.mouse.move(box["x"] + box["width"] + 200, y + 200, steps=5)
    expect_moment(view, run, len(run) - 1, 7)
    page.mouse.move(x(5), y)
    page.mouse.up()
    page.mouse.move(x(9), y)
    expect_moment(view, run, 5, 7)  # let go is let go
    expect(page).to_have_url(re.compile(f"learning_step={run.steps[5]}(&|$)"))

    seen = [picture(mosaic(view, "maps"))]
    view.get_by_role("radio", name=translate("learning_view.after_relu", "en")).click()
    expect(view).to_have_attribute("data-relu", "true")
    expect(view.locator(".effect .map")).to_have_attribute("aria-label", re.compile("min 0,"))
    seen.append(picture(mosaic(view, "maps")))
    view.get_by_role("radio", name=translate("learning_view.scale_moment", "en")).click()
    expect(view).to_have_attribute("data-scale", "moment")
    seen.append(picture(mosaic(view, "maps")))
    assert len(set(seen)) == 3
    expect(page).to_have_url(re.compile("learning_relu=1.*learning_scale=moment"))
    page.keyboard.press("ArrowLeft")  # among the choices the arrows choose
    expect(view).to_have_attribute("data-scale", "training")
    expect(view).to_have_attribute("data-moment", "5")
    expect(view.get_by_role("radio", name=translate("learning_view.scale_training", "en"))).to_be_focused()
    page.get_by_role("radio", name=re.compile("^Convolution 1")).or_(
        page.get_by_role("button", name=re.compile("^Convolution 1"))
    ).first.click()
    expect(view.locator(".kernels h2")).to_contain_text("Convolution 1")
    expect(view).to_have_attribute("data-relu", "true")  # another layer, the same look


def test_playing_asks_nothing_of_the_server(page: Page, server: str, run: recordings.Recording) -> None:
    sent: list[str | bytes] = []  # what the view says; the rest of the page has its own to say meanwhile

    def note(frame: str | bytes) -> None:
        if isinstance(frame, bytes) and b"-learning_view__events" in frame:
            sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", note))
    view = opened(page, f"{server}/learning?lang=en&learning_step={run.steps[10]}")
    view.get_by_role("combobox", name=translate("learning_view.speed", "en")).select_option("8")
    view.get_by_role("button", name=translate("learning_view.play", "en"), exact=True).click()
    view.evaluate(
        """(view) => new Promise((done) => {
          const look = () => (Number(view.dataset.moment) >= 18 ? done() : requestAnimationFrame(look));
          look();
        })"""
    )
    assert not sent
    expect(view).to_have_attribute("data-playing", "false")
    expect_moment(view, run, len(run) - 1)  # it stops at the end
    expect(page).to_have_url(re.compile(f"learning_step={run.steps[-1]}(&|$)"))
    assert sent  # where it came to rest is told
    view.get_by_role("combobox", name=translate("learning_view.speed", "en")).select_option("4")
    view.get_by_role("button", name=translate("learning_view.play", "en"), exact=True).click()
    # from the beginning again, and long before the end
    expect(view).to_have_attribute("data-moment", re.compile(f"^(?!{len(run) - 1}$)([2-9]|[0-9]{{2}})$"))
    page.keyboard.press("ArrowLeft")
    slider(view).focus()
    page.keyboard.press(" ")
    expect(view).to_have_attribute("data-playing", "false")
    expect(page).to_have_url(re.compile(f"learning_step={view.get_attribute('data-step')}(&|$)"))


def number(value: float) -> str:
    """Write a number as the component does, between 0.2 and 10."""
    return f"{value:.2f}".replace("-", "−")


def test_an_uploaded_picture_has_maps_and_a_reason_for_no_predictions_and_all_is_saved(
    open_page: OpenPage, server: str, tmp_path: Path
) -> None:
    page = open_page(reduced_motion="reduce")
    view = opened(page, f"{server}/learning?lang=en&learning_step=10")
    # without motion playing is slow and never starts by itself
    expect(view.get_by_role("combobox", name=translate("learning_view.speed", "en"))).to_have_value("1")
    expect(view).to_have_attribute("data-playing", "false")
    expect(view).to_have_attribute("data-step", "10")
    colours = save_whole(page, tmp_path, "cnnviz_learning_conv1.png")
    # the button that plays is as on the page: of a sheet that is imported
    assert colours[tokens.rgb(tokens.colour("accent"))] > 20_000
    painted, maps = view.get_attribute("data-painted"), picture(mosaic(view, "maps"))
    expect(view.locator(".missing")).to_be_hidden()
    open_settings(page).get_by_text(translate("frame.source_upload", "en"), exact=True).click()
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)).save(buffer, "PNG")
    page.locator("input[type=file]").set_input_files(
        {"name": "mine.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    )
    expect(view).not_to_have_attribute("data-painted", str(painted))
    expect(view.locator(".missing")).to_have_text(translate("learning_view.no_predictions", "en"))
    expect(view).to_have_attribute("data-answer", "")
    expect(view).to_have_attribute("data-step", "10")
    assert picture(mosaic(view, "maps")) != maps
