"""The frame of each page: style and configuration, title and lead, the container of its controls."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import streamlit as st

from cnnviz import tokens
from cnnviz.components.document import document
from cnnviz.explain import lecture
from cnnviz.networks import zoo
from cnnviz.pages import (
    data_sets,
    lecture_state,
    link,
    navigation,
    network_menu,
    network_texts,
    theme,
    translation,
)
from cnnviz.pages.translation import t


@functools.cache
def _style() -> str:
    own = (
        Path(__file__).with_name(f"{name}.css").read_text("utf-8") for name in ("frame", "reserved_heights")
    )
    return f"<style>{tokens.style_sheet()}{''.join(own)}</style>"


def style() -> None:
    """Give the page the design tokens and its style."""
    st.html(_style())


def controls() -> Any:
    """Return the container of a page's own controls; on a narrow screen it is a drawer."""
    return st.container(key="controls")


def configure_page(page: Any) -> None:
    """Set the title, icon and layout of the page, the document's language and the colour scale.

    Args:
        page: from `st.navigation`.
    """
    name, step = page.url_path or navigation.PAGES[0], lecture_state.lecture_step()
    shown = page.title
    if step is not None and step.page == name:
        shown = lecture.title(step.name, translation.language())
    st.set_page_config(
        page_title=f"{shown} · CNNViz",
        page_icon=theme.icon(),
        layout="wide",
        initial_sidebar_state=320,
    )
    st.logo(theme.word_mark(theme.dark()), size="medium")
    with st.sidebar:  # mounted even if the other controls are in a closed popover
        document(translation.language(), theme.colour_scale(), theme.dark())


def heading(page: str, *, lead: bool = True) -> None:
    """Draw a page's title and lead, unless a step of the lecture shows the page with its own title."""
    if not lecture_state.in_lecture(page):
        st.title(t(f"{page}.title"), anchor=False)
        if lead:
            own = data_sets.selected()
            st.markdown(t(f"{page}.lead", set=data_sets.data_set_title(own), classes=f"{len(own.classes):,}"))
    wish, model = str(link.wish("model")), str(link.current("model"))
    if page in navigation.TRAINED_PAGES and wish in network_menu.known() and zoo.get(wish).recipe is None:
        words = t(
            "frame.lacks_training", name=network_texts.model_name(wish), other=network_texts.model_name(model)
        )
        st.info(words, icon=":material/info:")
        return
    if st.session_state.get("frame.trained_again") == (page, model):
        st.info(t("frame.trained_again", name=network_texts.model_name(model)), icon=":material/history:")
    if network_menu.unsuited(page) is not None:
        lacking = page if page in (*navigation.MAP_PAGES, "dense") else "convolution"
        if page == "comparison" and network_menu.baseline(wish) is None:
            lacking = "baseline"
        st.info(
            t(
                f"frame.lacks_{lacking}",
                name=network_texts.model_name(wish),
                other=network_texts.model_name(model),
                set=data_sets.data_set_title(zoo.get(wish).data_set),
            ),
            icon=":material/info:",
        )
