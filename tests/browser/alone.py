"""A component by itself on an empty page: no server, what Python passes is passed by the test."""

from __future__ import annotations

import base64
import json
from typing import Any

from playwright.sync_api import Page

from cnnviz.components import FRONTEND
from tests.browser.app_tab import show_html
from tests.browser.conftest import load_modules

ANSWERED = 'data-testid="stApp" data-test-connection-state="CONNECTED"'
"""Data attributes of Streamlit's app while a server answers."""
SLOW_FRAMES = """() => {
  let [last, due] = [0, new Map()];
  window.requestAnimationFrame = (paint) => due.set(++last, paint) && last;
  window.cancelAnimationFrame = (id) => due.delete(id);
  window.frame = (now) => {
    const all = due;
    due = new Map();
    for (const paint of all.values()) paint(now);
  };
}"""
"""For `evaluate`: from now on a frame comes when `frame(ms)` is called, and says that it is so late."""


class Alone:
    """A component on a page.

    Attributes:
        page: where it is the only one; there `end()` is what Streamlit does when the component is gone. sent:
            returns the messages to Python until now, [name, value] each.
    """

    def __init__(self, page: Page, name: str) -> None:
        html, css = ((FRONTEND / name / f"{name}.{kind}").read_text("utf-8") for kind in ("html", "css"))
        show_html(page, f"<style>{css}</style><main {ANSWERED}>{html}</main>")
        load_modules(page, f"{name}/{name}.js")
        page.evaluate("""() => {
          const parentElement = document.querySelector("main");
          window.sent = [];
          const setTriggerValue = (name, value) => window.sent.push([name, structuredClone(value)]);
          window.give = (data) => {
            window.end = window.default({ data, parentElement, setTriggerValue });
          };
        }""")
        self.page = page

    def give(self, data: bytes | dict[str, Any], *, painted: bool = True) -> None:
        """Pass what Python passes with a run, and wait until it is painted if that is wanted."""
        if isinstance(data, bytes):
            made = "(text) => give(Uint8Array.from(atob(text), (letter) => letter.charCodeAt()))"
            self.page.evaluate(f"{made}", base64.b64encode(data).decode())
        else:
            self.page.evaluate("(text) => give(JSON.parse(text))", json.dumps(data))
        if painted:
            self.painted()

    def painted(self) -> None:
        """Wait until what was done is painted."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def sent(self) -> list[list[Any]]:
        """Return the messages to Python until now."""
        return list(self.page.evaluate("sent"))
