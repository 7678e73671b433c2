"""The figures of the README: `make bench`. Everything is measured in one run on one machine.

Ratios compare with a baseline that is measured here too, alternating with what it is compared to.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import itertools
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from cnnviz import tokens
from cnnviz.components.network_map import payload as map_payload
from cnnviz.data.dataset import Samples
from cnnviz.explain import lecture
from cnnviz.explain.attribution.base import map_layers
from cnnviz.explain.attribution.grad_cam import GradCam
from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import LEVELS, Rival, Subject
from cnnviz.export import bundle
from cnnviz.layers.registry import kinds
from cnnviz.networks import network, shift_counts, zoo
from cnnviz.networks.gradients import Target, logits
from cnnviz.networks.graph import IMAGE, Graph, Node
from cnnviz.training import events, loop
from tests.browser.conftest import CHROMIUM_FLAGS, DESKTOP, free_port, load_modules, start_server
from tests.browser.conftest import ROOT as APP
from tests.data.test_cifar10 import make_folder
from tests.find_chromium import find_chromium

STEPS = 300
GRID = ".overview[data-painted], [data-image][data-painted]"
"""All maps, or the overview of a large network."""
ROUNDS = 6


def spread(values: list[float], unit: str = "ms", scale: float = 1000) -> str:
    """Return median and 95th percentile in words."""
    median, p95 = scale * statistics.median(values), scale * float(np.percentile(values, 95))
    return f"median {median:.1f} {unit}, p95 {p95:.1f} {unit}"


def stepping(page: Page, url: str) -> list[float]:
    """Press the right arrow; from the key event to after the frame that shows the next cell. Seconds."""
    page.goto(f"{url}/convolution")
    stepper = page.locator("[data-operation=conv]")
    stepper.wait_for()
    stepper.evaluate("element => element.focus()")
    page.wait_for_timeout(1000)  # the page has come to rest; not part of a measurement
    page.evaluate(
        """() => {
          window.times = [];
          document.addEventListener("keydown", (event) => {
            const pressed = event.timeStamp;
            requestAnimationFrame(() => {
              // a message after the frame callback arrives when the frame has been produced
              const channel = new MessageChannel();
              channel.port1.onmessage = () => window.times.push(performance.now() - pressed);
              channel.port2.postMessage(0);
            });
          }, true);
        }"""
    )
    for step in range(STEPS):
        before = stepper.get_attribute("data-step")
        page.keyboard.press("ArrowRight")
        assert (
            step == STEPS - 1
            or stepper.get_attribute("data-step") != before
            or page.wait_for_timeout(30) is None
        )
    return [ms / 1000 for ms in page.evaluate("() => window.times")]


def another_image(page: Page, url: str, pictures: int = 20, warm_up: int = 6000) -> list[float]:
    """Click a thumbnail never seen before; until all maps of the new picture are painted. Seconds."""
    page.goto(url)
    grid = page.locator(GRID)
    grid.wait_for()
    page.wait_for_timeout(warm_up)  # milliseconds: TensorFlow is warm
    thumbnails = page.get_by_role("radio", name="(")
    times = []
    for index in range(1, pictures):
        shown = grid.get_attribute("data-painted")
        grid.evaluate(
            """(element) => {
              window.painted = new Promise((resolve) => new MutationObserver((_, observer) => {
                observer.disconnect();
                requestAnimationFrame(() => setTimeout(() => resolve(performance.now()), 0));
              }).observe(element, { attributes: true, attributeFilter: ["data-painted"] }));
              const note = (event) => { window.clicked = event.timeStamp; };
              document.addEventListener("click", note, { capture: true, once: true });
            }"""
        )
        thumbnails.nth(index).click()
        times.append(page.evaluate("async () => (await window.painted) - window.clicked") / 1000)
        assert grid.get_attribute("data-painted") != shown
    return times


def opening_layers(page: Page) -> list[float]:
    """Open layers that were not opened before; until their maps are painted. Seconds."""
    view = page.locator(".overview[data-opened]")
    layers = view.locator(".layer")
    times = []
    for index in range(3, layers.count() - 3, 7):
        layers.nth(index).scroll_into_view_if_needed()
        page.wait_for_timeout(700)  # the selection is sent; not part of a measurement
        times.append(
            view.evaluate(
                """(element, index) => new Promise((resolve) => {
                  const begun = performance.now();
                  new MutationObserver((_, observer) => {
                    observer.disconnect();
                    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun), 0));
                  }).observe(element, { attributes: true, attributeFilter: ["data-opened"] });
                  element.querySelectorAll(".layer")[index].click();
                })""",
                index,
            )
            / 1000
        )
    return times


def journey(page: Page, url: str, model: str) -> list[float]:
    """Play the journey through a network; from each frame to the next, until the answer is there. Seconds."""
    page.goto(f"{url}/?model={model}&lang=en")
    grid = page.locator(GRID)
    grid.wait_for()
    page.wait_for_timeout(6000)  # TensorFlow is warm
    grid.evaluate(
        """(grid) => {
          window.frames = [];
          let before = 0;
          const note = (now) => {
            const end = grid.querySelector(".time b")?.style.transform === "scaleX(1)";
            if (before) window.frames.push(now - before);
            before = now;
            if (!end) requestAnimationFrame(note);
            else window.played = true;
          };
          grid.querySelector(".play").click();
          requestAnimationFrame(note);
        }"""
    )
    page.wait_for_function("window.played")
    return [ms / 1000 for ms in page.evaluate("window.frames")]


def drilling(page: Page, url: str, model: str) -> list[float]:
    """Click on a map of every layer, twice; until its drill-down, with all numbers, is painted. Seconds."""
    page.goto(f"{url}/?model={model}&lang=en")
    page.locator(GRID).wait_for()
    page.locator(".grid").first.hover(position={"x": 5, "y": 5})  # the visitor turns to the grid
    page.wait_for_timeout(6000)  # TensorFlow is warm, and what is fetched ahead is there
    surfaces = page.locator(".surface:has(canvas)")
    times = []
    for k in range(2 * surfaces.count()):
        surface = surfaces.nth(k // 2)
        surface.scroll_into_view_if_needed()
        page.locator(".grid").first.evaluate(
            """(grid) => {
              window.painted = new Promise((resolve) => grid.addEventListener("click", ({ timeStamp }) => {
                const whole = () => grid.querySelector(".drill").dataset.exact === "true";
                const look = () => requestAnimationFrame(() => setTimeout(() => {
                  if (whole()) resolve(performance.now() - timeStamp);
                  else look();
                }, 0));
                look();
              }, { once: true }));
            }"""
        )
        surface.click(position={"x": 8 + 20 * (k % 2), "y": 8})
        times.append(page.evaluate("window.painted") / 1000)
        page.keyboard.press("Escape")
    return times


def next_step(page: Page, url: str) -> list[float]:
    """Go through the lecture on the stage; from the key to the next step, fitted and painted. Seconds."""
    first, *others = lecture.steps()
    page.goto(f"{url}/?lecture={first.name}&present=1&lang=en")
    page.locator("[data-listening]").wait_for(state="attached")
    page.wait_for_timeout(6000)  # TensorFlow is warm
    times = []
    for before, step in itertools.pairwise((first, *others)):
        for _ in lecture.words(before.name, "en").paragraphs[1:]:
            page.keyboard.press("PageDown")
        page.evaluate(
            """(name) => {
              const note = (event) => { window.pressed = event.timeStamp; };
              document.addEventListener("keydown", note, { capture: true, once: true });
              window.painted = new Promise((resolve) => {
                const look = () => {
                  const app = document.querySelector("[data-testid=stApp]");
                  const keys = [...document.querySelectorAll(".st-key-lecture_bar *")]
                    .map((host) => host.shadowRoot?.querySelector(".keys")).find(Boolean);
                  const { stageFitted } = document.documentElement.dataset;
                  const rests = app.dataset.testScriptState === "notRunning" && Boolean(stageFitted);
                  const ready = rests && keys?.dataset.listening === name;
                  if (!ready) requestAnimationFrame(look);
                  else requestAnimationFrame(() => setTimeout(() => resolve(performance.now()), 0));
                };
                look();
              });
            }""",
            step.name,
        )
        page.keyboard.press("PageDown")
        times.append(page.evaluate("async () => (await window.painted) - window.pressed") / 1000)
    return times


def drilling_large(page: Page) -> list[float]:
    """Click on maps of the layers of a large network; until the drill-down has all numbers. Seconds."""
    view = page.locator(".overview[data-opened]")
    layers = view.locator(".layer")
    times = []
    for index in range(2, layers.count() - 3, 9):
        layers.nth(index).click()
        page.wait_for_timeout(700)  # its maps are there; not part of a measurement
        view.evaluate(
            """(element) => {
              window.painted = new Promise((resolve) => element.addEventListener("click", ({ timeStamp }) => {
                const whole = () => element.querySelector(".drill").dataset.exact === "true";
                const look = () => requestAnimationFrame(() => setTimeout(() => {
                  if (whole()) resolve(performance.now() - timeStamp);
                  else look();
                }, 0));
                element.querySelector(".drill").dataset.exact = "false";
                look();
              }, { once: true }));
            }"""
        )
        view.locator(".maps").click(position={"x": 130, "y": 20})
        times.append(page.evaluate("window.painted") / 1000)
        page.keyboard.press("Escape")
    return times


def own_file(folder: Path) -> tuple[Path, Any]:
    """Return a file as somebody's own training leaves it, for pictures of CIFAR-10's size, and its model."""
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(32, 3, padding="same", name="first"),
            keras.layers.ReLU(),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(64, 3, padding="same"),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.save(path := folder / "own.keras")
    return path, model


def opening_own(page: Page, url: str, file: Path) -> tuple[list[float], Locator]:
    """Drop a network's file and go on to a number of its first maps, and the next one, without a pause.

    Returns:
        Seconds since the file was dropped: until it is opened, all its maps are on the screen, one of them
        shows how its numbers are made, and the next cell does. And the view.
    """
    page.set_default_timeout(600_000)
    page.goto(f"{url}/opening?lang=en")
    chooser = page.get_by_test_id("stMain").locator("input[type=file]")
    chooser.wait_for(state="attached")
    page.wait_for_timeout(6000)  # the page has come to rest, and TensorFlow is warm
    times, start = [], time.perf_counter()

    def reached(what: Locator) -> None:
        what.wait_for()
        times.append(time.perf_counter() - start)

    chooser.set_input_files(file)
    page.get_by_test_id("stMain").get_by_test_id("stBaseButton-primary").click()
    show = page.locator(f".st-key-opening_show_{file.stem} button")
    reached(show)
    show.click()
    view = page.locator(GRID)
    reached(view)
    if large := page.locator(".overview").count() > 0:
        page.locator(".overview .layer").nth(2).click()
        view = page.locator(".overview[data-opened]")
    view.locator(".maps" if large else ".surface:has(canvas)").first.click(position={"x": 20, "y": 20})
    reached(page.locator(".drill[data-exact=true]"))
    before = view.get_attribute("data-drill")
    page.keyboard.press("ArrowRight")
    reached(page.locator(f"[data-drill]:not([data-drill='{before}']) .drill[data-exact=true]"))
    return times, view


def residual_network(blocks: int) -> Graph:
    """Return a network of residual blocks of 7 layers each."""
    kind = kinds()
    nodes = [Node(kind["conv"].default().renamed("first"), (IMAGE,))]
    for k in range(blocks):
        before = nodes[-1].layer.name
        for each in ("conv", "batch_norm", "relu", "conv", "batch_norm"):
            own = kind[each].default().renamed(f"block{k}_{len(nodes)}_{each}")
            nodes.append(Node(own, (nodes[-1].layer.name,)))
        nodes.append(Node(kind["add"].default().renamed(f"block{k}_add"), (nodes[-1].layer.name, before)))
        nodes.append(Node(kind["relu"].default().renamed(f"block{k}_relu"), (nodes[-1].layer.name,)))
    return Graph((32, 32, 3), nodes)


def map_moving(page: Page, graph: Graph) -> list[float]:
    """Pan over the map of a network, all of it unfolded, and zoom; from each frame to the next. Seconds."""
    sheet = tokens.style_sheet() + bundle.style("network_map")
    page.set_content(f"<style>{sheet}</style><main>{bundle.markup('network_map')}</main>")
    load_modules(page, "network_map/network_map.js")
    page.evaluate(
        """(text) => {
          const data = Uint8Array.from(atob(text), (letter) => letter.charCodeAt());
          const parentElement = document.querySelector("main");
          window.default({ data, parentElement, setTriggerValue: () => {} });
        }""",
        base64.b64encode(map_payload(graph, "en")).decode(),
    )
    page.locator("[data-do=unfold]").click()
    assert page.locator(".part").count() >= len(graph.layers)
    page.wait_for_timeout(1000)  # what was unfolded is painted; not part of a measurement
    frames: list[float] = page.evaluate(
        """() => new Promise((resolve) => {
          const box = document.querySelector(".window");
          const { left, top, width, height } = box.getBoundingClientRect();
          const [frames, all] = [[], 240];
          let before = 0;
          const wheel = (deltaY) => box.dispatchEvent(new WheelEvent("wheel", {
            deltaY, ctrlKey: true, clientX: left + width / 2, clientY: top + height / 2, cancelable: true,
          }));
          const move = (now) => {
            if (before) frames.push(now - before);
            before = now;
            if (frames.length === all) return resolve(frames);
            if (frames.length % 120 < 60) box.scrollTop += 60;
            else wheel(frames.length % 60 < 30 ? 20 : -20);
            requestAnimationFrame(move);
          };
          requestAnimationFrame(move);
        })"""
    )
    return [ms / 1000 for ms in frames]


def traffic(
    browser: Browser, url: str, query: str = "lang=en", picture: int = 5
) -> dict[str, tuple[int, int]]:
    """Count bytes from the server for Network: (on the socket, by HTTP for what is ours: scripts, pictures).

    Streamlit's own files are left out. HTTP bytes are those that travel, compressed, headers included.
    """
    context = browser.new_context(viewport=DESKTOP, locale="en-US")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    frames: list[int] = []
    ours: set[str] = set()
    loaded: list[int] = []

    def answered(event: dict[str, Any]) -> None:
        path = event["response"]["url"].removeprefix(url)
        if path.startswith(("/media/", "/_stcore/bidi-components/", "/cnnviz/")):
            ours.add(event["requestId"])

    def finished(event: dict[str, Any]) -> None:
        if event["requestId"] in ours:
            loaded.append(int(event["encodedDataLength"]))

    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(len(data))))
    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)

    def counted() -> tuple[int, int]:
        page.wait_for_timeout(4000)  # until nothing more comes; not part of a measurement
        sums = sum(frames), sum(loaded)
        frames.clear()
        loaded.clear()
        return sums

    page.goto(f"{url}/?{query}")
    grid = page.locator(GRID)
    grid.wait_for()
    counts = {"first view": counted()}
    page.get_by_role("radio", name="(").nth(picture).click()
    counts["another picture"] = counted()
    page.reload()
    grid.wait_for()
    counts["the page loaded again"] = counted()
    context.close()
    return counts


def editing(page: Page, url: str) -> list[float]:
    """On NN vs CNN, mirror and zoom in turn; from the click to both networks' new answers drawn. Seconds."""
    page.goto(f"{url}/comparison?lang=en")
    view = page.locator(".shifts")
    page.locator(".summary:not(:empty)").wait_for()  # every shift of the picture as it is
    mirror = page.get_by_test_id("stCheckbox").filter(has_text="Mirror")
    zoom = page.get_by_test_id("stNumberInputStepUp").first
    times = []
    for k in range(24):  # no picture twice: cut off 0 to 12 pixels, both ways round
        page.wait_for_timeout(700)  # the page has come to rest; not part of a measurement
        shown = view.get_attribute("data-painted")
        view.evaluate(
            """(element) => {
              document.addEventListener("click", () => (window.clicked = performance.now()),
                { capture: true, once: true });
              window.painted = new Promise((resolve) => new MutationObserver((_, observer) => {
                observer.disconnect();
                requestAnimationFrame(() => resolve(performance.now()));
              }).observe(element, { attributes: true, attributeFilter: ["data-painted"] }));
            }"""
        )
        (zoom if k % 2 else mirror).click()
        times.append(page.evaluate("async () => (await window.painted) - window.clicked") / 1000)
        assert view.get_attribute("data-painted") != shown
    return times


