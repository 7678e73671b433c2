"""Plotly figures from arrays. Texts are passed in by the caller; nothing here imports Streamlit."""

from __future__ import annotations

import importlib

from cnnviz import tokens

# Plotly uses pandas if it is in sys.modules, even if another thread (TensorFlow's import in the background)
# is still importing it. Importing it here waits for that import to finish.
importlib.import_module("pandas")


def text_colour(dark: bool) -> str:
    """Return the text colour of figures: Streamlit's default grey is too pale on a projector."""
    return tokens.colour("text", dark)


def type_size(name: str) -> float:
    """Return a size of the type scale in px, for a figure.

    >>> type_size("body")
    14.0
    """
    return 16 * tokens.size("type", name)
