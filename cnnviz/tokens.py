"""Design tokens: the values of tokens.toml, for figures, animations, styles and scripts.

The browser gets them as CSS custom properties (`style_sheet`), named like the tokens: `--accent`,
`--on-accent`, `--group-pooling`, `--type-small`, `--space-near`, `--radius-card`, `--motion-step`. A property
of a colour is `light-dark(...)`: it follows the theme of the element that uses it. Scripts that paint read it
with `tokenColour` in components/frontend/shared/colours.js. Type is never smaller than `--type-floor`, which
the lecture's stage sets.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

UNITS = {"type": "rem", "space": "px", "radius": "px", "motion": "ms"}


@cache
def _tokens() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def colour(name: str, dark: bool = False) -> str:
    """Return a colour as "#rrggbb".

    Args:
        name: of a colour, as in tokens.toml. dark: for a dark page.

    >>> colour("background"), colour("background", dark=True)
    ('#ffffff', '#11141a')
    """
    return str(_tokens()["colours"][name][dark])


def group_colour(group: str, dark: bool = False) -> str:
    """Return the colour of a group of `layers.registry.GROUPS`; of any other, that of "other"."""
    groups = _tokens()["groups"]
    return str(groups.get(group, groups["other"])[dark])


def signed_colours(scale: str, dark: bool = False) -> dict[str, str]:
    """Return the colours of a scale of signed numbers: "negative", "zero", "positive" and those of bars."""
    return {part: pair[dark] for part, pair in _tokens()["signed"][scale].items()}


def size(kind: str, name: str) -> float:
    """Return a size of type (rem), space or radius (px), or a duration (ms).

    >>> size("radius", "card")
    8.0
    """
    return float(_tokens()[kind][name])


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of "#rrggbb".

    >>> rgb("#2166ac")
    (33, 102, 172)
    """
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return red, green, blue


def faded(colour: str, opacity: float) -> str:
    """Return a colour with an opacity of 0 to 1, as CSS and Plotly read it.

    >>> faded("#2166ac", 0.1)
    'rgba(33, 102, 172, 0.1)'
    """
    return f"rgba({', '.join(map(str, rgb(colour)))}, {opacity})"


@cache
def style_sheet() -> str:
    """Return the CSS rule that defines all tokens but those of signed numbers as custom properties."""
    tokens = _tokens()
    made = {name: f"light-dark({light}, {dark})" for name, (light, dark) in tokens["colours"].items()}
    made |= {
        f"group-{name}": f"light-dark({light}, {dark})" for name, (light, dark) in tokens["groups"].items()
    }
    for kind, unit in UNITS.items():
        for name, value in tokens[kind].items():
            own = value if isinstance(value, str) else f"{value:g}{unit}"
            made[f"{kind}-{name}"] = f"max({own}, var(--type-floor, 0px))" if kind == "type" else own
    lines = (f"--{name.replace('_', '-')}: {value};" for name, value in made.items())
    return ":root {\n" + "\n".join(f"  {line}" for line in lines) + "\n}\n"
