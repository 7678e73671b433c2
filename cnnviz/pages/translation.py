"""Texts in the visitor's language, and numbers as they are shown."""

from __future__ import annotations

import streamlit as st

from cnnviz.pages import link
from cnnviz.text import LANGUAGES, numbers, translate


def language() -> str:
    """Return the visitor's language: chosen, from the link, from the browser, or English."""
    if link.asked("lang"):  # the usual case, and it is asked a hundred times a run
        return str(link.current("lang"))
    browser = (st.context.locale or "")[:2]
    return str(link.value("lang", browser if browser in LANGUAGES else "en", _language, always=True))


def t(key: str, **values: object) -> str:
    """Return a text in the visitor's language."""
    return translate(key, language(), **values)


def number(value: float) -> str:
    """Format a number as the stepper does, with up to three decimals."""
    return numbers.number(value, 3)


def _language(code: str) -> str:
    return LANGUAGES[LANGUAGES.index(code)]
