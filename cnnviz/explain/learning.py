"""Analysis of a recording: kernels and feature maps of a layer over time.

Pure arithmetic on a `Recording`; components/learning_view.py sends its results, moment by moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cnnviz.errors import CnnvizError, invalid
from cnnviz.networks import network
from cnnviz.networks.finite import NotFinite, first_not_finite
from cnnviz.networks.graph import LayerInfo
from cnnviz.training.recording import Recording

MAX_MOMENTS = 24
"""Most moments of a recording that are shown."""
MAX_SLICES = 8
"""Most input channels of a filter that are shown, if it has more than an image."""

PALE_SHARE = 0.1
"""Largest weight, as a share of the colour scale's limit, below which a kernel is hardly visible."""


def downsampled(recording: Recording, max_moments: int = MAX_MOMENTS) -> Recording:
    """Return a recording with at most `max_moments` moments, by dropping some ends of later epochs.

    The first epoch and the last moment are kept; the dropped moments are closest to their neighbours, as
    ratios of steps.
    """
    kept = list(range(len(recording)))
    while len(kept) > max_moments:
        steps = recording.steps[kept].astype(float)
        gaps = [
            steps[k + 1] / steps[k - 1] if recording.epochs[kept[k]] > 1 else np.inf
            for k in range(1, len(kept) - 1)
        ]
        if not gaps or np.isinf(min(gaps)):  # only the first epoch and the last moment remain
            break
        del kept[1 + int(np.argmin(gaps))]
    return _select(recording, kept)


def _select(recording: Recording, kept: list[int]) -> Recording:
    """Return a recording with the moments at these indices."""
    return replace(
        recording,
        steps=recording.steps[kept],
        epochs=recording.epochs[kept],
        weights={key: values[kept] for key, values in recording.weights.items()},
        probabilities=recording.probabilities[kept],
        accuracy=recording.accuracy[kept],
    )


@dataclass(frozen=True)
class Divergence:
    """The moment at which the numbers of a recording stop being finite.

    Attributes:
        step: batches trained before the first non-finite moment. epochs: the same in epochs.
        where: the layer, or "probabilities".
    """

    step: int
    epochs: float
    where: NotFinite


def finite_part(recording: Recording) -> tuple[Recording, Divergence | None]:
    """Return the moments before the first non-finite one, and where that is, or None.

    Raises:
        CnnvizError: if the first moment is not finite.
    """
    for moment in range(len(recording)):
        found = first_not_finite({**recording.at(moment), "probabilities": recording.probabilities[moment]})
        if found is not None:
            if not moment:
                raise CnnvizError(
                    "`recording` must begin with finite numbers. Received: NaN.", reason="recording"
                )
            divergence = Divergence(int(recording.steps[moment]), float(recording.epochs[moment]), found)
            return _select(recording, list(range(moment))), divergence
    return recording, None


def convolutions(recording: Recording) -> tuple[LayerInfo, ...]:
    """Return the convolution layers whose kernels are recorded, in order."""
    layers = recording.architecture.layers
    return tuple(layer for layer in layers if layer.layer.filters and layer.name in recording.layers)


def relu_follows(recording: Recording, layer: str) -> bool:
    """Return whether the only consumer of a layer is a ReLU."""
    graph = recording.architecture.graph
    _check(recording, layer)
    return [graph[name].layer.page for name in graph.consumers(layer)] == ["relu"]


def becomes_pale(recording: Recording, layer: str) -> bool:
    """Return whether the final kernels would be hardly visible on a colour scale for all moments."""
    kernels = np.abs(recording.weights[f"{layer}.kernel"])
    return bool(kernels[-1].max() < PALE_SHARE * kernels.max())


def maps(recording: Recording, layer: str, image: np.ndarray) -> np.ndarray:
    """Compute a layer's output for an image at every moment, float32 [T, H, W, C].

    Args:
        layer: one of `recording.layers`. image: uint8 [H, W, C].

    Raises:
        CnnvizError: if the layer is not recorded, or `image` has another dtype or shape.
    """
    _check(recording, layer)
    graph = recording.architecture.graph.subgraph(layer)
    x = recording.architecture.data_set.preprocess(image)
    moments = (network.run(graph, recording.at(moment), x)[layer] for moment in range(len(recording)))
    return np.stack(list(moments)).astype(np.float32)


