"""`cnnviz evaluate`: evaluate a trained network."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from cnnviz.cli.shared import add_data
from cnnviz.data.dataset import DataSet, Samples
from cnnviz.errors import CnnvizError, as_integer, invalid
from cnnviz.networks import cards, network, zoo
from cnnviz.text.rounding import percent
from cnnviz.training import runs
from cnnviz.training.evaluation import evaluate, evaluate_shifts, measure

SUMMARY = "Measure a trained network. The last line is JSON."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    add_data(parser)
    named = f"{', '.join(zoo.names())}; one that was imported; or NAME@RUN, that of a run"
    parser.add_argument("name", metavar="NAME", help=named)
    parser.add_argument("--split", choices=("test", "train"), default="test")
    parser.add_argument(
        "--weights", type=Path, metavar="DIR", help="default: where the network's own weights are"
    )
    parser.add_argument("--first", type=int, metavar="N", help="only the first N images; default: all")
    parser.add_argument(
        "--card",
        action="store_true",
        help="also write accuracy, loss, confusion matrix and surest mistakes into the model card",
    )
    parser.add_argument(
        "--shifts",
        action="store_true",
        help="also measure all images shifted by -6..6 pixels each way, and write that into the model card",
    )


def execute(options: argparse.Namespace) -> None:
    """Evaluate, write the requested entries to the model card, and print the result as JSON."""
    if options.card and (options.split != "test" or options.first is not None):
        raise CnnvizError("`card` goes with all images of the test split: leave out --split and --first.")
    if options.shifts and options.split != "test":
        raise invalid("split", 'must be "test" for what goes on the model card', options.split)
    if options.first is not None:
        as_integer("first", options.first, minimum=1)
    data_set = zoo.get(options.name).data_set
    if not data_set.readable:
        raise CnnvizError(_not_measured(options.name, data_set))
    name, folder = runs.locate(options.name) if options.weights is None else (options.name, options.weights)
    trained = network.load(name, folder)
    if options.card and not cards.was_trained_here(trained.card):  # the rest of such a card is about training
        raise CnnvizError(f"`card` goes with networks that were trained here, and not with {name}.")
    images = trained.data_set.load(options.split, options.data)
    if options.first is not None:
        images = Samples(images.images[: options.first], images.labels[: options.first], images.names)
    result: dict[str, object] = {"n": len(images), **evaluate(trained, images)}
    if options.card:
        network.update_card(name, {"test": measure(trained, images)}, folder)
    if options.shifts:

        def show(done: int, of: int) -> None:
            if sys.stderr.isatty() or done == of:
                print(f"\rshift {done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)

        result["shifts"] = evaluate_shifts(trained, images, report=show)
        network.update_card(name, {"shifts": result["shifts"]}, folder)
    print(json.dumps({"model": options.name, "split": options.split, **result}, allow_nan=False))


def _not_measured(name: str, data_set: DataSet) -> str:
    """Return the reason why a network cannot be evaluated, and its published accuracy."""
    words = f"{name} cannot be measured here: the pictures of {data_set.title} are not available."
    published = network.read_weights(name)[1].get("published")
    if published is None:
        return words
    return f"{words} Published: {percent(published['accuracy'])}, {published['set']} ({published['source']})."
