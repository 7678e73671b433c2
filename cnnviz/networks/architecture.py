"""A network without weights: its name, its graph and the data set whose images it takes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import DataSet
from cnnviz.errors import CnnvizError, invalid
from cnnviz.networks.graph import Graph, LayerInfo
from cnnviz.networks.recipe import Recipe

MAX_TITLE = 40
"""Characters of a title."""
TITLE = re.compile(rf"[^\W_](?:[^\W_]|[ +-]){{0,{MAX_TITLE - 1}}}")
"""A title: letters of any script, digits, spaces, + and -, which mean nothing in Markdown or HTML."""


def clean_title(text: str) -> str:
    """Return the title that somebody has typed for a network, without spaces around it; "" is none.

    Raises:
        CnnvizError: with the reason "title", if it is anything else than a title.

    >>> clean_title(" my  first ")
    'my first'
    """
    title = " ".join(unicodedata.normalize("NFC", text).split())
    if title and not TITLE.fullmatch(title):
        raise CnnvizError(
            f"`title` must be 1..{MAX_TITLE} letters, digits, spaces, + and -. Received: {title[:60]!r}.",
            reason="title",
        )
    return title


@dataclass(frozen=True)
class Architecture:
    """A named graph of layers, its training recipe, and the data set that it is trained on.

    Attributes:
        name: the network's name.
        graph: its layers.
        recipe: how it is trained here; None = it is not.
        data_set: the images that it takes and the classes that it answers with.
        title: its author's name for it; "" = none, its name is shown.

    Raises:
        CnnvizError: if the graph takes images of another shape than the data set's, or the title is none.
    """

    name: str
    graph: Graph
    recipe: Recipe | None = None
    data_set: DataSet = CIFAR10
    title: str = ""

    def __post_init__(self) -> None:
        if self.graph.input_shape != self.data_set.shape:
            raise invalid("graph", f"must take {self.data_set.shape}", self.graph.input_shape)
        clean_title(self.title)

    @property
    def layers(self) -> tuple[LayerInfo, ...]:
        """The layers, in topological order."""
        return self.graph.layers