def activations_ratio() -> tuple[float, str]:
    """Time of every activation over time of the bare compiled model's prediction, per network."""
    import tensorflow as tf

    ratios, words = [], []
    for name in network.trained_names():
        trained = network.load(name)
        bare = tf.function(lambda x, model=trained.model: model(x, training=False), reduce_retracing=True)
        image = trained.data_set.samples().images[0]
        prepare = trained.data_set.preprocess

        def prediction(bare: Any = bare, image: np.ndarray = image, prepare: Any = prepare) -> None:
            bare(tf.constant(prepare(image)[np.newaxis])).numpy()

        def every(trained: network.Network = trained, image: np.ndarray = image) -> None:
            trained.activations(image)

        ours, theirs = alternate(every, prediction, 300)
        ratios.append(statistics.median(ours) / statistics.median(theirs))
        words.append(f"{name} {ratios[-1]:.2f}x ({1000 * statistics.median(ours):.2f} ms)")
    return max(ratios), ", ".join(words)


def gradients_ratio() -> tuple[float, str]:
    """Time of a picture's gradients at all layers over time of its activations, per network."""
    ratios, words = [], []
    for name in network.trained_names():
        trained = network.load(name)
        samples = trained.data_set.samples()
        image, target = samples.images[0], Target(int(samples.labels[0]))

        def activations(trained: network.Network = trained, image: np.ndarray = image) -> None:
            trained.activations(image)

        def gradients(
            trained: network.Network = trained, image: np.ndarray = image, target: Target = target
        ) -> None:
            trained.gradients(image, target, weights=False)

        ours, theirs = alternate(gradients, activations, 100)
        ratios.append(statistics.median(ours) / statistics.median(theirs))
        words.append(f"{name} {ratios[-1]:.2f}x ({1000 * statistics.median(ours):.2f} ms)")
    return max(ratios), ", ".join(words)


