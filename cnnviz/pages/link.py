"""What a link carries. Every choice has one owner, session state, and is mirrored into the URL.

Streamlit's own `bind="query-params"` forbids `st.switch_page` and leaves the URL behind when a
page sets a value itself, which opening a clicked feature map does; so the mirror is ours. A value
from the URL counts once, when a session first asks for it, and only if it is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

LONGEST_TEXT = 600


def begin() -> None:
    """Start a run: no choice has been asked for yet."""
    st.session_state["link.used"] = {}


def publish() -> None:
    """Write the choices that this run asked for into the URL; defaults are left out."""
    used: dict[str, Any] = st.session_state["link.used"]
    wanted = {key: _written(_kept()[key]) for key, default in used.items() if _kept()[key] != default}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def value(key: str, default: Any, parse: Callable[[str], Any], *, always: bool = False) -> Any:
    """Return the choice `key`: the session's, else the URL's if `parse` takes it, else the default.

    Args:
        parse: turns the URL's text into a value, or raises ValueError or LookupError.
        always: keep it in the URL even when it is the default.
    """
    kept = _kept()
    if key not in kept:
        kept[key] = default
        if key in st.query_params:
            try:
                kept[key] = parse(st.query_params[key][:LONGEST_TEXT])
            except (ValueError, LookupError):
                pass  # a tampered or outdated link falls back to the default
    st.session_state["link.used"][key] = None if always else default
    return kept[key]


def put(**choices: Any) -> None:
    """Set choices, as if the visitor had made them; before this run draws their widgets."""
    for key, choice in choices.items():
        _kept()[key] = choice
        st.session_state.pop(key, None)


def option(
    label: str,
    key: str,
    options: Mapping[str, str],
    *,
    draw: Callable[..., Any] = st.selectbox,
    **arguments: Any,
) -> str:
    """Draw a widget that picks one of `options`, {choice: words}, and return the choice.

    The first is the default.
    """
    _settle(key, next(iter(options)), str, lambda choice: choice in options)
    draw(label, list(options), key=key, format_func=options.__getitem__, **arguments)
    return str(_kept()[key])


def whole(label: str, key: str, low: int, high: int, *, default: int, **arguments: Any) -> int:
    """Draw a number input for a whole number in low..high, and return it."""
    _settle(key, default, int, lambda choice: isinstance(choice, int) and low <= choice <= high)
    st.number_input(label, low, high, key=key, step=1, **arguments)
    return int(_kept()[key])


def lines(label: str, key: str, default: str, **arguments: Any) -> str:
    """Draw a text area, and return its text."""
    _settle(key, default, str, lambda choice: isinstance(choice, str))
    st.text_area(label, key=key, max_chars=LONGEST_TEXT, **arguments)
    return str(_kept()[key])


def _settle(key: str, default: Any, parse: Callable[[str], Any], allowed: Callable[[Any], bool]) -> None:
    """Make session state hold an allowed value for the widget `key` that is drawn next."""
    kept = _kept()
    choice = st.session_state[key] if key in st.session_state else value(key, default, parse)
    if not allowed(choice):  # a link's nonsense, or a choice that another choice made impossible
        choice = kept[key] if key in kept and allowed(kept[key]) else default
    kept[key] = choice
    st.session_state[key] = choice
    st.session_state["link.used"][key] = default


def _written(choice: Any) -> str:
    return ",".join(map(str, choice)) if isinstance(choice, tuple) else str(choice)


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = st.session_state.setdefault("link.kept", {})
    return kept
