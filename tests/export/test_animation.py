"""The animation: what its pictures show, at which steps, and the GIF made of them."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from cnnviz import CnnvizError, Window
from cnnviz.colours import SCALES, ScaleName, signed_colour, signed_scale
from cnnviz.explain.scene import Scene, scene
from cnnviz.export.animation import (
    MINUS_CELL,
    MOST_STEPS,
    Look,
    _Grid,
    _Painter,
    describe,
    file_name,
    fitting_every,
    frames,
    gif,
    steps,
)
from cnnviz.text import LANGUAGES, section, translate
from tests.minus import has_minus

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
def test_the_output_fills_up_in_the_colours_of_its_values(
    window: Window, dark: bool, scale: ScaleName
) -> None:
    made = convolved(window)
    look = Look(numbers=False, dark=dark, scale=scale)
    place = _Painter(made, look).outputs[0]
    colours = signed_colour(made.output / np.abs(made.output).max(), signed_scale(scale, dark))
    height, width = made.output.shape
    at = (height // 2, width // 2)
    (picture,) = frames(made, [at], look)
    assert picture.size == (1280, 720)
    for i, j in np.ndindex(height, width):
        box = place.cell(i, j)
        pixel = picture.getpixel(inside(box))
        area = np.asarray(picture.crop(tuple(round(edge) for edge in box)))[16:-12, 12:-12].reshape(-1, 3)
        if (i, j) <= at:
            assert pixel == tuple(colours[i, j])
            assert len(np.unique(area, axis=0)) == 1
        else:
            assert len(np.unique(area, axis=0)) > 1  # hatched: no value looks like that


@pytest.mark.parametrize("window", WINDOWS)
def test_the_window_frames_the_cells_that_the_output_is_made_of(window: Window) -> None:
    made = convolved(window)
    painter = _Painter(made, Look(numbers=False))
    place, focus = painter.input, painter.theme.focus
    for i, j in ((0, 0), (made.output.shape[0] - 1, made.output.shape[1] - 1)):
        picture = painter.paint(i, j, share=1)
        rows, cols = window.cells(i, j, (5, 6))
        top, left = place.cell(rows[0] + made.pads[0][0], cols[0] + made.pads[1][0])[1::-1]
        bottom, right = place.cell(rows[-1] + made.pads[0][0], cols[-1] + made.pads[1][0])[:1:-1]
        framed = np.argwhere((np.asarray(picture) == focus).all(axis=2))
        around = (framed[:, 1] < place.right + 20) & (
            framed[:, 0] < 700
        )  # of the input, without the progress
        ((y0, x0), (y1, x1)) = framed[around].min(axis=0), framed[around].max(axis=0)
        assert max(abs(y0 - top), abs(x0 - left), abs(y1 - bottom), abs(x1 - right)) <= 8


def test_padding_is_drawn_as_padding() -> None:
    made = convolved(Window(3, padding=1))
    painter = _Painter(made, Look(numbers=False))
    picture = painter.paint(4, 5, share=1)
    for row, col in np.ndindex(7, 8):
        pixel = picture.getpixel(inside(painter.input.cell(row, col)))
        if 0 < row < 6 and 0 < col < 7:
            value = made.x[row - 1, col - 1, 0] / made.x.max()
            assert pixel == tuple(signed_colour(np.array(value), signed_scale()))
        else:
            assert pixel == painter.theme.line(0.05)


def test_numbers_stand_in_the_cells_unless_they_are_switched_off() -> None:
    made = convolved(Window(3))
    with_numbers, without = (next(frames(made, [(0, 0)], Look(numbers=on))) for on in (True, False))
    box = _Painter(made, Look()).input.cell(4, 5)
    areas = [
        np.asarray(p.crop(tuple(round(edge) for edge in box)))[4:-4, 4:-4] for p in (with_numbers, without)
    ]
    assert [len(np.unique(area.reshape(-1, 3), axis=0)) > 1 for area in areas] == [True, False]


def evaluated(text: str) -> float:
    """Work out a caption's left side: digits, + − × / ( ) only."""
    assert re.fullmatch(r"[\d.+−×/() ]+", text), text
    return float(eval(text.replace("×", "*").replace("−", "-")))


@pytest.mark.parametrize("bias", [0.0, -3.0])
@pytest.mark.parametrize("window", WINDOWS)
def test_the_caption_of_a_convolution_adds_up(window: Window, bias: float) -> None:
    made = convolved(window, bias=bias)
    painter = _Painter(made, Look())
    for i, j in np.ndindex(made.output.shape):  # type: ignore[call-overload]
        for calculation in painter.calculations(i, j)[:2]:
            left, right = calculation.split(" = ")
            assert evaluated(left) == evaluated(right) == made.output[i, j]


