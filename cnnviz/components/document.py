"""The browser's document: its language, colours of signed numbers, addresses, names of widgets."""

from cnnviz.colours import ScaleName, properties
from cnnviz.components import register
from cnnviz.text import LANGUAGE_NAMES, section

_mount = register("document")


def document(language: str, scale: ScaleName, dark: bool) -> None:
    """Set the document's language, for screen readers and translators, the colour scale and the theme.

    Also hands the scale of signed numbers on to all components, which are painted again if it has changed,
    and makes Back leave the page instead of undoing one choice after the other, unseen. Streamlit's own
    widgets get names in the visitor's language.
    """
    data = {"language": language, "colours": properties(scale), "dark": dark}
    codes = {name: code for code, name in LANGUAGE_NAMES.items()}
    _mount(data={**data, "names": section("surroundings", language), "languages": codes}, key="document")
