"""A stepping animation: a scene in, one picture a step out, and the GIF made of them.

The pictures are 16:9 and show what the stepper shows: the input with its padding, the window on it,
the kernel and its products, the output filling up, and the step's arithmetic in one line. They are drawn
with Pillow and a font that comes with the project, so that they look the same on every machine.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cnnviz.colours import Colour, ScaleName, signed_colour, signed_scale
from cnnviz.errors import CnnvizError
from cnnviz.explain.scene import Scene
from cnnviz.resources import ASSETS
from cnnviz.text import translate
from cnnviz.text.numbers import cell_number, equation, number, read_number

MOST_STEPS = 150
"""Steps of one GIF: 1280 x 720 pixels of each are about 4 MB together, and a minute at 2.5 a second."""
MINUS_CELL = 14
"""Pixels a side from which on a cell below zero carries a stroke; in the browser it is SIGNED_CELL."""
MOST_CELLS = 256
"""Rows and columns of a padded input: then a cell still is a pixel."""
WIDTHS = (480, 1920)
SPEEDS = (0.1, 25.0)  # steps per second; browsers slow down what is faster
REST = 2.0  # seconds the finished picture stays

FONTS = ASSETS / "fonts"
Box = tuple[float, float, float, float]
Weight = Literal["Regular", "Bold"]


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


def steps(scene: Scene, *, rows: int | None = None, every: int = 1) -> list[tuple[int, int]]:
    """Return the output cells (i, j) that an animation stops at, row by row.

    Args:
        scene: what is animated. rows: only the first so many output rows; None: all.
        every: only every n-th cell. The last cell of those rows is always one.

    Raises:
        CnnvizError: with the reason "animation_steps" if they are more than a GIF may have; the message
            says which choice fits; as `frames` if no choice does.
    """
    _check_cells(scene)  # first: with fewer steps it would be too large still
    height, width = scene.output.shape
    for name, value in (("rows", rows if rows is not None else 1), ("every", every)):
        if value < 1:
            raise CnnvizError(f"`{name}` must be >= 1. Received: {name}={value}.")
    count = width * min(height, rows or height)
    chosen = [*range(0, count, every)]
    if chosen[-1] != count - 1:
        chosen.append(count - 1)
    if len(chosen) > MOST_STEPS:
        ways = [f"--every {fitting_every(count)}"]
        if width <= MOST_STEPS:
            ways.append(f"--rows {MOST_STEPS // width}")
        raise CnnvizError(
            f"A GIF has at most {MOST_STEPS} steps, and this one would have {len(chosen):,}: use "
            f"{' or '.join(ways)}.",
            reason="animation_steps",
        )
    return [divmod(k, width) for k in chosen]


def _check_cells(scene: Scene) -> None:
    """Raise if the input with its padding has more rows or columns than a picture shows."""
    rows, cols = (n + sum(pads) for n, pads in zip(scene.x.shape[:2], scene.pads, strict=True))
    if max(rows, cols) > MOST_CELLS:
        raise CnnvizError(
            f"A GIF shows at most {MOST_CELLS} rows and columns, padding included, and this input has "
            f"{rows}x{cols}.",
            reason="animation_cells",
        )


def fitting_every(count: int) -> int:
    """Return the smallest n for which every n-th of `count` steps, and the last, fit into a GIF.

    >>> fitting_every(150), fitting_every(151), fitting_every(1024)
    (1, 2, 7)
    """
    return max(1, -(-(count - 1) // (MOST_STEPS - 1)))


def frames(scene: Scene, cells: list[tuple[int, int]], look: Look) -> Iterator[Image.Image]:
    """Draw one RGB picture for each of the output cells (i, j).

    Raises:
        CnnvizError: with the reason "animation_cells" if the input is too large to be drawn.
    """
    painter = _Painter(scene, look)
    for step, (i, j) in enumerate(cells):
        yield painter.paint(i, j, share=(step + 1) / len(cells))


def gif(scene: Scene, cells: list[tuple[int, int]], look: Look, *, speed: float = 2.0) -> bytes:
    """Return an animated GIF that loops for ever.

    Args:
        scene: what is animated. cells: where it stops, from `steps`. look: how it is drawn.
        speed: steps per second, 0.1 to 25. The last picture rests for two seconds more.

    Raises:
        CnnvizError: as `frames`, and if `speed` is out of range.
    """
    low, high = SPEEDS
    if not low <= speed <= high:
        raise CnnvizError(f"`speed` must be in {low:g}..{high:g} steps a second. Received: speed={speed:g}.")
    palette = _palette(scene, look)
    pictures = (
        picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in frames(scene, cells, look)
    )
    step = round(100 / speed) * 10  # a GIF counts in hundredths
    durations = [step] * (len(cells) - 1) + [step + round(1000 * REST)]
    out = io.BytesIO()
    next(pictures).save(
        out,
        "GIF",
        save_all=True,
        append_images=pictures,
        duration=durations,
        loop=0,
        optimize=True,  # only what changes from step to step is stored
    )
    return out.getvalue()


def describe(scene: Scene, language: str) -> tuple[str, str]:
    """Return what a scene shows in words: a title, and its sizes and settings."""
    window = scene.window
    title = translate(f"animation.{scene.operation}", language)
    (top, bottom), (left, right) = scene.pads
    parts = [
        f"{translate('stepper.input', language)} {_times(scene.x.shape[: 3 if scene.x.shape[2] > 1 else 2])}"
    ]
    if scene.operation != "relu":
        parts.append(f"{translate(f'animation.window_{_kind(scene)}', language)} {_times(window.size)}")
        parts.append(f"{translate('animation.stride', language)} {_pair(window.stride)}")
        if (top, left) == (bottom, right):
            padding = _pair((top, left))
        else:
            sides = [f"{top}+{bottom}", f"{left}+{right}"]
            padding = sides[0] if sides[0] == sides[1] else ", ".join(sides)
        parts.append(f"{translate('animation.padding', language)} {padding}")
        if window.dilation != (1, 1):
            parts.append(f"{translate('animation.dilation', language)} {_pair(window.dilation)}")
    parts.append(f"{translate('stepper.output', language)} {_times(scene.output.shape)}")
    return title, " · ".join(parts)


def file_name(scene: Scene, ending: str) -> str:
    """Return a name that tells what is in the file: "conv_i5x5_k3x3_s2_p1.gif".

    The letters are those of the field: input, kernel, stride, padding, dilation.
    """
    window = scene.window
    parts = [scene.operation, f"i{'x'.join(map(str, scene.x.shape[:2]))}"]
    if scene.operation != "relu":
        (top, bottom), (left, right) = scene.pads
        same = (top, left) == (bottom, right)
        pads = _pair((top, left), "x") if same else f"{top}-{bottom}x{left}-{right}"
        parts += [f"k{'x'.join(map(str, window.size))}", f"s{_pair(window.stride, 'x')}", f"p{pads}"]
        if window.dilation != (1, 1):
            parts.append(f"d{_pair(window.dilation, 'x')}")
    return f"{'_'.join(parts)}.{ending}"


# ---------------------------------------------------------------- words and numbers


def _times(sizes: tuple[int, ...]) -> str:
    return " × ".join(map(str, sizes))


def _pair(pair: tuple[int, int], between: str = " × ") -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}{between}{pair[1]}"


def _kind(scene: Scene) -> str:
    return "conv" if scene.operation == "conv" else "pool"


def _decimals(limit: float) -> int:
    return 1 if limit >= 100 else 2 if limit >= 0.2 else 3


def _finer(limit: float) -> int:
    return 1 if limit >= 1000 else 2 if limit >= 10 else 3


def _term(value: float, digits: int, *, first: bool) -> str:
    """Write a term of an addition: "0.12", then "+ 0.12" or "− 0.05"."""
    return number(value, digits) if first else f"{'−' if value < 0 else '+'} {number(abs(value), digits)}"


def _factor(value: float, digits: int) -> str:
    return f"({number(value, digits)})" if value < 0 else number(value, digits)


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


@dataclass(frozen=True)
class _Theme:
    """Colours of the app's light and dark theme."""

    background: Colour
    ink: Colour
    focus: Colour

    def line(self, share: float = 0.22) -> Colour:
        return _mix(self.background, self.ink, share)

    @property
    def soft(self) -> Colour:
        return self.line(0.72)


