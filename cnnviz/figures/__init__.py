"""Arrays in, Plotly figures out. Words come from the caller; nothing here knows Streamlit."""

from __future__ import annotations

import importlib

# Plotly looks pandas up among the loaded modules, whether it has been loaded to its end or not, and
# TensorFlow's import in the background loads it too. Importing it here waits for that end.
importlib.import_module("pandas")


def text_colour(dark: bool) -> str:
    """Return the colour of words in a figure: Streamlit's own is a pale grey that a projector swallows."""
    return "#eef1f6" if dark else "#1b1f27"
