"""Weights and model cards on disk: NAME.npz and NAME.json in a folder."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.files import write_atomically
from cnnviz.formats import decoding
from cnnviz.networks.finite import check_weights
from cnnviz.networks.graph import Graph, max_file_size

Weights = Mapping[str, np.ndarray]
"""{"conv1.kernel": float32 array, "conv1.bias": ...}: layer name, dot, weight name."""


def read_weights_of(graph: Graph, name: str, folder: Path) -> tuple[Weights, dict[str, Any]]:
    """Return the weights of a graph and the model card from NAME.npz and NAME.json in a folder.

    Raises:
        CnnvizError: as `read_weights`.
    """
    expected, room = graph.weight_shapes(), max_file_size(graph)
    path = folder / f"{name}.npz"
    try:
        with _as_cnnviz_error(f"The weights {name}.npz are damaged"):
            content = decoding.read_bytes(path, room)
        with _as_cnnviz_error(f"The model card {name}.json is damaged"):
            card = decoding.read_json(path.with_suffix(".json"))
    except FileNotFoundError as error:
        raise CnnvizError(
            f"`name` must have weights and a model card in {path.parent.name}/. Received: name={name!r}, "
            f"{Path(error.filename).name} is missing.",
            reason="weights",
        ) from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != card.get("sha256"):
        raise CnnvizError(
            f"The weights {name}.npz do not match their model card: sha256 is {digest[:12]}..., "
            f"the card says {str(card.get('sha256'))[:12]}.... Restore both files together.",
            reason="weights",
        )
    with _as_cnnviz_error(f"The weights {name}.npz are damaged"):
        stored = decoding.Npz(content, room)
    if stored.shapes != expected:
        raise CnnvizError(
            f"The weights {name}.npz do not have the shapes of the architecture {name}.", reason="weights"
        )
    with _as_cnnviz_error(f"The weights {name}.npz are damaged"), np.errstate(over="ignore"):
        weights = {key: stored.read(key, "f").astype(np.float32) for key in expected}
    check_weights(weights)
    return weights, card


@contextmanager
def _as_cnnviz_error(what: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise CnnvizError(f"{what}: {error}.", reason="weights") from None


def write_weights(
    name: str, weights: Weights, card: Mapping[str, Any], folder: Path, *, exact: bool = False
) -> None:
    """Write NAME.npz, and NAME.json: `card` with the sha256 of the weights.

    Args:
        name, weights, card, folder: as for `read_weights`.
        exact: whether the weights are written as they are, and not compressed in half precision.

    Raises:
        CnnvizError: if a weight is not finite in that precision; nothing is written then.
    """
    buffer = io.BytesIO()
    with np.errstate(over="ignore"):  # overflow to infinity is rejected below
        written = {key: array.astype(np.float32 if exact else np.float16) for key, array in weights.items()}
    check_weights(written)
    (np.savez if exact else np.savez_compressed)(buffer, **written)  # type: ignore[arg-type]
    signed = {**card, "sha256": hashlib.sha256(buffer.getvalue()).hexdigest()}
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / f"{name}.npz", buffer.getvalue())
    write_atomically(folder / f"{name}.json", (json.dumps(signed, indent=1, allow_nan=False) + "\n").encode())
