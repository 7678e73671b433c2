"""The pictures of a scene: colours, the window, padding, numbers, and the signs that are left in grey."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

from cnnviz import CnnvizError, Window
from cnnviz.colours import SCALES, ScaleName, signed_colour, signed_scale
from cnnviz.explain.scene import Scene, scene
from cnnviz.export.drawing import Painter, frames
from cnnviz.export.layout import Grid, Layout
from cnnviz.export.look import Look
from cnnviz.export.pen import MINUS_CELL, Lettering
from cnnviz.text import LANGUAGES, section, translate
from tests.minus import has_minus
from tests.scenes import SCENES, leaky, numbers, pointwise, transposed

WINDOWS = [
    pytest.param(Window(3), id="valid"),
    pytest.param(Window(3, stride=2, padding=1), id="stride"),
    pytest.param(Window((2, 3), stride=(1, 2), padding=((0, 2), (3, 1))), id="asymmetric"),
    pytest.param(Window(2, padding="same", dilation=2), id="dilation"),
]


def grid(*shape: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 6, shape).astype(float)


def convolved(window: Window, channels: int = 1, bias: float = 0.0) -> Scene:
    kernel = np.random.default_rng(6).integers(-2, 3, (*window.size, channels))
    return scene(grid(5, 6, channels), window, "conv", kernel=kernel, bias=bias)


def pooled() -> Scene:
    return scene(grid(6, 6, 1), Window(2, stride=2), "max", beside=("average",))


def inside(box: tuple[float, float, float, float]) -> tuple[int, int]:
    """Return a pixel of a cell that no frame, line, minus or winner's mark covers."""
    return round((box[0] + box[2]) / 2), round((box[1] + box[3]) / 2)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("window", WINDOWS)
