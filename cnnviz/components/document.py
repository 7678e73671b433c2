"""The browser's document: its language, its colours of signed numbers, its address with an entry a page."""

from cnnviz.colours import ScaleName, properties
from cnnviz.components import register

_mount = register("document")


def document(language: str, scale: ScaleName, dark: bool) -> None:
    """Set the document's language, for screen readers and translators, the colour scale and the theme.

    Also hands the scale of signed numbers on to all components, which are painted anew if it has changed,
    and makes Back leave the page instead of undoing one choice after the other, unseen.
    """
    _mount(data={"language": language, "colours": properties(scale), "dark": dark}, key="document")
