"""The block of code that pages show under a scene."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cnnviz.explain.snippets import Library
from cnnviz.pages import link
from cnnviz.pages.translation import t

LIBRARIES: dict[Library, str] = {"numpy": "NumPy", "tensorflow": "TensorFlow", "keras": "Keras"}


def code_block(**operations: Callable[[Library], str]) -> None:
    """Show an operation's code in the selected library, which is the same on all pages.

    Args:
        operations: {name: function that returns the code}. If there are several, the visitor selects one;
            its name in the texts is `code.operation_NAME`.

    Example:
        code_block(max=lambda library: snippets.pooling(library, x, window, "max"))
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(t("code.block"), anchor=False, width="content")
        library = library_switch()
        name = next(iter(operations))
        if len(operations) > 1:
            name = link.option(
                t("code.operation"),
                "code_operation",
                {operation: t(f"code.operation_{operation}") for operation in operations},
                draw=st.segmented_control,
                required=True,
                label_visibility="collapsed",
            )
    show_code(operations[name](library))


def show_program(code: str) -> None:
    """Show a program that lets a network answer, in one form only, under the heading of code."""
    st.header(t("code.block"), anchor=False)
    show_code(code, runs=True)


def library_switch() -> Library:
    """Draw the switch between libraries, and return the choice."""
    library = link.option(
        t("code.library"),
        "code_library",
        {str(name): words for name, words in LIBRARIES.items()},
        draw=st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )
    return next(key for key in LIBRARIES if key == library)


def show_code(code: str, *, runs: bool = False) -> None:
    """Show a snippet and its requirements; `runs`: it lets a network answer, beside fetching numbers."""
    st.code(code, language="python")
    if "cnnviz" in code:
        st.caption(t("code.runs") if runs else t("code.fetches"))
    if "picture.png" in code:
        st.caption(t("code.upload"))
