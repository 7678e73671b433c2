"""`cnnviz animate`: write the steps of an operation as .gif or .html."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz.arithmetic.kernels import CLASSIC, LARGEST_NUMBER, LUMA_WEIGHTS, parse_grid
from cnnviz.arithmetic.window import Window
from cnnviz.cli.shared import check_out, rounded
from cnnviz.colours import SCALES
from cnnviz.data import cifar10
from cnnviz.errors import CnnvizError
from cnnviz.explain.scene import Scene, scene, scene_of
from cnnviz.export import gif, offline
from cnnviz.export.look import Look
from cnnviz.export.titles import file_name
from cnnviz.layers.relu import Relu
from cnnviz.text import LANGUAGES

SUMMARY = "Write a stepping animation as .gif or .html."
LARGEST_INPUT, LARGEST_KERNEL = 512, 15


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    add = parser.add_argument
    add("--operation", choices=("conv", "max", "average", "relu"), default="conv", help="default: conv")
    add(
        "--input",
        default="5x5",
        metavar="INPUT",
        help='numbers ("1 2; 3 4"), a size of made-up numbers (5x7) or a bundled sample (0..19, in grey); '
        "default: 5x5",
    )
    add(
        "--kernel",
        metavar="KERNEL",
        help=f'{", ".join(CLASSIC)}; numbers ("1 0 -1; 2 0 -2; 1 0 -1"); or a size (3 or 2x3), for pooling '
        "too; default: 3, for pooling 2",
    )
    add("--bias", type=float, default=0.0, metavar="N", help="default: 0")
    add("--stride", metavar="N[,N]", help="rows, columns; default: 1, for pooling the window's size")
    add(
        "--padding",
        default="valid",
        metavar="PADDING",
        help='valid, same, "1" (all sides), "1,2" (rows, columns) or "0,1,2,0" (top, bottom, left, right); '
        "default: valid",
    )
    add("--dilation", default="1", metavar="N[,N]", help="rows, columns; default: 1")
    add("--numbers", action=argparse.BooleanOptionalAction, default=True, help="write the numbers (GIF)")
    add("--rows", type=int, metavar="N", help="only the first N rows of the output (GIF)")
    add("--every", type=int, default=1, metavar="N", help="only every N-th step (GIF)")
    add("--speed", type=float, default=2.0, metavar="N", help="steps a second; default: 2 (GIF)")
    add(
        "--width", type=int, default=1280, metavar="N", help="pixels; the height is 9/16; default: 1280 (GIF)"
    )
    add("--language", choices=LANGUAGES, default="en", help="default: en")
    add("--theme", choices=("light", "dark"), help="default: light; HTML follows the reader's system")
    add(
        "--scale",
        choices=SCALES,
        default=SCALES[0],
        help="colours of signed numbers; grey_safe keeps their order in grey; default: orange_blue",
    )
    add("--out", type=Path, metavar="FILE", help=".gif or .html; default: a GIF named after what it shows")


def execute(options: argparse.Namespace) -> None:
    """Write the file, and print its name, steps and size."""
    shown, is_picture = _scene(options)
    out = options.out or Path(file_name(shown, "gif"))
    if out.suffix.lower() not in (".gif", ".html"):
        raise CnnvizError(f"`out` must end in .gif or .html. Received: out={str(out)!r}.")
    check_out(out)
    if out.suffix.lower() == ".html":
        try:
            page = offline.page(
                shown, language=options.language, theme=options.theme, scale=options.scale, rgb=is_picture
            )
        except CnnvizError as error:
            raise _with_html(error, shown, options) from None
        out.write_text(page, "utf-8")
        print(f"{out}: {shown.output.size:,} steps, {rounded(out.stat().st_size / 1e6, 1)} MB")
        return
    try:
        cells = gif.steps(shown, rows=options.rows, every=options.every)
    except CnnvizError as error:
        raise _with_html(error, shown, options) from None
    look = Look(
        language=options.language,
        dark=options.theme == "dark",
        numbers=options.numbers,
        width=options.width,
        rgb=is_picture,
        scale=options.scale,
    )
    out.write_bytes(gif.gif(shown, cells, look, speed=options.speed))
    print(f"{out}: {len(cells):,} steps, {rounded(out.stat().st_size / 1e6, 1)} MB")


def _with_html(error: CnnvizError, shown: Scene, options: argparse.Namespace) -> CnnvizError:
    """Extend an error about sizes by the options that write an HTML file, whose limits are higher."""
    if error.reason not in ("animation_steps", "animation_cells", "offline_bytes"):
        return error
    for padding in (None, "valid", "same"):
        change = {} if padding is None else {"padding": padding}
        try:
            fitting = _scene(argparse.Namespace(**vars(options) | change))[0] if change else shown
        except CnnvizError:  # without padding the window does not fit
            continue
        if offline.fits(fitting):
            ways = [f"--{name} {value}" for name, value in change.items()]
            advice = "It fits with" if change else "An HTML file holds all of it with"
            if error.reason != "offline_bytes":
                ways.append(f"--out {file_name(fitting, 'html')}")
            return CnnvizError(f"{error} {advice} {' '.join(ways)}.", reason=error.reason)
    return error


def _scene(options: argparse.Namespace) -> tuple[Scene, bool]:
    """Return the scene of the options, and whether its input is an image."""
    x, is_picture = _input(options.input)
    operation = options.operation
    if operation == "relu":
        given = (options.kernel, options.stride, options.padding, options.dilation, options.bias)
        if given != (None, None, "valid", "1", 0.0):
            raise CnnvizError("`operation` relu takes no kernel, stride, padding, dilation or bias.")
        slide = Relu("relu").sliding_op([x], {}, 0)
        assert slide is not None  # x is a map
        return scene_of(slide), is_picture
    kernel = _kernel(options.kernel or ("3" if operation == "conv" else "2"))
    size = kernel if isinstance(kernel, tuple) else kernel.shape
    if not abs(options.bias) <= LARGEST_NUMBER:
        raise CnnvizError(
            f"`bias` must be a number up to {LARGEST_NUMBER} in size. Received: bias={options.bias:g}."
        )
    if operation != "conv" and (options.bias or not isinstance(kernel, tuple)):
        raise CnnvizError(
            f"`operation` {operation} takes a size as its kernel, such as 2 or 2x3, and no bias."
        )
    stride = options.stride or ("1" if operation == "conv" else f"{size[0]},{size[1]}")
    window = Window(
        size,
        _whole("stride", stride, (1, 2)),
        options.padding
        if options.padding in ("valid", "same")
        else _whole("padding", options.padding, (1, 2, 4)),
        _whole("dilation", options.dilation, (1, 2)),
    )
    if operation != "conv":
        return scene(x, window, operation), is_picture
    if isinstance(kernel, tuple):
        kernel = np.random.default_rng(1).integers(-2, 3, kernel).astype(float)
    return scene(x, window, "conv", kernel=kernel[..., np.newaxis], bias=options.bias), is_picture


def _input(text: str) -> tuple[np.ndarray, bool]:
    """Parse a size, a sample's index or numbers to [H, W, 1]; return also whether it is an image."""
    if size := re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text.strip()):
        height, width = int(size[1]), int(size[2])
        if not (1 <= height <= LARGEST_INPUT and 1 <= width <= LARGEST_INPUT):
            raise CnnvizError(
                f"`input` must have 1 to {LARGEST_INPUT} rows and columns. Received: input={text!r}."
            )
        return np.random.default_rng(0).integers(0, 6, (height, width, 1)).astype(float), False
    if re.fullmatch(r"\d{1,5}", text.strip()):
        samples = cifar10.samples()
        if int(text) >= len(samples):
            raise CnnvizError(f"`input` must be a sample in 0..{len(samples) - 1}. Received: input={text!r}.")
        return (cifar10.CIFAR10.preprocess(samples.images[int(text)]) @ LUMA_WEIGHTS)[..., np.newaxis], True
    return _numbers("input", text, 32)[..., np.newaxis], False


