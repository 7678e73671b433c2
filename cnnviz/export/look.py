"""Drawing options of animations, and the colours of the app's themes."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz import tokens
from cnnviz.colours import Colour, ScaleName, signed_scale
from cnnviz.errors import CnnvizError

WIDTHS = (480, 1920)


@dataclass(frozen=True)
class Look:
    """Drawing options.

    Attributes:
        language: "en" or "ko".
        dark: whether it is light on dark.
        scale: colour scale of signed numbers: "orange_blue" or "grey_safe".
        numbers: whether numbers are written in the cells and the arithmetic below.
        width: of a frame in pixels, 480 to 1920; the height is 9/16 of it.
        input_name, output_name: captions, such as "relu1" and "conv2"; omitted if the font lacks a
            character.
        rgb: whether the input, in [0, 1], is drawn as an image.
        channel: the input channel that is drawn, if there are more than three.
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
        """The theme's colours."""
        named = (tokens.colour(name, self.dark) for name in ("background", "text", "quiet", "accent"))
        return Theme(*map(tokens.rgb, named))

    @property
    def unit(self) -> float:
        """Pixels per unit; a frame is 1280 units wide."""
        return self.width / 1280


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Return the blend of colours a and b, with `share` of b."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


@dataclass(frozen=True)
class Theme:
    """Colours of the app's light or dark theme: page, text, secondary text, highlight."""

    background: Colour
    ink: Colour
    soft: Colour
    focus: Colour

    def line(self, share: float = 0.22) -> Colour:
        """Return the ink colour with an opacity of `share`."""
        return mix(self.background, self.ink, share)
