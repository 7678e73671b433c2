"""The sidebar: language, network, image, colours."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import streamlit as st

from cnnviz.colours import SCALES
from cnnviz.pages import (
    charts,
    data_sets,
    image_picker,
    image_selection,
    lecture_state,
    link,
    navigation,
    network_menu,
    network_texts,
    theme,
    translation,
)
from cnnviz.pages.translation import t
from cnnviz.text import LANGUAGE_NAMES, keys


def draw(page: str, into: Any) -> None:
    """Draw the language switch, the menu of networks and the image picker.

    Args:
        page: the page's name. into: the container.
    """
    with into:
        _language_switch()
        compact = into is st.sidebar
        with (
            st.expander(t("frame.settings"), key="settings", icon=":material/tune:")
            if compact
            else nullcontext()
        ):
            offered = _settings(page)
        if offered is not None:
            image_picker.thumbnails(offered)
        shown = image_selection.picked()
        if offered is None or not compact:
            st.image(image_picker.enlarged_image(shown.image), width=160, alt=shown.caption)
        st.caption(shown.caption)


def _settings(page: str) -> image_picker.Offered | None:
    """Draw the settings that rarely change, and return the images to pick from; None if there is only one."""
    model = link.option(
        t("frame.model"),
        "model",
        {name: network_texts.model_name(name) for name in network_menu.offered(page)},
    )
    # steps of the lecture work with any weights
    if page in navigation.WEIGHTS_PAGES and lecture_state.lecture_step() is None:
        network_menu.put_weights_digest(page, model)
    st.caption(network_menu.accuracy(model))
    sources = {
        "samples": t("frame.source_samples"),
        "cifar": data_sets.data_set_title(capital=True),
        "upload": t("frame.source_upload"),
    }
    origin = image_selection.picture().partition("-")[0]
    current = {"sample": "samples", "upload": "upload"}.get(origin, "cifar")
    if not data_sets.selected().readable:
        del sources["cifar"]
        current = "samples" if current == "cifar" else current
    if st.session_state.get("source", current) not in sources:  # chosen for another data set
        st.session_state["source"] = current
    st.session_state.setdefault("source", current)
    source = st.segmented_control(
        t("frame.picture"),
        list(sources),
        key="source",
        format_func=sources.__getitem__,
        required=True,
    )
    note = f"frame.samples_note_{data_sets.selected().name}"
    if source == "samples" and note in keys():
        st.caption(t(note))
    offered = image_picker.pick(str(source or current))  # `required` is enforced by the browser only
    if page in navigation.CHART_PAGES:
        link.option(
            t("take_along.chart"),
            "chart",
            {ending: ending.upper() for ending in charts.CHART_FORMATS},
            draw=st.segmented_control,
            required=True,
            help=t("take_along.chart_help"),
        )
    _scale_switch()
    return offered


def _language_switch() -> None:
    _switch(
        "Language / 언어",
        "language",
        LANGUAGE_NAMES,
        "lang",
        translation.language(),
        label_visibility="collapsed",
    )


def _scale_switch() -> None:
    _switch(
        t("frame.colours"),
        "colour_scale",
        {name: t(f"frame.colours_{name}") for name in SCALES},
        "colours",
        theme.colour_scale(),
        help=t("frame.colours_help"),
    )


def _switch(
    label: str, key: str, options: Mapping[str, str], choice: str, current: str, **arguments: Any
) -> None:
    """Draw a control whose widget has another key than the choice that it makes.

    A value is sent to the browser only if it differs from the browser's: a late run would undo the visitor's
    choice since, and the browser would send the old value back.
    """
    default: str | None = current
    if st.session_state.get(key, current) != current:
        st.session_state[key], default = current, None
    st.segmented_control(
        label,
        list(options),
        key=key,
        default=default,
        format_func=options.__getitem__,
        on_change=link.take,
        args=(choice, key),
        required=True,
        **arguments,
    )
