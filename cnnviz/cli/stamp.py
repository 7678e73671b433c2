"""`cnnviz stamp`: add the digest of the weights to recordings and shift measurements of older versions."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz.arithmetic.transform import MAX_SHIFT
from cnnviz.errors import CnnvizError
from cnnviz.networks import network
from cnnviz.networks.weights import Weights
from cnnviz.training import recording

SUMMARY = "Write into recordings and shift measurements which weights they belong to, if they do."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    parser.epilog = (
        "Files that training and `evaluate --shifts` write name their weights; this is for older ones. "
        "A recording has to end with the weights, and the accuracy without a shift has to be the card's."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all networks in --weights")
    parser.add_argument(
        "--weights", type=Path, default=network.WEIGHTS, metavar="DIR", help="default: the bundled weights"
    )


def execute(options: argparse.Namespace) -> None:
    """Update each network's files, and print a summary."""
    for name in options.names or network.model_names(options.weights):
        weights, card = network.read_weights(name, options.weights)
        done = []
        if recording.path(name, options.weights).is_file() and _stamp_recording(
            name, options.weights, weights, card["sha256"]
        ):
            done.append("recording")
        if "shifts" in card and "sha256" not in card["shifts"]:
            network.update_card(name, {"shifts": _stamped_shifts(name, card)}, options.weights)
            done.append("shifts")
        print(f"{name}: {', '.join(done) or 'nothing to do'}")


def _stamp_recording(name: str, folder: Path, weights: Weights, sha256: str) -> bool:
    """Add the weights' digest to a recording; return whether it was missing."""
    recorded = recording.read(name, folder)
    if not recorded.belongs_to(weights, sha256):
        raise CnnvizError(
            f"`name` must have a recording of its own weights. Received: name={name!r}, whose recording "
            "ends with others."
        )
    if recorded.sha256 is not None:
        return False
    recording.write(replace(recorded, sha256=sha256), folder)
    return True


def _stamped_shifts(name: str, card: dict[str, Any]) -> dict[str, Any]:
    """Return a card's shift measurements with the digest of the weights."""
    measured: dict[str, Any] = card["shifts"]
    unmoved, images = measured["accuracy"][MAX_SHIFT][MAX_SHIFT], measured["n"]
    if images == card["data"]["test"] and not np.isclose(unmoved, card["test"]["accuracy"], atol=1e-6):
        raise CnnvizError(
            f"`name` must have shifts of its own weights. Received: name={name!r}, right in {unmoved} of "
            f"unmoved images, but in {card['test']['accuracy']} of the test images."
        )
    return {**measured, "sha256": card["sha256"]}
