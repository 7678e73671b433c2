"""What a link carries. Every choice has one owner, session state, and is mirrored into the URL.

Streamlit's own `bind="query-params"` forbids `st.switch_page` and leaves the URL behind when a
page sets a value itself, which opening a clicked feature map does; so the mirror is ours. A value
from the URL counts once, when a session first asks for it, and only if it is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

LONGEST_TEXT = 900
ANY_VIEW = {"lang", "colours", "chart", "present", "notes"}
"""Choices that a link carries for whatever view: by themselves they ask for none."""


def begin() -> None:
    """Start a run: no choice has been asked for yet."""
    st.session_state["link.used"] = {}
    st.session_state["link.tags"] = {}
    st.session_state["link.whole_run"] = True


def publish(*, complete: bool = True) -> None:
    """Write the choices that this run asked for into the URL; defaults are left out.

    Args:
        complete: whether the run asked for all of its page's choices; one that an error has cut
            short did not, and leaves the others in the URL as they are.
    """
    if "link.whole_run" not in st.session_state:
        return  # cleared by the visitor's message: what this fragment has not asked for would go missing
    st.session_state["link.whole_run"] = False
    used = _used()
    wanted = {key: _written(choice) for key, (default, choice) in used.items() if choice != default}
    now = st.query_params.to_dict()
    if not set(wanted) <= ANY_VIEW:
        wanted |= st.session_state["link.tags"]
    if not complete:
        wanted = {key: text for key, text in now.items() if key not in used} | wanted
    untouched = not now and set(wanted) == {"lang"} and not st.session_state.get("link.touched")
    if now != wanted and not untouched:  # a first page keeps the address that it was called by
        st.query_params.from_dict(wanted)


def publish_fragment() -> None:
    """Write the choices into the URL at the end of a fragment that ran alone.

    In a run of the whole page this does nothing: choices that are asked for further down would go missing.
    """
    if not st.session_state.get("link.whole_run", True):
        publish()


def value(
    key: str,
    default: Any,
    parse: Callable[[str], Any],
    *,
    fit: Callable[[Any], Any] = lambda choice: choice,
    always: bool = False,
) -> Any:
    """Return the choice `key`: the session's, else the URL's if `parse` takes it, else the default.

    Args:
        parse: turns the URL's text into a value, or raises ValueError or LookupError.
        fit: turns the choice into one that is possible here; the choice itself is kept for where it is.
        always: keep it in the URL even when it is the default.
    """
    kept = _kept()
    if key not in kept:
        kept[key] = default
        if key in st.query_params:
            try:
                kept[key] = parse(st.query_params[key][:LONGEST_TEXT])
                st.session_state["link.touched"] = True
            except (ValueError, LookupError):
                pass  # a tampered or outdated link falls back to the default
    choice = fit(kept[key])
    _used()[key] = (None if always else default, choice)
    return choice


def tag(key: str, text: str) -> str | None:
    """Let the link to a view carry a text beside the visitor's choices; a link to none does without.

    Returns:
        What the session began with in its place: "" for nothing; None if this was asked before.
    """
    st.session_state["link.tags"][key] = text
    asked: set[str] = st.session_state.setdefault("link.tagged", set())
    if key in asked:
        return None
    asked.add(key)
    return st.query_params.get(key, "")


def untag(key: str) -> None:
    """Leave a tag out after all."""
    st.session_state["link.tags"].pop(key, None)


def asked(key: str) -> bool:
    """Return whether this run has asked for a choice already."""
    return key in _used()


def current(key: str) -> Any:
    """Return the choice that this run has asked for already, as it was given then."""
    return _used()[key][1]


def wish(key: str) -> Any:
    """Return the choice as it is kept, whether it is possible here or not."""
    return _kept()[key]


def put(**choices: Any) -> None:
    """Set choices, as if the visitor had made them; before this run draws their widgets."""
    st.session_state["link.touched"] = True
    used = _used()
    for key, choice in choices.items():
        _kept()[key] = choice
        if key in used:
            used[key] = (used[key][0], choice)
        st.session_state.pop(key, None)


def take(key: str, widget: str) -> None:
    """Take over as the choice `key` what a widget with a key of its own was set to; for its callback.

    One that was left without a choice changes nothing: that one is required holds in the browser only.
    """
    if st.session_state[widget] is not None:
        put(**{key: st.session_state[widget]})


def restart(*keep: str) -> None:
    """Forget every choice but those named: what is asked for next comes from the URL or is the default."""
    st.session_state["link.touched"] = True
    for key in set(_kept()) - set(keep):
        del _kept()[key]
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
    choice = _settle(key, next(iter(options)), str, lambda choice: choice in options)
    draw(label, list(options), key=key, format_func=options.__getitem__, **arguments)
    return str(choice)


def whole(label: str, key: str, low: int, high: int, *, default: int, **arguments: Any) -> int:
    """Draw a number input for a whole number in low..high, and return it."""
    choice = _settle(key, default, int, lambda choice: isinstance(choice, int) and low <= choice <= high)
    st.number_input(label, low, high, key=key, step=1, **arguments)
    return int(choice)


def switch(label: str, key: str, **arguments: Any) -> bool:
    """Draw a toggle that is off by default, and return whether it is on."""
    choice = _settle(key, False, truth, lambda choice: isinstance(choice, bool))
    st.toggle(label, key=key, **arguments)
    return bool(choice)


def lines(label: str, key: str, default: str, **arguments: Any) -> str:
    """Draw a text area, and return its text."""
    choice = _settle(key, default, str, lambda choice: isinstance(choice, str))
    st.text_area(label, key=key, max_chars=LONGEST_TEXT, **arguments)
    return str(choice)


def _settle(key: str, default: Any, parse: Callable[[str], Any], allowed: Callable[[Any], bool]) -> Any:
    """Return an allowed choice, and make session state hold it for the widget `key` that is drawn next.

    A choice that is impossible here (filter 100 of a layer of 32) gives way to the default, but is
    kept: back at the larger layer, it counts again.
    """
    shown: dict[str, Any] = st.session_state.setdefault("link.shown", {})
    if key in st.session_state and st.session_state[key] != shown.get(key):  # the visitor's own doing
        _kept()[key] = st.session_state[key]
        st.session_state["link.touched"] = True
    choice = value(key, default, parse, fit=lambda wish: wish if allowed(wish) else default)
    shown[key] = st.session_state[key] = choice
    return choice


def truth(text: str) -> bool:
    """Accept "1" and "0"."""
    return {"1": True, "0": False}[text]


def _written(choice: Any) -> str:
    if isinstance(choice, bool):
        return str(int(choice))
    return ",".join(map(str, choice)) if isinstance(choice, tuple) else str(choice)


def _used() -> dict[str, tuple[Any, Any]]:
    """Return what this run has asked for, {key: (default, choice)}."""
    used: dict[str, tuple[Any, Any]] = st.session_state.setdefault("link.used", {})
    return used


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = st.session_state.setdefault("link.kept", {})
    return kept
