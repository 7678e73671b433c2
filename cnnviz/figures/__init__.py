"""Arrays in, Plotly figures out. Words come from the caller; nothing here knows Streamlit."""

from __future__ import annotations

import importlib

# Plotly looks at whatever pandas lies in sys.modules, also while another thread is still importing it
# (AttributeError: partially initialized module 'pandas'). Imported here, it is complete before any figure.
importlib.import_module("pandas")

NEGATIVE, NEUTRAL, POSITIVE = "#2166ac", "#f7f7f7", "#c8500a"
DARK_NEGATIVE, DARK_NEUTRAL, DARK_POSITIVE = "#58a6ff", "#1e222a", "#ffaa40"


def signed_colours(dark: bool) -> tuple[str, str, str]:
    """Return the colours of (negative, zero, positive), as the components in the browser use them."""
    return (DARK_NEGATIVE, DARK_NEUTRAL, DARK_POSITIVE) if dark else (NEGATIVE, NEUTRAL, POSITIVE)


def text_colour(dark: bool) -> str:
    """Return the colour of words in a figure: Streamlit's own is a pale grey that a projector swallows."""
    return "#eef1f6" if dark else "#1b1f27"
