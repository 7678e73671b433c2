"""Loss, why ReLU, optimisers, batches in Chromium: what is dragged, stepped and trained, and its links."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from cnnviz import samples
from cnnviz.components.descent import START
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.networks import zoo
from cnnviz.networks.network import read_weights
from cnnviz.text import numbers, section, translate
from tests.browser.alone import Alone
from tests.browser.app_tab import open_app
from tests.browser.conftest import resting_box


def test_loss_is_dragged_networks_are_trained_and_optimisers_walk(page: Page, server: str) -> None:
    open_app(page, f"{server}/loss?lang=en&loss_p=0.62")
    loss = page.locator(".cross[data-painted]")
    expect(loss.locator(".sums")).to_contain_text("−ln 0.62 = 0.478")
    point = loss.get_by_role("slider")
    point.press("ArrowRight")
    expect(loss.locator(".sums")).to_contain_text("−ln 0.63 = 0.462")
    expect(point).to_have_attribute("aria-valuetext", "p = 0.63, loss 0.462")
    expect(page).to_have_url(re.compile("loss_p=0.63"))
    box = resting_box(point)
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 150, middle[1] + 20)
    page.mouse.up()
    expect(loss).to_have_attribute("data-p", re.compile(r"^0\.([1-4]|5([0-4]|$))"))
    loss.get_by_role("button", name="0.01").click()
    expect(loss.locator(".sums")).to_contain_text("−ln 0.01 = 4.605")
    expect(page).to_have_url(re.compile("loss_p=0.01"))

    # what a whole training comes to is tests/js/playground.test.js's
    open_app(page, f"{server}/why_relu?lang=en&play_points=xor&play_steps=20")
    play = page.locator(".play[data-painted]")
    expect(play).to_have_attribute("data-steps", "20")
    play.get_by_role("button", name=translate("playground.once", "en")).click()
    expect(play).to_have_attribute("data-steps", "21")
    expect(page).to_have_url(re.compile("play_steps=21"))
    play.get_by_role("button", name=translate("playground.start", "en")).click()
    expect(play).to_have_attribute("data-steps", re.compile(r"^(?!21$)"))
    play.get_by_role("button", name=translate("playground.other", "en")).click()
    expect(play).to_have_attribute("data-steps", "0")

    open_app(page, f"{server}/optimisers?lang=en&descent_rule=rmsprop&descent_rate=large")
    descent = page.locator(".descent[data-painted]")
    descent.get_by_role("button", name=translate("descent.once", "en")).click()
    expect(descent).to_have_attribute("data-steps", "1")
    expect(descent.get_by_role("application")).to_have_css("touch-action", "pan-y")  # a finger can scroll
    descent.get_by_role("application").press("ArrowRight")
    expect(descent).to_have_attribute("data-start", f"{START[0] + 0.02:g},{START[1]:g}")
    descent.get_by_role("button", name=translate("descent.rate_right", "en")).click()
    expect(descent).to_have_attribute("data-rate", "right")
    expect(page).to_have_url(re.compile(r"descent_start=-0\.43%2C-0\.3"))


STEPS_AFTER_A_CLICK = """(button) => new Promise((done) => {
  const { dataset } = document.querySelector(".play");
  button.click();
  requestAnimationFrame(() => requestAnimationFrame(() => done(Number(dataset.steps))));
})"""


def test_a_training_runs_to_its_end_and_begins_anew(page: Page) -> None:
    alone = Alone(page, "playground")
    chosen = {"kind": "xor", "seed": 0, "steps": 190}
    alone.give({"text": section("playground", "en"), "last": 200, "selection": chosen}, painted=False)
    play = page.locator(".play")
    expect(play).to_have_attribute("data-steps", "190")
    play.get_by_role("button", name=translate("playground.start", "en")).click()
    expect(play).to_have_attribute("data-steps", "200")
    again = play.get_by_role("button", name=translate("playground.again", "en"))
    expect(again).to_be_visible()  # it has stopped
    bent, straight = (
        float(card.get_attribute("data-accuracy") or "nan") for card in play.locator("article").all()
    )
    assert bent > 0.9
    assert straight < 0.75
    assert again.evaluate(STEPS_AFTER_A_CLICK) < 190


def test_a_batch_is_normalised_value_by_value(page: Page, server: str) -> None:
    layer, channel = zoo.get("resnet").graph["conv1_norm"].layer, 2
    assert isinstance(layer, BatchNorm)
    weights, _ = read_weights("resnet")
    first = zoo.get("resnet").graph["conv1"]
    own = {key: weights[f"conv1.{key}"] for key in first.weight_shapes}
    batch = np.stack([first.layer.compute(CIFAR10.preprocess(image), **own) for image in samples().images])
    kept = {key: weights[f"conv1_norm.{key}"] for key in layer.weight_shapes(batch.shape[1:])}
    values = batch[..., channel].astype(float)
    link = f"layer?lang=en&model=resnet&layer_name=conv1_norm&map={channel}&layer_batch=1&picture=sample-0"
    open_app(page, f"{server}/{link}&layer_batch_place=1,0,3")
    view = page.locator(".batch[data-painted]")
    expect(view.get_by_role("button", name=translate("batch_view.stage_mean", "en"))).to_have_attribute(
        "aria-pressed", "true"
    )
    page.locator(".batch .scrub").focus()
    page.keyboard.press("ArrowRight")  # by one value; down: by a row
    page.keyboard.press("ArrowDown")
    step = (32 + 1) * 32 + 4
    expect(view).to_have_attribute("data-step", str(step))

    def shown(name: str) -> float:
        return float(view.get_attribute(f"data-{name}") or "nan")

    assert shown("sum") == pytest.approx(values.ravel()[: step + 1].sum(), rel=1e-3)
    squares = (values.ravel()[: step + 1] - values.mean()) ** 2
    assert shown("squares") == pytest.approx(squares.sum(), rel=1e-3)
    expect(page).to_have_url(re.compile(r"layer_batch_place=1%2C1%2C4"))
    view.get_by_role("button", name=translate("batch_view.stage_scale", "en")).click()
    expect(view).to_have_attribute("data-stage", "scale")
    for way, used in (("training", {**kept, **layer.batch_statistics(batch)}), ("inference", kept)):
        view.get_by_role("button", name=translate(f"batch_view.way_{way}", "en")).click()
        expect(view).to_have_attribute("data-way", way)
        assert shown("y") == pytest.approx(layer.compute(batch, **used)[1, 1, 4, channel], rel=1e-3)
    expect(page).to_have_url(re.compile(r"layer_batch_way=inference.*layer_batch_stage=scale"))
    page.locator(".batch .maps canvas").click(position={"x": 1, "y": 1})
    expect(view).to_have_attribute("data-step", "0")
    page.keyboard.press("End")
    total = view.locator(".line")
    view.get_by_role("button", name=translate("batch_view.way_training", "en")).click()
    view.get_by_role("button", name=translate("batch_view.stage_mean", "en")).click()
    expect(total).to_contain_text(f"= {numbers.number(float(values.mean()), 3)}")