def test_a_caption_says_when_rounding_shows() -> None:
    x = np.array([[0.333, 0.333, 0.333]])[..., np.newaxis]
    thirds = scene(x, Window((1, 3)), "conv", kernel=np.ones((1, 3, 1)))
    assert _Painter(thirds, Look()).calculations(0, 0) == [
        "0.33×1 + 0.33×1 + 0.33×1 ≈ 0.999",
        "0.33 + 0.33 + 0.33 ≈ 0.999",
        "the sum of all 3 products = 0.999",
    ]


def test_small_numbers_beside_large_ones_do_not_read_as_zero() -> None:
    x = np.array([[0.004, 200.0, -0.0001]])[..., np.newaxis]
    kernel = np.array([0.5, 0.001, 3.0])[np.newaxis, :, np.newaxis]
    mixed = scene(x, Window((1, 3)), "conv", kernel=kernel, bias=-0.0003)
    assert _Painter(mixed, Look()).calculations(0, 0) == [
        "0.004×0.50 + 200×0.001 + −0.0001×3 − 0.0003 = 0.201",
        "0.002 + 0.2 − 0.0003 − 0.0003 = 0.201",
        "the sum of all 3 products 0.202 − 0.0003 ≈ 0.201",
    ]
    tiny = scene(np.full((1, 1, 1), -1e-9), Window(1), "conv", kernel=np.ones((1, 1, 1)))
    assert _Painter(tiny, Look()).calculations(0, 0)[0] == "≈−0×1 ≈ −0"
    rectified = scene(np.array([[-0.0001, 900.0]])[..., np.newaxis], Window(1), "relu")
    assert _Painter(rectified, Look()).calculations(0, 0) == ["max(0, −0.0001) = 0"]
    mean = scene(np.array([[0.001, 0.002, 0.002]])[..., np.newaxis], Window((1, 3)), "average")
    assert _Painter(mean, Look()).calculations(0, 0)[0] == "(0.001 + 0.002 + 0.002) / 3 = 0.002"


def test_captions_of_the_other_operations() -> None:
    x = np.array([[1, 2, -1], [0, 4, 5], [7, 0, -3]], float)[..., np.newaxis]
    both = scene(x, Window(2), "max", beside=("average",))
    assert _Painter(both, Look()).calculations(0, 1)[0] == (
        "max(2, −1, 4, 5) = 5  ·  (2 − 1 + 4 + 5) / 4 = 2.500"
    )
    padded = scene(x, Window(2, padding=1), "average")
    assert _Painter(padded, Look()).calculations(0, 0)[0] == "(1) / 1 = 1"  # padding does not count
    rectified = scene(x, Window(1), "relu")
    assert _Painter(rectified, Look()).calculations(0, 2) == ["max(0, −1) = 0"]
    deep = scene(np.ones((3, 3, 4)), Window(3), "conv", kernel=np.ones((3, 3, 4)), bias=0.5)
    assert _Painter(deep, Look()).calculations(0, 0) == ["sum of all 4 channels 36 + 0.500 = 36.500"]


@pytest.mark.parametrize("channels", [1, 2, 3, 16, 128])
@pytest.mark.parametrize("look", [Look(), Look("ko", dark=True, numbers=False, width=480), Look(width=1920)])
def test_any_scene_can_be_drawn(channels: int, look: Look) -> None:
    scenes = [convolved(Window((k, m)), channels) for k, m in ((1, 1), (3, 3), (5, 2))]
    if channels == 1:
        scenes += [pooled(), scene(grid(4, 4, 1) - 3, Window(1), "relu")]
        scenes.append(scene(grid(250, 6, 1), Window(7, padding=3), "conv", kernel=np.zeros((7, 7, 1))))
    for made in scenes:
        (picture,) = frames(made, [(0, 0)], look)
        assert picture.size == (look.width, look.width * 9 // 16)


def test_a_gif_holds_every_step_and_rests_on_the_last() -> None:
    made = convolved(Window(3, stride=2, padding=1))
    cells = steps(made)
    content = gif(made, cells, Look(), speed=4)
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.size, image.info["loop"]) == ("GIF", (1280, 720), 0)
    assert image.n_frames == made.output.size == len(cells)
    durations = []
    place = _Painter(made, Look()).outputs[0]
    colours = signed_colour(made.output / np.abs(made.output).max(), signed_scale()).astype(int)
    for k, (i, j) in enumerate(cells):
        image.seek(k)
        durations.append(image.info["duration"])
        x, y = (round(edge) for edge in place.cell(i, j)[:2])
        shown = np.array(image.convert("RGB").getpixel((x + 9, y + 9)), int)  # between frame and digit
        assert np.abs(shown - colours[i, j]).max() <= 6  # the palette's nearest
    assert durations == [250] * (len(cells) - 1) + [2250]


def test_steps() -> None:
    made = scene(grid(20, 20, 1), Window(1), "relu")
    assert steps(made, rows=2)[-1] == (1, 19)
    assert steps(made, rows=1, every=6) == [(0, 0), (0, 6), (0, 12), (0, 18), (0, 19)]
    with pytest.raises(
        CnnvizError,
        match=r"at most 150 steps, and this one would have 400: use --every 3 or --rows 7\.",
    ) as raised:
        steps(made)
    assert raised.value.reason == "animation_steps"
    assert len(steps(made, every=3)) <= MOST_STEPS
    assert len(steps(made, rows=7)) <= MOST_STEPS
    for wrong in ({"rows": 0}, {"every": 0}):
        with pytest.raises(CnnvizError, match="must be >= 1"):
            steps(made, **wrong)


