"""`cnnviz data`: show which data set is found."""

from __future__ import annotations

import argparse

from cnnviz.cli.shared import add_data
from cnnviz.data import registry
from cnnviz.data.cifar10 import CIFAR10

SUMMARY = "Say which data set is found, and count its classes."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    add_data(parser)


def execute(options: argparse.Namespace) -> None:
    """Print the data set, the location of its images, and the number of images per class."""
    data_set = registry.find(options.data) or CIFAR10
    rows, cols, channels = data_set.shape
    print(f"data set: {data_set.title}, {rows}x{cols}x{channels}, {len(data_set.classes)} classes")
    print(f"bundled samples: {len(data_set.samples())}")
    print(f"full set: {data_set.find(options.data) or 'the keras.datasets download'}")
    for split in ("train", "test"):
        labels = data_set.load(split, options.data).labels
        counts = data_set.class_counts(labels)
        print(
            f"{split}: {len(labels)} images; "
            + ", ".join(f"{count} {name}" for name, count in zip(data_set.classes, counts, strict=True))
        )
