"""The command line: run, train, evaluate, data, activations, animate. See `cnnviz --help`."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz import __version__, resources
from cnnviz.arithmetic.kernels import CLASSIC, LARGEST_NUMBER, LUMA_WEIGHTS, parse_grid
from cnnviz.arithmetic.window import Window
from cnnviz.colours import SCALES
from cnnviz.data import cifar10
from cnnviz.data.dataset import Samples
from cnnviz.errors import CnnvizError, as_integer, invalid
from cnnviz.explain.scene import Scene, scene, scene_of
from cnnviz.export import gif, offline
from cnnviz.export.look import Look
from cnnviz.export.titles import file_name
from cnnviz.layers.relu import Relu
from cnnviz.networks import network, zoo
from cnnviz.text import rounding
from cnnviz.training.events import Event, clock

LARGEST_INPUT, LARGEST_KERNEL = 512, 15
DIVERGED = 3
"""Exit code of a run whose loss or weights stopped being finite; 2 is argparse's, of a wrong option."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the process's exit code. An input error is one sentence, no traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console that lacks a letter shows its code instead
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    options, others = parser.parse_known_args(arguments)
    if options.run is _run:
        options.streamlit = others
    elif others:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    try:
        return options.run(options) or 0
    except (CnnvizError, OSError) as error:
        print(f"cnnviz: {error}", file=sys.stderr)
        return DIVERGED if isinstance(error, CnnvizError) and error.reason == "diverged" else 1
    except KeyboardInterrupt:
        print("\ncnnviz: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cnnviz", description="CNNs on CIFAR-10, trained and laid open.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str, *, data: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        if data:
            sub.add_argument(
                "--data",
                metavar="DIR",
                help="folder with cifar-10-batches-py or -bin (or set CNNVIZ_DATA); default: download",
            )
        return sub

    run = command("run", _run, "Start the app in the browser.", data=False)
    run.epilog = "All other options go to `streamlit run`; its --help tells them."
    run.add_argument("--port", type=int, metavar="N", help="default: 8501, or the next that is free")

    train = command("train", _train, "Train a network of the zoo with its recipe.")
    train.epilog = (
        "Exit codes: 0 trained; 1 an error; 2 a wrong option; "
        f"{DIVERGED} the run diverged: its loss or weights stopped being finite, so it ended there, and the "
        "last checkpoint is kept (try a smaller --learning-rate); 130 stopped, --resume goes on. "
        "With --data samples a toy run learns the 20 bundled samples by heart, with a recipe for that."
    )
    train.add_argument("name", metavar="NAME", help=", ".join(zoo.names()))
    train.add_argument("--epochs", type=int, metavar="N", help="default: the recipe's")
    train.add_argument("--batch-size", type=int, metavar="N", help="images a step; default: the recipe's")
    train.add_argument("--learning-rate", type=float, metavar="X", help="the highest; default: the recipe's")
    train.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    train.add_argument(
        "--fraction", type=float, default=1.0, metavar="X", help="share of the training images; default: 1"
    )
    train.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="default: runs")
    train.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    train.add_argument(
        "--devices",
        type=int,
        default=1,
        metavar="N",
        help="virtual devices of this processor that share each batch; default: 1, or all GPUs",
    )
    train.add_argument(
        "--background",
        action="store_true",
        help="at the lowest priority; stop as on Ctrl-C when standard input ends",
    )
    train.add_argument("--note", default="", help="a remark on the data, kept on the model card")

    evaluate = command("evaluate", _evaluate, "Measure a trained network. The last line is JSON.")
    evaluate.add_argument("name", metavar="NAME", help=", ".join(zoo.names()))
    evaluate.add_argument("--split", choices=("test", "train"), default="test")
    evaluate.add_argument(
        "--weights", type=Path, default=network.WEIGHTS, metavar="DIR", help="default: the bundled weights"
    )
    evaluate.add_argument("--first", type=int, metavar="N", help="only the first N images; default: all")
    evaluate.add_argument(
        "--card",
        action="store_true",
        help="also write accuracy, loss, confusion matrix and surest mistakes into the model card",
    )
    evaluate.add_argument(
        "--shifts",
        action="store_true",
        help="also measure all images shifted by -6..6 pixels each way, and write that into the model card",
    )

    command("data", _data, "Say which CIFAR-10 is found, and count its classes.")

    activations = command(
        "activations", _activations, "Write every activation of one sample as .npz.", data=False
    )
    activations.add_argument("name", metavar="NAME", help=", ".join(zoo.names()))
    activations.add_argument("--sample", type=int, default=0, metavar="N", help="bundled sample; default: 0")
    activations.add_argument("--out", type=Path, default=Path("activations.npz"), metavar="FILE")

    animate = command("animate", _animate, "Write a stepping animation as .gif or .html.", data=False)
    add = animate.add_argument
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
    add("--language", choices=("en", "ko"), default="en", help="default: en")
    add("--theme", choices=("light", "dark"), help="default: light; HTML follows the reader's system")
    add(
        "--scale",
        choices=SCALES,
        default=SCALES[0],
        help="colours of signed numbers; grey_safe keeps their order in grey; default: orange_blue",
    )
    add("--out", type=Path, metavar="FILE", help=".gif or .html; default: a GIF named after what it shows")
    return parser


