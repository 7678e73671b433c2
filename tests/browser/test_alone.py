"""Components by themselves: what a visitor does between two runs of Python, and what comes back late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from cnnviz import Window
from cnnviz.arithmetic.transform import MAX_SHIFT
from cnnviz.components.batch_view import WAYS
from cnnviz.components.batch_view import Selection as BatchSelection
from cnnviz.components.batch_view import payload as batch_payload
from cnnviz.components.crop_picker import payload as crop_payload
from cnnviz.components.descent import RATES, STEPS
from cnnviz.components.exercise_view import Source
from cnnviz.components.exercise_view import payload as exercise_payload
from cnnviz.components.feature_grid import DrillDown
from cnnviz.components.feature_grid import payload as grid_payload
from cnnviz.components.fooling_view import Step
from cnnviz.components.fooling_view import payload as fooling_payload
from cnnviz.components.heat_map import Selection
from cnnviz.components.heat_map import payload as heat_payload
from cnnviz.components.learning_view import Selection as Moment
from cnnviz.components.learning_view import payload as learning_payload
from cnnviz.components.navigation import FIRST, ICONS, Words
from cnnviz.components.network_map import payload as map_payload
from cnnviz.components.pixel_numbers import PixelView
from cnnviz.components.pixel_numbers import payload as pixel_payload
from cnnviz.components.playground import STEPS as TRAINED
from cnnviz.components.reshape_slip import FollowedPixel
from cnnviz.components.reshape_slip import payload as slip_payload
from cnnviz.components.shifts import ComparedNetwork
from cnnviz.components.shifts import Selection as Shift
from cnnviz.components.shifts import payload as shifts_payload
from cnnviz.components.stack_editor import payload as stack_payload
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import Preprocessing
from cnnviz.data.upload import Crop, Upload
from cnnviz.explain import learning
from cnnviz.explain.attribution import registry
from cnnviz.explain.attribution.base import HeatMap
from cnnviz.explain.fooling import LARGEST, Fooling
from cnnviz.explain.payload import payload as stepper_payload
from cnnviz.explain.scene import scene
from cnnviz.explain.worksheet import Question
from cnnviz.formats.packing import pack
from cnnviz.networks import zoo
from cnnviz.networks.builder import analyze, parse
from cnnviz.networks.graph import dense_layers
from cnnviz.text import section, translate
from tests.browser.alone import SLOW_FRAMES, Alone
from tests.browser.app_tab import show_html
from tests.browser.conftest import load_modules
from tests.browser.saving import saved
from tests.browser.test_leaks import grids, run
from tests.components.test_dense_view import LAYERS, look
from tests.components.test_dense_view import NAMES as CLASSES
from tests.components.test_layer_overview import overview_payload
from tests.explain.test_learning import CAT, recorded
from tests.unpack import unpack

RECOLOUR = """
  document.documentElement.style.setProperty("--signed-name", "another");
  dispatchEvent(new Event("cnnviz-recoloured"));
"""


def test_other_colours_leave_the_stepper_where_the_visitor_is(page: Page) -> None:
    pooled = scene(np.arange(36.0).reshape(6, 6, 1), Window(2, 2), "max")
    alone = Alone(page, "stepper")
    alone.give(stepper_payload(pooled, "en"))
    view = page.locator(".stepper")
    view.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("sent.length === 1")
    assert alone.sent() == [["selection", {"cell": [0, 2], "channel": 0}]]
    alone.give(stepper_payload(pooled, "en", cell=(0, 2)))
    page.evaluate(RECOLOUR)
    alone.painted()
    expect(view).to_have_attribute("data-step", "2")


def test_the_stepper_paints_another_scene_only_once_it_has_a_width(page: Page) -> None:
    x = np.arange(36.0).reshape(6, 6, 1)
    alone = Alone(page, "stepper")
    alone.give(stepper_payload(scene(x, Window((2, 2)), "max"), "en"))
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.evaluate("document.querySelector('main').hidden = true")  # as where a step of the lecture comes up
    alone.give(stepper_payload(scene(np.pad(x, ((2, 2), (2, 2), (0, 0))), Window((2, 2)), "max"), "en"))
    page.evaluate(
        "document.querySelector('[data-do=last]').click()"
    )  # a cell that the first one did not have
    alone.painted()
    assert not faults
    page.evaluate("document.querySelector('main').hidden = false")
    expect(page.locator("figure.output figcaption span")).to_have_text("9 × 9")


def test_the_stepper_calls_padding_and_signs_what_they_are(page: Page) -> None:
    alone = Alone(page, "stepper")
    x = np.zeros((1, 3, 1))
    x[0, :, 0] = 1000, -0.0001, 0  # the second has the colour of zero
    alone.give(stepper_payload(scene(x, Window((1, 1)), "max"), "en", cell=(0, 1)))
    cell = page.locator("[data-kind=patch]").first
    expect(cell).to_have_class("number negative winner")
    page.locator(".stepper").focus()
    page.keyboard.press("ArrowRight")
    expect(cell).to_have_class("number winner")

    alone.give(stepper_payload(scene(x - 1, Window((1, 3), padding="same"), "max"), "en"))
    page.keyboard.press("Home")
    cell.hover()
    expect(page.locator(".readout")).to_have_text(translate("stepper.padding_ignored", "en"))


FLOOR = """
  document.documentElement.style.setProperty("--type-floor", "40px");
  dispatchEvent(new Event("resize"));
