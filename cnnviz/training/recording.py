"""Recordings of training runs: kernels and predictions for the samples at several moments.

Feature maps are not stored: `network.run` computes them for any image from the recorded weights. Kernels are
stored as int8 with one scale per filter and moment; the error is at most 0.4% of the filter's largest weight.
"""

from __future__ import annotations

import io
import json
import os
import re
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from cnnviz.data.dataset import DataSet
from cnnviz.errors import CnnvizError
from cnnviz.files import write_atomically
from cnnviz.formats import decoding
from cnnviz.layers.base import Shape
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.network import WEIGHTS, architecture_in
from cnnviz.networks.weights import Weights

BUDGET = 8_000_000
"""Approximate size limit of the kernels of a recording; the first layers that fit into it are recorded."""
MAX_BYTES = 10 * BUDGET
"""Size limit of a recording's file and arrays; a run resumed with more epochs records the same layers."""
FIRST_STEPS = (1, 2, 5)
"""Recorded steps of the first epoch, with their multiples by powers of ten."""


@dataclass(frozen=True)
class Recording:
    """The recorded moments of a run.

    Attributes:
        architecture: of the network.
        steps: int [T], batches trained before each moment, ascending from 0.
        epochs: float [T], the same in epochs.
        layers: names of the recorded layers, the first ones of the architecture.
        weights: {"conv1.kernel": float32 [T, ...], ...} of these layers.
        probabilities: float32 [T, samples, classes], class probabilities of the bundled samples.
        accuracy: float32 [T], accuracy on the test images.
        sha256: of the weights that the run ended with, as in their model card; None before the end of the
            run, and in files written before recordings named their weights.
    """

    architecture: Architecture
    steps: np.ndarray
    epochs: np.ndarray
    layers: tuple[str, ...]
    weights: Weights
    probabilities: np.ndarray
    accuracy: np.ndarray
    sha256: str | None = None

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def name(self) -> str:
        """The name of the architecture."""
        return self.architecture.name

    def at(self, moment: int) -> Weights:
        """Return the recorded weights at a moment, 0..T-1, as "layer.weight"."""
        return {key: values[moment] for key, values in self.weights.items()}

    def belongs_to(self, weights: Weights, sha256: str) -> bool:
        """Return whether this is the past of trained weights.

        If the recording names none, its last moment decides: it is equal to the weights up to what its
        8 bits lose, half a step of a kernel's scale, and what half precision of the weights does.

        Args:
            weights: of the whole network. sha256: of their file.
        """
        if self.sha256 is not None:
            return self.sha256 == sha256
        last = self.at(-1)
        return all(np.abs(last[key] - weights[key]).max() <= np.abs(weights[key]).max() / 127 for key in last)


def moments(steps: int, epochs: int) -> list[int]:
    """Return the steps at which a run is recorded: 0, log-spaced ones in the first epoch, every epoch.

    >>> moments(40, 2)
    [0, 1, 2, 5, 10, 20, 40, 80]
    """
    early = (first * scale for scale in (1, 10, 100, 1000) for first in FIRST_STEPS)
    return [0, *(step for step in early if step < steps), *(steps * epoch for epoch in range(1, epochs + 1))]


def recorded_layers(architecture: Architecture, count: int) -> tuple[str, ...]:
    """Return the first layers with maps whose weights fit into a recording of `count` moments."""
    kept, size = list[str](), 0
    for info in architecture.layers:
        size += count * sum(prod(shape) for shape in info.weight_shapes.values())
        if info.receptive_field is None or size > BUDGET:
            break
        kept.append(info.name)
    return tuple(kept)


class Recorder:
    """Records the moments of a run in progress.

    Args:
        architecture: of the network.
        steps: batches per epoch. epochs: of the whole run.
        past: the recording of a resumed run. until: the step from which it is resumed.
    """

    def __init__(
        self,
        architecture: Architecture,
        steps: int,
        epochs: int,
        past: Recording | None = None,
        until: int = 0,
    ) -> None:
        self._architecture, self._steps = architecture, steps
        self._steps_to_record = moments(steps, epochs)
        self._layers = (
            recorded_layers(architecture, len(self._steps_to_record)) if past is None else past.layers
        )
        self._moments: list[tuple[int, dict[str, np.ndarray], np.ndarray, float]] = []
        for moment, step in enumerate([] if past is None else past.steps):
            if past is not None and step <= until:
                entry = (int(step), dict(past.at(moment)), past.probabilities[moment])
                self._moments.append((*entry, float(past.accuracy[moment])))

    def is_due(self, step: int) -> bool:
        """Return whether the moment after `step` batches has to be recorded and is not yet."""
        return step in self._steps_to_record and all(kept[0] != step for kept in self._moments)

    def record(self, step: int, weights: Weights, probabilities: np.ndarray, accuracy: float) -> None:
        """Record a moment.

        Args:
            step: batches trained. weights: of the network. probabilities: [samples, classes].
            accuracy: on the test images.
        """
        own = {
            key: np.array(value) for key, value in weights.items() if key.rpartition(".")[0] in self._layers
        }
        self._moments.append((step, own, probabilities, accuracy))

    def recording(self) -> Recording:
        """Return the recording so far."""
        steps, weights, probabilities, accuracy = zip(*self._moments, strict=True)
        return Recording(
            self._architecture,
            np.array(steps),
            np.array(steps) / self._steps,
            self._layers,
            {key: np.stack([kept[key] for kept in weights]) for key in weights[0]},
            np.stack(probabilities).astype(np.float32),
            np.array(accuracy, np.float32),
        )


