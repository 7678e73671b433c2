"""The browser's address: choices replace each other in its history, so that Back leaves the page."""

from cnnviz.components import register

_mount = register("address")


def one_entry_a_page() -> None:
    """Make Back leave the page instead of undoing one choice after the other, unseen."""
    _mount(key="address")
