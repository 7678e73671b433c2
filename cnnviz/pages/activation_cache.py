"""Caches of a network's results for an image: activations, probabilities, overviews."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cnnviz import settings
from cnnviz.components.feature_grid import EncodedMaps, encode
from cnnviz.explain import drill
from cnnviz.explain import overview as overviews
from cnnviz.explain.overview import Thumbnails
from cnnviz.hosting.queueing import Turns
from cnnviz.networks import builder, zoo
from cnnviz.networks.finite import check_activations
from cnnviz.networks.graph import IMAGE
from cnnviz.networks.network import ModelRef
from cnnviz.pages import inference, large_networks, model_cache
from cnnviz.pages.byte_cache import MB, byte_cache
from cnnviz.pages.server import once_per_process

BATCH_BYTES = 24 * MB
"""Limit of what layers take for a batch, and of one of them; of the bundled networks up to 6 MB."""
PROBABILITY_BYTES = 1 * MB
"""Limit of class probabilities of batches; 0.5 kB each."""
ENCODED_BYTES = 3 * MB
"""Limit of the encoded maps of small networks, up to 1 MB each: a class sees one image."""
OVERVIEW_BYTES = 12 * MB
"""Limit of overviews of large networks; 0.2 MB each."""
STACKS_AT_ONCE = 2
"""Number of builder stacks that are computed at once, up to 20 MB each while they are; others wait."""


def activations(name: str, image: np.ndarray) -> Mapping[str, np.ndarray]:
    """Return every layer's output for an image, cached by image content and weights; read-only.

    Outputs have no batch axis: float32 [H, W, C], [L, C] or [n]. Those of a large network are computed when
    they are looked up.

    Raises:
        CnnvizError: with the reason "not_finite", if an activation is not finite.
    """
    if large_networks.is_large(name):
        return LayerValues(name, image)
    return _activations(model_cache.reference(name), image)


class LayerValues(Mapping[str, np.ndarray]):
    """A large network's activations: each look-up computes all layers, unless it is cached.

    It keeps the last layer and that layer's inputs, which are usually asked for next.
    """

    def __init__(self, name: str, image: np.ndarray) -> None:
        self._name, self._image = name, image
        self._layers = [info.name for info in zoo.get(name).layers]

    def __getitem__(self, layer: str) -> np.ndarray:
        """Return the output of a layer, without a batch axis."""
        if layer not in self._layers:
            raise KeyError(layer)
        return _activations(model_cache.reference(self._name), self._image, layer)[layer]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)


def encoded_maps(name: str, image: np.ndarray) -> EncodedMaps:
    """Return a small network's activations as the feature grid encodes them, cached by content.

    A class that follows its lecturer sees one image; to encode its maps takes a quarter of the page's run.

    Raises:
        CnnvizError: with the reason "not_finite", if an activation is not finite.
    """
    return _encoded_maps(model_cache.reference(name), image)


@byte_cache(ENCODED_BYTES)
def _encoded_maps(ref: ModelRef, image: np.ndarray) -> EncodedMaps:
    return encode(_activations(ref, image), zoo.get(ref.name).layers)


def overview(name: str, image: np.ndarray) -> Overview:
    """Return a few maps of each layer of a network as thumbnails, and its vectors, cached by content.

    Raises:
        CnnvizError: with the reason "not_finite", if the probabilities are not finite.
    """
    return _overview(model_cache.reference(name), image)


@dataclass(frozen=True)
class Overview:
    """A network's layers at a glance. maps: by layer. vectors: {layer: float32 [n]}."""

    maps: dict[str, Thumbnails]
    vectors: dict[str, np.ndarray]


@byte_cache(OVERVIEW_BYTES)
def _overview(ref: ModelRef, image: np.ndarray) -> Overview:
    graph = zoo.get(ref.name).graph
    with large_networks.one_large_pass:
        found = inference.engine().activations(ref.name, image)
        vectors = {info.name: found[info.name] for info in graph if len(info.output_shape) == 1}
        check_activations(vectors)
        maps = overviews.overview(graph, found)
    return Overview(maps, {name: each.copy() for name, each in vectors.items()})


@byte_cache(settings.ACTIVATIONS() * MB)
def _activations(ref: ModelRef, image: np.ndarray, only: str | None = None) -> dict[str, np.ndarray]:
    """Return every layer's output, or that of one layer of a large network."""
    if only is None:
        found = inference.engine().activations(ref.name, image)
        check_activations(found)
        return found
    sources = [each for each in drill.drawn_inputs(zoo.get(ref.name).graph, only) if each != IMAGE]
    with large_networks.one_large_pass:
        everything = inference.engine().activations(ref.name, image)
        found, *before = ({each: everything[each]} for each in (only, *sources))
    for values in (found, *before):
        check_activations(values)
    for source, values in zip(sources, before, strict=True):
        _activations.keep(values, ref, image, source)
    return found


def probabilities(name: str, images: np.ndarray) -> np.ndarray:
    """Return class probabilities, float32 [N, classes], of images [N, H, W, C]; cached, read-only.

    Raises:
        CnnvizError: with the reason "not_finite", if one is not finite.
    """
    return _probabilities(model_cache.reference(name), images)


@byte_cache(PROBABILITY_BYTES)
def _probabilities(ref: ModelRef, images: np.ndarray) -> np.ndarray:
    found = inference.engine().probabilities(ref.name, images)
    check_activations({zoo.get(ref.name).graph.output.name: found})
    return found


def layer_inputs(name: str, layer: str, image: np.ndarray) -> np.ndarray:
    """Return a layer's input for a batch: an image first, then samples; read-only.

    The layers before it compute as in inference. There are as many images as samples, or as many as fit into
    `BATCH_BYTES`, but at least two.

    Returns:
        float32 [N, H, W, C]; of a signal [N, L, C].

    Raises:
        CnnvizError: with the reason "not_finite", if a number is not finite.
    """
    return _layer_inputs(model_cache.reference(name), layer, image)


@byte_cache(BATCH_BYTES)
def _layer_inputs(ref: ModelRef, layer: str, image: np.ndarray) -> np.ndarray:
    architecture = zoo.get(ref.name)
    (source,) = architecture.graph.shown_inputs(layer)
    samples = architecture.data_set.samples().images
    fitting = BATCH_BYTES // (np.float32().nbytes * math.prod(architecture.graph[layer].input_shape))
    count = min(len(samples), max(2, fitting))
    others = [each for each in samples if not np.array_equal(each, image)]
    batch = [image, *others[: count - 1]]
    if source == IMAGE:
        return architecture.data_set.preprocess(np.stack(batch))
    outputs = []
    for each in batch:
        with large_networks.turn_at(ref.name):
            outputs.append(inference.engine().activations(ref.name, each)[source])
    stacked = np.stack(outputs)
    check_activations({source: stacked})
    return stacked


@byte_cache(settings.STACKS() * MB)
def random_run(stack: str, seed: int, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return every layer's output of a builder stack, given as text, with random weights; read-only."""
    return builder.run(builder.parse(stack), seed, image)


@once_per_process
def stack_turns() -> Turns:
    """Return the process's turns at `random_run`, which takes a core for a fraction of a second."""
    return Turns(lambda: STACKS_AT_ONCE, None)
