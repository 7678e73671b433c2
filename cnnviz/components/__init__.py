"""Browser-side parts: what they share in Python, and how arrays travel to them.

A component is a module of its name here, and a folder of its name in `frontend`, with a .html, a .css and a
.js of its name, which exports by default what Streamlit calls with each payload. That, and what it imports,
are ES modules; what several components import is in `frontend/shared`. Browsers can fetch every file in
`frontend`, and none beside it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from cnnviz import __version__
from cnnviz.components.value import LARGEST, field, well_formed, whole
from cnnviz.formats.packing import pack

__all__ = ["pack", "register", "told", "told_once"]

FRONTEND = Path(__file__).parent / "frontend"
START = "shared/start.js"
"""The module that Streamlit loads of each component; it imports the component's own."""

Mount = Callable[..., Any]

_mounts: WeakKeyDictionary[BidiComponentManager, dict[str, Mount]] = WeakKeyDictionary()
_lock = threading.Lock()


def register(name: str) -> Mount:
    """Return the mounting command of the component `name`, as Streamlit's `component` does.

    Its script and style travel over HTTP, not with each run. Streamlit allows that for what an installed
    package declares in its pyproject.toml, which it looks for when the server starts. CNNViz also runs where
    it is not installed, so the folder is declared to the server here, when a component is first mounted.

    For each value that the component tells, a callback has to be passed on mounting, `lambda: None`
    perhaps: else the value does not exist.
    """
    html = (FRONTEND / name / f"{name}.html").read_text("utf-8")

    def mount(**arguments: Any) -> Any:
        manager = get_bidi_component_manager()
        with _lock:
            mounts = _mounts.get(manager)
            if mounts is None:
                manager.register_from_manifest(manifest(), FRONTEND.parent)
                mounts = _mounts[manager] = {}
            if name not in mounts:
                css = f"{name}/{name}.css"
                mounts[name] = st.components.v2.component(
                    f"{manifest().name}.{name}", html=html, css=css, js=START
                )
        return mounts[name](**arguments)

    return mount


@cache
def manifest() -> ComponentManifest:
    """Return what tells Streamlit's server where scripts and styles are.

    The name of a component, and with it the address of all its files, changes with the content of any: a
    browser never mixes those of two versions.
    """
    digest = hashlib.blake2s(digest_size=6)
    for path in sorted(path for path in FRONTEND.rglob("*") if path.suffix in (".js", ".css")):
        digest.update(path.relative_to(FRONTEND).as_posix().encode() + b"\0" + path.read_bytes())
    names = ["modules", *sorted(path.parent.name for path in FRONTEND.glob("*/*.html"))]
    components = [ComponentConfig(name, asset_dir=FRONTEND.name) for name in names]
    return ComponentManifest(f"cnnviz-{digest.hexdigest()}", __version__, components)


def told(key: str, name: str) -> Any:
    """Return what the component `key` tells as `name`; for callbacks, which run before it is mounted."""
    values = st.session_state.get(key)
    return values.get(name) if isinstance(values, dict) else None


def told_once(value: Any, key: str) -> Any:
    """Return what the component `key` has told, with the `time` of it, but only once; else None."""
    memory = st.session_state.setdefault(f"{key}.told", {})
    time = time_from(value)
    if time is None or time == memory.get("time"):
        return None
    memory["time"] = time
    return value


@well_formed
def time_from(value: Any) -> int:
    """Return when a value was told, in milliseconds as JavaScript's `Date.now()` counts them."""
    return whole(field(value, "time"), 0, LARGEST)
