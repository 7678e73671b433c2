"""The running app in Chromium: stepping, links, uploads, languages."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cnnviz import average_pool, max_pool, relu, samples
from cnnviz.networks import zoo
from cnnviz.networks.network import forward, read_weights
from cnnviz.text import translate
from tests.browser.app_tab import open_app
from tests.browser.conftest import (
    drawn,
    expect_ended,
    next_frame,
    open_settings,
    resting_box,
)
from tests.thorough import thorough

MODEL = "keras_lecture"
WEIGHTS, _ = read_weights(MODEL)
CAT = samples().images[0]
ACTIVATIONS = forward(MODEL, WEIGHTS, CAT)
TOLERANCE = 1e-4  # the server may have computed with TensorFlow


def stepper(page: Page) -> Locator:
    component = page.locator("[data-operation]")
    expect(component).to_be_visible()
    return component


def place(component: Locator) -> tuple[int, int]:
    return int(component.get_attribute("data-row") or -1), int(component.get_attribute("data-col") or -1)


def value(component: Locator) -> float:
    return float(component.get_attribute("data-value") or "nan")


def test_a_page_opens_in_the_language_of_the_browser_and_switches(page: Page, server: str) -> None:
    """In English: test_journey. All pages: test_every_page."""
    session = page.context.new_cdp_session(page)  # not a profile of its own, which would load the app anew
    korean = {"userAgent": page.evaluate("navigator.userAgent"), "acceptLanguage": "ko-KR"}
    session.send("Emulation.setUserAgentOverride", korean)
    open_app(page, f"{server}/relu")
    expect(page.get_by_role("heading", level=1)).to_have_text(translate("relu.title", "ko"))
    expect(drawn(page, "relu")).to_be_visible()
    expect_title_and_language(page, translate("frame.page_relu", "ko"), "ko")
    session.detach()
    assert page.evaluate("navigator.language") == "en-US"
    page.get_by_role("radio", name="English").or_(page.get_by_role("button", name="English")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(translate("relu.title", "en"))
    expect(page).to_have_url(re.compile("lang=en"))
    expect_title_and_language(page, translate("frame.page_relu", "en"), "en")


def expect_title_and_language(page: Page, title: str, language: str) -> None:
    """Expect that the browser has been told what the page is called and which language it is in."""
    expect(page).to_have_title(f"{title} · CNNViz")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("link[rel~=icon]")).to_have_attribute("href", re.compile("^data:image/svg"))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("network", False),
        *([("no-such-page", True)] if thorough() else []),
        ("없는 페이지", True),
    ],
)
def test_an_address_of_no_page_leads_home(page: Page, server: str, path: str, said: bool) -> None:
    open_app(page, f"{server}/{path}?picture=sample-3&lang=ko")
    sentence = page.get_by_text(translate("frame.no_page", "ko"))
    if said:
        expect(sentence).to_have_count(1)  # at once: it is there for four seconds
    expect(page).to_have_url(re.compile(r"/\?.*picture=sample-3"))
    expect(page.get_by_role("heading", level=1)).to_have_text(translate("network.title", "ko"))
    if not said:
        expect_ended(page)
        expect(sentence).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)  # Streamlit's, in English, open until it is closed


@pytest.mark.exhaustive  # the document's language alone: test_alone
def test_a_page_in_a_frame_tells_its_language_there_and_leaves_the_page_around_it_alone(
    page: Page, server: str
) -> None:
    page.route("**/slides", lambda route: route.fulfill(content_type="text/html", body=SLIDES % server))
    page.goto(f"{server}/slides")
    expect(page.frame_locator("iframe").locator("html")).to_have_attribute("lang", "ko")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page).to_have_title("Slides")


SLIDES = '<html lang="fr"><title>Slides</title><iframe width=1200 height=800 src="%s/relu?lang=ko"></iframe>'


@pytest.mark.parametrize(
    ("query", "cell", "expected"),
    [
        *(
            [
                ("/convolution?kernel=classic&classic=identity&input=grid", (2, 3), 0.0),
                ("/convolution?kernel=typed&weights=2&input=grid&padding=valid", (1, 2), 10.0),
            ]
            if thorough()
            else []
        ),
        (
            "/convolution?kernel=classic&classic=sobel_x&input=grid&padding=valid&stride_rows=2&stride_cols=3",
            (0, 0),
            8.0,
        ),  # -3 - 0 - 1 + 0 + 10 + 2
        *([("/relu?map=5", (4, 4), float(relu(ACTIVATIONS["conv1"])[4, 4, 5]))] if thorough() else []),
    ],
)
def test_every_operation_shows_what_ops_computes(
    page: Page, server: str, query: str, cell: tuple[int, int], expected: float
) -> None:
    open_app(page, f"{server}{query}&cell={cell[0]},{cell[1]}")
    component = stepper(page)
    expect(component).to_have_attribute("data-row", str(cell[0]))
    expect(component).to_have_attribute("data-col", str(cell[1]))
    assert value(component) == pytest.approx(expected, abs=TOLERANCE)


def test_average_pooling_is_shown_beside_max_pooling(page: Page, server: str) -> None:
    open_app(page, f"{server}/pooling?map=5&order=pool_first&cell=4,4&lang=en")
    component = stepper(page)
    expect(component).to_have_attribute("data-row", "4")
    expect(component).to_have_attribute("data-col", "4")
    assert value(component) == pytest.approx(float(max_pool(ACTIVATIONS["conv2"])[4, 4, 5]), abs=TOLERANCE)
    mean = float(average_pool(ACTIVATIONS["conv2"])[4, 4, 5])
    expect(component.locator("[aria-live]")).to_contain_text(f"{mean:.3f}".rstrip("0").rstrip("."))


def test_the_grid_draws_every_map_of_the_picture_and_a_number_in_one_opens_its_own_page(
    page: Page, server: str
) -> None:
    open_app(page, f"{server}/?lang=en")
    expect(page.locator("[data-painted]")).to_be_visible()
    layers = [info.name for info in zoo.get(MODEL).layers if len(info.output_shape) == 3]
    assert len(layers) == 5
    for layer in layers:
        mosaic = page.locator(f"[data-layer={layer}]")
        expect(mosaic).to_be_visible()
        expect(mosaic).to_have_attribute("aria-label", re.compile(str(ACTIVATIONS[layer].shape[2])))
        colours = mosaic.locator("canvas").first.evaluate(
            """(canvas) => {
              const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              return new Set(new Uint32Array(data.buffer)).size;
            }"""
        )
        assert colours > 20, layer  # something was drawn, not a plain rectangle

    grid = page.locator("[data-painted]")
    before = grid.get_attribute("data-painted")
    page.get_by_role("radio", name="ship (1)").click()
    expect(grid).not_to_have_attribute("data-painted", str(before))
    expect(page).to_have_url(re.compile("picture=sample-1"))

    # a click on a number of a map opens the page that computes it
    mosaic = page.locator("[data-layer=conv2]")
    mosaic.focus()
    page.keyboard.press("ArrowRight")
    expect(grid).to_have_attribute("data-selected-layer", "conv2")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    keys = ("selected-map", "row", "col", "value")  # of one moment, and painted
    chosen = dict(
        grid.evaluate("(grid, keys) => keys.map((key) => [key, grid.getAttribute(`data-${key}`)])", keys)
    )
    page.keyboard.press("Enter")
    page.get_by_role("button", name=translate("drill.own", "en")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(translate("convolution.title", "en"))
    component = stepper(page)
    expect(component).to_have_attribute("data-row", str(chosen["row"]))
    expect(component).to_have_attribute("data-col", str(chosen["col"]))
    # the grid carries half precision, the stepper single
    assert value(component) == pytest.approx(float(str(chosen["value"])), rel=2e-3, abs=5e-3)
    index = (int(str(chosen["row"])), int(str(chosen["col"])), int(str(chosen["selected-map"])))
    ship = forward(MODEL, WEIGHTS, samples().images[1])
    assert value(component) == pytest.approx(float(ship["conv2"][index]), abs=1e-3)
    expect(page).to_have_url(re.compile("convolution_layer=conv2"))  # the link follows the drawing


def test_back_leaves_the_page_however_much_was_stepped_and_the_last_step_is_kept(
    page: Page, server: str
) -> None:
    open_app(page, f"{server}/?lang=en")
    expect(page.locator("[data-painted]")).to_be_visible()
    page.get_by_role("link", name=translate("frame.page_convolution", "en"), exact=True).click()
    component = stepper(page)
    expect_title_and_language(page, translate("frame.page_convolution", "en"), "en")
    component.focus()
    for column in (17, 18):
        page.keyboard.press("ArrowRight")
        expect(page).to_have_url(re.compile(f"cell=16%2C{column}"))
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(translate("network.title", "en"))
    expect_title_and_language(page, translate("frame.page_network", "en"), "en")
    expect(page.locator("[data-operation]")).to_have_count(0)  # it stands until the run has ended
    page.go_forward()
    expect(stepper(page)).to_have_attribute("data-step", str(16 * 32 + 18))

    # a step made just before leaving is kept
    page.get_by_role("button", name=translate("stepper.next", "en")).click()
    relu_page = page.get_by_role("link", name=translate("frame.page_relu", "en"), exact=True)
    relu_page.hover()  # on the way out
    expect(page).to_have_url(re.compile("cell=16%2C19"))
    relu_page.click()
    rectified = page.locator("[data-operation=relu]")
    expect(rectified).to_be_visible()
    expect_ended(page)
    expected = float(relu(ACTIVATIONS["conv1"])[(*place(rectified), 0)])
    assert value(rectified) == pytest.approx(expected, abs=TOLERANCE)
    page.get_by_role("link", name=translate("frame.page_convolution", "en"), exact=True).click()
    expect(page.locator("[data-operation=conv]")).to_have_attribute("data-step", str(16 * 32 + 19))


def test_channels_picked_one_after_the_other_stay_picked(page: Page, server: str) -> None:
    open_app(page, f"{server}/convolution?convolution_layer=conv2&map=5&lang=en")
    component = stepper(page)
    for channel in (17, 0):
        component.locator(f"[data-kind=sum][data-k='{channel}']").click()
        expect(component).to_have_attribute("data-channel", str(channel))
        told = re.compile(f"channel={channel}(&|$)") if channel else re.compile("^((?!channel=).)*$")
        expect(page).to_have_url(told)
        expect_ended(page)  # a late echo would have arrived
        next_frame(page)
        expect(component).to_have_attribute("data-channel", str(channel))


def test_a_choice_that_another_network_lacks_comes_back(page: Page, server: str) -> None:
    open_app(
        page,
        f"{server}/convolution?model=tensorflow_lecture&convolution_layer=conv3&map=100&cell=3,3&lang=en",
    )
    expect(stepper(page)).to_have_attribute("data-step", str(3 * 8 + 3))
    page.get_by_role("link", name=translate("frame.page_pooling", "en"), exact=True).click()
    expect(page).to_have_url(re.compile("/pooling"))
    expect(page.locator("[data-operation=max]")).to_be_visible()
    page.get_by_role("link", name=translate("frame.page_convolution", "en"), exact=True).click()
    expect(page.locator("[data-operation=conv]")).to_be_visible()
    expect(page).to_have_url(re.compile("convolution_layer=conv3.*map=100|map=100.*convolution_layer=conv3"))


def picture(kind: str, size: tuple[int, int] = (60, 40)) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), np.uint8)
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def test_uploads_good_and_bad_and_the_part_of_one_that_is_used(page: Page, server: str) -> None:
    """What is wrong with a picture, all of it: tests/data/test_upload.py."""
    open_app(page, f"{server}/data?data_view=numbers&lang=en")
    grid = page.locator(".pixels[data-painted]")
    expect(grid).to_be_visible()
    before = grid.get_attribute("data-painted")
    open_settings(page).get_by_text(translate("frame.source_upload", "en"), exact=True).click()
    chooser = page.locator("input[type=file]")
    expect(chooser).to_have_attribute("accept", re.compile("image/jpeg.*[.]jfif"))  # what a dialog offers
    good = picture("PNG")
    for name, content, reason in (
        ("broken.png", good[:200], "upload_damaged"),
        ("large.png", good + b"\0" * (5 * 2**20), "upload_bytes"),
    ):
        chooser.set_input_files({"name": name, "mimeType": "image/png", "buffer": content})
        expect(page.get_by_text(translate(f"error.{reason}", "en"))).to_be_visible()
        expect_ended(page)
        next_frame(page)
        assert grid.get_attribute("data-painted") == before  # the app keeps its state
    # the content counts, not the name
    for name, kind, size in (("a.jfif", "JPEG", (40, 40)), ("no_ending", "WEBP", (300, 200))):
        before = grid.get_attribute("data-painted")
        content = picture(kind, size)
        chooser.set_input_files({"name": name, "mimeType": "", "buffer": content})
        expect(page.get_by_text(name)).to_be_visible()
        expect(grid).not_to_have_attribute("data-painted", str(before))
    expect(page.get_by_text(translate("frame.crop", "en", size="32×32"))).to_be_visible()
    expect(chooser).to_have_attribute("accept", re.compile("image/jpeg.*[.]jfif"))

    # the part that is used is moved, and stays in the link
    crop = page.locator(".crop[data-drawn]")
    expect(crop).to_have_attribute("data-left", "50")
    before = grid.get_attribute("data-painted")
    frame = crop.locator("canvas")
    frame.press("-")
    frame.press("ArrowRight")
    expect(crop).to_have_attribute("data-height", "193")
    next_frame(page)  # the second key, too
    left, top = (crop.get_attribute(f"data-{edge}") for edge in ("left", "top"))
    page.wait_for_url(re.compile(f"crop={left}%2C{top}%2C193"))
    expect(grid).not_to_have_attribute("data-painted", str(before))
    box = resting_box(frame)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"], box["y"])
    page.mouse.up()
    expect(crop).to_have_attribute("data-left", "0")
    page.wait_for_url(re.compile("crop=0%2C0%2C193"))
