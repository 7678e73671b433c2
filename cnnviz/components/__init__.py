"""Registration of the browser-side components.

A component is a module of its name here, and a folder of its name in `frontend`, with a .html, a .css and a
.js of its name, whose default export Streamlit calls with each payload. It and its imports are ES modules;
those that several components import are in `frontend/shared`. Browsers can fetch every file in
`frontend`, and none beside it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from cnnviz import __version__
from cnnviz.components.message import Receiver, callbacks
from cnnviz.formats.packing import digest, pack

__all__ = ["component_names", "declare", "digest", "pack", "register"]

FRONTEND = Path(__file__).parent / "frontend"
START = "shared/start.js"
"""The script of every component, which imports the component's own module."""
UNSEEN = 'data-unseen style="visibility: hidden"'
"""Attributes of a component until its styles and its script are there."""
RESERVED = (
    "<style>:host{{--reserved:{}}}@media(min-width:769px){{:host{{--reserved:{}}}}}"
    ":host(:not([data-shown])){{height:var(--reserved)!important;overflow:clip}}</style>"
)
"""Style that reserves a height until the component is drawn (`data-shown`); canvases may have no size yet."""

_mounts: WeakKeyDictionary[BidiComponentManager, dict[str, Callable[..., Any]]] = WeakKeyDictionary()
_lock = threading.Lock()


class Mount(Protocol):
    """The function that mounts a component."""

    def __call__(self, *, data: Any, key: str, receivers: Mapping[str, Receiver] = {}) -> None:
        """Mount the component.

        Args:
            data: its payload: JSON, or bytes from `pack`.
            key: unique on the page.
            receivers: {message name: receiver}.
        """


def register(name: str, *, reserved: tuple[str, str] | None = None) -> Mount:
    """Return the function that mounts the component `name`.

    Args:
        name: the component.
        reserved: heights in CSS that are kept free until it is drawn, so that the page below does not jump:
            in a phone's window and in a wider one. About its own, or a window's where it is higher. Those of
            components that differ from page to page are in pages/reserved_heights.css.

    Its script and style travel over HTTP, not with each run. Streamlit allows that for files that
    an installed package declares in its pyproject.toml, which it looks for when the server starts. CNNViz
    also runs without being installed: `declare` does that.
    """
    # empty buttons and unstyled lists are no sight: what shows it, `START`, takes this away
    html = (FRONTEND / name / f"{name}.html").read_text("utf-8").replace(">", f" {UNSEEN}>", 1)
    if reserved is not None:
        html = RESERVED.format(*reserved) + html

    def mount(*, data: Any, key: str, receivers: Mapping[str, Receiver] = {}) -> None:
        with _lock:
            mounts = _declared()
            if name not in mounts:
                css = f"{name}/{name}.css"
                mounts[name] = st.components.v2.component(
                    f"{manifest().name}.{name}", html=html, css=css, js=START
                )
        mounts[name](data=data, key=key, **callbacks(key, receivers))

    return mount


def declare() -> None:
    """Declare the folder of scripts and styles to Streamlit's server, if that was not done yet.

    Mounting a component does so too. But a replica is also asked for files by browsers whose session is at
    another one, which it took over for a moment.
    """
    with _lock:
        _declared()


def _declared() -> dict[str, Callable[..., Any]]:
    """Return the components that were mounted, by name."""
    manager = get_bidi_component_manager()
    mounts = _mounts.get(manager)
    if mounts is None:
        manager.register_from_manifest(manifest(), FRONTEND.parent)
        mounts = _mounts[manager] = {}
    return mounts


@cache
def component_names() -> tuple[str, ...]:
    """Return the names of all components, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in FRONTEND.glob("*/*.html")))


@cache
def manifest() -> ComponentManifest:
    """Return the manifest that declares the folder of scripts and styles to Streamlit's server.

    The name of a component, and with it the address of all its files, changes with the content of any: a
    browser never mixes those of two versions.
    """
    paths = sorted(path for path in FRONTEND.rglob("*") if path.suffix in (".js", ".css"))
    files = (path.relative_to(FRONTEND).as_posix().encode() + b"\0" + path.read_bytes() for path in paths)
    names = ["modules", *component_names()]
    components = [ComponentConfig(name, asset_dir=FRONTEND.name) for name in names]
    return ComponentManifest(f"cnnviz-{digest(*files)}", __version__, components)
