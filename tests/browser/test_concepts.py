"""Loss, why ReLU and optimisers in Chromium: what is dragged, stepped and trained there, and its links."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from cnnviz.components.descent import START
from cnnviz.components.playground import STEPS
from cnnviz.text import translate
from tests.browser.conftest import resting_box


def test_loss_is_dragged_networks_are_trained_and_optimisers_walk(page: Page, server: str) -> None:
    page.goto(f"{server}/loss?lang=en&loss_p=0.62")
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
    expect(loss).not_to_have_attribute("data-p", "0.63")
    p = float(loss.get_attribute("data-p") or "nan")
    assert 0.1 < p < 0.55
    loss.get_by_role("button", name="0.01").click()
    expect(loss.locator(".sums")).to_contain_text("−ln 0.01 = 4.605")

    page.goto(f"{server}/why_relu?lang=en&play_points=xor")
    play = page.locator(".play[data-painted]")
    play.get_by_role("button", name=translate("playground.once", "en")).click()
    expect(play).to_have_attribute("data-steps", "1")
    play.get_by_role("button", name=translate("playground.start", "en")).click()
    expect(play).to_have_attribute("data-steps", str(STEPS))
    bent, straight = (
        float(card.get_attribute("data-accuracy") or "nan") for card in play.locator("article").all()
    )
    assert bent > 0.97
    assert straight < 0.75
    expect(page).to_have_url(re.compile(f"play_steps={STEPS}"))

    page.goto(f"{server}/optimisers?lang=en&descent_rule=rmsprop&descent_rate=large")
    descent = page.locator(".descent[data-painted]")
    descent.get_by_role("button", name=translate("descent.once", "en")).click()
    expect(descent).to_have_attribute("data-steps", "1")
    expect(descent.get_by_role("application")).to_have_css("touch-action", "pan-y")  # a finger can scroll
    descent.get_by_role("application").press("ArrowRight")
    expect(descent).to_have_attribute("data-start", f"{START[0] + 0.02:g},{START[1]:g}")
    descent.get_by_role("button", name=translate("descent.rate_right", "en")).click()
    expect(descent).to_have_attribute("data-rate", "right")
    expect(page).to_have_url(re.compile(r"descent_start=-0\.43%2C-0\.3"))
