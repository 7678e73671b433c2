"""The example notebook: its views by themselves beside Python, and all of it in a real JupyterLab."""

from __future__ import annotations

import ast
import base64
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cnnviz.notebook.widget import ComponentWidget
from tests.browser.conftest import ROOT, TIMEOUT, free_port

EXAMPLE = ROOT / "docs/notebook.ipynb"
VIEWS = 3
"""Widgets that the example shows: a stepper, and networks."""
FRONT_END = """async (views) => {
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt()).buffer);
  window.heard = [];
  addEventListener("keydown", ({ key }) => heard.push(key)); // what a notebook takes for commands
  class Model {
    constructor(index, traits) {
      Object.assign(this, { index, traits, listeners: new Set() });
    }
    get = (name) => this.traits[name];
    set = (name, value) => { this.traits[name] = value; };
    on = (name, hear) => this.listeners.add([name, hear]);
    off = (name, hear) => {
      for (const each of this.listeners)
        if (each[0] === name && each[1] === hear) this.listeners.delete(each);
    };
    tell = (name, ...more) => [...this.listeners].forEach((each) => each[0] === name && each[1](...more));
    change = (selection) => {
      if (JSON.stringify(selection) === JSON.stringify(this.traits.selection)) return;
      this.set("selection", selection);
      this.tell("change:selection");
    };
    save_changes = async () => this.change(await window.say(this.index, this.traits.message));
    send = async (asked) => {
      for (const [content, files] of await window.ask(this.index, asked))
        this.tell("msg:custom", content, files.map(bytes));
    };
  }
  window.models = [];
  window.ends = [];
  for (const [index, { esm, payload, ...traits }] of views.entries()) {
    const script = new Blob([esm], { type: "text/javascript" });
    const { default: widget } = await import(URL.createObjectURL(script));
    const model = new Model(index, { ...traits, payload: bytes(payload) });
    models.push(model);
    const el = document.body.appendChild(document.createElement("div"));
    ends.push(widget.render({ model, el }));
  }
}"""
"""Shows views as the front end of a notebook does; Python is asked by `say` and `ask`."""