def _run(options: argparse.Namespace) -> None:
    from streamlit.web import cli

    # `.streamlit/config.toml` beside the script holds whatever the working directory is
    words = ["run", str(resources.root() / "app.py"), "--server.showEmailPrompt", "false"]
    if options.port is not None:
        words += ["--server.port", str(options.port)]
    cli.main([*words, *options.streamlit], prog_name="streamlit")


def _train(options: argparse.Namespace) -> int:
    from cnnviz.training.loop import train

    if options.name not in zoo.names():  # said before anything is read or downloaded
        raise invalid("name", f"must be one of {', '.join(zoo.names())}", options.name)
    if not 0 < options.fraction <= 1:
        raise invalid("fraction", "must be more than 0 and at most 1", options.fraction)
    if options.devices < 1:
        raise invalid("devices", "must be >= 1", options.devices)
    toy = options.data == "samples"
    if toy:
        train_set = test_set = cifar10.samples()
    else:
        train_set, test_set = (cifar10.load_split(split, options.data) for split in ("train", "test"))
        if options.fraction < 1:
            count = max(1, round(options.fraction * len(train_set)))
            kept = np.sort(np.random.default_rng(options.seed).permutation(len(train_set))[:count])
            train_set = Samples(train_set.images[kept], train_set.labels[kept], train_set.names)
    with _stop_requests(options.background) as stop:
        card = train(
            options.name,
            train_set,
            test_set,
            options.out,
            epochs=options.epochs,
            batch_size=options.batch_size,
            learning_rate=options.learning_rate,
            seed=options.seed,
            devices=_devices(options.devices),
            resume=options.resume,
            note=options.note,
            toy=toy,
            report=_progress_bar(),
            stop=stop.is_set,
        )
    if card is None:
        print("cnnviz: stopped after the step; --resume goes on from here", file=sys.stderr)
        return 130
    measured = {key: card["test"][key] for key in ("accuracy", "loss")}
    last = {"model": card["name"], "split": "test", "n": len(test_set), **measured}
    print(json.dumps(last, allow_nan=False))
    return 0


@contextlib.contextmanager
def _stop_requests(background: bool) -> Iterator[threading.Event]:
    """Give what is set once the run is asked to stop: by a signal, or by the end of standard input.

    A second signal does what it always does.
    """
    stop = threading.Event()
    usual = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in usual:
        signal.signal(number, ask)
    if background:
        if hasattr(os, "nice"):
            os.nice(19)

        def until_the_end() -> None:
            while os.read(sys.stdin.fileno(), 1024):
                pass
            stop.set()

        threading.Thread(target=until_the_end, name="standard-input", daemon=True).start()
    try:
        yield stop
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


def _devices(count: int) -> list[str]:
    """Return the names of the devices that share a batch; none if it is a single one.

    They are all GPUs, or `count` virtual devices of this processor.
    """
    import tensorflow as tf

    if count == 1:
        graphics = tf.config.list_physical_devices("GPU")
        return [device.name.partition(":")[2] for device in graphics] if len(graphics) > 1 else []
    processor = tf.config.list_physical_devices("CPU")[0]
    parts = [tf.config.LogicalDeviceConfiguration() for _ in range(count)]
    tf.config.set_logical_device_configuration(processor, parts)
    return [f"CPU:{k}" for k in range(count)]


def _progress_bar() -> Callable[[Event], None]:
    """Return what shows a run's events in the terminal: a line an epoch."""
    epochs, steps, live = 0, 1, sys.stderr.isatty()
    full, empty = "█·"
    try:
        (full + empty).encode(sys.stderr.encoding)
    except UnicodeEncodeError:
        full, empty = "#."

    def show(event: Event) -> None:
        nonlocal epochs, steps
        if event["event"] == "start":
            epochs, steps = event["epochs"], event["steps"]
        if event["event"] == "batch" and live:
            done = round(20 * event["step"] / steps)
            line = _line(event, epochs, full * done + empty * (20 - done), "epoch_")
            print(f"\r{line}  {clock(event['seconds_left'])} left ", end="", file=sys.stderr, flush=True)
        if event["event"] == "epoch":
            test = f"test loss {_rounded(event['test_loss'], 4)} accuracy {_share(event['test_accuracy'])}"
            line = f"{_line(event, epochs, full * 20)}  {test}  {clock(event['seconds_left'])} left"
            print(f"\r{line}" if live else line, file=sys.stderr, flush=True)
        if event["event"] == "end" and live:
            print(file=sys.stderr)

    return show


def _line(event: Event, epochs: int, bar: str, means: str = "") -> str:
    loss, accuracy = _rounded(event[f"{means}loss"], 4), _share(event[f"{means}accuracy"])
    return (
        f"epoch {event['epoch']:>{len(str(epochs))}}/{epochs} {bar} loss {loss} accuracy {accuracy}  "
        f"{_rounded(event['images_per_second'])} images/s"
    )