def _kernel(text: str) -> np.ndarray | tuple[int, int]:
    """Parse a kernel [kh, kw], or only its size."""
    if text in CLASSIC:
        return CLASSIC[text]
    if size := re.fullmatch(r"(\d{1,3})(?:[x×](\d{1,3}))?", text.strip()):
        rows, cols = int(size[1]), int(size[2] or size[1])
        if not (1 <= rows <= LARGEST_KERNEL and 1 <= cols <= LARGEST_KERNEL):
            raise CnnvizError(
                f"`kernel` must have 1 to {LARGEST_KERNEL} rows and columns. Received: kernel={text!r}."
            )
        return rows, cols
    if re.fullmatch(r"[a-z_]+", text):
        raise CnnvizError(f"`kernel` must be one of {', '.join(CLASSIC)}. Received: kernel={text!r}.")
    return _numbers("kernel", text, LARGEST_KERNEL)


def _numbers(name: str, text: str, largest: int) -> np.ndarray:
    try:
        return parse_grid(text, smallest=1, largest=largest)
    except CnnvizError as error:
        raise CnnvizError(str(error).replace("`text`", f"`{name}`"), reason=error.reason) from None


def _whole(name: str, text: str, counts: tuple[int, ...]) -> Any:
    """Parse integers for `Window`: p, (rows, cols) or ((top, bottom), (left, right))."""
    words = re.split(r"[\s,]+", re.sub(r"[()]", " ", text).strip())
    if len(words) not in counts or not all(re.fullmatch(r"\d{1,3}", word) for word in words):
        forms = " or ".join(map(str, counts))
        rule = f"must be {forms} whole numbers" + (", valid or same" if name == "padding" else "")
        raise CnnvizError(f"`{name}` {rule}. Received: {name}={text!r}.")
    numbers = [int(word) for word in words]
    if len(numbers) == 4:
        return tuple(numbers[:2]), tuple(numbers[2:])
    return numbers[0] if len(numbers) == 1 else tuple(numbers)
