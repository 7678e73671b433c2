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