_LIGHT = _Theme((255, 255, 255), (27, 31, 39), (111, 51, 184))
_DARK = _Theme((17, 20, 26), (238, 241, 246), (191, 142, 247))


def _palette(scene: Scene, look: Look) -> Image.Image:
    """Return a palette for all frames: what is drawn with, and what lies between as letters are smoothed."""
    theme = _DARK if look.dark else _LIGHT
    colours = [theme.line(share) for share in np.linspace(0, 1, 24)]
    colours += [_mix(theme.background, theme.focus, share) for share in np.linspace(0, 1, 13)[1:]]
    colours += [_mix(theme.ink, theme.focus, share) for share in (0.25, 0.5, 0.75)]
    scale = signed_scale(look.scale, look.dark)
    colours += [tuple(c) for c in signed_colour(np.linspace(-1, 1, 97), scale).tolist()]
    colours += [_mix(end, (255, 255, 255), s) for end in (scale.negative, scale.positive) for s in (0.3, 0.6)]
    if look.rgb:
        picture = Image.fromarray(_rgb(scene.x)).quantize(255 - len(colours))
        flat = picture.getpalette() or []
        colours += [(flat[k], flat[k + 1], flat[k + 2]) for k in range(0, len(flat), 3)]
    image = Image.new("P", (1, 1))
    image.putpalette([part for colour in colours[:255] for part in colour])
    return image


def _rgb(x: np.ndarray) -> np.ndarray:
    """Return uint8 [H, W, 3] of a picture with values in [0, 1], of 1 or 3 channels."""
    return np.rint(255 * np.clip(x if x.shape[2] == 3 else x[..., [0, 0, 0]], 0, 1)).astype(np.uint8)


# ---------------------------------------------------------------- drawing


@dataclass(frozen=True)
class _Grid:
    """Cells on the picture: the corner of the first, their size, and how many."""

    x: int
    y: int
    w: int
    h: int
    rows: int
    cols: int

    @property
    def right(self) -> int:
        return self.x + self.w * self.cols

    @property
    def bottom(self) -> int:
        return self.y + self.h * self.rows

    def cell(self, row: float, col: float, rows: float = 1, cols: float = 1) -> Box:
        """Return (left, top, right, bottom) of cells, the last pixel included."""
        x, y = self.x + col * self.w, self.y + row * self.h
        return x, y, x + cols * self.w - 1, y + rows * self.h - 1