def write(recording: Recording, folder: Path) -> None:
    """Write NAME.recording.npz."""
    arrays: dict[str, np.ndarray] = {}
    for key, values in recording.weights.items():
        if key.endswith(".kernel"):
            largest = np.abs(values).max(axis=tuple(range(1, values.ndim - 1)), keepdims=True)
            scale = np.where(largest > 0, largest, 1).astype(np.float32) / 127
            arrays[key] = np.rint(values / scale).astype(np.int8)
            arrays[f"{key}.scale"] = scale
        else:
            # float16 would overflow to infinity
            fits = np.abs(values).max() <= np.finfo(np.float16).max
            arrays[key] = values.astype(np.float16 if fits else np.float32)
    meta = {"name": recording.name, "layers": recording.layers}
    if recording.sha256 is not None:
        meta["sha256"] = recording.sha256
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        meta=np.frombuffer(json.dumps(meta, allow_nan=False).encode(), np.uint8),
        steps=recording.steps,
        epochs=recording.epochs,
        probabilities=recording.probabilities,
        accuracy=recording.accuracy,
        **arrays,  # type: ignore[arg-type]
    )
    write_atomically(path(recording.name, folder), buffer.getvalue())


def read(name: str, folder: str | os.PathLike[str] = WEIGHTS) -> Recording:
    """Read NAME.recording.npz. Weights and probabilities of a run that diverged may not be finite.

    Args:
        name: the architecture.
        folder: contains the file; default: the bundled weights.

    Raises:
        CnnvizError: if it does not exist or is damaged.
    """
    source, architecture = path(name, Path(folder)), architecture_in(name, folder)
    try:
        stored = decoding.Npz(decoding.read_bytes(source, MAX_BYTES), MAX_BYTES)
        with np.errstate(over="ignore", invalid="ignore"):
            return _decode(architecture, stored)
    except FileNotFoundError:
        raise CnnvizError(
            f"`name` must have a recording. Received: name={name!r}, {source.name} is missing.",
            reason="recording",
        ) from None
    except ValueError as error:
        raise CnnvizError(f"The recording {source.name} is damaged: {error}.", reason="recording") from None


def _probabilities_shape(data_set: DataSet) -> tuple[int, int]:
    """Return (samples, classes) of the probabilities in the recording of a network for a data set."""
    return len(data_set.samples()), len(data_set.classes)


def _decode(architecture: Architecture, stored: decoding.Npz) -> Recording:
    """Decode the recording of a network; raise ValueError if it is invalid."""
    name, infos = architecture.name, architecture.layers
    meta = decoding.parse_json(stored.read("meta", "u").tobytes())
    layers, sha256 = meta.get("layers"), meta.get("sha256")
    if not isinstance(layers, list) or layers != [info.name for info in infos][: len(layers)]:
        raise ValueError(f"its layers are not the first ones of {name}")
    if not (sha256 is None or (isinstance(sha256, str) and re.fullmatch("[0-9a-f]{64}", sha256))):
        raise ValueError("`sha256` must be 64 hexadecimal digits")
    count = prod(stored.shapes.get("steps", ()))
    shapes: dict[str, Shape] = {"meta": stored.shapes["meta"], "steps": (count,), "epochs": (count,)}
    shapes |= {"probabilities": (count, *_probabilities_shape(architecture.data_set)), "accuracy": (count,)}
    weights = {
        f"{info.name}.{weight}": shape
        for info in infos[: len(layers)]
        for weight, shape in info.weight_shapes.items()
    }
    for key, shape in weights.items():
        shapes[key] = (count, *shape)
        if key.endswith(".kernel"):
            shapes[f"{key}.scale"] = (count, *[1] * len(shape[:-1]), shape[-1])
    if stored.shapes != shapes:
        raise ValueError(f"its arrays do not have the shapes of {name}")
    steps = stored.read("steps", "iu").astype(np.int64)
    epochs, probabilities = (stored.read(key, "f") for key in ("epochs", "probabilities"))
    ascend = all((np.diff(moments) > 0).all() for moments in (steps, epochs))
    if not count or steps[0] != 0 or epochs[0] != 0 or not ascend or not np.isfinite(epochs).all():
        raise ValueError("its moments do not ascend from the first step on")
    batches = np.maximum(1, np.rint(steps[-1] / epochs[-1])) if count > 1 else 1.0  # of an epoch
    if not np.allclose(epochs * batches, steps):
        raise ValueError("its epochs are not those of its steps")
    if ((probabilities < 0) | (probabilities > 1)).any():
        raise ValueError("its probabilities are not in 0..1")
    kept: dict[str, np.ndarray] = {}
    for key in weights:
        scale = stored.read(f"{key}.scale", "f") if key.endswith(".kernel") else np.float32(1)
        kept[key] = stored.read(key, "if").astype(np.float32) * scale
    accuracy = stored.read("accuracy", "f")
    return Recording(architecture, steps, epochs, tuple(layers), kept, probabilities, accuracy, sha256)


def path(name: str, folder: Path) -> Path:
    """Return the path of a network's recording."""
    return folder / f"{name}.recording.npz"
