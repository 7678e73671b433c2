"""The app's appearance: light or dark, the colour scale, the logo and the name."""

from __future__ import annotations

from typing import cast

import streamlit as st

from cnnviz import tokens
from cnnviz.colours import SCALES, ScaleName
from cnnviz.pages import link


def dark() -> bool:
    """Return whether the visitor's theme is dark, for figures; components read it from CSS."""
    return bool(st.context.theme.type == "dark")


def colour_scale() -> ScaleName:
    """Return the visitor's colour scale of signed numbers: chosen, from the link, or the default."""
    return cast(ScaleName, link.value("colours", SCALES[0], lambda name: link.one_of(SCALES, name)))


def icon() -> str:
    """Return the mark, a kernel on a grid, as SVG; it follows the theme of the browser that shows it."""
    light, dark = (
        f".kernel {{ fill: {tokens.colour('accent', dark)} }} "
        f".grid {{ fill: {tokens.colour('series_soft', dark)} }}"
        for dark in (False, True)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 20 20">'
        f"<style>{light} @media (prefers-color-scheme: dark) {{ {dark} }}</style>{_mark()}</svg>"
    )


def _mark() -> str:
    """Return the cells of the mark, 20 x 20: the kernel's and the grid's."""
    return "".join(
        f'<rect class="{"kernel" if row < 2 and col < 2 else "grid"}" '
        f'x="{7 * col}" y="{7 * row}" width="6" height="6" rx="1"/>'
        for row in range(3)
        for col in range(3)
    )


def word_mark(dark: bool) -> str:
    """Return the app's name as SVG, beside the mark."""
    accent, text, quiet = (tokens.colour(name, dark) for name in ("accent", "text", "series_soft"))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="112" height="26" viewBox="0 0 112 26">'
        f"<style>.kernel {{ fill: {accent} }} .grid {{ fill: {quiet} }}</style>"
        f'<g transform="translate(2 3)">{_mark()}</g>'
        f'<text x="30" y="20" font-family="Source Sans 3, Noto Sans, Arial, sans-serif" '
        f'font-size="19" font-weight="700" fill="{text}">CNN<tspan fill="{accent}">Viz</tspan></text></svg>'
    )
