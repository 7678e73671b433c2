"""`cnnviz index`: find what excites the filters of a network most, in the whole training set."""

from __future__ import annotations

import argparse
import sys

from cnnviz.cli.shared import add_data, rounded
from cnnviz.errors import invalid
from cnnviz.explain import excitations
from cnnviz.networks import network
from cnnviz.training import runs

SUMMARY = "Find the patches of the whole training set that excite each filter of a network most, for the app."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    add_data(parser)
    parser.epilog = "The app shows them on the page Why it said so, where it has the same data set."
    parser.add_argument("name", metavar="NAME", help="a network, or NAME@RUN, that of a run")


def execute(options: argparse.Namespace) -> None:
    """Build the index, write it, and print where it is."""
    architecture, folder = runs.locate(options.name)
    reference = network.reference(options.name, folder)
    trained = network.load(architecture, folder)
    if not excitations.map_layers(trained.graph):
        raise invalid("name", "must be a network with filters", options.name)
    images = trained.data_set.load("train", options.data)

    def show(share: float) -> None:
        if sys.stderr.isatty() or share == 1:
            end = "\n" if share == 1 else ""
            print(
                f"\r{rounded(100 * share)}% of {len(images):,} images", end=end, file=sys.stderr, flush=True
            )

    where = excitations.write(reference, excitations.build(trained, images, show))
    print(f"{where}: {rounded(where.stat().st_size / 1e3)} kB")
