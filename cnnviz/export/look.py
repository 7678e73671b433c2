"""How a picture of a scene looks: what its maker chooses, and the colours of the app's two themes."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.colours import Colour, ScaleName, signed_scale
from cnnviz.errors import CnnvizError

WIDTHS = (480, 1920)


@dataclass(frozen=True)
class Look:
    """How a scene is drawn.

    Attributes:
        language: "en" or "ko".
        dark: light on dark.
        scale: of signed numbers: "orange_blue" or "grey_safe".
        numbers: write the numbers into the cells, and the arithmetic below.
        width: of the picture in pixels, 480 to 1920; the height is 9/16 of it.
        input_name, output_name: captions, such as "relu1" and "conv2"; left out if the font
            cannot write them.
        rgb: draw the input as the picture it is: x in [0, 1].
        channel: the input channel that is drawn where there are more than three.
    """

    language: str = "en"
    dark: bool = False
    numbers: bool = True
    width: int = 1280
    input_name: str = ""
    output_name: str = ""
    rgb: bool = False
    channel: int = 0
    scale: ScaleName = "orange_blue"

    def __post_init__(self) -> None:
        signed_scale(self.scale)  # raises if there is none of that name
        low, high = WIDTHS
        if not low <= self.width <= high:
            raise CnnvizError(f"`width` must be in {low}..{high}. Received: width={self.width}.")

    @property
    def theme(self) -> Theme:
        """Its colours."""
        return DARK if self.dark else LIGHT

    @property
    def unit(self) -> float:
        """Pixels of a unit, of which a picture is 1280 wide."""
        return self.width / 1280


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Return the colour that lies `share` of the way from a to b."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


@dataclass(frozen=True)
class Theme:
    """Colours of the app's light and dark theme."""

    background: Colour
    ink: Colour
    focus: Colour

    def line(self, share: float = 0.22) -> Colour:
        """Return the ink, thinned to a share."""
        return mix(self.background, self.ink, share)

    @property
    def soft(self) -> Colour:
        """What is less important is written with."""
        return self.line(0.72)


LIGHT = Theme((255, 255, 255), (27, 31, 39), (111, 51, 184))
DARK = Theme((17, 20, 26), (238, 241, 246), (191, 142, 247))
