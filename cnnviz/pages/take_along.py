"""Downloads of a scene as an animated GIF or an offline HTML page."""

from __future__ import annotations

import streamlit as st

from cnnviz.components.stepper import Selection
from cnnviz.explain.scene import Scene
from cnnviz.export import gif, layout, offline
from cnnviz.export.look import Look
from cnnviz.export.titles import file_name
from cnnviz.hosting import visitors
from cnnviz.hosting.downloads import on_demand
from cnnviz.pages import figure_cache, link, theme, translation
from cnnviz.pages.translation import t

SPEEDS = (2, 1, 5, 10, 25)
SPEEDS_OF_MANY = (10, 5, 25, 2, 1)
"""Selectable steps per second, the default first, for few and for many steps."""


def row(scene: Scene, selection: Selection, *, input_name: str, output_name: str, rgb: bool = False) -> None:
    """Draw the row of downloads under a stepper.

    Files are rendered on click, outside the script's thread.

    Args:
        scene, input_name, output_name, rgb: as for `frame.step_through`. selection: its result.
    """
    steps, drawable = scene.output.size, layout.fits(scene)
    session = visitors.current()  # files are made outside of this thread
    look = Look(
        language=translation.language(),
        dark=theme.dark(),
        input_name=input_name,
        output_name=output_name,
        rgb=rgb,
        channel=selection.channel,
        scale=theme.colour_scale(),
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key="take_along"):
        st.markdown(f"**{t('take_along.label')}**", width="content")
        if drawable:
            _gif(scene, look, session)

        def page() -> str:
            with figure_cache.exports("html").turn(session):
                return offline.page(
                    scene,
                    language=look.language,
                    scale=look.scale,
                    cell=(selection.row, selection.column),
                    channel=selection.channel,
                    input_name=input_name,
                    output_name=output_name,
                    rgb=rgb,
                )

        st.download_button(
            t("take_along.html"),
            on_demand(page, look.language),
            file_name(scene, "html"),
            "text/html",
            help=t("take_along.html_help"),
            icon=":material/web:",
            on_click="ignore",
        )
    if not drawable:
        st.caption(t("error.animation_cells"))
    elif steps > gif.MAX_STEPS:
        st.caption(t("take_along.limit", most=gif.MAX_STEPS, steps=f"{steps:,}"))


def _gif(scene: Scene, look: Look, session: str | None) -> None:
    """Draw the choices of a GIF, and its button."""
    steps, cols, most = scene.output.size, scene.output.shape[1], gif.MAX_STEPS
    only, every = None, 1
    if steps > most:
        every = gif.fitting_every(steps)
        ways = {"every": t("take_along.every", n=every)}
        if cols <= most:
            ways["rows"] = t("take_along.rows", n=most // cols)
        if link.option(t("take_along.steps"), "gif_steps", ways, width=170) == "rows":
            only, every = most // cols, 1
    offered = SPEEDS if steps <= most // 2 else SPEEDS_OF_MANY
    speed = link.option(
        t("take_along.speed"),
        "gif_speed",
        {str(n): t("take_along.speed_option", n=n) for n in offered},
        width=150,
    )
    cells = gif.steps(scene, rows=only, every=every)
    st.download_button(
        t("take_along.gif"),
        on_demand(lambda: figure_cache.gif(scene, cells, look, float(speed), session), look.language),
        file_name(scene, "gif"),
        "image/gif",
        help=t("take_along.gif_help"),
        icon=":material/animated_images:",
        on_click="ignore",
    )
