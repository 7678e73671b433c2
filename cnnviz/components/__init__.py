"""Browser-side parts: what they share in Python, and how arrays travel to them.

A component is a folder with `__init__.py`, a .html, a .css and a .js of its name. `register`
reads them once, at import; `shared.js` is put before each component's script.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from cnnviz.components.value import LARGEST, field, well_formed, whole
from cnnviz.formats.packing import pack

__all__ = ["pack", "register", "told", "told_once"]

FOLDER = Path(__file__).parent


def register(name: str) -> Any:
    """Register the component in the folder `name` and return Streamlit's mounting command.

    For each value that the component tells, a callback has to be passed on mounting, `lambda: None`
    perhaps: else the value does not exist.
    """
    folder = FOLDER / name
    html, css, js = ((folder / f"{name}.{ending}").read_text("utf-8") for ending in ("html", "css", "js"))
    shared = (FOLDER / "shared.js").read_text("utf-8")
    return st.components.v2.component(f"cnnviz.{name}", html=html, css=css, js=f"{shared}\n{js}")


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
