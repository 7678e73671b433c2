"""The browser's document: its language, and its address, in whose history an entry is a page."""

from cnnviz.components import register

_mount = register("document")


def document(language: str) -> None:
    """Tell the browser, and so screen readers and translators, in which language the page is.

    Also makes Back leave the page instead of undoing one choice after the other, unseen.
    """
    _mount(data={"language": language}, key="document")
