"""The way from page to page, and what opens and closes the drawers of a narrow screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnnviz.components import register

_mount = register("navigation")


class PageLink(NamedTuple):
    """A page. name: its name. title: in the visitor's language. url: its part of the address, "" for home."""

    name: str
    title: str
    url: str


class Menu(NamedTuple):
    """Pages that belong together. title: of the group; "" for those in the line above the page."""

    title: str
    pages: Sequence[PageLink]


class Words(NamedTuple):
    """Texts of the navigation: labels of the links, of the list of all pages, and of both drawers."""

    pages: str
    more: str
    picture: str
    adjust: str


FIRST = ("network", "lecture", "convolution")
"""The pages with their own button in the bar of a narrow screen."""
ICONS = {
    "network": "network_node",
    "lecture": "co_present",
    "convolution": "grid_on",
    "picture": "image",
    "more": "menu",
}
"""Names of Material Symbols."""


def navigation(
    menus: Sequence[Menu],
    current: PageLink,
    words: Words,
    *,
    carried: Sequence[str],
    controls: bool,
    choice: str,
) -> None:
    """Mount the navigation.

    Args:
        menus: all pages; the first group is the line above the page.
        current: the current page. words: the texts.
        carried: the choices in the address that hold on every page.
        controls: whether the page has controls of its own, a drawer on a narrow screen.
        choice: the choices in the sidebar; where it covers the page, it closes when they change.
    """
    _mount(
        data={
            "menus": [
                {"title": menu.title, "pages": [page._asdict() for page in menu.pages]} for menu in menus
            ],
            "current": current.name,
            "words": words._asdict(),
            "first": FIRST,
            "icons": ICONS,
            "carried": list(carried),
            "controls": controls,
            "choice": choice,
        },
        key="navigation",
    )
