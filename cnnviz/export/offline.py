"""The stepper as one self-contained HTML file, for use without a server.

It contains the component of the app (markup, style and scripts), its payload, and a few lines that replace
Streamlit. It loads nothing, which its content security policy enforces. Input of visitors only occurs in the
payload (base64) and in escaped text.
"""

from __future__ import annotations

import base64
import html
from typing import Literal

from cnnviz import tokens
from cnnviz.colours import ScaleName, properties
from cnnviz.errors import CnnvizError, invalid
from cnnviz.explain.payload import payload
from cnnviz.explain.scene import Scene
from cnnviz.export import bundle
from cnnviz.export.titles import describe

MAX_BYTES = 6_000_000
"""Size limit of the payload; a 224 x 224 input with one channel has 0.8 MB."""

_THEME = {"background-color": "background", "secondary-background-color": "surface", "text-color": "text"}
"""{Streamlit's name of a colour: its token}."""
_STYLE = """:root { --st-font: "Source Sans 3", "Source Sans Pro", "Noto Sans KR", "Noto Sans CJK KR",
  "Apple SD Gothic Neo", "Malgun Gothic", system-ui, sans-serif; }
body { margin: 0 auto; padding: 20px 24px; max-width: 1400px; background: var(--st-background-color);
  color: var(--st-text-color); font-family: var(--st-font);
  word-break: keep-all; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 26px; line-height: 1.3; }
body > p { margin: 2px 0 18px; font-size: 16px; opacity: 0.75; }
@media (max-width: 600px) { body { padding: 12px; } }"""
_SHIM = """
const root = document.getElementById("stepper").attachShadow({ mode: "open" });
root.append(document.getElementById("parts").content.cloneNode(true));
const text = document.getElementById("scene").textContent.trim();
const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt());
const show = () => mount({ data: bytes, parentElement: root, setTriggerValue() {} });
show();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show); // other colours
root.querySelector(".stepper").focus({ preventScroll: true }); // arrow keys step at once
"""


def _theme(dark: bool) -> str:
    """Return the CSS rule that replaces Streamlit's theme."""
    colours = "".join(f" --st-{name}: {tokens.colour(token, dark)};" for name, token in _THEME.items())
    return f":root {{ color-scheme: {'dark' if dark else 'light'};{colours} }}\n"


def fits(scene: Scene) -> bool:
    """Return whether the payload of a scene, with its texts, is within the size limit."""
    return _array_bytes(scene) <= MAX_BYTES and len(payload(scene, "ko")) <= MAX_BYTES


def _array_bytes(scene: Scene) -> int:
    """Return the size of a payload's arrays in bytes, which is known before its texts are made."""
    return (
        sum(array.nbytes for array in scene.arrays().values()) + scene.output.size
    )  # a byte of signs a cell


def page(
    scene: Scene,
    *,
    language: str,
    theme: Literal["light", "dark"] | None = None,
    scale: ScaleName = "orange_blue",
    cell: tuple[int, int] = (0, 0),
    channel: int = 0,
    input_name: str = "",
    output_name: str = "",
    rgb: bool = False,
) -> str:
    """Return a self-contained HTML page with the stepper on a scene.

    Args:
        scene: the scene.
        language: "en" or "ko".
        theme: "light" or "dark"; None = the reader's system setting.
        scale: of signed numbers: "orange_blue" or "grey_safe".
        cell, channel, input_name, output_name, rgb: as for the stepper.

    Raises:
        CnnvizError: with the reason "offline_bytes", if the payload is too large.
    """
    if theme not in (None, "light", "dark"):
        raise invalid("theme", 'must be "light" or "dark"', theme)
    if (size := _array_bytes(scene)) > MAX_BYTES:
        raise _too_large(size)
    packed = payload(
        scene,
        language,
        cell=cell,
        channel=channel,
        input_name=input_name,
        output_name=output_name,
        rgb=rgb,
    )
    if len(packed) > MAX_BYTES:
        raise _too_large(len(packed))
    title, settings = (html.escape(text) for text in describe(scene, language))
    colours = tokens.style_sheet() + _theme(theme == "dark")
    if theme is None:
        colours += f"@media (prefers-color-scheme: dark) {{ {_theme(True)} }}"
    colours += "".join(f"\n:root {{ {name}: {value}; }}" for name, value in properties(scale).items())
    return f"""<!doctype html>
<html lang="{html.escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">
<meta name="generator" content="CNNViz">
<title>{title} · {settings}</title>
<style>
{_STYLE}
{colours}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{settings}</p>
<div id="stepper"></div>
<template id="parts"><style>{bundle.style("stepper")}</style>{bundle.markup("stepper")}</template>
<script type="text/plain" id="scene">{base64.b64encode(packed).decode()}</script>
<script type="module">
{bundle.script("stepper")}{_SHIM}</script>
</body>
</html>
"""


def _too_large(size: int) -> CnnvizError:
    return CnnvizError(
        f"An HTML file holds at most {MAX_BYTES:,} bytes of numbers, and this input makes {size:,}.",
        reason="offline_bytes",
    )
