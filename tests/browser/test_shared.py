"""Shared modules of the components in the browser: a view's lifetime, and numbers formatted as in Python."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from playwright.sync_api import Page, Route

from cnnviz.components import FRONTEND
from cnnviz.formats.packing import pack
from cnnviz.text.rounding import percent
from tests.browser.app_tab import show_html
from tests.browser.conftest import load_modules
from tests.number_cases import CASES, CONSTANTS, SIGNIFICANT


@pytest.fixture
def shared(page: Page) -> Page:
    """Return a page with nothing but a box and shared modules."""
    show_html(page, "<main><button class=box></button></main>")
    load_modules(page, "shared/numbers.js", "shared/view.js")
    return page


def test_a_view_lives_as_long_as_its_root(shared: Page) -> None:
    shared.evaluate("""
      window.log = [];
      window.mount = (root, { on, onEnd }) => {
        log.push("begin");
        on(root, "click", () => log.push("click"));
        onEnd(() => log.push("end"));
        return { root };
      };
      window.main = document.querySelector("main");
      window.show = (setTriggerValue) => keepView({ parentElement: main, setTriggerValue }, ".box", mount);
    """)
    assert shared.evaluate("show(1) === show(2) && show(3).setTriggerValue") == 3
    shared.evaluate("window.old = main.firstChild; old.click()")
    shared.evaluate("main.innerHTML = '<i class=box></i>'; show(); old.click(); main.firstChild.click()")
    shared.evaluate("window.view = show(); view.end(); main.firstChild.click()")
    assert shared.evaluate("log") == ["begin", "click", "end", "begin", "click", "end"]
    assert shared.evaluate("show() !== view")


def test_a_component_takes_in_json_and_what_is_packed(shared: Page) -> None:
    shared.evaluate("""
      const receive = (view, data) => (view.root.given = { data, found: view.find(".box") === view.box });
      window.component = defineView("main", (root, { find }) => ({ root, box: find(".box") }), receive);
      window.show = (data) => component({ data, parentElement: document.body });
    """)
    given = "document.querySelector('main').given"
    shared.evaluate("show({ a: 1 })")
    assert shared.evaluate(given) == {"data": {"a": 1}, "found": True}
    packed = list(pack({"b": 2}, {"c": np.array([3, 4], np.uint8)}))
    shared.evaluate("(bytes) => show(new Uint8Array(bytes))", packed)
    assert shared.evaluate(f"[{given}.data.b, ...{given}.data.arrays.c.data]") == [2, 3, 4]


def test_a_run_that_is_overtaken_does_not_end_the_view(shared: Page) -> None:
    script, mounting, page_marks = (
        (FRONTEND / "shared" / name).read_text("utf-8")
        for name in ("start.js", "mounting.js", "page_marks.js")
    )
    module = "export default () => { log.push('show'); return () => log.push('end'); };"
    files = {
        "box/shared/start.js": script,
        "modules/shared/mounting.js": mounting,
        "modules/shared/page_marks.js": page_marks,
        "modules/box/box.js": module,
    }
    for address, body in files.items():
        answer = partial(
            Route.fulfill,
            body=body,
            content_type="text/javascript",
            headers={"Access-Control-Allow-Origin": "*"},
        )
        shared.route(f"http://components/_stcore/x.{address}", answer)
    log = shared.evaluate("""async () => {
      window.log = [];
      const { default: start } = await import("http://components/_stcore/x.box/shared/start.js");
      const parentElement = document.querySelector("main");
      const first = await start({ parentElement });
      first(); // Streamlit waits for the next run's script meanwhile
      const second = await start({ parentElement });
      first();
      log.push("gone");
      parentElement.remove();
      second();
      return log;
    }""")
    assert log == ["show", "show", "gone", "end"]


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.25, "25.0%"),
        (0.0004, "<\xa00.1%"),
        (0.9996, ">\xa099.9%"),
        (1.0004, "<\xa0100.1%"),
        (1e-300, "<\xa00.1%"),
        (1 - 2**-53, ">\xa099.9%"),
        (0.0006, "0.1%"),
    ],
)
def test_a_share_is_written_as_in_python(shared: Page, share: float, written: str) -> None:
    assert shared.evaluate("percent", share) == percent(share) == written


def test_of_many_shares_none_reads_none_or_all(shared: Page) -> None:
    shares = np.random.default_rng(0).beta(0.01, 0.01, 2000).clip(1e-12, 1 - 1e-12).tolist()
    written = shared.evaluate("(shares) => shares.map(percent)", shares)
    assert written == [percent(share) for share in shares]
    assert not {"0%", "0.0%", "100%", "100.0%"} & set(written)
    assert {"<\xa00.1%", ">\xa099.9%"} < set(written)


@pytest.mark.parametrize("probability", [0, 1, 1e-30, 0.5])
def test_a_probability_from_softmax_is_never_none_or_all(shared: Page, probability: float) -> None:
    assert shared.evaluate("chance", probability) == percent(probability, softmax=True)


def test_numbers_are_written_as_in_python(shared: Page) -> None:
    for value, digits, sentence, cell in CASES:
        written = shared.evaluate("([v, d]) => [number(v, d), cellNumber(v, d)]", [value, digits])
        assert written == [sentence, cell], value
    for value, digits, text in SIGNIFICANT:
        assert shared.evaluate("([v, d]) => significant(v, d)", [value, digits]) == text
    for value, text in CONSTANTS:
        assert shared.evaluate("constant", value) == text
