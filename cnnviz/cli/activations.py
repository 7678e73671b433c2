"""`cnnviz activations`: write the activations of one sample as .npz."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from cnnviz.cli.shared import rounded
from cnnviz.errors import CnnvizError
from cnnviz.networks import network, zoo

SUMMARY = "Write every activation of one sample as .npz."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    parser.add_argument("name", metavar="NAME", help=", ".join(zoo.names()))
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="bundled sample; default: 0")
    parser.add_argument("--out", type=Path, default=Path("activations.npz"), metavar="FILE")


def execute(options: argparse.Namespace) -> None:
    """Write the file, and print each array's shape and range."""
    samples = zoo.get(options.name).data_set.samples()
    if not 0 <= options.sample < len(samples):
        raise CnnvizError(f"`sample` must be in 0..{len(samples) - 1}. Received: sample={options.sample}.")
    activations = network.load(options.name).activations(samples.images[options.sample])
    with options.out.open("wb") as file:  # a file object, as NumPy would append .npz to a name
        np.savez_compressed(file, **activations)  # type: ignore[arg-type]
    for name, array in activations.items():
        shape = "x".join(map(str, array.shape))
        print(f"{name:<14} {shape:<12} min {array.min():10.4g}  max {array.max():10.4g}")
    print(f"{options.out}: {len(activations)} arrays, {rounded(options.out.stat().st_size / 1e6, 1)} MB")
