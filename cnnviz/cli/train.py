"""`cnnviz train`: train a network of the zoo with its recipe, or one of an architecture file."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from cnnviz.cli.shared import DIVERGED, add_data, rounded, share
from cnnviz.data import registry
from cnnviz.data.changes import resized, standardized
from cnnviz.data.dataset import DataSet
from cnnviz.errors import CnnvizError, invalid
from cnnviz.formats import decoding
from cnnviz.networks import architecture_file, store, zoo
from cnnviz.networks.fitting import check_trainable, fit
from cnnviz.networks.importing import import_keras
from cnnviz.networks.recipe import BUILT_RECIPE
from cnnviz.training import runs
from cnnviz.training.events import Event, clock
from cnnviz.training.loop import train
from cnnviz.training.run_plan import adjusted, check_seed

SUMMARY = "Train a network of the zoo, or one of an architecture file."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    add_data(parser)
    parser.epilog = (
        "Exit codes: 0 trained; 1 an error; 2 a wrong option; "
        f"{DIVERGED} the run diverged: its loss or weights stopped being finite, so it ended there, and the "
        "last checkpoint is kept (try a smaller --learning-rate); 130 stopped, --resume goes on. "
        "With --data samples a toy run learns the 20 bundled samples by heart, with a recipe for that. "
        "A network of FILE.json is trained with a recipe that suits most, on the data set of the file or of "
        "--data; without --out it is written into a folder of its own among the runs, where the app finds "
        "it."
    )
    parser.add_argument(
        "name",
        metavar="NAME",
        help=f"{', '.join(zoo.trained_names())}; or FILE.json, an architecture as the builder writes it",
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="default: the recipe's")
    parser.add_argument("--batch-size", type=int, metavar="N", help="images a step; default: the recipe's")
    parser.add_argument("--learning-rate", type=float, metavar="X", help="the highest; default: the recipe's")
    parser.add_argument(
        "--size",
        type=int,
        metavar="N",
        help="scale the images' central squares to NxN pixels; default: as they are",
    )
    parser.add_argument(
        "--standardize",
        action="store_true",
        help="subtract the training images' mean and divide by their deviation, after dividing by 255",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    parser.add_argument(
        "--fraction", type=float, default=1.0, metavar="X", help="share of the training images; default: 1"
    )
    parser.add_argument(
        "--validation",
        type=float,
        default=0.0,
        metavar="X",
        help="share of these images that is not trained on, but measured after each epoch; default: 0",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: runs")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    parser.add_argument(
        "--devices",
        type=int,
        default=1,
        metavar="N",
        help="virtual devices of this processor that share each batch; default: 1, or all GPUs",
    )
    parser.add_argument(
        "--background",
        action="store_true",
        help="at the lowest priority; stop as on Ctrl-C when standard input ends",
    )
    parser.add_argument("--note", default="", help="a remark on the data, kept on the model card")


def execute(options: argparse.Namespace) -> int:
    """Train, print the result as JSON, and return the exit code."""
    own = options.name.endswith(".json")
    if not own and options.name not in zoo.trained_names():  # before anything is read or downloaded
        raise invalid(
            "name", f"must be one of {', '.join(zoo.trained_names())}, or a file FILE.json", options.name
        )
    if not 0 < options.fraction <= 1:
        raise invalid("fraction", "must be more than 0 and at most 1", options.fraction)
    if not 0 <= options.validation < 1:
        raise invalid("validation", "must be at least 0 and less than 1", options.validation)
    if options.devices < 1:
        raise invalid("devices", "must be >= 1", options.devices)
    check_seed(options.seed)
    toy = options.data == "samples"
    if toy and (options.size is not None or options.standardize or options.fraction < 1):
        raise CnnvizError("`data` samples is as it is: leave out --size, --standardize and --fraction.")
    architecture = _of_file(Path(options.name)) if own else zoo.get(options.name)
    recipe_options = {name: getattr(options, name) for name in ("epochs", "batch_size", "learning_rate")}
    adjusted(zoo.recipe_of(architecture), **recipe_options)  # raises before anything is read or downloaded
    if own and options.out is None and options.resume:
        raise invalid("out", "must be the folder of the run to resume", None)
    data_set = architecture.data_set if toy else _data_set(architecture.data_set, options)
    architecture = fit(architecture, data_set)
    if own:
        check_trainable(architecture)
    if toy:
        train_set = test_set = data_set.samples()
    else:
        train_set, test_set = (data_set.load(split, options.data) for split in ("train", "test"))
        if options.fraction < 1:
            count = max(1, round(options.fraction * len(train_set)))
            kept = np.sort(np.random.default_rng(options.seed).permutation(len(train_set))[:count])
            train_set = train_set.take(kept)
    out = options.out or (runs.new_folder(architecture.name) if own else Path("runs"))
    with _stop_requests(options.background) as stop:
        card = train(
            architecture,
            train_set,
            test_set,
            out,
            **recipe_options,
            seed=options.seed,
            validation=options.validation,
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


def _of_file(path: Path) -> zoo.Architecture:
    """Return the architecture of a file, with a recipe that suits most.

    Raises:
        CnnvizError: if it is none, or its name cannot be that of a network of one's own.
    """
    try:
        found = architecture_file.from_json(decoding.read_json(path), recipe=BUILT_RECIPE)
    except CnnvizError:
        raise
    except FileNotFoundError:
        raise invalid("name", "must be a file that is there", str(path)) from None
    except ValueError as error:
        raise invalid("name", f"must be a readable file of an architecture ({error})", str(path)) from None
    store.check_text(found.name)
    return replace(found, recipe=BUILT_RECIPE.fitted(found.data_set))


def _data_set(own: DataSet, options: argparse.Namespace) -> DataSet:
    """Return the data set to train on: that of --data, or of CNNVIZ_DATA, or the architecture's own."""
    bundled = options.data is None and own.bundled
    data_set = own if bundled else registry.find(options.data) or own
    if options.size is not None:
        data_set = resized(data_set, options.size)
    return standardized(data_set, options.data) if options.standardize else data_set