def run_example(monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], list[ComponentWidget], str]:
    """Run the example's code here; return its names, the views it shows, and the HTML beside them."""
    pictures: list[str] = []
    monkeypatch.setattr(
        "IPython.display.display", lambda data, **more: pictures.append(data.get("text/html", ""))
    )
    names: dict[str, Any] = {}
    views: list[ComponentWidget] = []
    for cell in json.loads(EXAMPLE.read_text("utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        *before, last = ast.parse("".join(cell["source"])).body
        exec(compile(ast.Module(before, []), EXAMPLE.name, "exec"), names)
        if not isinstance(last, ast.Expr):
            exec(compile(ast.Module([last], []), EXAMPLE.name, "exec"), names)
            continue
        shown = eval(compile(ast.Expression(last.value), EXAMPLE.name, "eval"), names)
        if isinstance(shown, ComponentWidget):
            shown._ipython_display_()
            views.append(shown)
    return names, views, "".join(pictures)


def connect(page: Page, views: list[ComponentWidget]) -> None:
    """Let views in a page talk to their widgets here."""

    def say(index: int, message: dict[str, Any]) -> dict[str, Any]:
        views[index].message = message
        return dict(views[index].selection)

    def ask(index: int, asked: dict[str, Any]) -> list[Any]:
        answers: list[Any] = []
        views[index].send = lambda content, buffers=(): answers.append(  # type: ignore[method-assign]
            [content, [base64.b64encode(each).decode() for each in buffers]]
        )
        views[index]._handle_custom_msg(asked, [])
        return answers

    page.expose_function("say", say)
    page.expose_function("ask", ask)


def wait_until(page: Page, met: Callable[[], bool]) -> None:
    """Wait until something is so here: a view says what is selected once the visitor rests."""
    for _ in range(TIMEOUT // 50):
        if met():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came to that")


def expect_painted_with_the_cell_of_python(page: Page) -> tuple[Locator, Locator]:
    """Return the example's stepper, whose cell Python has set, and its grids of maps."""
    stepper, grids = page.locator(".stepper"), page.locator(".grid[data-layers]")
    expect(grids).to_have_count(VIEWS - 1)
    for grid in grids.all():
        expect(grid).to_have_attribute("data-painted", grid.get_attribute("data-image") or "")
    expect(stepper).to_have_attribute("data-row", "2")
    expect(stepper).to_have_attribute("data-col", "4")
    return stepper, grids


def test_example_beside_python(chromium: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    names, views, pictures = run_example(monkeypatch)
    steps, lecture = names["steps"], names["lecture"]
    assert len(views) == VIEWS
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(TIMEOUT)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.set_content(f"<body data-jp-theme-light=true>{pictures}</body>")
        connect(page, views)
        page.evaluate(
            FRONT_END,
            [
                {
                    "esm": str(view._esm),
                    "payload": base64.b64encode(view.payload).decode(),
                    "selection": view.selection,
                    "still": view.still,
                }
                for view in views
            ],
        )
        stepper, grids = expect_painted_with_the_cell_of_python(page)
        # keys step, and are not commands of the notebook; Python reads where the visitor is
        stepper.focus()
        for key in ("ArrowRight", "b", "ArrowRight"):
            page.keyboard.press(key)
        expect(stepper).to_have_attribute("data-row", "3")
        assert page.evaluate("heard") == []
        hosts = "[data-lm-suppress-shortcuts=true]"
        expect(page.locator(hosts)).to_have_count(VIEWS)
        wait_until(page, lambda: steps.cell == (3, 0))
        assert steps.value == steps.output[3, 0]
        steps.cell = (5, 1)
        page.evaluate("(selection) => models[0].change(selection)", steps.selection)
        expect(stepper).to_have_attribute("data-row", "5")

        # a click on a map shows how it is computed, with the exact numbers from Python
        grids.first.locator(".card canvas").nth(1).click()
        panel = grids.first.locator(".drill")
        expect(panel).to_be_visible()
        expect(panel).to_contain_text("= ")
        wait_until(page, lambda: lecture.cell is not None)
        assert (
            lecture.value
            == lecture.activations[lecture.cell.layer][lecture.cell.row, lecture.cell.col, lecture.cell.map]
        )

        expect(page.locator(f"{hosts}.dark")).to_have_count(0)
        page.evaluate("document.body.dataset.jpThemeLight = 'false'")
        expect(page.locator(f"{hosts}.dark")).to_have_count(VIEWS)

        # the live views stand in place of the pictures that the notebook keeps
        stills = page.locator('img[class^="cnnviz-still-"]')
        expect(stills).to_have_count(VIEWS)
        for still in stills.all():
            expect(still).to_be_hidden()
        page.evaluate("ends.forEach((end) => end())")
        for still in stills.all():
            expect(still).to_be_visible()
            assert still.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 400
    finally:
        page.close()
        ComponentWidget.close_all()
    assert not errors


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """A JupyterLab whose folder holds the example without its outputs; its address."""
    notebook = json.loads(EXAMPLE.read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / EXAMPLE.name).write_text(json.dumps(notebook), "utf-8")
    own = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"IPYTHONDIR": str(tmp_path / "ipython"), "PYTHONPATH": str(ROOT)}
    settings = tmp_path / "settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"windowingMode": "none"}')  # all cells are in the page, not only those in sight
    own |= {"JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings")}
    port = free_port()
    options = {"ip": "127.0.0.1", "port": port, "IdentityProvider.token": "", "ServerApp.root_dir": folder}
    log = tmp_path / "log.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
            + [f"--{name}={value}" for name, value in options.items()],
            env={**os.environ, **own},
            cwd=folder,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(TIMEOUT // 100):
            assert process.poll() is None, log.read_text()
            try:
                urllib.request.urlopen(f"{address}/api", timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()  # its kernels end with it
        with suppress(subprocess.TimeoutExpired):  # it may wait for a kernel for ever
            process.wait(60)
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def opened(page: Page, address: str) -> None:
    page.goto(f"{address}/lab/tree/{EXAMPLE.name}?reset", timeout=TIMEOUT)
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible()


def run_all(page: Page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def run_cell(page: Page, words: str) -> str:
    """Run the cell that begins with some words, and return what it answers."""
    cell = page.locator(".jp-CodeCell", has_text=words)
    before = cell.locator(".jp-InputPrompt").inner_text()
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-InputPrompt")).not_to_have_text(before)
    expect(cell.locator(".jp-InputPrompt")).not_to_have_text("[*]:")
    return cell.locator(".jp-OutputArea-output").inner_text()


def until_read(page: Page, words: str, wanted: str) -> None:
    """Run a cell until its answer begins with what is wanted: a view sends it once the visitor rests."""
    for _ in range(TIMEOUT // 250):
        answer = run_cell(page, words)
        if answer.startswith(wanted):
            return
        page.wait_for_timeout(250)
    raise AssertionError(answer)


@pytest.mark.slow
@pytest.mark.exhaustive
def test_example_in_jupyterlab(lab: str, chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(TIMEOUT)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        opened(page, lab)
        expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle")  # it has a kernel
        run_all(page)
        stepper, grids = expect_painted_with_the_cell_of_python(page)
        # keys step, and are not commands of the notebook; Python reads where the visitor is
        cells = page.locator(".jp-Cell").count()
        stepper.focus()
        for key in ("ArrowRight", "b", "ArrowRight"):
            page.keyboard.press(key)
        expect(stepper).to_have_attribute("data-row", "3")
        assert page.locator(".jp-Cell").count() == cells
        until_read(page, "steps.cell, steps.value", "((3, 0), ")

        # a click on a map shows how it is computed, with the exact numbers from Python
        grids.first.locator(".card canvas").nth(1).click()
        panel = grids.first.locator(".drill")
        expect(panel).to_be_visible()
        expect(panel).to_contain_text("= ")
        until_read(page, "lecture.cell", "(MapCell(layer=")

        # the live views stand in place of the pictures that the notebook keeps
        stills = page.locator('img[class^="cnnviz-still-"]')
        expect(stills).to_have_count(VIEWS)
        for still in stills.all():
            expect(still).to_be_hidden()
        with page.expect_response(
            lambda answer: answer.request.method == "PUT" and "/contents/" in answer.url
        ):
            page.keyboard.press("Control+s")
        page.evaluate(
            """async () => {
              const sessions = await (await fetch("/api/sessions")).json();
              const headers = { "X-XSRFToken": /_xsrf=([^;]*)/.exec(document.cookie)?.[1] ?? "" };
              for (const { id } of sessions) {
                const { ok, status } = await fetch(`/api/sessions/${id}`, { method: "DELETE", headers });
                if (!ok) throw new Error(`the session goes on: ${status}`);
              }
            }"""
        )
        # opened without its kernel, the pictures are there
        opened(page, lab)
        expect(stills).to_have_count(VIEWS)
        for still in stills.all():
            expect(still).to_be_visible()
            assert still.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 400
    finally:
        page.close()
    assert not errors