def slices(recording: Recording, layer: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the slices of each filter of a convolution that are shown, and their input channels.

    A filter on a picture is shown whole. Of one with more input channels, those are shown whose weights
    have the largest norms at the last moment, the largest first.

    Returns:
        kernels, float32 [T, F, K, kh, kw], and channels, int [F, K].
    """
    kernels = np.moveaxis(_kernels(recording, layer), (4, 3), (1, 2))  # [T, F, C_in, kh, kw]
    filters, inputs = kernels.shape[1:3]
    if inputs <= recording.architecture.graph.input_shape[2]:
        return kernels, np.tile(np.arange(inputs), (filters, 1))
    norms = np.linalg.norm(kernels[-1], axis=(2, 3))  # [F, C_in]
    channels = np.argsort(-norms, axis=1, kind="stable")[:, :MAX_SLICES]
    return np.take_along_axis(kernels, channels[np.newaxis, :, :, np.newaxis, np.newaxis], axis=2), channels


def norms(recording: Recording, layer: str) -> np.ndarray:
    """Return the norm of each filter's kernel at every moment, float32 [T, F]."""
    return np.linalg.norm(_flat(recording, layer), axis=1)


def distances(recording: Recording, layer: str) -> np.ndarray:
    """Return the norm of each filter's difference from its initial kernel, float32 [T, F]."""
    flat = _flat(recording, layer)
    return np.linalg.norm(flat - flat[0], axis=1)


def relative_distances(recording: Recording, layer: str) -> np.ndarray:
    """Return a layer's distance from its initial kernels, relative to the last moment, [T]."""
    flat = _flat(recording, layer)
    way = np.linalg.norm(flat - flat[0], axis=(1, 2))
    return way / (way[-1] or 1)


def fastest_first(recording: Recording, layer: str) -> bool:
    """Return whether a layer's kernels change more in the first epoch than in any later one.

    Between recorded moments that are several epochs apart, the mean change per epoch counts.
    """
    ends = np.flatnonzero(np.isin(recording.epochs, (0, 1)) | (recording.epochs > 1))
    flat = _flat(recording, layer)[ends]
    moves = np.linalg.norm(np.diff(flat, axis=0), axis=(1, 2)) / np.diff(recording.epochs[ends])
    return bool(moves[0] >= moves.max())


def halfway_moment(recording: Recording) -> int | None:
    """Return the first moment with at least half of the total gain in test accuracy, or None."""
    measured = np.flatnonzero(np.isfinite(recording.accuracy))
    if len(measured) < 2:
        return None
    first, last = recording.accuracy[measured[[0, -1]]]
    if last <= first:
        return None
    return int(measured[np.argmax(recording.accuracy[measured] >= (first + last) / 2)])


def settling_moment(probabilities: np.ndarray, label: int) -> int | None:
    """Return the moment from which predictions [T, classes] stay correct; None if the last one is wrong."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != label)
    if not len(wrong):
        return 0
    return int(wrong[-1]) + 1 if wrong[-1] + 1 < len(probabilities) else None


def _kernels(recording: Recording, layer: str) -> np.ndarray:
    """Return a convolution's kernels, [T, kh, kw, C_in, F]."""
    if layer not in [info.name for info in convolutions(recording)]:
        raise invalid("layer", "must be a recorded convolution", layer)
    return recording.weights[f"{layer}.kernel"]


def _flat(recording: Recording, layer: str) -> np.ndarray:
    """Return a convolution's kernels as [T, weights, F]."""
    kernels = _kernels(recording, layer)
    return kernels.reshape(len(kernels), -1, kernels.shape[-1])


def _check(recording: Recording, layer: str) -> None:
    """Raise if a layer is not recorded."""
    if layer not in recording.layers:
        raise invalid("layer", f"must be one of {', '.join(recording.layers)}", layer)
