"""Drawing of a step's arithmetic: products and their sum, a pooling window, or a function's curve."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from cnnviz.explain import step
from cnnviz.explain.scene import Scene
from cnnviz.export.layout import BOTTOM, LABEL, TOP, Box, Grid, Layout
from cnnviz.export.look import Look
from cnnviz.export.pen import Lettering, Pen, brightness
from cnnviz.text import translate
from cnnviz.text.numbers import cell_number, number, term


class Arithmetic:
    """Draws the computation of one output cell."""

    def __init__(self, scene: Scene, look: Look, layout: Layout, letters: Lettering) -> None:
        self.scene, self.look, self.layout, self.letters = scene, look, layout, letters
        self.digits = step.digits_of(scene)
        shown = scene.limits["x"][layout.channel]
        self.x_limit = float(max(scene.limits["x"]) if layout.channels <= 3 else shown)
        self.k_limit = float(scene.limits.get("kernel", 0.0))
        self.names = step.channel_names(scene, look.language, rgb=look.rgb)
        self.results = step.results(scene, look.language)

    def draw_base(self, pen: Pen) -> None:
        """Draw the parts that all steps share: the headings and the kernel."""
        scene, layout = self.scene, self.layout
        names = {name: translate(f"stepper.{name}", self.look.language) for name in NAMES}
        y = layout.px(TOP + 20)
        if scene.operation == "pointwise":
            text = step.formula(scene)
            size = self.letters.fitting(text, layout.math_w + layout.px(40), 21, 12, "Bold") or 12
            pen.heading(layout.math_x, layout.math_w, y, text, size, inside=True)
        elif scene.operation != "conv" and not scene.listed:
            pen.heading(layout.math_x, layout.math_w, y, names["patch"], 21, inside=True)
        elif layout.stacked:
            for grid, (_, y) in layout.corners.items():
                name = grid.removesuffix("0")
                sign = {"patch": "", "kernel": "× " if layout.grids == 3 else "", "products": "= "}[name]
                top = y - layout.px(LABEL) + layout.px(25)
                pen.heading(layout.math_x, layout.math_w, top, f"{sign}{names[name]}", 19)
        else:
            self._draw_heads(pen, names)
        if scene.kernel is not None and not scene.listed:
            for channel in layout.shown:
                kernel = scene.kernel[..., channel].astype(np.float64)
                colours = pen.colours(kernel, self.k_limit)
                self._grid(pen, layout.corners[f"kernel{channel}"], kernel, colours, self.digits.kernel)

    def draw(self, pen: Pen, i: int, j: int) -> None:
        """Draw the step that computes output cell (i, j)."""
        if self.scene.operation == "pointwise":
            self._draw_curve(pen, i, j)
        elif self.scene.operation == "conv" or self.scene.listed:
            self._draw_products(pen, i, j)
        else:
            self._draw_pool(pen, i, j)

    # ---------------------------------------------------------------- convolution

    def _draw_heads(self, pen: Pen, names: dict[str, str]) -> None:
        """Write the headings of the columns, the signs between them, and the channels' names."""
        layout, kh = self.layout, self.scene.window.size[0]
        wide, high = self.scene.window.size[1] * layout.number_w, kh * layout.number_h
        inset = (layout.column_w - wide) // 2
        listed, sign = self.scene.listed, self.scene.sign
        for name in () if listed else NAMES:
            x, y = layout.corners[f"{name}{layout.shown[0]}"]
            pen.heading(x - inset, layout.column_w, y - layout.px(10), names[name], 18)
        for channel in layout.shown:
            signs = (("patch", sign if channel else ""),) if listed else (("kernel", "×"), ("products", "="))
            for name, sign in signs:
                x, y = layout.corners[f"{name}{channel}"]
                end = x - (0 if listed else inset) - 1
                pen.centre((end + 1 - layout.sign_w, y, end, y + high - 1), sign, 22, pen.theme.soft)
            right, middle = x + wide + layout.px(12), y + high // 2
            room = min(self.layout.outputs[0].x, pen.image.width) - right - layout.px(8)
            name = self.channel_name(channel)
            size = self.letters.fitting(name, room, 17, 10) or 10
            pen.text(right, middle + layout.px(6 if listed else -8), name, size, pen.theme.soft)

    def channel_name(self, channel: int) -> str:
        """Return the name of an input channel."""
        name = self.letters.known(self.names[channel]) if self.names else ""
        return name or f"{translate('stepper.channel', self.look.language)} {channel}"

    def _draw_products(self, pen: Pen, i: int, j: int) -> None:
        scene, layout = self.scene, self.layout
        assert scene.sums is not None
        for channel in layout.shown:
            patch, outside = self._patch(i, j, channel)
            if f"patch{channel}" in layout.corners:
                if self.look.rgb:
                    colours = brightness(patch[..., np.newaxis], *scene.picture_range)
                else:
                    colours = pen.colours(patch, self.x_limit)
                corner = layout.corners[f"patch{channel}"]
                grid = self._grid(pen, corner, patch, colours, self.digits.x, outside, (i, j))
                pen.frame((grid.x, grid.y, grid.right, grid.bottom), 3)
            if scene.kernel is None or scene.listed:
                continue
            products = patch * scene.kernel[..., channel].astype(np.float64)
            colours = pen.colours(products, self.x_limit * self.k_limit)
            grid = self._grid(
                pen, layout.corners[f"products{channel}"], products, colours, self.digits.product
            )
            if not layout.stacked and self.look.numbers:
                total = number(float(scene.sums[i, j, channel]), self.digits.sum)
                x, y = grid.right + layout.px(12), (grid.y + grid.bottom) // 2 + layout.px(17)
                pen.text(x, y, f"Σ {total}", 19, pen.theme.ink)
        if layout.channels > 3:
            self._draw_sums(pen, i, j)
        bias = f" {term(scene.bias, self.digits.sum)}" if scene.bias else ""
        self._result(pen, layout.sum_y, "=" if scene.listed else f"Σ{bias} =", i, j, 0)

    def _draw_sums(self, pen: Pen, i: int, j: int) -> None:
        """Draw the sums of all channels as one grid, with the selected channel framed."""
        assert self.scene.sums is not None
        layout, sums = self.layout, self.scene.sums[i, j].astype(np.float64)
        across = 8 if layout.channels <= 32 else 16
        rows = -(-layout.channels // across)
        w, h = (layout.math_w - 1) // across, min(layout.px(28), layout.px(130) // rows)
        grid = Grid(layout.math_x, layout.sum_y + layout.px(22), w, h, rows, across)
        colours = pen.colours(sums, float(self.scene.limits["sums"]))
        texts = [cell_number(float(v), self.digits.sum) for v in sums]
        size = self.letters.fitting(max(texts, key=len), w - 4, min(17, h / layout.unit * 0.62), 9)
        name = translate("stepper.channel_sums", self.look.language)
        pen.text(grid.x, grid.y - layout.px(7), name, 17, pen.theme.soft)
        for channel, text in enumerate(texts):
            colour = tuple(colours[channel].tolist())
            box = grid.cell(*divmod(channel, across))
            pen.draw.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=colour)
            if sums[channel] < 0:
                pen.minus(box, colour)
            if size and self.look.numbers:
                pen.centre(box, text, size, pen.ink_on(colour))
        pen.frame(grid.cell(*divmod(layout.channel, across)), 2)

    # ---------------------------------------------------------------- pooling

    def _draw_pool(self, pen: Pen, i: int, j: int) -> None:
        scene, layout = self.scene, self.layout
        patch, outside = self._patch(i, j, 0)
        kh, kw = scene.window.size
        x = layout.math_x + (layout.math_w - kw * layout.number_w) / 2
        used = kh * layout.number_h + layout.px(28 + 62 * len(scene.outputs))
        top = layout.px(TOP + LABEL)
        y = top + max(0, (layout.px(BOTTOM) - top - used) // 2)
        colours = pen.colours(patch, self.x_limit)
        grid = self._grid(pen, (round(x), round(y)), patch, colours, self.digits.x, outside)
        pen.frame((grid.x, grid.y, grid.right, grid.bottom), 3)
        if scene.winners is not None:
            row, col = divmod(int(scene.winners[i, j]), kw)
            x0, y0, x1, y1 = grid.cell(row, col)
            box = (x0 + 4, y0 + 4, x1 - 3, y1 - 3)
            pen.draw.rectangle(box, outline=pen.theme.focus, width=max(2, layout.px(3)))
        for k, name in enumerate(scene.outputs):
            key = "step.largest" if name == "max" else "step.mean"
            words = f"{translate(key, self.look.language)} ="
            self._result(pen, grid.bottom + layout.px(28 + 62 * k), words, i, j, k)

    # ---------------------------------------------------------------- pointwise

    def _draw_curve(self, pen: Pen, i: int, j: int) -> None:
        """Draw the function with the current value on it."""
        layout, theme, curve = self.layout, pen.theme, self.scene.curve
        assert curve is not None
        x, value = float(self.scene.x[i, j, 0]), float(self.scene.output[i, j])
        limit = float(curve[-1, 0])
        low, high = min(0.0, float(curve[:, 1].min())), float(curve[:, 1].max()) or 1.0
        half, tall = layout.math_w / 2 - layout.px(20), layout.px(190)
        zero_x = layout.math_x + layout.math_w / 2
        zero_y = layout.px(TOP + 280) + low / (high - low) * tall

        def at(u: float, v: float) -> tuple[float, float]:
            return zero_x + u / limit * half, zero_y - v / (high - low) * tall

        pen.draw.line((*at(-1.08 * limit, 0), *at(1.08 * limit, 0)), fill=theme.soft, width=1)
        over = 0.08 * (high - low)
        pen.draw.line((*at(0, low - 0.05 * (high - low)), *at(0, high + over)), fill=theme.soft, width=1)
        if self.look.numbers:
            for u in (-limit, 0.0, limit):
                left, top = at(u, 0)
                box: Box = (left, top + layout.px(8), left, top + layout.px(26))
                pen.centre(box, number(u, 2), 15, theme.soft)
        points = [coordinate for u, v in curve.tolist() for coordinate in at(u, v)]
        pen.draw.line(points, fill=theme.ink, width=max(2, layout.px(4)), joint="curve")
        pen.draw.line((*at(x, 0), *at(x, value), *at(0, value)), fill=theme.focus, width=max(1, layout.px(2)))
        (cx, cy), radius = at(x, value), layout.px(9)
        pen.draw.ellipse(
            (cx - radius, cy - radius, cx + radius, cy + radius),
            fill=theme.focus,
            outline=theme.background,
            width=layout.px(2),
        )
        self._result(pen, layout.px(TOP + 330), self.results[0].write(self.scene, i, j), i, j, 0)

    # ---------------------------------------------------------------- parts

    def _patch(self, i: int, j: int, channel: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the values under the window, float64 [kh, kw], and bool [kh, kw] where it is padding."""
        height, width, _ = self.scene.x.shape
        rows, cols = np.ix_(self.scene.rows[i].astype(int), self.scene.cols[j].astype(int))
        outside = (rows < 0) | (rows >= height) | (cols < 0) | (cols >= width)
        values = self.scene.x[np.clip(rows, 0, height - 1), np.clip(cols, 0, width - 1), channel]
        return np.where(outside, 0.0, values.astype(np.float64)), outside

    def _grid(
        self,
        pen: Pen,
        corner: tuple[int, int],
        values: np.ndarray,
        colours: np.ndarray,
        digits: int,
        outside: np.ndarray | None = None,
        cell: tuple[int, int] | None = None,
    ) -> Grid:
        """Draw a grid of the arithmetic, [kh, kw] numbers.

        Args:
            outside: bool [kh, kw], where it is padding, which is dotted.
            cell: the output cell under whose window it lies, if zeros may be inserted there.
        """
        grid = Grid(*corner, self.layout.number_w, self.layout.number_h, *values.shape)
        soft = np.zeros(values.shape, bool) if outside is None else outside.copy()
        pen.cells(grid, colours)
        for row, col in np.argwhere(soft):
            box = grid.cell(row, col)
            pen.draw.rectangle(box, fill=pen.theme.line(0.05))
            for px in (box[0] + 5, box[2] - 4):
                for py in (box[1] + 5, box[3] - 4):
                    pen.draw.rectangle((px, py, px + 1, py + 1), fill=pen.theme.line(0.6))
        if cell is not None:
            rows, cols = self.scene.rows[cell[0]], self.scene.cols[cell[1]]
            for row, col in np.argwhere(~soft):
                if self.scene.is_inserted(int(rows[row]), int(cols[col])):
                    pen.inserted(grid.cell(row, col), zero=False)
                    soft[row, col] = True
        pen.lines(grid)
        pen.minuses(grid, values, colours)
        if self.look.numbers and self._number_size:
            for (row, col), value in np.ndenumerate(values):
                if soft[row, col] and self.scene.operation != "conv":
                    continue
                ink = pen.theme.soft if soft[row, col] else pen.ink_on(tuple(colours[row, col].tolist()))
                pen.centre(grid.cell(row, col), cell_number(float(value), digits), self._number_size, ink)
        return grid

    @cached_property
    def _number_size(self) -> float:
        """The font size of the numbers in all grids of the arithmetic."""
        scene, layout, digits = self.scene, self.layout, self.digits
        x = scene.x[..., layout.channel] if layout.channels > 3 else scene.x
        words = [_widest(x, digits.x)]
        if scene.kernel is not None:
            words.append(_widest(scene.kernel, digits.kernel))
            limit = self.x_limit * self.k_limit
            whole = all((a == np.rint(a)).all() for a in (x, scene.kernel))
            words.append(cell_number(-limit if whole else -(np.floor(limit) + 0.5), digits.product))
        return self.letters.fitting(max(words, key=len), layout.number_w - layout.px(8), 24, 9)

    def _result(self, pen: Pen, y: float, words: str, i: int, j: int, k: int) -> None:
        """Write "words = value", the value framed in the accent on its colour, centred in the arithmetic."""
        layout = self.layout
        if layout.channels > 3:
            y += layout.px(160)
        value = float(list(self.scene.outputs.values())[k][i, j])
        colour = tuple(pen.colours(np.array(value), self.scene.limits["output"][k]).tolist())
        text = number(value, self.digits.sum) if self.look.numbers else ""
        words = words if self.look.numbers else ""
        size = self.letters.fitting(words, layout.math_w, 22, 14) or 14
        font, bold = self.letters.font(size), self.letters.font(25, "Bold")
        box_w, box_h = max(layout.px(64), bold.getlength(text) + layout.px(24)), layout.px(44)
        start = layout.math_x + (layout.math_w - font.getlength(words) - layout.px(10) - box_w) / 2
        middle = y + box_h / 2
        pen.draw.text((start, middle + layout.px(8)), words, pen.theme.ink, font, anchor="ls")
        x = start + font.getlength(words) + layout.px(10)
        pen.draw.rounded_rectangle(
            (x, y, x + box_w, y + box_h),
            layout.px(8),
            fill=colour,
            outline=pen.theme.focus,
            width=max(2, layout.px(3)),
        )
        if text:
            pen.centre((x, y, x + box_w, y + box_h), text, 25, pen.ink_on(colour), "Bold")


NAMES = ("patch", "kernel", "products")


def _widest(values: np.ndarray, digits: int) -> str:
    """Return the widest text of any value."""
    return max((cell_number(float(value), digits) for value in np.unique(values)), key=len)