"""


def test_type_grows_at_the_width_that_there_is(page: Page) -> None:
    alone = Alone(page, "stepper")
    alone.give(stepper_payload(scene(np.arange(36.0).reshape(6, 6, 1), Window(2, 2), "max"), "en"))
    page.evaluate(FLOOR)
    assert page.evaluate("document.querySelector('.math').style.getPropertyValue('--type')") == "40px"

    page.reload()
    alone = Alone(page, "reshape_slip")
    page.evaluate("document.documentElement.style.setProperty('--type-small', '1rem')")
    alone.give(slip_payload(picture(), language="en", pixel=FollowedPixel()))
    strip = page.locator(".file canvas")
    height = strip.evaluate("(canvas) => canvas.clientHeight")
    page.evaluate(FLOOR)
    alone.painted()
    assert strip.evaluate("(canvas) => canvas.clientHeight") > height


DENSER = """
  document.documentElement.dataset.zoom = "2";
  dispatchEvent(new Event("resize"));
"""
WIDTH = "(canvas) => canvas.width"


def test_maps_are_sharp_at_another_density_and_a_finger_moves_none_that_is_closed(page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    alone = Alone(page, "feature_grid")
    activations, image = run()
    layers, drill = zoo.get("mlp").layers, DrillDown({}, Preprocessing())
    alone.give(
        grid_payload(
            activations,
            layers,
            image,
            class_names=CIFAR10.classes,
            true_label=None,
            language="en",
            drill=drill,
        )
    )
    picture_ = page.locator(".input canvas")
    width = picture_.evaluate(WIDTH)
    page.evaluate(DENSER)
    alone.painted()
    assert picture_.evaluate(WIDTH) == 2 * width
    page.locator(".surface").first.press("Enter")
    page.locator(".drill-close").click()
    page.locator(".drill-into canvas").evaluate("""(canvas) => {
      canvas.dispatchEvent(new PointerEvent("pointermove", { pointerType: "touch", buttons: 1 }));
      canvas.click();
    }""")
    assert errors == []


def test_the_overview_is_painted_whole_where_only_its_place_was_due_and_ends_with_what_it_waits_for(
    page: Page,
) -> None:
    alone = Alone(page, "layer_overview")
    alone.give(overview_payload())
    card = page.locator(".layer canvas").first
    expect(page.locator(".overview[data-painted]")).to_be_visible()
    width = card.evaluate(WIDTH)
    lens = page.locator(".lens canvas")
    move = 'new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true })'
    lens.evaluate(f"(lens) => {{ lens.dispatchEvent({move}); {DENSER} }}")
    alone.painted()
    assert card.evaluate(WIDTH) == 2 * width

    page.evaluate("() => { window.asked = []; window.fetch = () => new Promise((_, no) => asked.push(no)); }")
    lens.press("Enter")
    page.wait_for_function("asked.length")
    page.evaluate("end(); for (const no of asked) no(new Error());")
    alone.painted()
    expect(page.locator(".missing")).to_have_text("")


NAMES = ("cat", "dog", "ship")
SHARES = np.array([0.8, 0.15, 0.05], np.float32)
FOCUSED = "document.activeElement.className"


def picture(side: int = 8) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)


def dense_payload(names: Sequence[str], entry: int) -> bytes:
    """Return the payload of the last layer of a network with so many classes."""
    packed = look("mlp", dense_layers(LAYERS["mlp"])[-1].name).payload(
        section("dense_view", "en"),
        titles={info.name: info.name for info in LAYERS["mlp"]},
        class_names=names,
        true_label=None,
        entry=entry,
    )
    header, arrays = unpack(packed)
    last = f"values_{len(header['layers']) - 1}"
    return pack(header, {**arrays, last: arrays[last][: len(names)]})


def test_what_was_found_for_one_class_is_not_said_of_the_next(page: Page) -> None:
    signs = np.ones((8, 8, 3), np.int8)
    found = Fooling(0, 1, signs, np.tile(SHARES, (LARGEST + 1, 1)), None)
    step = partial(fooling_payload, picture(), probabilities=SHARES, class_names=NAMES, language="en")
    alone = Alone(page, "fooling_view")
    alone.give(step(None, selection=Step(None, 1)))
    expect(page.locator(".least")).to_be_hidden()  # not: no step is enough
    alone.give(step(found, selection=Step(None, 1)))
    expect(page.locator(".least")).to_be_visible()
    none = translate("fooling_view.none_toward", "en", largest=LARGEST, name="{name}")
    expect(page.locator(".verdict")).to_contain_text(none.format(name="dog"))
    page.get_by_role("radio", name="ship").click()
    alone.painted()
    assert alone.sent() == [["selection", {"size": None, "toward": 2}]]
    expect(page.locator(".verdict")).to_contain_text(none.format(name="dog"))
    alone.give(step(replace(found, toward=2), selection=Step(None, 2)))
    expect(page.locator(".verdict")).to_contain_text(none.format(name="ship"))

    maps, weights = np.ones((2, 4, 4)), np.ones(2)
    method = registry.get("grad_cam")
    heat = HeatMap(method.name, maps.sum(axis=0), {"maps": maps, "weights": weights}, {})
    alone = Alone(page, "heat_map")
    alone.give(
        heat_payload(
            picture(),
            method,
            heat,
            probabilities=SHARES,
            class_names=NAMES,
            layer="conv1",
            selection=Selection(0, 0, 50, 0),
            language="en",
        )
    )
    page.get_by_role("radio", name="ship").click()
    alone.painted()
    expect(page.locator(".over figcaption")).to_contain_text("cat")  # the map is still the cat's


def test_keys_of_the_browser_are_not_taken_for_choices(page: Page) -> None:
    strip = {"address": "", "height": 2, "width": 2}
    shared = {"captions": ["a", "b", "c"], "selected": 1, "label": "pictures", "strip": strip}
    gallery = {**shared, "groups": [{"name": "", "note": "", "size": 3}], "cards": False, "large": False}
    for name, data in (("picture_picker", shared), ("gallery", gallery)):
        alone = Alone(page, name)
        alone.give(data)
        page.get_by_role("radio", name="b").focus()
        page.keyboard.press("Alt+ArrowLeft")
        assert alone.sent() == []
        page.keyboard.press("ArrowLeft")
        assert alone.sent() == [["selection", 0]]
    for data, name, selectors in (
        (grids()[0], "feature_grid", (".card .surface", ".lens canvas")),
        (dense_payload(CLASSES, 0), "dense_view", (".units .layers", ".terms .term")),
    ):
        Alone(page, name).give(data)
        page.evaluate("addEventListener('keydown', (event) => { window.kept = event.defaultPrevented; })")
        for selector in selectors:
            page.locator(selector).first.focus()
            for key, kept in (("ArrowDown", True), ("Alt+ArrowDown", False)):
                page.keyboard.press(key)
                assert page.evaluate("kept") == kept, (selector, key)


def bowl(steps: int) -> dict[str, Any]:
    """Return what the optimisers get, on a surface that is a bowl."""
    side = np.linspace(-1, 1, 9)
    losses = 1 + side**2 + side[:, np.newaxis] ** 2
    walk = {"start": [-0.5, 0.5], "rate": "right", "rule": "sgd", "steps": steps}
    surface = {"network": "", "losses": losses.tolist(), "reach": 1.0, "rates": RATES, "last": STEPS}
    return {"text": section("descent", "en"), **surface, "selection": walk}


def test_a_button_that_has_done_all_keeps_the_focus(page: Page) -> None:
    alone = Alone(page, "descent")
    alone.give(bowl(STEPS - 1))
    for name in ("once", "reset"):
        button = page.locator(f".{name}")
        button.press("Enter")
        alone.painted()
        expect(button).to_be_disabled()
        assert page.evaluate(FOCUSED) == name

    alone = Alone(page, "stack_editor")
    stack = parse("r")
    alone.give(stack_payload(stack, analyze(stack), language="en"))
    page.locator("button.remove").press("Enter")
    expect(page.get_by_role("tab", selected=True)).to_be_focused()  # the last block is gone


def test_a_place_in_a_batch_stays_where_it_is_in_smaller_maps(page: Page) -> None:
    statistics = {"mean": 0.0, "variance": 1.0, "gamma": 1.0, "beta": 0.0, "epsilon": 0.001}
    ways = dict.fromkeys(WAYS, statistics)
    alone = Alone(page, "batch_view")
    for size in (8, 4):
        values = np.random.default_rng(0).normal(size=(4, size, size))
        alone.give(batch_payload(values, ways, BatchSelection("training", "mean", (1, 2, 3)), language="en"))
        words = translate("batch_view.count", "en", picture=2, row=2, col=3)
        expect(page.locator(".count")).to_have_text(words)


def test_the_frame_of_a_small_picture_follows_the_pointer(page: Page) -> None:
    alone = Alone(page, "crop_picker")
    page.add_style_tag(content="main { width: 400px; }")
    alone.give(crop_payload(Upload.of(picture(40)), (32, 32), Crop(0, 0, 20), language="en"))
    view = page.locator(".crop")
    expect(view).to_have_attribute("data-left", "0")
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    for step in range(4, 101, 4):  # ten of the picture's pixels, each in several moves
        page.mouse.move(box["x"] + 50 + step, box["y"] + 50)
    page.mouse.up()
    expect(view).to_have_attribute("data-left", "10")


def test_a_part_of_a_map_opens_where_it_is_and_a_lost_button_does_not_drag(page: Page) -> None:
    alone = Alone(page, "network_map")
    page.add_style_tag(content=".window { width: 240px; }")  # the map is wider
    alone.give(map_payload(zoo.get("resnet").graph, "en"))
    window = page.locator(".window")
    page.locator(".part.several").nth(1).click(position={"x": 20, "y": 10})
    window.evaluate("(window) => window.scrollTo(0, 0)")
    part = page.locator(".part.several[aria-level='2']").first
    name = part.get_attribute("aria-label")
    before = part.bounding_box()
    assert before is not None
    page.mouse.click(before["x"] + 20, before["y"] + 10)
    alone.painted()
    after = page.locator(f".part.open[aria-label='{name}']").bounding_box()
    assert after is not None
    assert abs((2 * after["x"] + after["width"]) - (2 * before["x"] + before["width"])) <= 4

    window.evaluate("""(window) => {
      const [place, options] = [window.scrollTop, { bubbles: true, pointerType: "mouse", clientX: 100 }];
      const send = (type, more) => window.dispatchEvent(new PointerEvent(type, { ...options, ...more }));
      send("pointerdown", { clientY: 300, button: 0, buttons: 1 });
      send("pointermove", { clientY: 290, buttons: 1 });
      send("pointermove", { clientY: 200, buttons: 0 });
    }""")
    assert window.evaluate("(window) => window.scrollTop") == 10
    page.locator(".part.open").first.click(position={"x": 20, "y": 10})  # it was no end of the drag
    expect(page.locator(".part.open")).to_have_count(0)


def test_links_that_do_not_wait_for_a_page_lead_where_they_say(page: Page) -> None:
    page.route("http://app.test/**", lambda route: route.fulfill(body="", content_type="text/html"))
    page.goto("http://app.test/pooling?lang=ko")
    alone = Alone(page, "navigation")
    names = ("network", "lecture", "convolution", "pooling", "relu")
    pages = [{"name": name, "title": name, "url": "" if name == "network" else name} for name in names]

    def give(current: str) -> None:
        alone.give(
            {
                "menus": [{"title": "", "pages": pages}],
                "current": current,
                "words": dict.fromkeys(Words._fields, ""),
                "first": FIRST,
                "icons": ICONS,
                "carried": ["lang"],
                "controls": False,
                "choice": "",
            }
        )

    give("pooling")
    line = page.locator(".line")
    for name in ("relu", "lecture", "pooling", "relu"):
        line.get_by_role("link", name=name).press("Enter")
        expect(page).to_have_url(f"http://app.test/{name}?lang=ko")
    give("relu")
    expect(line.get_by_role("link", name="relu")).to_be_focused()  # though all links are made anew
    expect(line.locator("[aria-current]")).to_have_text("relu")


def test_a_smaller_picture_is_pointed_at_inside_of_it_and_fills_the_screen(page: Page) -> None:
    alone = Alone(page, "pixel_numbers")
    give = partial(pixel_payload, scaling=CIFAR10.preprocessing, language="en")
    alone.give(give(picture(32), view=PixelView(31, 31)))
    page.locator(".screen").hover(position={"x": 515, "y": 515})
    alone.painted()
    small = picture(8)
    alone.give(give(small, view=PixelView(7, 7, across=8)))
    expect(page.locator(".where b")).to_have_text(translate("pixel_numbers.where", "en", row=7, col=7))
    expect(page.locator("td.value").first).to_have_text(str(small[7, 7, 0]))
    expect(page.locator(".pixels")).to_have_attribute("data-across", "8.0")


def test_numbers_of_a_large_picture_are_followed_into_the_file(page: Page) -> None:
    alone = Alone(page, "reshape_slip")
    alone.give(slip_payload(picture(128), language="en", pixel=FollowedPixel("right", 100, 90)))
    first = 100 * 128 + 90
    marks = ",".join(str(first + 128 * 128 * channel) for channel in range(3))
    expect(page.locator(".slip")).to_have_attribute("data-marks", marks)
    place = translate("reshape_slip.position", "en", row=100, col=90, channel="{channel}")
    for name, cell in zip(("red", "green", "blue"), page.locator("tbody td:nth-child(3)").all(), strict=True):
        channel = translate(f"reshape_slip.channel_{name}", "en")
        expect(cell).to_have_text(place.format(channel=channel))


def test_the_classes_of_a_network_before_are_gone_and_other_colours_move_nothing(page: Page) -> None:
    alone = Alone(page, "dense_view")
    alone.give(dense_payload(CLASSES, 0))
    page.locator("[aria-valuemax]").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("sent.length === 1")
    alone.give(dense_payload(CLASSES, 1))
    page.evaluate(RECOLOUR)
    alone.painted()
    expect(page.locator(".dense")).to_have_attribute("data-entry", "1")
    alone.give(dense_payload(CLASSES[:3], 1))
    expect(page.locator(".answers ol .name")).to_have_text(list(CLASSES[:3]))
    expect(page.locator("tbody th")).to_have_text(list(CLASSES[:3]))


def test_enter_that_ends_a_syllable_looks_for_nothing_more(page: Page) -> None:
    alone = Alone(page, "network_map")
    alone.give(map_payload(zoo.get("resnet").graph, "ko"))
    field = page.locator(".find input")
    field.fill("합성곱")
    found = page.locator(".found")
    first = found.inner_text()
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    expect(found).to_have_text(first)
    field.press("Enter")
    expect(found).not_to_have_text(first)


def test_a_training_that_is_stopped_does_not_run_on_to_where_its_link_leads(page: Page) -> None:
    alone = Alone(page, "playground")
    chosen = {"kind": "spiral", "seed": 0, "steps": TRAINED}
    page.evaluate(
        "(data) => { give(data); for (const _ of [0, 1]) document.querySelector('.go').click(); }",
        {"text": section("playground", "en"), "last": TRAINED, "selection": chosen},
    )
    alone.painted()
    view = page.locator(".play")
    steps = str(view.get_attribute("data-steps"))
    for _ in range(5):
        alone.painted()
    expect(view).to_have_attribute("data-steps", steps)


def test_a_picture_that_is_saved_before_its_view_is_shown_is_not_empty(page: Page, tmp_path: Path) -> None:
    alone = Alone(page, "reshape_slip")
    alone.give(slip_payload(picture(32), language="en", pixel=FollowedPixel("right", 0, 0)))
    page.locator(".slip").evaluate(
        "(view) => view.style.opacity = 0"
    )  # as mounting.js leaves it for two frames
    with Image.open(saved(page, page.locator(".camera"), tmp_path)) as image:
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 200


def test_a_link_to_a_training_is_not_taken_back_while_its_steps_are_still_to_come(page: Page) -> None:
    alone = Alone(page, "playground")
    page.evaluate(SLOW_FRAMES)
    chosen = {"kind": "spiral", "seed": 0, "steps": 5}
    page.evaluate("give", {"text": section("playground", "en"), "last": TRAINED, "selection": chosen})
    view = page.locator(".play")
    for steps in (None, "5"):
        if steps:
            page.wait_for_function(
                "frame(performance.now()) ?? document.querySelector('.play').dataset.steps === '5'",
                polling=20,
            )
        assert view.get_attribute("data-steps") == steps
        view.dispatch_event("pointerleave")  # then it says what is chosen
    assert alone.sent() == []


def test_a_button_has_its_name_before_the_first_frame(page: Page) -> None:
    alone = Alone(page, "pixel_numbers")
    page.evaluate(SLOW_FRAMES)
    view = PixelView(16, 16, across=32)
    alone.give(
        pixel_payload(picture(32), view=view, scaling=CIFAR10.preprocessing, language="en"), painted=False
    )
    assert page.locator(".dive").inner_text()


def test_presses_on_plus_add_up_however_few_frames_are_between_them(page: Page) -> None:
    alone = Alone(page, "pixel_numbers")
    alone.give(
        pixel_payload(
            picture(32), view=PixelView(16, 16, across=32), scaling=CIFAR10.preprocessing, language="en"
        )
    )
    view = page.locator(".pixels")
    expect(view).to_have_attribute("data-across", "32.0")
    page.evaluate(SLOW_FRAMES)
    page.locator(".screen").focus()
    for _ in range(2):
        page.keyboard.press("+")
    page.evaluate("for (const now of [0, 1000, 2000]) frame(now)")
    expect(view).to_have_attribute("data-flying", "false")
    expect(view).to_have_attribute("data-across", f"{32 / 1.3**2:.1f}")


def test_widgets_that_came_in_one_language_are_named_in_the_next(page: Page) -> None:
    Alone(page, "document")
    page.evaluate(SLOW_FRAMES)
    button = "<div data-testid='stFileUploaderDropzone'><button>Upload</button></div>"
    for language in ("en", "ko"):
        data = {
            "language": language,
            "colours": {},
            "dark": False,
            "names": section("surroundings", language),
        }
        page.evaluate("give", data)
        if language == "en":
            page.evaluate("(html) => { document.querySelector('main').innerHTML = html; }", button)
    page.evaluate("frame(0)")
    expect(page.get_by_role("button")).to_have_text(translate("surroundings.upload_button", "ko"))


def test_a_page_in_a_frame_tells_its_language_there_and_leaves_the_page_around_it_alone(page: Page) -> None:
    show_html(page, "<html lang=fr><title>Slides</title><iframe srcdoc='<main></main>'></iframe></html>")
    load_modules(page, "document/document.js")
    page.frame_locator("iframe").locator("main").wait_for(state="attached")
    data = {"language": "ko", "colours": {}, "dark": True, "names": section("surroundings", "ko")}
    page.frames[1].evaluate(
        """async (data) => {
          const { default: begin } = await import("http://components/_stcore/document/document.js");
          begin({ data, parentElement: document.querySelector("main") });
        }""",
        data,
    )
    expect(page.frame_locator("iframe").locator("html")).to_have_attribute("lang", "ko")
    document = page.locator("html")
    expect(document).to_have_attribute("lang", "fr")
    assert document.evaluate("(html) => html.style.colorScheme") == ""
    expect(page).to_have_title("Slides")


@pytest.mark.parametrize(
    ("name", "speed", "attribute", "places"),
    [
        ("stepper", "15", "data-step", [9, 16]),
        ("learning_view", "4", "data-moment", [2, 4]),
        ("reshape_slip", "", "data-placed", [153, 284]),
        ("descent", "", "data-steps", [9, 15]),
    ],
)
def test_what_plays_goes_on_where_it_was_once_its_tab_is_seen_again(
    page: Page, name: str, speed: str, attribute: str, places: list[int]
) -> None:
    payloads = {
        "stepper": lambda: stepper_payload(scene(np.zeros((60, 60, 1)), Window(2, 2), "max"), "en"),
        "learning_view": lambda: learned("en"),
        "reshape_slip": lambda: slip_payload(picture(32), language="en", pixel=FollowedPixel("right", 0, 0)),
        "descent": lambda: bowl(steps=0),
    }
    alone = Alone(page, name)
    alone.give(payloads[name]())
    page.evaluate(SLOW_FRAMES)
    if speed:
        page.get_by_role("combobox").first.select_option(speed)
    for _ in range(3):  # before the next frame comes
        page.locator("[data-do=toggle], .play, .go").first.click()
    view = page.locator(f"[{attribute}]")
    found = []
    for seen in ([0, 250, 500, 600], [60_000, 60_010]):
        moved_then_painted = "(all) => all.forEach((now) => [now, now].forEach(frame))"
        page.evaluate(moved_then_painted, seen)
        found.append(int(view.get_attribute(attribute) or ""))
    assert found == places


def test_the_sign_of_an_answer_is_changed_however_it_is_written(page: Page) -> None:
    show_html(page, "<main></main>")
    load_modules(page, "exercise_view/card.js")
    answer = {"form": "number", "values": [1], "tolerance": 0}
    exercise = {"question": "", "answer": answer, "mistakes": [], "shown": [], "explanation": "", "href": ""}
    page.evaluate(
        """([exercise, text]) => {
          const { element } = newCard(exercise, { text, name: "a" }, { done() {}, open() {}, next: null });
          document.querySelector("main").append(element);
        }""",
        [exercise, section("exercise_view", "en")],
    )
    field = page.get_by_role("textbox")
    for typed, changed in (("5", "−5"), ("+5", "−5"), ("−5", "5"), ("-5", "5"), ("–5", "5"), (" 5", "−5")):
        field.fill(typed)
        page.locator("button.sign").click()
        expect(field).to_have_value(changed)


def test_an_answer_stays_and_counts_once_in_another_language(page: Page) -> None:
    answer = {"form": "number", "values": [1], "tolerance": 0}
    exercise = {
        "question": "1?",
        "answer": answer,
        "mistakes": [],
        "shown": [],
        "explanation": "",
        "destination": None,
    }
    page.route("http://app.test/**", lambda route: route.fulfill(body="", content_type="text/html"))
    page.goto("http://app.test/")  # an origin with a localStorage
    alone = Alone(page, "exercise_view")
    headers = {"Access-Control-Allow-Origin": "*"}
    page.route(
        "http://components/x/**", lambda route: route.fulfill(body=pack(exercise, {}), headers=headers)
    )

    def give(language: str, seed: int = 1) -> None:
        alone.give(
            exercise_payload(
                [],
                Source("/x", f"lang={language}"),
                shown=Question("receptive", 1, seed),
                mode="page",
                home="network",
                carried=[],
                language=language,
            )
        )
        expect(page.locator(".verdict")).to_be_attached()

    give("en")
    page.get_by_role("textbox").fill("1")
    page.keyboard.press("Enter")
    card = page.locator(".card")
    expect(card).to_have_attribute("data-state", "right")
    give("ko")
    expect(page.locator(".verdict b")).to_contain_text(translate("exercise_view.right", "ko"))
    expect(card).to_have_attribute("data-state", "right")
    give("ko", seed=2)
    expect(card).to_have_attribute("data-state", "asked")


def test_a_class_that_networks_do_not_have_is_not_watched(page: Page) -> None:
    alone = Alone(page, "shifts")

    def give(names: Sequence[str]) -> None:
        side = 2 * MAX_SHIFT + 1
        shares = np.full((side, side, len(names)), 1 / len(names), np.float32)
        networks = [ComparedNetwork(name, name, "", shares) for name in ("a", "b")]
        alone.give(
            shifts_payload(
                picture(32),
                networks,
                class_names=names,
                true_label=None,
                selection=Shift(0, 0),
                language="en",
            )
        )

    give(CLASSES)
    page.locator(".bars button").nth(9).click()
    give(CLASSES[:3])  # before what was picked has come back
    title = translate("shifts.map", "en", name=CLASSES[0])
    expect(page.locator(".map h3").first).to_have_text(title)


def learned(language: str) -> bytes:
    """Return the payload of a training whose classes have names that are the same in all languages."""
    recording = recorded()
    return learning_payload(
        recording,
        "conv1",
        CAT,
        learning.maps(recording, "conv1", CAT),
        None,
        title="conv1",
        moments=[str(step) for step in recording.steps],
        class_names=CLASSES,
        true_label=3,
        selection=Moment(),
        language=language,
    )


def test_the_true_class_is_marked_in_the_language_of_now(page: Page) -> None:
    alone = Alone(page, "learning_view")
    for language in ("en", "ko"):
        alone.give(learned(language))
        expect(page.locator(".answer em")).to_have_text(translate("learning_view.true_label", language))