class _Painter:
    """Draws the steps of one scene. What never changes is drawn once."""

    def __init__(self, scene: Scene, look: Look) -> None:
        self.scene, self.look = scene, look
        self.theme = _DARK if look.dark else _LIGHT
        self.scale = signed_scale(look.scale, look.dark)
        self.unit = look.width / 1280
        self.size = look.width, round(look.width * 9 / 16)
        self._fonts: dict[tuple[Weight, int], ImageFont.FreeTypeFont] = {}
        (top, bottom), (left, right) = scene.pads
        self.top, self.left = top, left
        height, width, self.channels = scene.x.shape
        self.padded = height + top + bottom, width + left + right
        _check_cells(scene)
        self.channel = min(look.channel, self.channels - 1) if self.channels > 3 else 0
        shown = scene.x[..., self.channel]
        self.x_limit = float(np.abs(scene.x if self.channels <= 3 else shown).max())
        self.y_limit = [float(np.abs(output).max()) for output in scene.outputs.values()]
        self.x_digits = _decimals(self.x_limit)
        self.k_limit = 0.0 if scene.kernel is None else float(np.abs(scene.kernel).max())
        self.p_limit = self.x_limit * self.k_limit
        if scene.sums is not None:
            self.digits = _finer(float(np.abs(scene.sums).max()))
        elif scene.operation == "relu" or scene.window.size[1] <= 3:
            self.digits = self.x_digits = _finer(self.x_limit)
        else:
            self.digits = self.x_digits
        self._plan()
        self.base = self._draw_base()
        self.full = [self._draw_output(k) for k in range(len(scene.outputs))]

    # ---- places

    def _px(self, units: float) -> int:
        return round(units * self.unit)

    def _plan(self) -> None:
        """Divide the picture: input, arithmetic, outputs from left to right, cells of one size."""
        scene, (kh, kw) = self.scene, self.scene.window.size
        self.body = 128, 592  # units from the top
        label, tall = 34, 592 - 128 - 34
        self.stacked = scene.operation == "conv" and self.channels == 1
        rows, cols = scene.output.shape
        outputs = len(scene.outputs)
        if scene.operation == "conv" and self.stacked:
            room = tall + label - 62  # below them stands the sum
            self.grids = 3 if (room - 3 * 34) / (3 * kh) >= 24 else 2
            h = min(44.0, (room - self.grids * 34) / (self.grids * kh))
            w = min(max(h * 1.45, 40), 300 / kw)
            math = max(kw * w, 190)
        elif scene.operation == "conv":
            math, h = (600.0 if self.padded[1] + cols <= 40 else 540.0), 40.0
            w = min(56.0, (math - 2 * 30 - 100) / (3 * kw))
            h = min(40.0, w, ((tall - 54) / min(self.channels, 3) - 14) / kh)
        elif scene.operation == "relu":
            math, w, h = 320.0, 0.0, 0.0
        else:
            w = min(76.0, 260 / kw)
            h = min(56.0, w, 240 / kh)
            math = max(kw * w, 230)
        self.number_w, self.number_h = self._px(w), self._px(h)
        free = 1280 - 2 * 44 - (1 + outputs) * 44 - math
        across = self.padded[1] + outputs * cols
        cell = min(64.0, free / across, tall / max(self.padded[0], rows))
        side = max(1, int(cell * self.unit))  # whole pixels: no cell is blurred
        widths = [side * self.padded[1], self._px(math), *[side * cols] * outputs]
        gap = (self.size[0] - sum(widths)) / (len(widths) + 1)
        lefts = [round(gap * (k + 1) + sum(widths[:k])) for k in range(len(widths))]
        self.math_x, self.math_w = lefts[1], widths[1]

        def place(left: int, rows: int, cols: int) -> _Grid:
            y = self._px(self.body[0] + label) + (self._px(tall) - side * rows) // 2
            return _Grid(left, y, side, side, rows, cols)

        self.input = place(lefts[0], *self.padded)
        self.outputs = [place(left, rows, cols) for left in lefts[2:]]

    # ---- letters

    def _font(self, size: float, weight: Weight = "Regular") -> ImageFont.FreeTypeFont:
        key = weight, max(6, round(size * self.unit))
        if key not in self._fonts:
            self._fonts[key] = ImageFont.truetype(FONTS / f"NotoSansKR-{weight}-subset.otf", key[1])
        return self._fonts[key]

    def _length(self, text: str, size: float, weight: Weight = "Regular") -> float:
        """Return the width of a text in units."""
        return self._font(size, weight).getlength(text) / self.unit

    def _fitting(self, text: str, width: float, largest: float, smallest: float, weight: Weight) -> float:
        """Return the largest type in which a text fits into `width` pixels; 0 if none does."""
        room = width / self.unit
        size = min(largest, largest * room / max(1e-9, self._length(text, largest, weight)))
        return size if size >= smallest else 0.0

    def _known(self, text: str) -> str:
        """Return the text, or nothing if the font lacks one of its characters."""
        font = self._font(20)
        missing = bytes(font.getmask("\uffff"))
        return "" if any(bytes(font.getmask(c)) == missing for c in set(text) - {" "}) else text

    @cached_property
    def _number_size(self) -> float:
        """The type of the numbers in the grids of the arithmetic: one for all of them."""
        scene = self.scene
        x = scene.x[..., self.channel] if self.channels > 3 else scene.x
        words = [self._widest(x, self.x_digits)]
        if scene.kernel is not None:
            words.append(self._widest(scene.kernel, _decimals(self.k_limit)))
            whole = all((a == np.rint(a)).all() for a in (x, scene.kernel))
            largest = -self.p_limit if whole else -(np.floor(self.p_limit) + 0.5)
            words.append(cell_number(largest, _decimals(self.p_limit)))
        return self._fitting(max(words, key=len), self.number_w - self._px(8), 24, 9, "Regular")

    @staticmethod
    def _widest(values: np.ndarray, digits: int) -> str:
        """Write the value that takes most room."""
        return max((cell_number(float(value), digits) for value in np.unique(values)), key=len)

    # ---- parts

    def _ink_on(self, colour: Colour) -> Colour:
        red, green, blue = ((part / 255) ** 2.2 for part in colour)
        return (17, 17, 17) if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.2 else (255, 255, 255)

    def _colours(self, values: np.ndarray, limit: float) -> np.ndarray:
        return signed_colour(values / limit if limit > 0 else np.zeros_like(values), self.scale)

    def _cells(
        self, draw: ImageDraw.ImageDraw, grid: _Grid, colours: np.ndarray, top: int = 0, left: int = 0
    ) -> None:
        """Fill cells with colours, uint8 [rows, cols, 3], with lines between them where there is room."""
        for row, line in enumerate(colours.tolist()):
            for col, colour in enumerate(line):
                draw.rectangle(grid.cell(row + top, col + left), fill=tuple(colour))

    def _minuses(
        self,
        draw: ImageDraw.ImageDraw,
        grid: _Grid,
        values: np.ndarray,
        colours: np.ndarray,
        top: int = 0,
        left: int = 0,
    ) -> None:
        """Mark the cells below zero."""
        for row, col in np.argwhere(values < 0).tolist():
            self._minus(draw, grid.cell(row + top, col + left), tuple(colours[row, col].tolist()))

    def _minus(self, draw: ImageDraw.ImageDraw, cell: Box, colour: Colour) -> None:
        """Draw a stroke in the corner of a cell below zero, if it is large: it can be seen in grey too."""
        x, y, right, bottom = cell
        width, height = right - x + 1, bottom - y + 1
        if min(width, height) >= MINUS_CELL:
            left, top = round(x + max(3, 0.11 * width)), round(y + max(3, 0.16 * height))  # inside any frame
            long, thick = max(5, round(0.24 * width)), max(2, round(height / 18))
            draw.rectangle((left, top, left + long - 1, top + thick - 1), fill=self._ink_on(colour))

    def _lines(self, draw: ImageDraw.ImageDraw, grid: _Grid) -> None:
        every = grid.h >= 8
        colour = self.theme.line(0.25)
        for row in range(0, grid.rows + 1, 1 if every else grid.rows):
            draw.line((grid.x, grid.y + row * grid.h, grid.right, grid.y + row * grid.h), fill=colour)
        for col in range(0, grid.cols + 1, 1 if every else grid.cols):
            draw.line((grid.x + col * grid.w, grid.y, grid.x + col * grid.w, grid.bottom), fill=colour)

    def _digits_in(
        self,
        draw: ImageDraw.ImageDraw,
        grid: _Grid,
        values: np.ndarray,
        colours: np.ndarray,
        digits: int,
        top: int = 0,
        left: int = 0,
    ) -> None:
        """Write numbers into cells if they can be read."""
        if not self.look.numbers or grid.w < self._px(22):
            return
        words = [[cell_number(float(v), digits) for v in row] for row in values]
        longest = max((word for row in words for word in row), key=len)
        size = self._fitting(longest, grid.w - self._px(9), grid.h / self.unit * 0.46, 9, "Regular")
        if size:
            for row, line in enumerate(words):
                for col, word in enumerate(line):
                    ink = self._ink_on(tuple(colours[row, col].tolist()))
                    self._centre(draw, grid.cell(row + top, col + left), word, size, ink)

    def _centre(
        self,
        draw: ImageDraw.ImageDraw,
        box: Box,
        text: str,
        size: float,
        fill: Colour,
        weight: Weight = "Regular",
    ) -> None:
        font = self._font(size, weight)
        x, y = (box[0] + box[2] + 1) / 2, (box[1] + box[3] + 1) / 2
        # digits stand on the line and are 0.73 of the type high: half of that below the middle
        draw.text(
            (round(x - font.getlength(text) / 2), round(y + 0.367 * font.size)), text, fill, font, anchor="ls"
        )

    def _padding(self, draw: ImageDraw.ImageDraw) -> None:
        """Padding cells: dots in the corners, and the 0 that they count as in a convolution."""
        grid, soft = self.input, self.theme.line(0.6)
        height, width, _ = self.scene.x.shape
        zero = self.scene.operation == "conv" and grid.w >= self._px(22) and self.look.numbers
        dot = max(1, round(grid.w / 22))
        for row in range(grid.rows):
            for col in range(grid.cols):
                if self.top <= row < self.top + height and self.left <= col < self.left + width:
                    continue
                box = grid.cell(row, col)
                draw.rectangle(box, fill=self.theme.line(0.05))
                x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
                spots = ((-1, -1), (1, -1), (-1, 1), (1, 1)) if grid.w >= 14 else ((0, 0),)
                for dx, dy in spots:
                    px, py = round(x + dx * grid.w * 0.34), round(y + dy * grid.w * 0.34)
                    draw.rectangle((px, py, px + dot - 1, py + dot - 1), fill=soft)
                if zero:
                    self._centre(draw, box, "0", grid.h / self.unit * 0.42, soft)

    def _hatch(self, image: Image.Image, grid: _Grid) -> None:
        """Cells not computed yet: hatched, which no value is."""
        width, height = grid.w * grid.cols, grid.h * grid.rows
        part = Image.new("RGB", (width, height), self.theme.background)
        draw = ImageDraw.Draw(part)
        for x in range(-height, width, max(5, self._px(9))):
            draw.line((x, height, x + height, 0), fill=self.theme.line(0.3))
        image.paste(part, (grid.x, grid.y))
        self._lines(ImageDraw.Draw(image), grid)

    def _label(self, draw: ImageDraw.ImageDraw, x: float, width: float, name: str, more: str = "") -> None:
        """Write the heading of a part, centred over it."""
        y = self._px(self.body[0] + 20)
        bold, plain = self._font(21, "Bold"), self._font(19)
        tail = f"  {more}" if more else ""
        start = x + (width - bold.getlength(name) - plain.getlength(tail)) / 2
        start = min(
            max(self._px(12), start),
            self.size[0] - self._px(12) - bold.getlength(name) - plain.getlength(tail),
        )
        draw.text((start, y), name, self.theme.ink, bold, anchor="ls")
        draw.text((start + bold.getlength(name), y), tail, self.theme.soft, plain, anchor="ls")

    # ---- the picture

    def _draw_base(self) -> Image.Image:
        """Draw what no step changes."""
        scene, look, theme = self.scene, self.look, self.theme
        image = Image.new("RGB", self.size, theme.background)
        draw = ImageDraw.Draw(image)
        title, settings = describe(scene, look.language)
        draw.text((self._px(44), self._px(62)), title, theme.ink, self._font(36, "Bold"), anchor="ls")
        size = self._fitting(settings, self.size[0] - self._px(88), 23, 10, "Regular")
        draw.text((self._px(44), self._px(100)), settings, theme.soft, self._font(size), anchor="ls")

        height, width, channels = scene.x.shape
        self._padding(draw)
        if look.rgb and channels in (1, 3):
            self._cells(draw, self.input, _rgb(scene.x), self.top, self.left)
            self._lines(draw, self.input)
        else:
            x = scene.x[..., self.channel]
            colours = self._colours(x, self.x_limit)
            self._cells(draw, self.input, colours, self.top, self.left)
            self._lines(draw, self.input)
            self._minuses(draw, self.input, x, colours, self.top, self.left)
            self._digits_in(draw, self.input, x, colours, _decimals(self.x_limit), self.top, self.left)
        name = self._known(look.input_name) or translate("stepper.input", look.language)
        which = f" · {translate('stepper.channel', look.language)} {self.channel}" if channels > 3 else ""
        self._label(
            draw, self.input.x, self.input.right - self.input.x, name, f"{_times((height, width))}{which}"
        )
        names = list(scene.outputs)
        for k, grid in enumerate(self.outputs):
            self._hatch(image, grid)
            one = self._known(look.output_name) or translate("stepper.output", look.language)
            name = translate(f"animation.short_{names[k]}", look.language) if len(names) > 1 else one
            self._label(draw, grid.x, grid.right - grid.x, name, _times(scene.output.shape))
        self._draw_math_base(draw)
        return image

    def _draw_output(self, k: int) -> Image.Image:
        """Draw output `k` whole, to be uncovered cell by cell."""
        grid = self.outputs[k]
        output = list(self.scene.outputs.values())[k]
        image = Image.new("RGB", (grid.w * grid.cols + 1, grid.h * grid.rows + 1), self.theme.background)
        draw = ImageDraw.Draw(image)
        local = _Grid(0, 0, grid.w, grid.h, grid.rows, grid.cols)
        colours = self._colours(output, self.y_limit[k])
        self._cells(draw, local, colours)
        self._lines(draw, local)
        self._minuses(draw, local, output, colours)
        self._digits_in(draw, local, output, colours, _decimals(self.y_limit[k]))
        return image

    def paint(self, i: int, j: int, *, share: float) -> Image.Image:
        """Draw the step that makes output cell (i, j); `share` of the way is done."""
        image = self.base.copy()
        draw = ImageDraw.Draw(image)
        for grid, full in zip(self.outputs, self.full, strict=True):
            above, below, done = i * grid.h, (i + 1) * grid.h + 1, (j + 1) * grid.w + 1
            image.paste(full.crop((0, 0, full.width, above + 1)), (grid.x, grid.y))
            image.paste(full.crop((0, above, done, below)), (grid.x, grid.y + above))
            self._frame(draw, grid.cell(i, j), self._weight(grid))
        self._draw_window(draw, i, j)
        self._draw_math(draw, i, j)
        self._draw_caption(draw, i, j)
        bar = self._px(6)
        width, height = self.size
        draw.rectangle((0, height - bar, width, height), fill=self.theme.line(0.1))
        draw.rectangle((0, height - bar, round(width * share), height), fill=self.theme.focus)
        return image

    def _frame(self, draw: ImageDraw.ImageDraw, box: Box, weight: float) -> None:
        """Frame cells in violet with a halo, so that it shows on every colour."""
        thick = max(1, self._px(weight))
        grow = thick // 2 + 1
        outer = (box[0] - grow, box[1] - grow, box[2] + grow + 1, box[3] + grow + 1)
        halo = max(1, self._px(1.5))
        draw.rectangle(
            (outer[0] - halo, outer[1] - halo, outer[2] + halo, outer[3] + halo),
            outline=self.theme.background,
            width=halo,
        )
        inner = thick
        draw.rectangle(
            (outer[0] + inner, outer[1] + inner, outer[2] - inner, outer[3] - inner),
            outline=self.theme.background,
            width=halo,
        )
        draw.rectangle(outer, outline=self.theme.focus, width=thick)

    def _weight(self, grid: _Grid) -> float:
        """Return how strong a frame suits cells of this size, in units."""
        return 5 if grid.w >= self._px(24) else 3 if grid.w >= self._px(10) else 2

    def _draw_window(self, draw: ImageDraw.ImageDraw, i: int, j: int) -> None:
        scene, grid = self.scene, self.input
        rows, cols = scene.rows[i] + self.top, scene.cols[j] + self.left
        if scene.window.dilation != (1, 1):
            for row in rows:
                for col in cols:
                    self._frame(draw, grid.cell(row, col), 4 if grid.w >= self._px(24) else 1)
            self._dashes(draw, grid.cell(rows[0], cols[0], rows[-1] - rows[0] + 1, cols[-1] - cols[0] + 1))
        else:
            self._frame(draw, grid.cell(rows[0], cols[0], len(rows), len(cols)), self._weight(grid))
        if scene.winners is not None and scene.operation == "max":
            row, col = divmod(int(scene.winners[i, j]), len(cols))
            x0, y0, x1, y1 = grid.cell(rows[row], cols[col])
            inset = max(1, grid.w // 10)
            draw.rectangle(
                (x0 + inset, y0 + inset, x1 - inset, y1 - inset),
                outline=self.theme.focus,
                width=max(1, grid.w // 14),
            )

    def _dashes(self, draw: ImageDraw.ImageDraw, box: Box) -> None:
        """Draw the extent of a dilated window as a dashed line."""
        x0, y0, x1, y1 = (round(edge) for edge in (box[0] - 4, box[1] - 4, box[2] + 5, box[3] + 5))
        long, thick = self._px(7), max(2, self._px(2.5))
        for x in range(x0, x1, 2 * long):
            for y in (y0, y1):
                draw.line((x, y, min(x + long, x1), y), fill=self.theme.focus, width=thick)
        for y in range(y0, y1, 2 * long):
            for x in (x0, x1):
                draw.line((x, y, x, min(y + long, y1)), fill=self.theme.focus, width=thick)

    # ---- arithmetic

    def _patch(self, i: int, j: int, channel: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the values under the window, float64 [kh, kw], and where it covers padding, which is 0."""
        height, width, _ = self.scene.x.shape
        rows, cols = np.ix_(self.scene.rows[i].astype(int), self.scene.cols[j].astype(int))
        outside = (rows < 0) | (rows >= height) | (cols < 0) | (cols >= width)
        values = self.scene.x[np.clip(rows, 0, height - 1), np.clip(cols, 0, width - 1), channel]
        return np.where(outside, 0.0, values.astype(np.float64)), outside

    def _number_grid(
        self,
        draw: ImageDraw.ImageDraw,
        x: float,
        y: float,
        values: np.ndarray,
        colours: np.ndarray,
        digits: int,
        outside: np.ndarray | None = None,
    ) -> _Grid:
        """Draw a grid of the arithmetic, [kh, kw] numbers; padding dotted."""
        rows, cols = values.shape
        grid = _Grid(round(x), round(y), self.number_w, self.number_h, rows, cols)
        self._cells(draw, grid, colours)
        for row, col in np.argwhere(outside) if outside is not None else ():
            box = grid.cell(row, col)
            draw.rectangle(box, fill=self.theme.line(0.05))
            for px in (box[0] + 5, box[2] - 4):
                for py in (box[1] + 5, box[3] - 4):
                    draw.rectangle((px, py, px + 1, py + 1), fill=self.theme.line(0.6))
        self._lines(draw, grid)
        self._minuses(draw, grid, values, colours)
        if self.look.numbers and self._number_size:
            for (row, col), value in np.ndenumerate(values):
                padding = outside is not None and outside[row, col]
                if padding and self.scene.operation != "conv":
                    continue
                ink = self.theme.soft if padding else self._ink_on(tuple(colours[row, col].tolist()))
                self._centre(
                    draw, grid.cell(row, col), cell_number(float(value), digits), self._number_size, ink
                )
        return grid

    def _draw_math_base(self, draw: ImageDraw.ImageDraw) -> None:
        """Write the headings of the arithmetic, and the kernel, which no step changes."""
        scene, language = self.scene, self.look.language
        say = {name: translate(f"stepper.{name}", language) for name in ("patch", "kernel", "products")}
        if scene.operation == "relu":
            self._label(draw, self.math_x, self.math_w, "f(x) = max(0, x)")
        elif scene.operation != "conv":
            self._label(draw, self.math_x, self.math_w, say["patch"])
        elif self.stacked:
            names = ("patch", "kernel", "products")[-self.grids :]
            self.places: dict[str, tuple[int, int]] = {}
            kh, kw = scene.window.size
            x = self.math_x + (self.math_w - kw * self.number_w) // 2
            used = self.grids * (self._px(34) + kh * self.number_h) + self._px(62)
            y = self._px(self.body[0]) + max(0, (self._px(self.body[1] - self.body[0]) - used) // 2)
            for name in names:
                sign = {"patch": "", "kernel": "× " if self.grids == 3 else "", "products": "= "}[name]
                font = self._font(19, "Bold")
                text = f"{sign}{say[name]}"
                left = self.math_x + (self.math_w - font.getlength(text)) / 2
                draw.text((left, y + self._px(25)), text, self.theme.ink, font, anchor="ls")
                y += self._px(34)
                self.places[name] = x, y
                y += kh * self.number_h
            self.sum_y = y + self._px(12)
        else:
            self._plan_rows(draw, say)
        if scene.kernel is not None:
            for name, channel in self._kernels():
                kernel = scene.kernel[..., channel].astype(np.float64)
                self._number_grid(
                    draw,
                    *self.places[name],
                    kernel,
                    self._colours(kernel, self.k_limit),
                    _decimals(self.k_limit),
                )

    def _plan_rows(self, draw: ImageDraw.ImageDraw, say: dict[str, str]) -> None:
        """Place patch x kernel = products for each channel in a row of its own."""
        kh, kw = self.scene.window.size
        wide, sign = kw * self.number_w, self._px(30)
        channels = range(self.channels) if self.channels <= 3 else [self.channel]
        row_x = [self.math_x + k * (wide + sign) for k in range(3)]
        step = kh * self.number_h + self._px(14)
        rest = self._px(54) + (self._px(170) if self.channels > 3 else 0)
        top = self._px(self.body[0] + 34)
        y = top + max(0, (self._px(self.body[1]) - top - len(channels) * step - rest) // 2)
        font = self._font(18, "Bold")
        for x, name in zip(row_x, say, strict=True):
            left = x + (wide - font.getlength(say[name])) / 2
            draw.text((left, y - self._px(10)), say[name], self.theme.ink, font, anchor="ls")
        self.places = {}
        for channel in channels:
            for x, name in zip(row_x, say, strict=True):
                self.places[f"{name}{channel}"] = x, y
            for x, text in zip(row_x[1:], "×=", strict=True):
                box = (x - sign, y, x - 1, y + kh * self.number_h - 1)
                self._centre(draw, box, text, 22, self.theme.soft)
            right, middle = row_x[2] + wide + self._px(12), y + kh * self.number_h // 2
            self._text(draw, right, middle - self._px(8), self._channel_name(channel), 17, self.theme.soft)
            y += step
        self.sum_y = y

    def _channel_name(self, channel: int) -> str:
        if self.look.rgb and self.channels == 3:
            return translate(f"stepper.{('red', 'green', 'blue')[channel]}", self.look.language)
        return f"{translate('stepper.channel', self.look.language)} {channel}"

    def _kernels(self) -> list[tuple[str, int]]:
        """Return where each drawn slice of the kernel stands, and its channel."""
        if self.stacked:
            return [("kernel", 0)]
        return [(f"kernel{c}", c) for c in ([self.channel] if self.channels > 3 else range(self.channels))]

    def _text(
        self,
        draw: ImageDraw.ImageDraw,
        x: float,
        y: float,
        text: str,
        size: float,
        fill: Colour,
        weight: Weight = "Regular",
    ) -> None:
        draw.text((x, y), text, fill, self._font(size, weight), anchor="ls")

    def _draw_math(self, draw: ImageDraw.ImageDraw, i: int, j: int) -> None:
        scene = self.scene
        if scene.operation == "relu":
            self._draw_graph(draw, float(scene.x[i, j, 0]), float(scene.output[i, j]))
        elif scene.operation != "conv":
            self._draw_pool(draw, i, j)
        else:
            self._draw_products(draw, i, j)

    def _draw_products(self, draw: ImageDraw.ImageDraw, i: int, j: int) -> None:
        scene = self.scene
        assert scene.kernel is not None
        assert scene.sums is not None
        for name, channel in self._kernels():
            end = name.removeprefix("kernel")
            patch, outside = self._patch(i, j, channel)
            products = patch * scene.kernel[..., channel].astype(np.float64)
            if f"patch{end}" in self.places:
                if self.look.rgb:
                    colours = _rgb(patch[..., np.newaxis])
                else:
                    colours = self._colours(patch, self.x_limit)
                place = self.places[f"patch{end}"]
                grid = self._number_grid(draw, *place, patch, colours, self.x_digits, outside)
                self._frame(draw, (grid.x, grid.y, grid.right, grid.bottom), 3)
            place = self.places[f"products{end}"]
            colours = self._colours(products, self.p_limit)
            grid = self._number_grid(draw, *place, products, colours, _decimals(self.p_limit))
            if not self.stacked and self.look.numbers:
                total = number(float(scene.sums[i, j, channel]), self.digits)
                self._text(
                    draw,
                    grid.right + self._px(12),
                    (grid.y + grid.bottom) // 2 + self._px(17),
                    f"Σ {total}",
                    19,
                    self.theme.ink,
                )
        if self.channels > 3:
            self._draw_sums(draw, i, j)
        value = float(scene.output[i, j])
        words = f"Σ {_term(scene.bias, self.digits, first=False)} =" if scene.bias else "Σ ="
        self._result(draw, self.sum_y, words, value, 0)

    def _draw_sums(self, draw: ImageDraw.ImageDraw, i: int, j: int) -> None:
        """Draw the sums of all channels as one grid; the channel shown above is framed."""
        assert self.scene.sums is not None
        sums = self.scene.sums[i, j].astype(np.float64)
        across = 8 if self.channels <= 32 else 16
        rows = -(-self.channels // across)
        w, h = (self.math_w - 1) // across, min(self._px(28), self._px(130) // rows)
        grid = _Grid(self.math_x, self.sum_y + self._px(22), w, h, rows, across)
        colours = self._colours(sums, float(np.abs(self.scene.sums).max()))
        texts = [cell_number(float(v), self.digits) for v in sums]
        size = self._fitting(max(texts, key=len), w - 4, min(17, h / self.unit * 0.62), 9, "Regular")
        say = translate("stepper.channel_sums", self.look.language)
        self._text(draw, grid.x, grid.y - self._px(7), say, 17, self.theme.soft)
        for channel, text in enumerate(texts):
            colour = tuple(colours[channel].tolist())
            box = grid.cell(*divmod(channel, across))
            draw.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=colour)
            if sums[channel] < 0:
                self._minus(draw, box, colour)
            if size and self.look.numbers:
                self._centre(draw, box, text, size, self._ink_on(colour))
        self._frame(draw, grid.cell(*divmod(self.channel, across)), 2)

    def _draw_pool(self, draw: ImageDraw.ImageDraw, i: int, j: int) -> None:
        scene = self.scene
        patch, outside = self._patch(i, j, 0)
        kh, kw = scene.window.size
        x = self.math_x + (self.math_w - kw * self.number_w) / 2
        lines = len(scene.outputs)
        used = kh * self.number_h + self._px(28 + 62 * lines)
        top = self._px(self.body[0] + 34)
        y = top + max(0, (self._px(self.body[1]) - top - used) // 2)
        grid = self._number_grid(
            draw, x, y, patch, self._colours(patch, self.x_limit), self.x_digits, outside
        )
        self._frame(draw, (grid.x, grid.y, grid.right, grid.bottom), 3)
        if scene.winners is not None:
            row, col = divmod(int(scene.winners[i, j]), kw)
            x0, y0, x1, y1 = grid.cell(row, col)
            draw.rectangle(
                (x0 + 4, y0 + 4, x1 - 3, y1 - 3), outline=self.theme.focus, width=max(2, self._px(3))
            )
        for k, (name, output) in enumerate(scene.outputs.items()):
            key = "stepper.largest" if name == "max" else "stepper.mean"
            words = f"{translate(key, self.look.language)} ="
            self._result(draw, grid.bottom + self._px(28 + 62 * k), words, float(output[i, j]), k)

    def _draw_graph(self, draw: ImageDraw.ImageDraw, x: float, value: float) -> None:
        """Draw f(x) = max(0, x) with the current value on it."""
        theme, limit = self.theme, self.x_limit or 1.0
        half, tall = self.math_w / 2 - self._px(20), self._px(190)
        zero_x, zero_y = self.math_x + self.math_w / 2, self._px(self.body[0] + 280)

        def at(u: float, v: float) -> tuple[float, float]:
            return zero_x + u / limit * half, zero_y - v / limit * tall

        draw.line((*at(-1.08 * limit, 0), *at(1.08 * limit, 0)), fill=theme.soft, width=1)
        draw.line((*at(0, -0.05 * limit), *at(0, 1.08 * limit)), fill=theme.soft, width=1)
        if self.look.numbers:
            for u in (-limit, 0.0, limit):
                left, top = at(u, 0)
                self._centre(
                    draw, (left, top + self._px(8), left, top + self._px(26)), number(u, 2), 15, theme.soft
                )
        draw.line(
            (*at(-limit, 0), *at(0, 0), *at(limit, limit)),
            fill=theme.ink,
            width=max(2, self._px(4)),
            joint="curve",
        )
        draw.line((*at(x, 0), *at(x, value), *at(0, value)), fill=theme.focus, width=max(1, self._px(2)))
        (cx, cy), radius = at(x, value), self._px(9)
        draw.ellipse(
            (cx - radius, cy - radius, cx + radius, cy + radius),
            fill=theme.focus,
            outline=theme.background,
            width=self._px(2),
        )
        words = f"max(0, {number(x, self.x_digits)}) =" if self.look.numbers else ""
        self._result(draw, self._px(self.body[0] + 330), words, value, 0)

    def _result(self, draw: ImageDraw.ImageDraw, y: float, words: str, value: float, k: int) -> None:
        """Write "words = value", the value framed in violet on its colour, centred in the arithmetic."""
        if self.channels > 3:
            y += self._px(160)
        colour = tuple(self._colours(np.array(value), self.y_limit[k]).tolist())
        text = number(value, self.digits) if self.look.numbers else ""
        words = words if self.look.numbers else ""
        font, bold = self._font(22), self._font(25, "Bold")
        box_w, box_h = max(self._px(64), bold.getlength(text) + self._px(24)), self._px(44)
        start = self.math_x + (self.math_w - font.getlength(words) - self._px(10) - box_w) / 2
        middle = y + box_h / 2
        draw.text((start, middle + self._px(8)), words, self.theme.ink, font, anchor="ls")
        x = start + font.getlength(words) + self._px(10)
        draw.rounded_rectangle(
            (x, y, x + box_w, y + box_h),
            self._px(8),
            fill=colour,
            outline=self.theme.focus,
            width=max(2, self._px(3)),
        )
        if text:
            self._centre(draw, (x, y, x + box_w, y + box_h), text, 25, self._ink_on(colour), "Bold")

    # ---- the line below

    def _draw_caption(self, draw: ImageDraw.ImageDraw, i: int, j: int) -> None:
        language, theme = self.look.language, self.theme
        width = self.scene.output.shape[1]
        place = translate("animation.place", language, row=i, column=j)
        count = translate("animation.count", language, step=i * width + j + 1, steps=self.scene.output.size)
        middle = self.size[0] / 2
        font = self._font(20)
        text = f"{place}  ·  {count}"
        draw.text((middle - font.getlength(text) / 2, self._px(694)), text, theme.soft, font, anchor="ls")
        if not self.look.numbers:
            return
        room = self.size[0] - self._px(88)
        for calculation in self.calculations(i, j):
            size = self._fitting(calculation, room, 30, 19, "Bold")
            if size:
                break
        font = self._font(size or 19, "Bold")
        draw.text(
            (middle - font.getlength(calculation) / 2, self._px(650)),
            calculation,
            theme.ink,
            font,
            anchor="ls",
        )

    def calculations(self, i: int, j: int) -> list[str]:
        """Write the step's arithmetic, from the most detailed way to the shortest."""
        scene, digits = self.scene, self.digits
        value = number(float(scene.output[i, j]), digits)
        if scene.operation == "relu":
            x = number(float(scene.x[i, j, 0]), self.x_digits)
            return [equation(f"max(0, {x})", max(Decimal(0), read_number(x)), value)]
        patch, outside = self._patch(i, j, 0)
        if scene.operation != "conv":
            counted = [number(float(v), self.x_digits) for v in patch[~outside]]
            return ["  ·  ".join(parts) for parts in zip(*self._pooled(i, j, counted), strict=True)]
        assert scene.kernel is not None
        assert scene.sums is not None
        assert scene.totals is not None
        total = number(float(scene.totals[i, j]), digits)

        def line(left: str, shown: Decimal) -> str:
            """Put the bias and the value behind a sum; ≈ where the rounded numbers do not quite add up."""
            bias = f" {_term(scene.bias, digits, first=False)}" if scene.bias else ""
            return equation(f"{left}{bias}", shown + read_number(number(scene.bias, digits)), value)

        def brief(key: str, n: int) -> str:
            say = translate(key, self.look.language, n=n)
            if scene.bias:
                return line(f"{say} {total}", read_number(total))
            return equation(say, read_number(total), value)

        def added(terms: list[float], places: int) -> tuple[str, Decimal]:
            """Write an addition, and add up what is written."""
            text = " ".join(_term(v, places, first=not k) for k, v in enumerate(terms))
            return text, sum((read_number(number(v, places)) for v in terms), Decimal(0))

        if self.channels > 3:
            return [brief("stepper.all_channels", self.channels)]
        if self.channels > 1:
            parts = [line(*added(scene.sums[i, j].astype(float).tolist(), digits))]
        else:
            kernel = scene.kernel[..., 0].astype(np.float64)
            x_digits, k_digits, p_digits = self.x_digits, _decimals(self.k_limit), _decimals(self.p_limit)
            pairs = list(zip(patch.ravel().tolist(), kernel.ravel().tolist(), strict=True))
            products = sum(
                (read_number(number(a, x_digits)) * read_number(number(b, k_digits)) for a, b in pairs),
                Decimal(0),
            )
            parts = [
                line(" + ".join(f"{number(a, x_digits)}×{_factor(b, k_digits)}" for a, b in pairs), products),
                line(*added([a * b for a, b in pairs], p_digits)),
            ]
        return [*parts, brief("stepper.all_products", scene.kernel.size)]

    def _pooled(self, i: int, j: int, counted: list[str]) -> Iterator[tuple[str, str]]:
        """Write each pooling of the values under the window, with all of them and with few."""
        scene = self.scene
        for name, output in scene.outputs.items():
            value = number(float(output[i, j]), self.digits)
            if name == "max":
                largest = max(map(read_number, counted))
                yield (
                    equation(f"max({', '.join(counted)})", largest, value),
                    equation(f"max({counted[0]}, …, {counted[-1]})", largest, value),
                )
                continue
            assert scene.totals is not None
            total = number(float(scene.totals[i, j]), self.digits)
            terms = " + ".join(counted).replace("+ −", "− ")
            n, added = len(counted), sum(map(read_number, counted), Decimal(0))
            yield (
                equation(f"({terms}) / {n}", added / n, value),
                equation(f"{total} / {n}", read_number(total) / n, value),
            )