def _rounded(value: float, decimals: int = 0, *, exact: tuple[int, ...] = (0,)) -> str:
    """Write a number in letters that every terminal has."""
    return rounding.rounded(value, decimals, exact=exact).replace("\N{NO-BREAK SPACE}", " ").replace("−", "-")


def _share(part: float) -> str:
    return _rounded(part, 4, exact=(0, 1))


def _evaluate(options: argparse.Namespace) -> None:
    from cnnviz.training.evaluation import evaluate, evaluate_shifts, measure

    if options.card and (options.split != "test" or options.first is not None):
        raise CnnvizError("`card` goes with all images of the test split: leave out --split and --first.")
    if options.shifts and options.split != "test":
        raise invalid("split", 'must be "test" for what goes on the model card', options.split)
    trained = network.load(options.name, options.weights)
    images = cifar10.load_split(options.split, options.data)
    if options.first is not None:
        first = as_integer("first", options.first, minimum=1)
        images = Samples(images.images[:first], images.labels[:first], images.names)
    result: dict[str, object] = {"n": len(images), **evaluate(trained, images)}
    if options.card:
        network.complete_card(options.name, {"test": measure(trained, images)}, options.weights)
    if options.shifts:

        def show(done: int, of: int) -> None:
            if sys.stderr.isatty() or done == of:
                print(f"\rshift {done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)

        result["shifts"] = evaluate_shifts(trained, images, report=show)
        network.complete_card(options.name, {"shifts": result["shifts"]}, options.weights)
    print(json.dumps({"model": options.name, "split": options.split, **result}, allow_nan=False))


def _data(options: argparse.Namespace) -> None:
    folder = cifar10.find_folder(options.data)
    print(f"bundled samples: {len(cifar10.samples())}")
    print(f"full set: {folder or 'the keras.datasets download'}")
    for split in ("train", "test"):
        labels = cifar10.load_split(split, options.data).labels
        counts = np.bincount(labels, minlength=10)
        print(
            f"{split}: {len(labels)} images; "
            + ", ".join(f"{count} {name}" for name, count in zip(cifar10.CLASSES, counts, strict=True))
        )


def _activations(options: argparse.Namespace) -> None:
    samples = cifar10.samples()
    if not 0 <= options.sample < len(samples):
        raise CnnvizError(f"`sample` must be in 0..{len(samples) - 1}. Received: sample={options.sample}.")
    activations = network.load(options.name).activations(samples.images[options.sample])
    with options.out.open("wb") as file:  # as it is named: of a name, NumPy would make another
        np.savez_compressed(file, **activations)  # type: ignore[arg-type]
    for name, array in activations.items():
        shape = "x".join(map(str, array.shape))
        print(f"{name:<14} {shape:<12} min {array.min():10.4g}  max {array.max():10.4g}")
    print(f"{options.out}: {len(activations)} arrays, {_rounded(options.out.stat().st_size / 1e6, 1)} MB")


def _animate(options: argparse.Namespace) -> None:
    shown, is_picture = _scene(options)
    out = options.out or Path(file_name(shown, "gif"))
    if out.suffix.lower() not in (".gif", ".html"):
        raise CnnvizError(f"`out` must end in .gif or .html. Received: out={str(out)!r}.")
    if out.suffix.lower() == ".html":
        try:
            page = offline.page(
                shown, language=options.language, theme=options.theme, scale=options.scale, rgb=is_picture
            )
        except CnnvizError as error:
            raise _with_html(error, shown, options) from None
        out.write_text(page, "utf-8")
        print(f"{out}: {shown.output.size:,} steps, {_rounded(out.stat().st_size / 1e6, 1)} MB")
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
    print(f"{out}: {len(cells):,} steps, {_rounded(out.stat().st_size / 1e6, 1)} MB")


def _with_html(error: CnnvizError, shown: Scene, options: argparse.Namespace) -> CnnvizError:
    """Add to an error of sizes the options with which an HTML file can be written, which holds much more."""
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
    """Return what is asked for, and whether its input is a picture."""
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
    """Return [H, W, 1] for a size, a sample's index or numbers; and whether it is a picture."""
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
    """Return a kernel [kh, kw], or only its size if that is what was given."""
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
    """Read whole numbers as `Window` takes them: p, (rows, cols) or ((top, bottom), (left, right))."""
    words = re.split(r"[\s,]+", re.sub(r"[()]", " ", text).strip())
    if len(words) not in counts or not all(re.fullmatch(r"\d{1,3}", word) for word in words):
        forms = " or ".join(map(str, counts))
        rule = f"must be {forms} whole numbers" + (", valid or same" if name == "padding" else "")
        raise CnnvizError(f"`{name}` {rule}. Received: {name}={text!r}.")
    numbers = [int(word) for word in words]
    if len(numbers) == 4:
        return tuple(numbers[:2]), tuple(numbers[2:])
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


if __name__ == "__main__":
    sys.exit(main())
