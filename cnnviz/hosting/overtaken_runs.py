"""A run that another one of its session has overtaken ends without an error.

Streamlit begins the next run at once, and the one before goes on until it next asks for session state.
Meanwhile the next one's callbacks may take away a choice that the one before is about to draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def ended() -> Iterator[None]:
    """Let an error of a run that is overtaken end it, as its next look at session state would have done."""
    try:
        yield
    except Exception:
        st.session_state.get("any")  # does not return if another run has been asked for
        raise
