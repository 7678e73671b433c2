"""What a page shows, as code to copy: a block under the picture, the same on every page."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cnnviz.explain.snippets import Library
from cnnviz.pages import link
from cnnviz.pages.frame import t

LIBRARIES: dict[Library, str] = {"numpy": "NumPy", "tensorflow": "TensorFlow", "keras": "Keras"}


def code_block(**operations: Callable[[Library], str]) -> None:
    """Show one operation's code in the library that the visitor prefers; on all pages, and in the link.

    Args:
        operations: {name: writes the code}. Where there are several, the visitor picks one by its
            name, which stands in the texts as `code.operation_NAME`.

    Example:
        code_block(max=lambda library: snippets.pooling(library, x, window, "max"))
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("code.block"), anchor=False, width="content")
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


def library_switch() -> Library:
    """Draw the switch of the library that code is written with, and return the choice."""
    library = link.option(
        t("code.library"),
        "code_library",
        {str(name): words for name, words in LIBRARIES.items()},
        draw=st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )
    return next(key for key in LIBRARIES if key == library)


def show_code(code: str) -> None:
    """Show a snippet, and what running it needs."""
    st.code(code, language="python")
    if "cnnviz" in code:
        st.caption(t("code.fetches"))
    if "picture.png" in code:
        st.caption(t("code.upload"))
