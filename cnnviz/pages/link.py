"""Choices that are part of the URL, so that a link opens the same view.

Session state owns every choice, and the URL mirrors it. Streamlit's `bind="query-params"` is not used because
it forbids `st.switch_page` and does not update the URL when a page sets a value. A value from the URL is read
once, when a session first asks for the choice, and ignored if it is invalid.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnnviz.pages.browser_values import BrowserValues

MAX_TEXT_LENGTH = 900
ANY_VIEW = {"lang", "colours", "chart", "present", "notes", "room"}
"""Choices that do not identify a view."""
_thread = threading.local()
"""Per script thread: the context of its session, and the session's dictionaries of choices."""


def begin() -> None:
    """Start a script run, in which no choice has been asked for yet."""
    _thread.context = None
    st.session_state.setdefault("link.bare", not st.query_params.to_dict())
    st.session_state["link.used"] = {}
    st.session_state["link.tags"] = {}
    st.session_state["link.whole_run"] = True
    st.session_state["link.awaiting"] = False
    _browser().begin()


def keep_unasked() -> None:
    """Let the URL keep the choices that this run does not ask for: a part of the page is still awaited."""
    st.session_state["link.awaiting"] = True


def publish(*, complete: bool = True) -> None:
    """Write the choices that this run asked for to the URL, without defaults.

    Args:
        complete: whether the run asked for all choices of its page. If an error ended it early, the other
            choices stay in the URL.
    """
    if "link.whole_run" not in st.session_state:
        return  # session state was cleared: a fragment alone does not know all choices
    st.session_state["link.whole_run"] = False
    if complete:
        _browser().end()
    used = _used()
    wanted = {key: _written(choice) for key, (default, choice) in used.items() if choice != default}
    now = st.query_params.to_dict()
    if not set(wanted) <= ANY_VIEW:
        wanted |= st.session_state["link.tags"]
    if not complete or st.session_state.get("link.awaiting"):
        wanted = {key: text for key, text in now.items() if key not in used} | wanted
    untouched = not now and set(wanted) == {"lang"} and not st.session_state.get("link.touched")
    if now != wanted and not untouched:  # the first page keeps its address until a choice is made
        st.query_params.from_dict(wanted)


