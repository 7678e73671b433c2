"""Layout of a frame: sizes and positions in pixels, without drawing.

Input, arithmetic and outputs are side by side. A unit is a pixel of a frame of 1280 pixels width.
"""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.errors import CnnvizError
from cnnviz.explain.scene import Scene
from cnnviz.export.look import Look

MAX_CELLS = 256
"""Most rows and columns of a padded input, so that a cell is at least a pixel."""
TOP, BOTTOM = 128, 592
"""Vertical range of the parts in units, below the title and above the caption."""
LABEL = 34
"""Height of the heading of a part in units."""

HEADING = 145
"""Width of the longest heading over a column of grids in units."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Grid:
    """A grid of cells: its corner, the size of a cell, and the number of rows and columns."""

    x: int
    y: int
    w: int
    h: int
    rows: int
    cols: int

    @property
    def right(self) -> int:
        """The first pixel after the last column."""
        return self.x + self.w * self.cols

    @property
    def bottom(self) -> int:
        """The first pixel below the last row."""
        return self.y + self.h * self.rows

    def cell(self, row: float, col: float, rows: float = 1, cols: float = 1) -> Box:
        """Return (left, top, right, bottom) of a block of cells, inclusive."""
        x, y = self.x + col * self.w, self.y + row * self.h
        return x, y, x + cols * self.w - 1, y + rows * self.h - 1


class Layout:
    """The positions of the parts of a scene.

    Attributes:
        size: (width, height) of the frame.
        padded: (rows, columns) of the padded input. top, left: rows and columns of padding.
        channels: number of input channels. channel: the one that is drawn.
        input: cells of the padded input. outputs: cells of each output.
        math_x, math_w: left edge and width of the arithmetic.
        number_w, number_h: size of a cell of the arithmetic's grids.
        shown: channels whose products are drawn.
        stacked: whether patch, kernel and products are below each other (one channel).
        corners: of a convolution: {"patch0", "kernel0", "products0", ...: corner of that grid}.
        column_w, sign_w: width of a column of grids with its heading, and of the sign between two.
        sum_y: top of the sum below them.

    Raises:
        CnnvizError: with the reason "animation_cells", if the input is too large.
    """

    def __init__(self, scene: Scene, look: Look) -> None:
        check_cells(scene)
        self.unit = look.unit
        self.size = look.width, round(look.width * 9 / 16)
        (self.top, bottom), (self.left, right) = scene.pads
        height, width, self.channels = scene.x.shape
        self.padded = height + self.top + bottom, width + self.left + right
        self.channel = min(look.channel, self.channels - 1) if self.channels > 3 else 0
        self.shown = [self.channel] if self.channels > 3 else [*range(self.channels)]
        self.stacked = scene.operation == "conv" and self.channels == 1
        self.corners: dict[str, tuple[int, int]] = {}
        self.sum_y = 0
        self._divide(scene)
        if self.stacked:
            self._stack(*scene.window.size)
        elif scene.operation == "conv" or scene.listed:
            self._put_in_rows(*scene.window.size)

    def px(self, units: float) -> int:
        """Convert units to pixels."""
        return round(units * self.unit)

    def _divide(self, scene: Scene) -> None:
        """Divide the frame into input, arithmetic and outputs, with cells of one size."""
        kh, kw = scene.window.size
        tall = BOTTOM - TOP - LABEL
        rows, cols = scene.output.shape
        outputs = len(scene.outputs)
        if self.stacked:
            room = tall + LABEL - 62  # the sum is below them
            self.grids = 3 if (room - 3 * LABEL) / (3 * kh) >= 24 else 2
            h = min(44.0, (room - self.grids * LABEL) / (self.grids * kh))
            w = min(max(h * 1.45, 40), 300 / kw)
            math = max(kw * w, 190)
        elif scene.operation == "conv" or scene.listed:
            math, h = (600.0 if self.padded[1] + cols <= 40 else 540.0), 40.0
            math = 420.0 if scene.listed else math  # numbers and the names of their maps
            w = min(56.0, (math - 2 * 30 - 100) / (3 * kw))
            h = min(40.0, w, ((tall - 54) / min(self.channels, 3) - 14) / kh)
        elif scene.operation == "pointwise":
            math, w, h = 320.0, 0.0, 0.0
        else:
            w = min(76.0, 260 / kw)
            h = min(56.0, w, 240 / kh)
            math = max(kw * w, 230)
        self.number_w, self.number_h = self.px(w), self.px(h)
        free = 1280 - 2 * 44 - (1 + outputs) * 44 - math
        across = self.padded[1] + outputs * cols
        cell = min(64.0, free / across, tall / max(self.padded[0], rows))
        side = max(1, int(cell * self.unit))  # whole pixels: no cell is blurred
        widths = [side * self.padded[1], self.px(math), *[side * cols] * outputs]
        gap = (self.size[0] - sum(widths)) / (len(widths) + 1)
        lefts = [round(gap * (k + 1) + sum(widths[:k])) for k in range(len(widths))]
        self.math_x, self.math_w = lefts[1], widths[1]

        def grid(left: int, rows: int, cols: int) -> Grid:
            y = self.px(TOP + LABEL) + (self.px(tall) - side * rows) // 2
            return Grid(left, y, side, side, rows, cols)

        self.input = grid(lefts[0], *self.padded)
        self.outputs = [grid(left, rows, cols) for left in lefts[2:]]

    def _stack(self, kh: int, kw: int) -> None:
        """Place the grids of one channel one below the other."""
        x = self.math_x + (self.math_w - kw * self.number_w) // 2
        used = self.grids * (self.px(LABEL) + kh * self.number_h) + self.px(62)
        y = self.px(TOP) + max(0, (self.px(BOTTOM - TOP) - used) // 2)
        for name in ("patch", "kernel", "products")[-self.grids :]:
            y += self.px(LABEL)
            self.corners[f"{name}0"] = x, y
            y += kh * self.number_h
        self.sum_y = y + self.px(12)

    def _put_in_rows(self, kh: int, kw: int) -> None:
        """Place patch x kernel = products of each channel in its own row."""
        self.column_w, self.sign_w = max(kw * self.number_w, self.px(HEADING)), self.px(30)
        wide, inset = self.column_w, (self.column_w - kw * self.number_w) // 2
        step = kh * self.number_h + self.px(14)
        rest = self.px(54) + (self.px(170) if self.channels > 3 else 0)
        top = self.px(TOP + LABEL)
        y = top + max(0, (self.px(BOTTOM) - top - len(self.shown) * step - rest) // 2)
        for channel in self.shown:
            for k, name in enumerate(("patch", "kernel", "products")):
                self.corners[f"{name}{channel}"] = self.math_x + k * (wide + self.sign_w) + inset, y
            y += step
        self.sum_y = y


def fits(scene: Scene) -> bool:
    """Return whether the padded input has at most `MAX_CELLS` rows and columns."""
    return max(_padded(scene)) <= MAX_CELLS


def check_cells(scene: Scene) -> None:
    """Raise if the padded input has more than `MAX_CELLS` rows or columns."""
    if not fits(scene):
        rows, cols = _padded(scene)
        raise CnnvizError(
            f"A GIF shows at most {MAX_CELLS} rows and columns, padding included, and this input has "
            f"{rows}x{cols}.",
            reason="animation_cells",
        )


def _padded(scene: Scene) -> tuple[int, int]:
    """Return the rows and columns of the padded input."""
    rows, cols = (n + sum(pads) for n, pads in zip(scene.x.shape[:2], scene.pads, strict=True))
    return rows, cols
