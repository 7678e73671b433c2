"""Caches of drawings shared by all visitors: scenes, figures, charts, PNGs and GIFs."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import streamlit as st
from PIL import Image

from cnnviz import settings
from cnnviz.explain.scene import Scene, scene_of
from cnnviz.export import apart
from cnnviz.export.look import Look
from cnnviz.hosting import visitors
from cnnviz.hosting.queueing import Turns
from cnnviz.layers.base import Operation, SlidingOp
from cnnviz.pages.byte_cache import MB, byte_cache
from cnnviz.pages.server import once_per_process

FIGURE_ENTRIES = 100
"""Number of figures that do not depend on an image; tens of kilobytes each."""
CHART_ENTRIES = 200
"""Number of charts of an image, as they are sent; up to 20 KB each."""
GIF_ENTRIES = 20
"""Number of animations; up to 4 MB each."""


@byte_cache(settings.SCENES() * MB)
def scene(op: SlidingOp, *, beside: tuple[Operation, ...] = ()) -> Scene:
    """Return the stepper's scene of a sliding-window operation, cached and read-only."""
    return scene_of(op, beside=beside)


@st.cache_data(
    max_entries=GIF_ENTRIES,
    show_spinner=False,
    hash_funcs={Scene: lambda scene: scene.digest, Look: repr},
)
def gif(
    scene: Scene, cells: list[tuple[int, int]], look: Look, speed: float, _session: str | None = None
) -> bytes:
    """Return an animated GIF of a scene, cached by content.

    Raises:
        CnnvizError: with the reason "busy", if too many wait; "left", if the visitor `_session` has gone.
    """
    with exports("gif").turn(_session):  # each takes a core for seconds, and 100 MB
        return apart.gif(scene, cells, look, speed=speed, wanted=lambda: visitors.is_here(_session))


@once_per_process
def exports(kind: Literal["gif", "html"]) -> Turns:
    """Return the process's turns at making files of a kind: who wants a small one waits for no large one."""
    return Turns()


@st.cache_resource(max_entries=FIGURE_ENTRIES, show_spinner=False)
def png(key: tuple[str | int, ...], _draw: Callable[[], np.ndarray]) -> bytes:
    """Return an image uint8 [H, W, 3 or 4] as PNG; it must only depend on `key`."""
    buffer = io.BytesIO()
    Image.fromarray(_draw()).save(buffer, "PNG")
    return buffer.getvalue()


@st.cache_resource(max_entries=FIGURE_ENTRIES, show_spinner=False)
def figure(key: tuple[str | bool, ...], _draw: Callable[[], Any]) -> Any:
    """Return a Plotly figure, which must only depend on `key`; read-only."""
    return _draw()


@st.cache_resource(max_entries=CHART_ENTRIES, show_spinner=False)
def chart(key: tuple[Any, ...], _draw: Callable[[], Any]) -> None:
    """Draw a chart, which must only depend on `key`; who sees the same gets what Streamlit has recorded."""
    _draw()