def publish_fragment() -> None:
    """Write the choices to the URL at the end of a fragment that ran alone.

    In a run of the whole page this does nothing, as later parts of the page may ask for more choices.
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
    """Return a choice: the session's, else the URL's if it is valid, else the default.

    Args:
        key: the choice and the URL parameter. default: the default.
        parse: parses the URL's text; raises ValueError or LookupError if it is invalid.
        fit: maps the choice to one that is possible on this page; the original stays stored for others.
        always: whether it is in the URL even if it is the default; once set, it holds for the run.
    """
    kept = _kept()
    if key not in kept:
        kept[key] = default
        if key in st.query_params:
            try:
                kept[key] = parse(st.query_params[key][:MAX_TEXT_LENGTH])
                st.session_state["link.touched"] = True
            except (ValueError, LookupError):
                pass  # invalid or outdated link: use the default
    choice = fit(kept[key])
    always = always or _used().get(key, ("", ""))[0] is None
    _used()[key] = (None if always else default, choice)
    return choice


def tag(key: str, text: str) -> str | None:
    """Put a text into the link of a view, beside the visitor's choices.

    Returns:
        The text in the URL that the session started with, "" if there was none; None on later calls.
    """
    st.session_state["link.tags"][key] = text
    asked: set[str] = st.session_state.setdefault("link.tagged", set())
    if key in asked:
        return None
    asked.add(key)
    return st.query_params.get(key, "")


def untag(key: str) -> None:
    """Remove a tag from the link."""
    st.session_state["link.tags"].pop(key, None)


def asked(key: str) -> bool:
    """Return whether this run has already asked for a choice."""
    return key in _used()


def began_bare() -> bool:
    """Return whether the session began at an address without any choice: with no link to a view."""
    return bool(st.session_state.get("link.bare", False))


def current(key: str) -> Any:
    """Return a choice that this run has already asked for, after `fit`."""
    return _used()[key][1]


def stored(key: str) -> Any:
    """Return the session's choice, or else the URL's text, unchecked, or ""; it is not asked for by that."""
    return _kept().get(key, st.query_params.get(key, ""))


def wish(key: str) -> Any:
    """Return a choice as stored, before `fit`."""
    return _kept()[key]


def put(**choices: Any) -> None:
    """Set choices as if the visitor had made them; call it before their widgets are drawn."""
    st.session_state["link.touched"] = True
    used = _used()
    for key, choice in choices.items():
        _kept()[key] = choice
        if key in used:
            used[key] = (used[key][0], choice)
        st.session_state.pop(key, None)


def take(key: str, widget: str) -> None:
    """Store the value of a widget with another key as the choice `key`; for use as its callback.

    None is ignored: `required` is enforced by the browser only.
    """
    if st.session_state[widget] is not None:
        put(**{key: st.session_state[widget]})


def restart(*keep: str) -> dict[str, str]:
    """Reset all choices but those in `keep`; they are read from the URL again, or are the defaults.

    Returns:
        What the URL says of those kept, for the address of the page that is switched to: a server that is
        lost before that page has been drawn leaves the visitor with nothing but the address.
    """
    st.session_state["link.touched"] = True
    for key in set(_kept()) - set(keep):
        del _kept()[key]
        st.session_state.pop(key, None)
    return {key: st.query_params[key] for key in keep if key in st.query_params}


def option(
    label: str,
    key: str,
    options: Mapping[str, str],
    *,
    draw: Callable[..., Any] = st.selectbox,
    default: str | None = None,
    **arguments: Any,
) -> str:
    """Draw a widget that selects one of `options`, {choice: text}, and return the choice.

    The first option is the default, unless another is named.
    """
    choice = selected(key, options, default=default)
    draw(label, list(options), key=key, format_func=options.__getitem__, **arguments)
    return choice


def selected(key: str, options: Mapping[str, str], *, default: str | None = None) -> str:
    """Return the choice of a widget that `option` draws further below, with the same arguments."""
    first = default or next(iter(options))
    return str(_settle(key, first, str, lambda choice: choice in options, dict(options)))


def whole(label: str, key: str, low: int, high: int, *, default: int, **arguments: Any) -> int:
    """Draw an input of an integer in low..high, and return the integer."""
    choice = _settle(key, default, int, lambda choice: isinstance(choice, int) and low <= choice <= high)
    st.number_input(label, low, high, key=key, step=1, **arguments)
    return int(choice)


def switch(label: str, key: str, **arguments: Any) -> bool:
    """Draw a toggle, off by default, and return whether it is on."""
    choice = _settle(key, False, truth, lambda choice: isinstance(choice, bool))
    st.toggle(label, key=key, **arguments)
    return bool(choice)


def lines(label: str, key: str, default: str, **arguments: Any) -> str:
    """Draw a text area, and return its text."""
    choice = _settle(key, default, str, lambda choice: isinstance(choice, str))
    st.text_area(label, key=key, max_chars=MAX_TEXT_LENGTH, **arguments)
    return str(choice)


def text(label: str, key: str, most: int, **arguments: Any) -> str:
    """Draw an input of a line of at most `most` characters, and return its text."""
    choice = _settle(key, "", str, lambda choice: isinstance(choice, str) and len(choice) <= most)
    st.text_input(label, key=key, max_chars=most, **arguments)
    return str(choice)


def _settle(
    key: str,
    default: Any,
    parse: Callable[[str], Any],
    allowed: Callable[[Any], bool],
    options: Mapping[str, str] | None = None,
) -> Any:
    """Return an allowed choice, and set it in session state for the widget `key` that is drawn next.

    A choice that is not allowed here (filter 100 of a layer of 32) is replaced by the default, but stays
    stored for pages where it is.
    """
    if _browser().changed(key):
        _kept()[key] = st.session_state[key]
        st.session_state["link.touched"] = True
    choice = value(key, default, parse, fit=lambda wish: wish if allowed(wish) else default)
    _browser().show(key, choice, options)
    return choice


def show(key: str, choice: Any, options: Mapping[Any, str] | None = None) -> None:
    """Let the widget `key` that is drawn next show a choice; see `BrowserValues.show`."""
    _browser().show(key, choice, options)


def truth(text: str) -> bool:
    """Parse "1" or "0"."""
    return {"1": True, "0": False}[text]


def index(text: str) -> int:
    """Parse a non-negative integer of at most four digits."""
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise ValueError(text)
    return int(text)


def cell(text: str) -> tuple[int, int]:
    """Parse "3,4"."""
    row, col = (index(part) for part in text.split(","))
    return row, col


def one_of(options: tuple[str, ...], text: str) -> str:
    """Return the text if it is one of the options.

    Raises:
        ValueError: if it is none.
    """
    return options[options.index(text)]


def _written(choice: Any) -> str:
    if isinstance(choice, bool):
        return str(int(choice))
    return ",".join(map(str, choice)) if isinstance(choice, tuple) else str(choice)


def _used() -> dict[str, tuple[Any, Any]]:
    """Return the choices that this run has asked for, {key: (default, choice)}."""
    return _state("used")


def _kept() -> dict[str, Any]:
    """Return the choices that the session keeps, before `fit`."""
    return _state("kept")


def _browser() -> BrowserValues:
    values = _state("browser")
    if not values:
        values[""] = BrowserValues()
    return cast(BrowserValues, values[""])


def _state(name: str) -> dict[str, Any]:
    """Return a dictionary of the session; asking session state for it each time takes a tenth of a run."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or getattr(_thread, "context", None) is not context:
        _thread.context, _thread.states = context, {}
    states: dict[str, dict[str, Any]] = _thread.states
    if name not in states:
        states[name] = st.session_state.setdefault(f"link.{name}", {})
    return states[name]
