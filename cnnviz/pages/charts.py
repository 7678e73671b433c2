"""Plotly charts: drawn once for all who see the same, saved in the format that the visitor chose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from cnnviz.figures.enlarged import enlarged
from cnnviz.pages import figure_cache, lecture_state, link, theme, translation
from cnnviz.text import section

CHART_FORMATS = ("png", "svg")


def shared_chart(draw: Callable[[], Any], *values: Any, name: str, alt: str, **arguments: Any) -> None:
    """Draw a chart that is made once for all who see the same, as a class does.

    Args:
        draw: makes a figure of cnnviz.figures.
        values: that the figure depends on, beside language and colours; arrays count by their content.
        name, alt, arguments: as of `chart`.
    """
    look = (
        translation.language(),
        theme.colour_scale(),
        theme.dark(),
        lecture_state.presenting(),
        _chart_ending(),
    )
    figure_cache.chart((name, alt, *look, *values), lambda: chart(draw(), name=name, alt=alt, **arguments))


def chart(figure: Any, *, name: str, alt: str, **arguments: Any) -> Any:
    """Draw a Plotly figure that can be saved as PNG or SVG, as the visitor chose.

    Args:
        figure: from cnnviz.figures.
        name: part of the file name.
        alt: the alternative text: a sentence with the chart's numbers, or with their location.
        arguments: further arguments of `st.plotly_chart`, whose result is returned.
    """
    ending = _chart_ending()
    camera = {"format": ending, "filename": f"cnnviz_{name}", "scale": 3 if ending == "png" else 1}
    if lecture_state.presenting():
        figure = enlarged(figure)
    figure.update_layout(dragmode=False)  # a finger scrolls; who wants to zoom picks the tool
    config = {"displaylogo": False, "toImageButtonOptions": camera, **_plotly_locale()}
    return st.plotly_chart(figure, config=config, alt=alt, **arguments)


def _chart_ending() -> str:
    """Return the format in which charts are saved, and keep it in the link."""
    return str(link.value("chart", "png", str, fit=lambda wish: wish if wish in CHART_FORMATS else "png"))


def _plotly_locale() -> dict[str, Any]:
    """Return the settings with which Plotly says everything around a chart in the visitor's language."""
    language = translation.language()
    words = zip(section("chart", "en").values(), section("chart", language).values(), strict=True)
    return {"locale": language, "locales": {language: {"dictionary": dict(words)}}}