def test_output_cells_have_the_colours_of_their_values(window: Window, dark: bool, scale: ScaleName) -> None:
    made = convolved(window)
    look = Look(numbers=False, dark=dark, scale=scale)
    output = Layout(made, look).outputs[0]
    colours = signed_colour(made.output / np.abs(made.output).max(), signed_scale(scale, dark))
    height, width = made.output.shape
    at = (height // 2, width // 2)
    (picture,) = frames(made, [at], look)
    assert picture.size == (1280, 720)
    for i, j in np.ndindex(height, width):
        box = output.cell(i, j)
        pixel = picture.getpixel(inside(box))
        area = np.asarray(picture.crop(tuple(round(edge) for edge in box)))[16:-12, 12:-12].reshape(-1, 3)
        if (i, j) <= at:
            assert pixel == tuple(colours[i, j])
            assert len(np.unique(area, axis=0)) == 1
        else:
            assert len(np.unique(area, axis=0)) > 1  # hatched: no value looks like that


@pytest.mark.parametrize("window", WINDOWS)
def test_window_frames_its_input_cells(window: Window) -> None:
    made = convolved(window)
    painter = Painter(made, Look(numbers=False))
    area, focus = painter.layout.input, painter.look.theme.focus
    for i, j in ((0, 0), (made.output.shape[0] - 1, made.output.shape[1] - 1)):
        picture = painter.paint(i, j, share=1)
        rows, cols = window.cells(i, j, (5, 6))
        top, left = area.cell(rows[0] + made.pads[0][0], cols[0] + made.pads[1][0])[1::-1]
        bottom, right = area.cell(rows[-1] + made.pads[0][0], cols[-1] + made.pads[1][0])[:1:-1]
        framed = np.argwhere((np.asarray(picture) == focus).all(axis=2))
        around = (framed[:, 1] < area.right + 20) & (framed[:, 0] < 700)  # of the input, without the progress
        ((y0, x0), (y1, x1)) = framed[around].min(axis=0), framed[around].max(axis=0)
        assert max(abs(y0 - top), abs(x0 - left), abs(y1 - bottom), abs(x1 - right)) <= 8


def test_padding_cells() -> None:
    made = convolved(Window(3, padding=1))
    painter = Painter(made, Look(numbers=False))
    picture = painter.paint(4, 5, share=1)
    for row, col in np.ndindex(7, 8):
        pixel = picture.getpixel(inside(painter.layout.input.cell(row, col)))
        if 0 < row < 6 and 0 < col < 7:
            value = made.x[row - 1, col - 1, 0] / made.x.max()
            assert pixel == tuple(signed_colour(np.array(value), signed_scale()))
        else:
            assert pixel == painter.look.theme.line(0.05)


def test_cell_numbers_can_be_switched_off() -> None:
    made = convolved(Window(3))
    with_numbers, without = (next(frames(made, [(0, 0)], Look(numbers=on))) for on in (True, False))
    box = Layout(made, Look()).input.cell(4, 5)
    areas = [
        np.asarray(p.crop(tuple(round(edge) for edge in box)))[4:-4, 4:-4] for p in (with_numbers, without)
    ]
    assert [len(np.unique(area.reshape(-1, 3), axis=0)) > 1 for area in areas] == [True, False]


@pytest.mark.parametrize("look", [Look(), Look("ko", dark=True, width=480)])
@pytest.mark.parametrize("made", SCENES)
def test_scenes_of_all_layers_can_be_drawn(made: Scene, look: Look) -> None:
    (picture,) = frames(made, [(0, 0)], look)
    assert picture.size == (look.width, look.width * 9 // 16)
    assert len(picture.getcolors(picture.width * picture.height) or []) > 10


@pytest.mark.parametrize("dark", [False, True])
def test_inserted_zeros_differ_from_padding_and_values(dark: bool) -> None:
    made = transposed()
    painter = Painter(made, Look(numbers=False, dark=dark))
    theme, cells = painter.look.theme, painter.layout.input
    for row, col in np.ndindex(*made.x.shape[:2]):
        x, y, right, bottom = (round(edge) for edge in cells.cell(row + 2, col + 2))
        area = np.asarray(painter.base.crop((x + 2, y + 2, right, bottom))).reshape(-1, 3)
        stroke = (area == theme.line(0.3)).all(axis=1).any()
        grey = (area == theme.line(0.12)).all(axis=1).mean()
        assert stroke == (grey > 0.5) == made.is_inserted(row, col)
    for row in (0, 1, 7, 8):
        assert painter.base.getpixel(inside(cells.cell(row, 3))) == theme.line(0.05)


def test_curve_covers_negative_values() -> None:
    for made, below in ((pointwise(numbers(4, 5, 1)), False), (leaky(), True)):
        painter = Painter(made, Look(numbers=False))
        picture = np.asarray(painter.paint(0, 0, share=1))
        x, width = painter.layout.math_x, painter.layout.math_w
        left = picture[: painter.layout.px(440), x : x + width // 2 - 20]
        rows = np.argwhere((left == painter.look.theme.ink).all(axis=2))[:, 0]
        rows = rows[rows > painter.layout.px(160)]  # the heading is above
        assert (np.ptp(rows) > 6) == below  # a line along the axis, or one that falls


@pytest.mark.parametrize("channels", [1, 2, 3, 16, 128])
@pytest.mark.parametrize("look", [Look(), Look("ko", dark=True, numbers=False, width=480), Look(width=1920)])
def test_any_scene_can_be_drawn(channels: int, look: Look) -> None:
    scenes = [convolved(Window((k, m)), channels) for k, m in ((1, 1), (3, 3), (5, 2))]
    if channels == 1:
        scenes += [pooled(), pointwise(grid(4, 4, 1) - 3)]
        scenes.append(scene(grid(250, 6, 1), Window(7, padding=3), "conv", kernel=np.zeros((7, 7, 1))))
        scenes.append(scene(grid(224, 224, 1), Window(2, 2), "max"))
    for made in scenes:
        (picture,) = frames(made, [(0, 0)], look)
        assert picture.size == (look.width, look.width * 9 // 16)


def test_limits() -> None:
    wide = pointwise(grid(2, 257, 1))
    with pytest.raises(CnnvizError, match="at most 256 rows and columns") as raised:
        next(frames(wide, [(0, 0)], Look()))
    assert raised.value.reason == "animation_cells"


def minuses(picture: Image.Image, grid: Grid) -> np.ndarray:
    """Return bool [rows, cols]: which cells have a stroke in their corner, in grey."""
    grey = np.asarray(picture.convert("L"))
    found = np.zeros((grid.rows, grid.cols), bool)
    for i, j in np.ndindex(*found.shape):
        x, y, right, bottom = (round(edge) for edge in grid.cell(i, j))
        found[i, j] = has_minus(grey[y : bottom + 1, x : right + 1])
    return found


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("numbers", [False, True])
def test_negative_large_cells_have_a_stroke(numbers: bool, dark: bool, scale: ScaleName) -> None:
    made = scene(
        np.linspace(-2, 2, 25).reshape(5, 5, 1),
        Window(2),
        "conv",
        kernel=np.array([[1, -2], [0, 3.0]])[..., None],
    )
    painter = Painter(made, Look(numbers=numbers, dark=dark, scale=scale))
    picture = painter.base
    assert (minuses(picture, painter.layout.input) == (made.x[..., 0] < 0)).all()  # also where numbers are ±
    whole = painter.full[0]
    area = painter.layout.outputs[0]
    assert (minuses(whole, Grid(0, 0, area.w, area.h, *made.output.shape)) == (made.output < 0)).all()
    x, y = painter.layout.corners["kernel0"]
    kernel = Grid(x, y, painter.layout.number_w, painter.layout.number_h, 2, 2)
    assert minuses(picture, kernel).tolist() == [[False, True], [False, False]]


def test_negative_small_cells_have_no_stroke() -> None:
    made = pointwise(np.full((64, 64, 1), -1.0))
    painter = Painter(made, Look())
    assert painter.layout.input.w < MINUS_CELL
    area = painter.base.crop(
        (
            painter.layout.input.x + 1,
            painter.layout.input.y + 1,
            painter.layout.input.x + 6,
            painter.layout.input.y + 6,
        )
    )
    assert area.getcolors() == [(25, tuple(signed_colour(np.array(-1), signed_scale()).tolist()))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_font_covers_all_texts(language: str) -> None:
    letters = Lettering(1.0)
    names = [translate(key, language) for key in ("pooling.map", "relu.map", "convolution.filter")]
    names += [translate(f"convolution.name_{name}", language) for name in ("picture", "grid", "output")]
    for text in [
        *section("animation", language).values(),
        *section("stepper", language).values(),
        *section("step", language).values(),
        *names,
    ]:
        plain = re.sub(r"\{\w+\}|[←→↑↓\n]", "", text)
        assert letters.known(plain) == plain
    assert letters.known("漢") == ""  # and one that it cannot
