"""How a picture may look."""

from __future__ import annotations

import pytest

from cnnviz import CnnvizError
from cnnviz.export.look import DARK, LIGHT, Look


def test_unknown_scale_raises() -> None:
    with pytest.raises(CnnvizError, match="`scale` must be one of orange_blue, grey_safe"):
        Look(scale="pink")  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [479, 1921])
def test_widths(width: int) -> None:
    with pytest.raises(CnnvizError, match=r"`width` must be in 480\.\.1920"):
        Look(width=width)


def test_themes() -> None:
    assert (Look().theme, Look(dark=True).theme) == (LIGHT, DARK)
    assert (LIGHT.line(0), LIGHT.line(1), LIGHT.line(0.5)) == (LIGHT.background, LIGHT.ink, (141, 143, 147))