def grad_cam_ratio() -> tuple[float, str]:
    """Time of Grad-CAM over that of tf-keras-vis, for the last maps of two networks."""
    from tf_keras_vis.gradcam import Gradcam

    ratios, words = [], []
    for name in ("keras_lecture", "resnet"):
        trained = network.load(name)
        samples = trained.data_set.samples()
        image, target = samples.images[0], int(samples.labels[0])
        layer = list(map_layers(trained.graph).values())[-1]
        end = trained.model.get_layer(logits(trained.graph).name).output
        library = Gradcam(type(trained.model)(trained.model.inputs, end), clone=False)

        def ours_once(
            trained: network.Network = trained, image: np.ndarray = image, target: int = target
        ) -> None:
            GradCam().compute(trained, image, target)

        def theirs_once(
            library: Any = library,
            trained: network.Network = trained,
            image: np.ndarray = image,
            target: int = target,
            layer: str = layer,
        ) -> None:
            library(
                lambda outputs: outputs[:, target],
                trained.data_set.preprocess(image)[np.newaxis],
                penultimate_layer=layer,
                seek_penultimate_conv_layer=False,
                expand_cam=False,
                normalize_cam=False,
            )

        ours, theirs = alternate(ours_once, theirs_once, 30)
        ratios.append(statistics.median(ours) / statistics.median(theirs))
        words.append(f"{name} {ratios[-1]:.2f}x ({1000 * statistics.median(ours):.2f} ms)")
    return max(ratios), ", ".join(words)