@pytest.mark.parametrize("count", [1, 2, 149, 150, 151, 1024, 49_284])
def test_the_smallest_step_that_fits(count: int) -> None:
    def kept(every: int) -> int:
        return len({*range(0, count, every), count - 1})

    every = fitting_every(count)
    assert kept(every) <= MOST_STEPS
    assert every == 1 or kept(every - 1) > MOST_STEPS


def test_limits() -> None:
    wide = scene(grid(2, 257, 1), Window(1), "relu")
    with pytest.raises(CnnvizError, match="at most 256 rows and columns") as raised:
        next(frames(wide, [(0, 0)], Look()))
    assert raised.value.reason == "animation_cells"
    for width in (479, 1921):
        with pytest.raises(CnnvizError, match=r"`width` must be in 480\.\.1920"):
            Look(width=width)
    for speed in (0, 26, float("nan")):
        with pytest.raises(CnnvizError, match=r"`speed` must be in 0\.1\.\.25"):
            gif(pooled(), [(0, 0)], Look(), speed=speed)


def minuses(picture: Image.Image, place: _Grid) -> np.ndarray:
    """Return bool [rows, cols]: which cells have a stroke in their corner, in grey."""
    grey = np.asarray(picture.convert("L"))
    found = np.zeros((place.rows, place.cols), bool)
    for i, j in np.ndindex(*found.shape):
        x, y, right, bottom = (round(edge) for edge in place.cell(i, j))
        found[i, j] = has_minus(grey[y : bottom + 1, x : right + 1])
    return found


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("numbers", [False, True])
def test_large_cells_below_zero_have_a_stroke_that_is_left_in_grey(
    numbers: bool, dark: bool, scale: ScaleName
) -> None:
    made = scene(
        np.linspace(-2, 2, 25).reshape(5, 5, 1),
        Window(2),
        "conv",
        kernel=np.array([[1, -2], [0, 3.0]])[..., None],
    )
    painter = _Painter(made, Look(numbers=numbers, dark=dark, scale=scale))
    picture = painter.base
    assert (minuses(picture, painter.input) == (made.x[..., 0] < 0)).all()  # also where numbers are ±
    whole = painter.full[0]
    place = painter.outputs[0]
    assert (minuses(whole, _Grid(0, 0, place.w, place.h, *made.output.shape)) == (made.output < 0)).all()
    x, y = painter.places["kernel"]
    kernel = _Grid(x, y, painter.number_w, painter.number_h, 2, 2)
    assert minuses(picture, kernel).tolist() == [[False, True], [False, False]]


def test_small_cells_have_no_stroke() -> None:
    made = scene(np.full((64, 64, 1), -1.0), Window(1), "relu")
    painter = _Painter(made, Look())
    assert painter.input.w < MINUS_CELL
    area = painter.base.crop(
        (painter.input.x + 1, painter.input.y + 1, painter.input.x + 6, painter.input.y + 6)
    )
    assert area.getcolors() == [(25, tuple(signed_colour(np.array(-1), signed_scale()).tolist()))]


def test_a_scale_that_is_none() -> None:
    with pytest.raises(CnnvizError, match="`scale` must be one of orange_blue, grey_safe"):
        Look(scale="pink")  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_font_can_write_every_word(language: str) -> None:
    painter = _Painter(pooled(), Look())
    names = [translate(key, language) for key in ("pooling.map", "relu.map", "convolution.filter")]
    names += [translate(f"convolution.name_{name}", language) for name in ("picture", "grid", "output")]
    for text in [*section("animation", language).values(), *section("stepper", language).values(), *names]:
        plain = re.sub(r"\{\w+\}|[←→↑↓\n]", "", text)
        assert painter._known(plain) == plain
    assert painter._known("漢") == ""  # and one that it cannot


def test_words_and_file_names_say_what_is_shown() -> None:
    made = convolved(Window((2, 3), stride=(1, 2), padding=((0, 2), (3, 1)), dilation=(2, 1)))
    assert describe(made, "en") == (
        "Convolution",
        "Input 5 × 6 · Kernel 2 × 3 · stride 1 × 2 · padding 0+2, 3+1 · dilation 2 × 1 · Output 5 × 4",
    )
    assert describe(pooled(), "ko")[0] == "최대 풀링"
    assert file_name(made, "gif") == "conv_i5x6_k2x3_s1x2_p0-2x3-1_d2x1.gif"
    assert file_name(pooled(), "html") == "max_i6x6_k2x2_s2_p0.html"
    assert file_name(scene(grid(3, 4, 1), Window(1), "relu"), "gif") == "relu_i3x4.gif"
