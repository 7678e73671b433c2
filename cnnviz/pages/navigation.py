"""The pages, their topics, and the links between them."""

from __future__ import annotations

import copy
import functools
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import streamlit as st

from cnnviz.components.navigation import Menu, PageLink, Words, navigation
from cnnviz.networks import network
from cnnviz.pages import link, translation
from cnnviz.pages.translation import t

MENU = {
    "": ("network", "lecture", "convolution", "pooling", "relu", "dense", "layer", "comparison", "exercises"),
    "networks": ("architectures", "models", "builder", "reasons", "opening"),
    "training": ("training", "learning", "backpropagation", "loss", "why_relu", "optimisers"),
    "more": ("data", "signals", "code", "join"),
}
"""The navigation: {menu: pages}; the pages of the first entry are at the top level."""
PAGES = tuple(page for pages in MENU.values() for page in pages)
"""All pages; the first is the home page."""
MAP_PAGES = ("convolution", "pooling", "relu")
"""Pages about one kind of layer, on maps; only networks with such a layer can be picked there."""
FILTER_PAGES = ("comparison", "learning", "backpropagation", "reasons")
"""Pages on which only networks with convolution filters can be picked."""
TRAINED_PAGES = ("models", "training", "learning", "backpropagation")
"""Pages on which only networks that are trained here can be picked."""
CONTROL_PAGES = ("convolution", "pooling", "relu", "dense", "layer", "comparison", "reasons", "signals")
"""Pages with their own controls above their contents."""
CARRIED = ("lang", "colours", "chart", "room", "model", "picture", "crop", "lecture", "present", "notes")
"""Choices that a link to another page carries."""
CHART_PAGES = (
    "pooling",
    "relu",
    "comparison",
    "architectures",
    "models",
    "builder",
    "training",
    "backpropagation",
    "data",
    "signals",
)
WEIGHTS_PAGES = ("network", *MAP_PAGES, "dense", "layer", *FILTER_PAGES, "models", "exercises", "loss")
"""Pages whose numbers depend on the network's weights; their links contain a digest of the weights."""


def script(page: str) -> Path:
    """Return the absolute path of a page's script."""
    return Path(__file__).with_name(f"{page}.py")


@functools.cache
def _page(name: str, title: str) -> Any:
    """Return a page, the same for all visitors: Streamlit gets copies, as it changes them."""
    home = name == PAGES[0]
    return st.Page(script(name), title=title, url_path="" if home else name, default=home)


def pages() -> dict[str, list[Any]]:
    """Return {menu: pages} for `st.navigation`; the home page is the first."""
    return {
        t(f"frame.menu_{menu}") if menu else "": [
            copy.copy(_page(name, t(f"frame.page_{name}"))) for name in names
        ]
        for menu, names in MENU.items()
    }


def navigate() -> Any:
    """Return the visitor's page, as `st.navigation` does; `draw_navigation` draws the way to the others.

    An address that is no page's leads to the home page, with a sentence: Streamlit's own dialog would be in
    English and stay open over the pages that follow. The home page's name is an address of it, too.
    """
    menu, asked = pages(), unquote(urlsplit(st.context.url or "").path.rstrip("/").rpartition("/")[2])
    if asked.strip() and "/" not in asked and asked not in PAGES[1:]:
        menu[""].append(st.Page(lambda: None, title=asked, url_path=asked, visibility="hidden"))
    page = st.navigation(menu, position="hidden")
    if page.url_path not in ("", *PAGES[1:]):
        st.session_state["frame.no_page"] = page.url_path != PAGES[0]
        st.switch_page(script(PAGES[0]), query_params=st.query_params.to_dict())
    if st.session_state.pop("frame.no_page", False):
        st.toast(t("frame.no_page"), icon=":material/info:")
    return page


def draw_navigation(name: str) -> None:
    """Draw the links to all pages, in the visitor's language.

    Args:
        name: the current page.
    """
    # known before its menu is drawn, too; a picture's tile closes the drawer itself, an upload keeps it
    model = st.session_state.get("model") or link.stored("model") or network.model_names()[0]
    links = {
        page: PageLink(page, t(f"frame.page_{page}"), page if page != PAGES[0] else "") for page in PAGES
    }
    navigation(
        [
            Menu(t(f"frame.menu_{menu}") if menu else "", [links[page] for page in names])
            for menu, names in MENU.items()
        ],
        links[name],
        Words(t("frame.pages"), t("frame.more_pages"), t("frame.picture"), t("frame.adjust")),
        carried=CARRIED,
        controls=name in CONTROL_PAGES,
        choice=f"{translation.language()} {model}",
    )
