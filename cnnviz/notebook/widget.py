"""The base of the widgets: a component of the app with a notebook's model in place of Streamlit.

The scripts and styles of the component travel as one text each, as a notebook has no server that would serve
files. What the visitor selects is a trait that Python can read and set.
"""

from __future__ import annotations

import base64
import html
import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import anywidget
import traitlets

from cnnviz import tokens
from cnnviz.colours import properties
from cnnviz.export import bundle

_VIEW = Path(__file__).with_name("view.js")
_COLOURS = {
    "background-color": "background",
    "secondary-background-color": "surface",
    "text-color": "text",
    "border-color": "quiet",
    "primary-color": "accent",
}
"""{Streamlit's name of a colour: its token}."""


class ComponentWidget(anywidget.AnyWidget):
    """A component of the app in a notebook. Subclasses set `_esm` to its `script`.

    Attributes:
        payload: the component's data, bytes as from `formats.packing.pack`.
        selection: fields of the payload's header that change with the selection.
        message: the last message of the component, {"name", "value"}.
    """

    payload = traitlets.Bytes().tag(sync=True)
    selection = traitlets.Dict().tag(sync=True)
    message = traitlets.Dict().tag(sync=True)
    still = traitlets.Unicode().tag(sync=True)

    def __init__(self, payload: bytes, selection: dict[str, Any], picture: bytes, words: str) -> None:
        """Make a widget.

        Args:
            payload, selection: as the traits. picture: PNG that replaces it where no kernel runs.
            words: description of the picture.
        """
        super().__init__(payload=payload, selection=selection, still=f"cnnviz-still-{uuid4().hex}")
        self._picture, self._words = picture, words
        self.observe(lambda change: self.receive(**change["new"]), "message")
        self.on_msg(self._answer)

    def receive(self, name: str, value: Any) -> None:
        """Take in a message of the component."""
        raise NotImplementedError

    def file(self, address: str) -> bytes | None:
        """Return the file that the component would fetch from the app's server, or None if there is none."""
        return None

    def _answer(self, _: Any, asked: dict[str, Any], buffers: Any) -> None:
        content = self.file(str(asked.get("address")))
        answer = {"id": asked.get("id"), "found": content is not None}
        self.send(answer, [] if content is None else [content])

    def _ipython_display_(self) -> None:
        """Display the widget, and a picture of it, which the live view hides and a saved notebook keeps."""
        from IPython.display import display

        data, metadata = self._repr_mimebundle_() or ({}, {})
        display(data, metadata=metadata, raw=True)
        encoded = base64.b64encode(self._picture).decode()
        image = (
            f'<img class="{self.still}" alt="{html.escape(self._words, quote=True)}" '
            f'src="data:image/png;base64,{encoded}">'
        )
        display({"text/html": image, "text/plain": self._words}, raw=True)


@cache
def script(component: str) -> str:
    """Return the module of a widget: the component, its markup and styles, and a substitute for Streamlit."""
    styles = _theme() + bundle.style(component)
    parts = json.dumps(f"<style>{styles}</style>{bundle.markup(component)}", allow_nan=False)
    view = _VIEW.read_text("utf-8")
    return f"{bundle.script(component)}\n{view}\nexport default widget(mount, {parts});\n"


def _theme() -> str:
    """Return the CSS rules that replace Streamlit's theme, in the widget's shadow root."""
    rules = [re.sub("^:root", ":host", tokens.style_sheet())]
    for dark, host in ((False, ":host"), (True, ":host(.dark)")):
        colours = "".join(f" --st-{name}: {tokens.colour(token, dark)};" for name, token in _COLOURS.items())
        rules.append(f"{host} {{ color-scheme: {'dark' if dark else 'light'};{colours} }}")
    own = "".join(f" {name}: {value};" for name, value in properties("orange_blue").items())
    rules.append(
        f":host {{ display: block; --st-font: system-ui, sans-serif; --st-code-font: monospace;{own}"
        " background: var(--st-background-color); color: var(--st-text-color); padding: 8px; }"
    )
    return "\n".join(rules) + "\n"