@contextlib.contextmanager
def _stop_requests(background: bool) -> Iterator[threading.Event]:
    """Yield an event that is set when a signal or the end of standard input requests the run to stop.

    A second signal has its default effect.
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
            os.nice(10)

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
    """Return the names of the devices that share a batch, or [] for a single one.

    They are all GPUs, or `count` virtual devices of this processor.
    """
    import_keras()
    import tensorflow as tf

    if count == 1:
        graphics = tf.config.list_physical_devices("GPU")
        return [device.name.partition(":")[2] for device in graphics] if len(graphics) > 1 else []
    processor = tf.config.list_physical_devices("CPU")[0]
    parts = [tf.config.LogicalDeviceConfiguration() for _ in range(count)]
    tf.config.set_logical_device_configuration(processor, parts)
    return [f"CPU:{k}" for k in range(count)]


def _progress_bar() -> Callable[[Event], None]:
    """Return a function that shows a run's events in the terminal, with one line per epoch."""
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
            sets = [name for name in ("validation", "test") if f"{name}_loss" in event]
            measured = "  ".join(
                f"{name} loss {rounded(event[f'{name}_loss'], 4)} accuracy {share(event[f'{name}_accuracy'])}"
                for name in sets
            )
            line = f"{_line(event, epochs, full * 20)}  {measured}  {clock(event['seconds_left'])} left"
            print(f"\r{line}" if live else line, file=sys.stderr, flush=True)
        if event["event"] == "end" and live:
            print(file=sys.stderr)

    return show


def _line(event: Event, epochs: int, bar: str, means: str = "") -> str:
    loss, accuracy = rounded(event[f"{means}loss"], 4), share(event[f"{means}accuracy"])
    return (
        f"epoch {event['epoch']:>{len(str(epochs))}}/{epochs} {bar} loss {loss} accuracy {accuracy}  "
        f"{rounded(event['images_per_second'])} images/s"
    )
