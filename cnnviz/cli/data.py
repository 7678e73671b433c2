"""`cnnviz data`: show which CIFAR-10 is found."""

from __future__ import annotations

import argparse

import numpy as np

from cnnviz.cli.shared import add_data
from cnnviz.data import cifar10

SUMMARY = "Say which CIFAR-10 is found, and count its classes."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    add_data(parser)


def execute(options: argparse.Namespace) -> None:
    """Print the location of the images, and the number of images per class."""
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
