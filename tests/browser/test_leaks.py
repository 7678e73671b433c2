"""A component's objects for a scene are freed with the scene, not only with the view."""

from __future__ import annotations

import base64
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page

from cnnviz.arithmetic.window import Window
from cnnviz.components import FRONTEND
from cnnviz.components.feature_grid import payload
from cnnviz.explain.payload import payload as stepper_payload
from cnnviz.explain.scene import scene
from cnnviz.networks import network, zoo
from tests.browser.app_tab import show_html
from tests.browser.conftest import load_modules
from tests.thorough import thorough

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
RENDERS = 1000 if thorough() else 110
SPARE = 100
"""Nodes that may still be there: those that one scene has made, some 50; less than one for each time."""


def run() -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return what the smallest network makes of a picture, and the picture."""
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    return network.forward("mlp", network.read_weights("mlp")[0], image), image


def grids() -> list[bytes]:
    activations, image = run()
    layers = zoo.get("mlp").layers
    return [
        payload(activations, layers, image, class_names=NAMES, true_label=None, language=language)
        for language in ("en", "ko")
    ]


def steppers() -> list[bytes]:
    x = np.random.default_rng(0).normal(0, 1, (6, 6, 1))
    return [
        stepper_payload(scene(factor * x, Window(2, 2), "max", beside=("average",)), "en")
        for factor in (1, 2)
    ]


def alive(page: Page) -> tuple[int, int]:
    """Return how many listeners and nodes there are, once a frame is over and garbage is collected."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    metrics = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return int(metrics["JSEventListeners"]), int(metrics["Nodes"])


@pytest.mark.parametrize(("name", "scenes"), [("feature_grid", grids), ("stepper", steppers)])
def test_listeners_do_not_add_up(page: Page, name: str, scenes: Callable[[], list[bytes]]) -> None:
    show_html(page, f"<main>{(FRONTEND / name / f'{name}.html').read_text('utf-8')}</main>")
    load_modules(page, f"{name}/{name}.js")
    page.evaluate(
        """(scenes) => {
          const [parentElement, ignore] = [document.querySelector("main"), () => {}];
          const all = scenes.map((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt()));
          window.render = (times) => {
            for (let k = 0; k < times; k++)
              window.default({ data: all[k % 2], parentElement, setTriggerValue: ignore });
          };
        }""",
        [base64.b64encode(data).decode() for data in scenes()],
    )
    page.evaluate("render(20)")
    before = alive(page)
    page.evaluate(
        """() => {
          // what listens until the view ends: Chromium forgets it with its node, others may not
          window.bound = 0;
          const add = EventTarget.prototype.addEventListener;
          EventTarget.prototype.addEventListener = function (type, handler, options) {
            if (options?.signal) window.bound++;
            return add.call(this, type, handler, options);
          };
        }"""
    )
    page.evaluate("(times) => render(times)", RENDERS)
    more = np.subtract(alive(page), before)
    assert (more < SPARE).all()
    assert page.evaluate("bound") == 0
