"""The colour scales of signed numbers: their order in grey and to the colour-blind; one copy of them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from PIL import Image

from cnnviz import CnnvizError
from cnnviz.colours import POWER, SCALES, Colour, css_colour, properties, signed_colour, signed_scale

PAGE = {False: (255, 255, 255), True: (17, 20, 26)}
"""The background of a light page and of a dark one, .streamlit/config.toml."""
# Source: Machado, Oliveira and Fernandes (2009), severity 1.0; for linear RGB
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
ALL = [*product(SCALES, (False, True))]
VALUES = np.linspace(-1, 1, 81)  # as many as 8 bits can keep apart


def linear(colours: np.ndarray) -> np.ndarray:
    """Return linear RGB of sRGB in 0..255."""
    share = np.asarray(colours, float) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def luminance(colours: np.ndarray | Colour, seen: str = "none") -> np.ndarray:
    """Return WCAG's relative luminance, as it is to someone with a colour blindness."""
    rgb = np.clip(linear(np.asarray(colours)) @ BLINDNESS[seen].T, 0, 1)
    return rgb @ np.array([0.2126, 0.7152, 0.0722])


def lightness(colours: np.ndarray | Colour, seen: str = "none") -> np.ndarray:
    """Return L* of CIELAB, 0 to 100."""
    y = luminance(colours, seen)
    return np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, 24389 / 27 * y)


def contrast(one: Colour, other: Colour) -> float:
    low, high = sorted((float(luminance(one)), float(luminance(other))))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("seen", BLINDNESS)
@pytest.mark.parametrize("dark", [False, True])
def test_the_grey_safe_scale_grows_lighter_from_minus_to_plus(dark: bool, seen: str) -> None:
    light = lightness(signed_colour(VALUES, signed_scale("grey_safe", dark)), seen)
    assert (np.diff(light) > 0).all()  # no two of them change places in grey
    for value in (0.25, 0.5, 0.75, 1.0):
        below, above = (light[np.isclose(VALUES, sign * value)].item() for sign in (-1, 1))
        assert above - below >= (20 if value >= 0.5 else 15)
    zero = light[len(light) // 2]
    assert min(light[-1] - zero, zero - light[0]) >= 25  # zero is in the middle of the two


@pytest.mark.parametrize("dark", [False, True])
def test_a_picture_turned_grey_keeps_the_sign(dark: bool) -> None:
    """Convert to grey as `convert("L")`, printers and monochrome projectors do."""
    colours = signed_colour(VALUES, signed_scale("grey_safe", dark))
    grey = np.asarray(Image.fromarray(colours[np.newaxis]).convert("L"), int)[0]
    assert (np.diff(grey) >= 0).all()
    for value in (0.5, 1.0):
        below, above = (grey[np.isclose(VALUES, sign * value)].item() for sign in (-1, 1))
        assert above - below >= 60


@pytest.mark.parametrize(("name", "dark"), ALL)
def test_zero_is_neutral_and_bars_stand_out_from_the_page(name: str, dark: bool) -> None:
    scale = signed_scale(name, dark)  # type: ignore[arg-type]
    assert max(scale.zero) - min(scale.zero) <= 12  # no hue
    for bar in (scale.bar_negative, scale.bar_positive):
        assert contrast(bar, PAGE[dark]) >= 3  # WCAG 1.4.11
    if name == "grey_safe":
        assert lightness(scale.bar_positive) - lightness(scale.bar_negative) >= 20


def test_the_default_looks_as_it_always_did() -> None:
    assert signed_scale() == signed_scale(SCALES[0])
    ends = {
        dark: signed_colour(np.array([-1, 0, 1]), signed_scale(dark=dark)).tolist() for dark in (False, True)
    }
    assert ends[False] == [[33, 102, 172], [247, 247, 247], [200, 80, 10]]
    assert ends[True] == [[88, 166, 255], [30, 34, 42], [255, 170, 64]]


@pytest.mark.parametrize("name", SCALES)
def test_the_properties_hold_every_colour_of_both_themes(name: str) -> None:
    sheet = properties(name)  # type: ignore[arg-type]
    assert sheet.pop("--signed-name") == name
    assert float(sheet.pop("--signed-power")) == POWER
    for theme in ("light", "dark"):
        for part, colour in vars(signed_scale(name, theme == "dark")).items():  # type: ignore[arg-type]
            assert sheet.pop(f"--signed-{theme}-{part.replace('_', '-')}") == css_colour(colour)
    assert not sheet


def test_a_scale_that_is_none() -> None:
    with pytest.raises(
        CnnvizError, match=r"`scale` must be one of orange_blue, grey_safe\. Received: scale='pink'"
    ):
        signed_scale("pink")  # type: ignore[arg-type]
