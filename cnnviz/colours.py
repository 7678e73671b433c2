"""The colour scales of signed numbers; their colours are defined in tokens.toml.

Figures and the GIF read them here. The browser gets them as CSS custom properties (`properties`), which
the components' styles use by name and their scripts read with `signedScale` in
components/frontend/shared/colours.js.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np

from cnnviz import tokens
from cnnviz.errors import invalid

Colour = tuple[int, int, int]
ScaleName = Literal["orange_blue", "grey_safe"]
SCALES: tuple[ScaleName, ...] = get_args(ScaleName)
"""The first is the default."""
POWER = 0.75
"""Exponent of a value's share of its colour: below 1, so that small values stay visible."""


@dataclass(frozen=True)
class SignedScale:
    """Colours of cells from the most negative value to the most positive, and of bars on the page.

    Attributes:
        negative, zero, positive: of a cell at -1, 0 and 1.
        bar_negative, bar_positive: for bars and lines, which need contrast with the page itself.
    """

    negative: Colour
    zero: Colour
    positive: Colour
    bar_negative: Colour
    bar_positive: Colour


@cache
def signed_scale(name: ScaleName = "orange_blue", dark: bool = False) -> SignedScale:
    """Return a colour scale for signed numbers.

    Args:
        name: "orange_blue", blue below zero and orange above, or "grey_safe", whose brightness grows from
            the most negative value to the most positive. dark: for a dark page.

    Raises:
        CnnvizError: if there is no scale of that name.
    """
    if name not in SCALES:
        raise invalid("scale", f"must be one of {', '.join(SCALES)}", name)
    return SignedScale(
        **{part: tokens.rgb(colour) for part, colour in tokens.signed_colours(name, dark).items()}
    )


def signed_colour(share: np.ndarray, scale: SignedScale) -> np.ndarray:
    """Return uint8 [..., 3] for values [...]; values beyond -1 and 1 are clipped.

    The same colours as `signedColour` in components/frontend/shared/colours.js.

    >>> signed_colour(np.array([-2.0, 0.0, 0.5]), signed_scale()).tolist()
    [[33, 102, 172], [247, 247, 247], [219, 148, 106]]
    """
    share = np.asarray(share)
    amount = np.minimum(1, np.abs(share))[..., np.newaxis] ** POWER
    end = np.where(share[..., np.newaxis] < 0, scale.negative, scale.positive)
    return np.rint(scale.zero + (end - scale.zero) * amount).astype(np.uint8)


def css_colour(colour: Colour) -> str:
    """Write a colour as CSS and Plotly read it.

    >>> css_colour((33, 102, 172))
    '#2166ac'
    """
    return "#{:02x}{:02x}{:02x}".format(*colour)


def properties(name: ScaleName) -> dict[str, str]:
    """Return the CSS custom properties that hand a scale on to the browser, for a light page and a dark one.

    >>> properties("grey_safe")["--signed-light-negative"]
    '#0d3678'
    """
    made = {"--signed-name": str(name), "--signed-power": str(POWER)}
    for theme in ("light", "dark"):
        for part, colour in vars(signed_scale(name, theme == "dark")).items():
            made[f"--signed-{theme}-{part.replace('_', '-')}"] = css_colour(colour)
    return made
