"""Frames of the animation of a scene, 16:9: the stepper's view and the arithmetic in one line."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from cnnviz.explain import step
from cnnviz.explain.scene import Scene
from cnnviz.export.arithmetic import Arithmetic
from cnnviz.export.layout import TOP, Grid, Layout
from cnnviz.export.look import Look
from cnnviz.export.pen import Lettering, Pen, brightness
from cnnviz.export.titles import describe, times
from cnnviz.text import translate


def frames(scene: Scene, cells: list[tuple[int, int]], look: Look) -> Iterator[Image.Image]:
    """Draw one RGB image per output cell (i, j).

    Raises:
        CnnvizError: with the reason "animation_cells", if the input is too large.
    """
    painter = Painter(scene, look)
    for k, (i, j) in enumerate(cells):
        yield painter.paint(i, j, share=(k + 1) / len(cells))


class Painter:
    """Draws the steps of one scene; constant parts are drawn once."""

    def __init__(self, scene: Scene, look: Look) -> None:
        self.scene, self.look = scene, look
        self.layout = Layout(scene, look)
        self.letters = Lettering(look.unit)
        self.arithmetic = Arithmetic(scene, look, self.layout, self.letters)
        self.captions = step.captions(scene, look.language)
        self.base = self._draw_base()
        self.full = [self._draw_output(k) for k in range(len(scene.outputs))]

    def paint(self, i: int, j: int, *, share: float) -> Image.Image:
        """Draw the step of output cell (i, j); `share` is the position of the progress bar, 0..1."""
        image = self.base.copy()
        pen = Pen(image, self.look, self.letters)
        for grid, full in zip(self.layout.outputs, self.full, strict=True):
            above, below, done = i * grid.h, (i + 1) * grid.h + 1, (j + 1) * grid.w + 1
            image.paste(full.crop((0, 0, full.width, above + 1)), (grid.x, grid.y))
            image.paste(full.crop((0, above, done, below)), (grid.x, grid.y + above))
            pen.frame(grid.cell(i, j), self._weight(grid))
        self._draw_window(pen, i, j)
        self.arithmetic.draw(pen, i, j)
        self._draw_caption(pen, i, j)
        bar = self.layout.px(6)
        width, height = self.layout.size
        pen.draw.rectangle((0, height - bar, width, height), fill=pen.theme.line(0.1))
        pen.draw.rectangle((0, height - bar, round(width * share), height), fill=pen.theme.focus)
        return image

    def _draw_base(self) -> Image.Image:
        """Draw the parts that all steps share."""
        scene, look, layout = self.scene, self.look, self.layout
        image = Image.new("RGB", layout.size, look.theme.background)
        pen = Pen(image, look, self.letters)
        title, settings = describe(scene, look.language)
        px = layout.px
        pen.text(px(44), px(62), title, 36, pen.theme.ink, "Bold")
        size = self.letters.fitting(settings, layout.size[0] - px(88), 23, 10)
        pen.text(px(44), px(100), settings, size, pen.theme.soft)
        self._draw_input(pen)
        names, cells = list(scene.outputs), times(scene.output.shape)
        for k, grid in enumerate(layout.outputs):
            pen.hatch(grid)
            name = self.letters.known(look.output_name) or translate("stepper.output", look.language)
            if len(names) > 1:
                name = translate(f"animation.short_{names[k]}", look.language)
            pen.heading(grid.x, grid.right - grid.x, px(TOP + 20), name, 21, cells, inside=True)
        self.arithmetic.draw_base(pen)
        return image

    def _draw_input(self, pen: Pen) -> None:
        scene, look, layout, grid = self.scene, self.look, self.layout, self.layout.input
        height, width, channels = scene.x.shape
        top, left = layout.top, layout.left
        zero = scene.operation == "conv" and grid.w >= layout.px(22) and look.numbers
        for row, col in np.ndindex(grid.rows, grid.cols):
            if not (top <= row < top + height and left <= col < left + width):
                pen.padding(grid.cell(row, col), zero=zero)
        if look.rgb and channels in (1, 3):
            pen.cells(grid, brightness(scene.x, *scene.picture_range), top, left)
            pen.lines(grid)
        else:
            x = scene.x[..., layout.channel].astype(np.float64)
            colours = pen.colours(scene.x[..., layout.channel], self.arithmetic.x_limit)
            pen.cells(grid, colours, top, left)
            for row, col in np.ndindex(height, width):
                if scene.is_inserted(row, col):
                    pen.inserted(grid.cell(row + top, col + left), zero=zero)
                    x[row, col] = np.nan
            pen.lines(grid)
            pen.minuses(grid, x, colours, top, left)
            pen.numbers(grid, x, colours, self.arithmetic.digits.input, top, left)
        name = self.letters.known(look.input_name) or translate("stepper.input", look.language)
        named = channels > 3 or bool(scene.channel_names)
        if scene.listed:  # the map that is shown has its own name
            name, named = self.arithmetic.channel_name(layout.channel), False
        which = f" · {self.arithmetic.channel_name(layout.channel)}" if named else ""
        more = f"{times((height, width))}{which}"
        y = layout.px(TOP + 20)
        pen.heading(grid.x, grid.right - grid.x, y, name, 21, more, inside=True)

    def _draw_output(self, k: int) -> Image.Image:
        """Draw the complete output `k`, which is revealed cell by cell."""
        grid = self.layout.outputs[k]
        output = list(self.scene.outputs.values())[k]
        size = (grid.w * grid.cols + 1, grid.h * grid.rows + 1)
        image = Image.new("RGB", size, self.look.theme.background)
        pen = Pen(image, self.look, self.letters)
        local = Grid(0, 0, grid.w, grid.h, grid.rows, grid.cols)
        colours = pen.colours(output, self.scene.limits["output"][k])
        pen.cells(local, colours)
        pen.lines(local)
        pen.minuses(local, output, colours)
        pen.numbers(local, output, colours, self.arithmetic.digits.outputs[k])
        return image

    def _weight(self, grid: Grid) -> float:
        """Return the line width of frames around cells of this size, in units."""
        px = self.layout.px
        return 5 if grid.w >= px(24) else 3 if grid.w >= px(10) else 2

    def _draw_window(self, pen: Pen, i: int, j: int) -> None:
        scene, grid = self.scene, self.layout.input
        rows, cols = scene.rows[i] + self.layout.top, scene.cols[j] + self.layout.left
        if scene.window.dilation != (1, 1):
            for row in rows:
                for col in cols:
                    pen.frame(grid.cell(row, col), 4 if grid.w >= self.layout.px(24) else 1)
            pen.dashes(grid.cell(rows[0], cols[0], rows[-1] - rows[0] + 1, cols[-1] - cols[0] + 1))
        else:
            pen.frame(grid.cell(rows[0], cols[0], len(rows), len(cols)), self._weight(grid))
        if scene.winners is not None and scene.operation == "max":
            row, col = divmod(int(scene.winners[i, j]), len(cols))
            x0, y0, x1, y1 = grid.cell(rows[row], cols[col])
            inset = max(1, grid.w // 10) if grid.w > 2 else 0  # a smaller cell has no room for a frame inside
            box = (x0 + inset, y0 + inset, x1 - inset, y1 - inset)
            pen.draw.rectangle(box, outline=pen.theme.focus, width=max(1, grid.w // 14))

    def _draw_caption(self, pen: Pen, i: int, j: int) -> None:
        """Write the calculation of the output cell and the number of the step."""
        language, theme, px = self.look.language, pen.theme, self.layout.px
        width = self.scene.output.shape[1]
        position = translate("stepper.position", language, row=i, column=j)
        count = translate("animation.count", language, step=i * width + j + 1, steps=self.scene.output.size)
        middle = self.layout.size[0] / 2
        text = f"{position}  ·  {count}"
        pen.text(middle - self.letters.font(20).getlength(text) / 2, px(694), text, 20, theme.soft)
        if not self.look.numbers:
            return
        calculation, size = self._caption(i, j)
        font = self.letters.font(size, "Bold")
        pen.text(middle - font.getlength(calculation) / 2, px(650), calculation, size, theme.ink, "Bold")

    def _caption(self, i: int, j: int) -> tuple[str, float]:
        """Return the most detailed calculation that fits, and its font size."""
        room = self.layout.size[0] - self.layout.px(88)
        calculation = ""
        for ways in self.captions:
            calculation = step.caption(self.scene, ways, i, j)
            if size := self.letters.fitting(calculation, room, 30, 19, "Bold"):
                return calculation, size
        return calculation, 19
