"""Errors as messages to the visitor."""

from __future__ import annotations

import logging
import re

import streamlit as st

from cnnviz import settings
from cnnviz.errors import CnnvizError
from cnnviz.hosting.metrics import ERRORS
from cnnviz.networks import zoo
from cnnviz.pages import link, network_texts
from cnnviz.pages.translation import t
from cnnviz.text.links import unlinked

_log = logging.getLogger(__name__)


def show_error(error: CnnvizError) -> None:
    """Show an error in the visitor's language; a public server's visitors see no folders of it."""
    ERRORS.add(of=error.reason)
    if settings.hosted() and error.reason == "data":
        _log.error("%s", error)
        st.error(t("error.data_public"), icon=":material/error:")
        return
    layer, count, size = (error.values.get(name) for name in ("layer", "count", "size"))
    kind, setting = (literal(str(error.values.get(name))) for name in ("kind", "setting"))
    if error.reason.startswith("network_"):  # a layer of a file that is not opened
        layer = literal(str(layer))
    elif layer is not None and link.asked("model"):
        layer = network_texts.layer_names(zoo.get(str(link.current("model"))).layers).get(str(layer), layer)
    words = t(
        f"error.{error.reason}",
        detail=str(error),
        layer=layer,
        count=count,
        size=size,
        kind=kind,
        setting=setting,
        expected=error.values.get("expected"),
        found=error.values.get("found"),
    )
    st.error(words, icon=":material/error:")


def literal(text: str) -> str:
    r"""Escape text of anyone's file for Markdown, which would make a link of an escaped address, too.

    >>> literal("conv_1 [x](http://a.b)")
    'conv\\_1 \\[x\\]\\(http\\:\u2060//a.b\\)'
    """
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~$:&-])", r"\\\1", unlinked(text))
