"""`cnnviz activations`: write the activations of one picture as .npz."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from cnnviz.cli.shared import check_out, rounded
from cnnviz.data.upload import decode_upload
from cnnviz.errors import CnnvizError
from cnnviz.networks import network, zoo

SUMMARY = "Write every activation of one picture, a bundled sample or a file, as .npz."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    parser.add_argument("name", metavar="NAME", help=", ".join(zoo.names()))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--sample", type=int, default=0, metavar="N", help="bundled sample; default: 0")
    which.add_argument(
        "--image",
        type=Path,
        metavar="FILE",
        help="PNG, JPEG, WebP or GIF; its largest central part of the network's shape is scaled",
    )
    parser.add_argument("--out", type=Path, default=Path("activations.npz"), metavar="FILE")


def execute(options: argparse.Namespace) -> None:
    """Write the file, and print each array's shape and range."""
    check_out(options.out)
    data_set = zoo.get(options.name).data_set
    if options.image is not None:
        image = decode_upload(options.image.read_bytes()).resized(data_set.shape)
    else:
        samples = data_set.samples()
        if not 0 <= options.sample < len(samples):
            raise CnnvizError(
                f"`sample` must be in 0..{len(samples) - 1}. Received: sample={options.sample}."
            )
        image = samples.images[options.sample]
    activations = network.load(options.name).activations(image)
    with options.out.open("wb") as file:  # a file object, as NumPy would append .npz to a name
        np.savez_compressed(file, **activations)  # type: ignore[arg-type]
    for name, array in activations.items():
        shape = "x".join(map(str, array.shape))
        print(f"{name:<14} {shape:<12} min {array.min():10.4g}  max {array.max():10.4g}")
    print(f"{options.out}: {len(activations)} arrays, {rounded(options.out.stat().st_size / 1e6, 1)} MB")