def alternate(a: Callable[[], None], b: Callable[[], None], times: int) -> tuple[list[float], list[float]]:
    """Time two calls in turn, after warming both up. Seconds."""
    results: tuple[list[float], list[float]] = ([], [])
    for k in range(times + 20):
        for call, result in ((a, results[0]), (b, results[1])):
            start = time.perf_counter()
            call()
            if k >= 20:
                result.append(time.perf_counter() - start)
    return results


def training_ratio(name: str, images: int) -> tuple[float, str]:
    """Images a second of `cnnviz train`, checkpoints and all, over a bare `model.fit` of the same model."""
    import keras
    import tensorflow as tf

    generator = np.random.default_rng(0)
    architecture = zoo.get(name)
    data_set, recipe = architecture.data_set, architecture.recipe
    pictures = generator.integers(0, 256, (images, *data_set.shape), np.uint8)
    labels = generator.integers(0, len(data_set.classes), images)
    model = network.build(architecture.graph, name)
    model.compile(
        optimizer=keras.optimizers.SGD(recipe.learning_rate, momentum=0.9)
        if recipe.optimizer == "sgd"
        else keras.optimizers.RMSprop(recipe.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    floats = data_set.preprocess(pictures)
    fit = {"batch_size": recipe.batch_size, "verbose": 0}
    model.fit(floats[: 4 * recipe.batch_size], labels[: 4 * recipe.batch_size], **fit)  # compiles
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(3):
        start = time.perf_counter()
        model.fit(floats, labels, **fit)
        rates["bare"].append(images / (time.perf_counter() - start))
        with tempfile.TemporaryDirectory() as folder:
            ends: list[float] = []
            loop.train(
                name,
                Samples(pictures, labels, data_set.classes),
                data_set.samples(),
                Path(folder),
                epochs=2,
                report=lambda event, ends=ends: (
                    ends.append(time.perf_counter()) if event["event"] == "epoch" else None
                ),
            )
            rates["ours"].append(images / (ends[1] - ends[0]))  # the first epoch compiles
        tf.keras.backend.clear_session()
    ours, bare = (max(rates[who]) for who in ("ours", "bare"))  # a busy machine slows, nothing speeds up
    return ours / bare, f"{name} {ours / bare:.2f}x ({ours:,.0f} / {bare:,.0f} images a second)"


@contextlib.contextmanager
def a_run(folder: Path) -> Iterator[None]:
    """Let a network be trained meanwhile, as the training page does it."""
    make_folder(folder, "bin", rows=2000)
    command = [sys.executable, "-m", "cnnviz", "train", "keras_lecture", "--epochs", "100", "--background"]
    command += ["--data", str(folder), "--out", str(folder / "run")]
    with (folder / "log.txt").open("w") as log:
        run = subprocess.Popen(command, cwd=APP, stdin=subprocess.PIPE, stdout=log, stderr=log)
    try:
        while not any(
            event["event"] == "batch" for event in events.read(folder / "run/keras_lecture.events.jsonl")[0]
        ):
            assert run.poll() is None, (folder / "log.txt").read_text()
            time.sleep(0.2)
        yield
        assert run.poll() is None, (folder / "log.txt").read_text()  # it was on all the time
    finally:
        run.kill()
        run.communicate()


def cold_start(browser: Browser) -> tuple[list[float], list[float]]:
    """From starting a server to what counts on the screen: our first maps; a bare page with TensorFlow."""
    bare = "import streamlit as st\nst.title('bare')\nimport tensorflow\nst.write('ready')\n"
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bare.py").write_text(bare)
        for _ in range(ROUNDS):
            ours.append(until_shown(browser, APP, "app.py", "[data-painted]"))
            theirs.append(until_shown(browser, Path(folder), "bare.py", "text=ready"))
    return ours, theirs


def until_shown(browser: Browser, folder: Path, script: str, selector: str) -> float:
    """Start a server on a script and return the seconds until `selector` is on a new visitor's screen."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless", "true"]
    command += [
        "--server.port",
        str(port),
        "--server.address",
        "127.0.0.1",
        "--browser.gatherUsageStats",
        "false",
    ]
    page = browser.new_page(viewport=DESKTOP)
    start = time.perf_counter()
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:  # the server is not listening yet
                time.sleep(0.02)
        page.goto(f"http://127.0.0.1:{port}")
        page.locator(selector).first.wait_for(timeout=120_000)
        return time.perf_counter() - start
    finally:
        page.close()
        server.kill()
        server.wait()


def exercising(name: str) -> list[float]:
    """Make an exercise of each kind and level with a network, for a few samples, and check it. Seconds."""
    own = network.load(name)
    images = own.data_set.samples()
    others = ("mlp", name if name != "mlp" else "keras_lecture")
    rivals = tuple(
        Rival(each, network.load(each).predict, shift_counts.right(each, network.reference(each).sha256))
        for each in others
        if {zoo.get(other).data_set for other in others} == {own.data_set}
    )
    times: list[float] = []
    for seed in range(-1, 5):  # the first one is for TensorFlow to warm up
        index = seed % len(images)
        subject = Subject(
            images.images[index],
            own.data_set,
            int(images.labels[index]),
            own.graph,
            own.weights,
            own.activations,
            images,
            rivals,
        )
        for kind, level in itertools.product(registry.kinds(), LEVELS):
            if kind.suits(subject):
                start = time.perf_counter()
                made = kind.make(subject, max(seed, 0), level)
                made.payload("ko")
                if not made.check(made.answer.values).correct:
                    raise AssertionError(made.kind)
                times += [time.perf_counter() - start] if seed >= 0 else []
    return times


def row(what: str, result: str, bar: str) -> None:
    """Print a row."""
    print(f"| {what} | {result} | {bar} |", flush=True)


def exercise_rows() -> None:
    """Measure exercises with each network that is shipped."""
    for name in network.trained_names():
        row(f"{name}: an exercise made and checked", spread(exercising(name)), "p95 <= 50 ms")


@contextlib.contextmanager
def serving() -> Iterator[tuple[Browser, str, Path]]:
    """Give a browser, the address of a server of the app, and the folder beside its log."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        networks = str(Path(folder) / "networks")
        server, url = start_server(Path(folder) / "log.txt", CNNVIZ_NETWORKS=networks)
        try:
            yield browser, url, Path(folder)
        finally:
            server.kill()
            server.wait()
        browser.close()


def in_words(counted: tuple[int, int]) -> str:
    """Return the bytes of one step of `traffic` in words."""
    return f"{counted[0] / 1000:.0f} kB on the socket, {counted[1] / 1000:.0f} kB by HTTP"


def start_rows() -> None:
    """Measure a server that has just started."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        ours, theirs = map(statistics.median, cold_start(browser))
        browser.close()
    words = f"{ours / theirs:.2f}x ({ours:.1f} s / {theirs:.1f} s)"
    row("cold start to first feature maps / bare page + `import tensorflow`", words, "<= 1.1x")


def network_rows() -> None:
    """Measure the page Network: bytes, pictures, frames, drill-down."""
    limits = {"first view": "<= 350 kB on the socket", "another picture": "<= 150 kB on the socket"}
    with serving() as (browser, url, _):
        for what, counted in traffic(browser, url).items():
            row(f"Network, {what}: bytes", in_words(counted), limits.get(what, ""))
        page = browser.new_page(viewport=DESKTOP, locale="en-US")
        row("another image to all maps on screen", spread(another_image(page, url)), "median <= 150 ms")
        for model in ("keras_lecture", "resnet"):
            frames = spread(journey(page, url, model))
            row(f"{model}: a frame of the journey", frames, "median <= 16.7 ms, p95 <= 20 ms")
            opened = spread(drilling(page, url, model))
            row(f"{model}: a click to the drill-down of a map", opened, "median <= 50 ms")


def lecture_rows() -> None:
    """Measure the stage."""
    with serving() as (browser, url, _):
        page = browser.new_page(viewport=DESKTOP, locale="en-US")
        times = next_step(page, url)
        words = f"{spread(times)}, longest {1000 * max(times):.0f} ms"
        row("the lecture's next step on the stage", words, "median <= 300 ms, none over 1 s")


def stepping_rows() -> None:
    """Measure keys and edits, also while a network is being trained."""
    with serving() as (browser, url, folder):
        page = browser.new_page(viewport=DESKTOP, locale="en-US")
        edited = spread(editing(page, url))
        row("NN vs CNN: an edit to both answers in all 169 shifts", edited, "<= 300 ms")
        row("key press to painted frame", spread(stepping(page, url)), "median <= 12 ms, p95 <= 20 ms")
        with a_run(folder):
            beside = "while a network is being trained"
            row(f"key press to painted frame, {beside}", spread(stepping(page, url)), "")
            row(f"another image to all maps on screen, {beside}", spread(another_image(page, url)), "")


def photograph_rows() -> None:
    """Measure the overview of a network of 144 layers on photographs of 224x224."""
    name = "efficientnet_lite0"
    pictures = len(zoo.get(name).data_set.samples())
    with serving() as (browser, url, _):
        page = browser.new_page(viewport=DESKTOP, locale="en-US")
        times = another_image(page, f"{url}/?model={name}", pictures, 25_000)
        row(f"{name}: another photograph to all layers on screen", spread(times), "<= 700 ms")
        row(f"{name}: a layer opened", spread(opening_layers(page)), "median <= 150 ms")
        row(f"{name}: a click to the drill-down of a map", spread(drilling_large(page)), "")
        counted = traffic(browser, url, f"lang=en&model={name}", 1)["another picture"]
        row(f"{name}, another photograph: bytes", in_words(counted), "<= 400 kB on the socket")


def map_rows() -> None:
    """Measure the map of a network of 500 layers."""
    graph = residual_network(71)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        frames = spread(map_moving(browser.new_page(viewport=DESKTOP), graph))
        browser.close()
    what = f"map of {len(graph.layers)} layers: a frame while it is moved and zoomed"
    row(what, frames, "median <= 16.7 ms, p95 <= 20 ms")


def own_network_rows() -> None:
    """Measure the way from a file of one's own to its stepped numbers."""
    import keras

    with serving() as (browser, url, folder):
        small, model = own_file(folder)
        large = folder / "resnet50.keras"
        keras.applications.ResNet50(weights=None).save(large)
        for file in (small, large):
            page = browser.new_page(viewport=DESKTOP, locale="en-US")
            times, view = opening_own(page, url, file)
            if file == small:
                check_number(view, model)
            page.close()
            parts = ("opened", "all maps on screen", "a map's numbers", "the next cell")
            words = ", ".join(f"{part} {at:.1f} s" for part, at in zip(parts, times, strict=True))
            row(f"{file.name} ({file.stat().st_size / 1e6:.1f} MB) dropped: since then", words, "")


def check_number(view: Locator, model: Any) -> None:
    """Check that the number that is stepped is Keras' own.

    Raises:
        AssertionError: if it is not.
    """
    import keras

    layer, channel, i, j = str(view.get_attribute("data-drill")).split(",")
    found = float(str(view.locator(".drill").get_attribute("data-value")))
    image = zoo.get("keras_lecture").data_set.samples().images[:1] / np.float32(255)
    made = keras.Model(model.inputs, model.get_layer("first").output)(image)
    expected = float(np.asarray(made)[0, int(i), int(j), int(channel)])
    if layer != "first" or abs(found - expected) > 1e-4:
        raise AssertionError(f"{layer}: {found} instead of {expected}")


def computing_rows() -> None:
    """Measure what is computed against what it is built on, and against others."""
    ratio, words = activations_ratio()
    row("every activation / bare compiled prediction", f"{ratio:.2f}x: {words}", "<= 1.25x")
    ratio, words = gradients_ratio()
    row("gradients at all layers / activations", f"{ratio:.2f}x: {words}", "<= 3x")
    ratio, words = grad_cam_ratio()
    row("Grad-CAM against tf-keras-vis", f"{ratio:.2f}x: {words}", "<= 1.2x")


def training_rows() -> None:
    """Measure training against Keras' own loop."""
    small = {"vgg", "resnet"}  # whose images take the longest
    found = [training_ratio(name, 1_280 if name in small else 12_800) for name in zoo.trained_names()]
    words = ", ".join(words for _, words in found)
    row("images a second: `cnnviz train` / bare `model.fit`", words, ">= 1.0x")


def accuracy_rows() -> None:
    """Read what the cards of the shipped networks say."""
    bars = {"keras_lecture": 0.65, "tensorflow_lecture": 0.75, "alexnet": 0.82, "vgg": 0.90, "resnet": 0.90}
    for name, bar in [(name, bar) for name, bar in bars.items() if name in network.trained_names()]:
        card = json.loads((network.WEIGHTS / f"{name}.json").read_text("utf-8"))
        what = f"{name}: accuracy on {card['data']['test']:,} test images"
        row(what, f"{card['test']['accuracy']:.4f}", f">= {bar}")


PARTS = {
    "start": start_rows,
    "network": network_rows,
    "lecture": lecture_rows,
    "stepping": stepping_rows,
    "photographs": photograph_rows,
    "map_frames": map_rows,
    "own_network": own_network_rows,
    "exercise": exercise_rows,
    "computing": computing_rows,
    "training": training_rows,
    "accuracy": accuracy_rows,
}


def main() -> None:
    """Measure and print every row, or those of the parts that are named."""
    parser = argparse.ArgumentParser(description="Measure the figures of the README.")
    parser.add_argument("parts", nargs="*", choices=PARTS, metavar="PART", help=f"of {', '.join(PARTS)}")
    parts = parser.parse_args().parts or PARTS
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| what | measured | bar |\n|---|---|---|")
    failed = []
    for part in parts:
        try:
            PARTS[part]()
        except Exception:  # the others are measured all the same, and the command fails
            traceback.print_exc()
            failed.append(part)
    if failed:
        raise SystemExit(f"not measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
