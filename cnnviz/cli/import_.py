"""`cnnviz import`: open a network of another program, so that the app lists it beside the bundled ones."""

from __future__ import annotations

import argparse
from pathlib import Path

from cnnviz.errors import CnnvizError, invalid
from cnnviz.formats import decoding
from cnnviz.networks import network, store, zoo
from cnnviz.networks.opening.isolated import open_into_store
from cnnviz.networks.opening.reading import SCALINGS

SUMMARY = (
    "Open a network of Keras (.keras, .h5) or ONNX (.onnx), or weights (.npz, .h5, .safetensors) beside an "
    "architecture. Nothing in the file is executed."
)
MAX_CLASSES_BYTES = 10 * 2**20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--name", default="", metavar="NAME", help="default: after the file's")
    parser.add_argument(
        "--classes", type=Path, metavar="FILE", help="text file with a class in each line; default: numbers"
    )
    parser.add_argument(
        "--preprocess",
        choices=tuple(SCALINGS),
        default="",
        help="how pixels are scaled: to 0..1, to -1..1, not at all, or as torchvision does; "
        "default: to 0..1, or not at all if the network does it",
    )
    parser.add_argument(
        "--size", metavar="N or ROWSxCOLUMNS", help="of the images, for a file that leaves it open"
    )
    parser.add_argument(
        "--architecture",
        default="",
        metavar="NAME or FILE.json",
        help="of a file that holds weights only: a bundled network, or a file that the builder saved",
    )


def execute(options: argparse.Namespace) -> None:
    """Open the file, and print a summary of the network."""
    name = open_into_store(
        options.file,
        name=options.name,
        classes=options.classes and read_classes(options.classes),
        size=options.size and read_size(options.size),
        scaling=options.preprocess,
        architecture=options.architecture,
    )
    architecture, card = zoo.get(name), network.read_weights(name)[1]
    rows, columns, channels = architecture.data_set.shape
    print(
        f"{name}: {len(architecture.layers)} layers, {card['parameters']:,} parameters, images "
        f"{rows}x{columns}x{channels}, {len(architecture.data_set.classes)} classes"
    )
    for note in card["opened"]["notes"]:
        print(f"  {note}")
    unknown = "Its accuracy is not known."
    if architecture.data_set.readable:
        unknown = f"Its accuracy: cnnviz evaluate {name}."
    print(f"  {unknown} It is in {store.folder()}/ and in the app.")


def read_classes(path: Path) -> list[str]:
    """Return the lines of a text file, without empty ones at its end.

    Raises:
        CnnvizError: if it cannot be read, or is no text.
    """
    try:
        text = decoding.read_bytes(path, MAX_CLASSES_BYTES).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise CnnvizError(f"`classes` must be a text file. Received: {path}, {error}.") from None
    return [line.strip() for line in text.rstrip().splitlines()]


def read_size(text: str) -> tuple[int, int]:
    """Return "224" as (224, 224), "224x160" as (224, 160).

    Raises:
        CnnvizError: if it is neither.

    >>> read_size("224"), read_size("224x160")
    ((224, 224), (224, 160))
    """
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.isdecimal() and 1 <= int(part[:9]) <= 4096 for part in parts):
        raise invalid("size", 'must be such as "224" or "224x160"', text)
    return int(parts[0]), int(parts[-1])
