"""Settings of a picture's look."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import CnnvizError
from cnnviz.export.look import Look


def test_unknown_scale_raises() -> None:
    with pytest.raises(CnnvizError, match="`scale` must be one of orange_blue, grey_safe"):
        Look(scale="pink")  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [479, 1921])
def test_widths(width: int) -> None:
    with pytest.raises(CnnvizError, match=r"`width` must be in 480\.\.1920"):
        Look(width=width)


def test_themes() -> None:
    light, dark = Look().theme, Look(dark=True).theme
    assert sum(light.background) > sum(light.ink)
    assert sum(dark.background) < sum(dark.ink)
    assert (light.line(0), light.line(1)) == (light.background, light.ink)
    middle = tuple(round((a + b) / 2) for a, b in zip(light.background, light.ink, strict=True))
    assert np.abs(np.subtract(light.line(0.5), middle)).max() <= 1
