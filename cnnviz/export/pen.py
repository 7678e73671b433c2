"""Drawing on a picture: letters of the bundled font, cells of numbers, frames.

The font makes pictures look the same on every machine.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cnnviz.colours import Colour, signed_colour, signed_scale
from cnnviz.export.layout import Box, Grid
from cnnviz.export.look import Look
from cnnviz.resources import ASSETS
from cnnviz.text.numbers import cell_number

MINUS_CELL = 14
"""Least side of a cell, in pixels, for a stroke that marks a negative value; SIGNED_CELL in the browser."""
FONTS = ASSETS / "fonts"

Weight = Literal["Regular", "Bold"]


class Lettering:
    """The font in all sizes; sizes are in units."""

    def __init__(self, unit: float) -> None:
        self.unit = unit
        self._fonts: dict[tuple[Weight, int], ImageFont.FreeTypeFont] = {}

    def font(self, size: float, weight: Weight = "Regular") -> ImageFont.FreeTypeFont:
        """Return the font in a size."""
        key = weight, max(6, round(size * self.unit))
        if key not in self._fonts:
            self._fonts[key] = ImageFont.truetype(FONTS / f"NotoSansKR-{weight}-subset.otf", key[1])
        return self._fonts[key]

    def fitting(
        self, text: str, width: float, largest: float, smallest: float, weight: Weight = "Regular"
    ) -> float:
        """Return the largest size in which a text fits into `width` pixels; 0 if none does."""
        length = self.font(largest, weight).getlength(text) / self.unit
        size = min(largest, largest * width / self.unit / max(1e-9, length))
        return size if size >= smallest else 0.0

    def known(self, text: str) -> str:
        """Return the text, or "" if the font lacks one of its characters."""
        font = self.font(20)
        missing = bytes(font.getmask("\uffff"))
        return "" if any(bytes(font.getmask(c)) == missing for c in set(text) - {" "}) else text


class Pen:
    """Drawing primitives on one image; positions are in pixels, font sizes in units."""

    def __init__(self, image: Image.Image, look: Look, letters: Lettering) -> None:
        self.image, self.look, self.letters = image, look, letters
        self.draw = ImageDraw.Draw(image)
        self.theme = look.theme
        self.scale = signed_scale(look.scale, look.dark)

    def px(self, units: float) -> int:
        """Convert units to pixels."""
        return round(units * self.look.unit)

    # ---------------------------------------------------------------- letters

    def text(
        self, x: float, y: float, text: str, size: float, fill: Colour, weight: Weight = "Regular"
    ) -> None:
        """Write a text whose baseline starts at (x, y)."""
        self.draw.text((x, y), text, fill, self.letters.font(size, weight), anchor="ls")

    def centre(self, box: Box, text: str, size: float, fill: Colour, weight: Weight = "Regular") -> None:
        """Write in the middle of a box."""
        font = self.letters.font(size, weight)
        x, y = (box[0] + box[2] + 1) / 2, (box[1] + box[3] + 1) / 2
        # digits are 0.73 of the font size high: the baseline is half of that below the middle
        left, line = round(x - font.getlength(text) / 2), round(y + 0.367 * font.size)
        self.draw.text((left, line), text, fill, font, anchor="ls")

    def heading(
        self, x: float, width: float, y: float, text: str, size: float, more: str = "", inside: bool = False
    ) -> None:
        """Write a heading in bold, followed by `more` in regular type, centred over `width` pixels from x on.

        Args:
            inside: whether to move it into the image if it would extend beyond.
        """
        bold, plain = self.letters.font(size, "Bold"), self.letters.font(19)
        tail = f"  {more}" if more else ""
        length = bold.getlength(text) + (plain.getlength(tail) if tail else 0)
        start = x + (width - length) / 2
        if inside:
            start = min(max(self.px(12), start), self.image.width - self.px(12) - length)
        self.draw.text((start, y), text, self.theme.ink, bold, anchor="ls")
        if tail:
            self.draw.text((start + bold.getlength(text), y), tail, self.theme.soft, plain, anchor="ls")

    @staticmethod
    def ink_on(colour: Colour) -> Colour:
        """Return black or white, whichever reads better on a colour."""
        red, green, blue = ((part / 255) ** 2.2 for part in colour)
        return (17, 17, 17) if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.2 else (255, 255, 255)

    # ---------------------------------------------------------------- cells

    def colours(self, values: np.ndarray, limit: float) -> np.ndarray:
        """Return the colours, uint8 [..., 3], of values in -limit..limit."""
        return signed_colour(values / limit if limit > 0 else np.zeros_like(values), self.scale)

    def cells(self, grid: Grid, colours: np.ndarray, top: int = 0, left: int = 0) -> None:
        """Fill cells with colours, uint8 [rows, cols, 3], from row `top` and column `left` on."""
        for row, line in enumerate(colours.tolist()):
            for col, colour in enumerate(line):
                self.draw.rectangle(grid.cell(row + top, col + left), fill=tuple(colour))

    def lines(self, grid: Grid) -> None:
        """Draw lines around the grid, and between cells if they are large enough."""
        every = grid.h >= 8
        colour = self.theme.line(0.25)
        for row in range(0, grid.rows + 1, 1 if every else grid.rows):
            y = grid.y + row * grid.h
            self.draw.line((grid.x, y, grid.right, y), fill=colour)
        for col in range(0, grid.cols + 1, 1 if every else grid.cols):
            x = grid.x + col * grid.w
            self.draw.line((x, grid.y, x, grid.bottom), fill=colour)

    def minuses(
        self, grid: Grid, values: np.ndarray, colours: np.ndarray, top: int = 0, left: int = 0
    ) -> None:
        """Mark the cells with negative values."""
        for row, col in np.argwhere(values < 0).tolist():
            self.minus(grid.cell(row + top, col + left), tuple(colours[row, col].tolist()))

    def minus(self, cell: Box, colour: Colour) -> None:
        """Mark a negative value by a stroke in the corner of its cell, if the cell is large enough."""
        x, y, right, bottom = cell
        width, height = right - x + 1, bottom - y + 1
        if min(width, height) >= MINUS_CELL:
            left, top = round(x + max(3, 0.11 * width)), round(y + max(3, 0.16 * height))  # inside any frame
            long, thick = max(5, round(0.24 * width)), max(2, round(height / 18))
            self.draw.rectangle((left, top, left + long - 1, top + thick - 1), fill=self.ink_on(colour))

    def numbers(
        self, grid: Grid, values: np.ndarray, colours: np.ndarray, digits: int, top: int = 0, left: int = 0
    ) -> None:
        """Write numbers into cells that are large enough; NaN = no number."""
        if not self.look.numbers or grid.w < self.px(22):
            return
        words = [["" if np.isnan(v) else cell_number(float(v), digits) for v in row] for row in values]
        longest = max((word for row in words for word in row), key=len)
        size = self.letters.fitting(longest, grid.w - self.px(9), grid.h / self.look.unit * 0.46, 9)
        if size:
            for row, line in enumerate(words):
                for col, word in enumerate(line):
                    ink = self.ink_on(tuple(colours[row, col].tolist()))
                    self.centre(grid.cell(row + top, col + left), word, size, ink)

    def padding(self, box: Box, *, zero: bool) -> None:
        """Draw a padding cell with dots in its corners and optionally a 0."""
        soft, side = self.theme.line(0.6), box[2] - box[0] + 1
        self.draw.rectangle(box, fill=self.theme.line(0.05))
        dot = max(1, round(side / 22))
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        for dx, dy in ((-1, -1), (1, -1), (-1, 1), (1, 1)) if side >= 14 else ((0, 0),):
            px, py = round(x + dx * side * 0.34), round(y + dy * side * 0.34)
            self.draw.rectangle((px, py, px + dot - 1, py + dot - 1), fill=soft)
        if zero:
            self.centre(box, "0", (box[3] - box[1] + 1) / self.look.unit * 0.42, soft)

    def inserted(self, box: Box, *, zero: bool) -> None:
        """Draw an inserted zero of a transposed convolution: a diagonal stroke and optionally a 0."""
        side = box[2] - box[0] + 1
        self.draw.rectangle(box, fill=self.theme.line(0.12))
        if side >= 6:
            thick = max(1, round(side / 30))
            ends = (box[0] + 1, box[3] - 1, box[2] - 1, box[1] + 1)
            self.draw.line(ends, fill=self.theme.line(0.3), width=thick)
        if zero:
            self.centre(box, "0", (box[3] - box[1] + 1) / self.look.unit * 0.42, self.theme.line(0.6))

    def hatch(self, grid: Grid) -> None:
        """Hatch the cells that are not computed yet."""
        width, height = grid.w * grid.cols, grid.h * grid.rows
        part = Image.new("RGB", (width, height), self.theme.background)
        draw = ImageDraw.Draw(part)
        for x in range(-height, width, max(5, self.px(9))):
            draw.line((x, height, x + height, 0), fill=self.theme.line(0.3))
        self.image.paste(part, (grid.x, grid.y))
        self.lines(grid)

    # ---------------------------------------------------------------- frames

    def frame(self, box: Box, weight: float) -> None:
        """Frame cells in the accent colour with a halo for contrast on every colour; `weight` is in units."""
        thick = max(1, self.px(weight))
        grow = thick // 2 + 1
        outer = (box[0] - grow, box[1] - grow, box[2] + grow + 1, box[3] + grow + 1)
        halo = max(1, self.px(1.5))
        self.draw.rectangle(
            (outer[0] - halo, outer[1] - halo, outer[2] + halo, outer[3] + halo),
            outline=self.theme.background,
            width=halo,
        )
        inner = thick
        self.draw.rectangle(
            (outer[0] + inner, outer[1] + inner, outer[2] - inner, outer[3] - inner),
            outline=self.theme.background,
            width=halo,
        )
        self.draw.rectangle(outer, outline=self.theme.focus, width=thick)

    def dashes(self, box: Box) -> None:
        """Draw the extent of a dilated window as a dashed line."""
        x0, y0, x1, y1 = (round(edge) for edge in (box[0] - 4, box[1] - 4, box[2] + 5, box[3] + 5))
        long, thick = self.px(7), max(2, self.px(2.5))
        for x in range(x0, x1, 2 * long):
            for y in (y0, y1):
                self.draw.line((x, y, min(x + long, x1), y), fill=self.theme.focus, width=thick)
        for y in range(y0, y1, 2 * long):
            for x in (x0, x1):
                self.draw.line((x, y, x, min(y + long, y1)), fill=self.theme.focus, width=thick)


def brightness(x: np.ndarray, black: float = 0.0, white: float = 1.0) -> np.ndarray:
    """Convert an image with values from `black` to `white` and 1 or 3 channels to uint8 [H, W, 3]."""
    shares = (x if x.shape[2] == 3 else x[..., [0, 0, 0]]) - black
    return np.rint(255 * np.clip(shares / (white - black), 0, 1)).astype(np.uint8)
