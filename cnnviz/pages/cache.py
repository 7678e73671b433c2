"""All cached computations of the pages: networks, activations, scenes. The core packages do not cache.

Any visitor can clear Streamlit's caches for everyone, so their entries can be recomputed in well under a
second. `server.once_per_process` holds what is more expensive, runs in the background or must be unique.
"""

from __future__ import annotations

import gc
import importlib
import io
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import streamlit as st
from PIL import Image

from cnnviz import settings
from cnnviz.arithmetic import transform
from cnnviz.arithmetic.transform import MAX_SHIFT
from cnnviz.components.feature_grid import EncodedMaps, encode
from cnnviz.data import cifar10
from cnnviz.data.dataset import DataSet, Samples, Split
from cnnviz.errors import CnnvizError
from cnnviz.explain import drill, learning, lecture
from cnnviz.explain import overview as overviews
from cnnviz.explain.descent import OneKernel, Outlook, step
from cnnviz.explain.descent import outlook as outlook_of
from cnnviz.explain.gradients import backpropagate
from cnnviz.explain.overview import Thumbnails
from cnnviz.explain.scene import Scene, scene_of
from cnnviz.export import apart
from cnnviz.export.look import Look
from cnnviz.hosting import visitors
from cnnviz.hosting.queueing import Turns
from cnnviz.layers.base import Operation, SlidingOp
from cnnviz.networks import builder, network, zoo
from cnnviz.networks.gradients import Gradients, Target
from cnnviz.networks.graph import IMAGE, Graph
from cnnviz.networks.network import ModelRef
from cnnviz.pages.byte_cache import MB, byte_cache, size_in_bytes
from cnnviz.pages.server import once_per_process
from cnnviz.training import recording as recordings
from cnnviz.training import runs
from cnnviz.training.recording import Recording

BATCH_BYTES = 24 * MB
"""Limit of what layers take for a batch, and of one of them; of the bundled networks up to 6 MB."""
PROBABILITY_BYTES = 1 * MB
"""Limit of class probabilities of batches; 0.5 kB each."""
OUTLOOK_BYTES = 1 * MB
"""Limit of losses and probabilities after steps of gradient descent; 0.3 kB each."""
ENCODED_BYTES = 3 * MB
"""Limit of the encoded maps of small networks, up to 1 MB each: a class sees one image."""
OVERVIEW_BYTES = 12 * MB
"""Limit of overviews of large networks; 0.2 MB each."""
LARGE = 2_000_000
"""Number of all layers' numbers for one picture from which a network is large."""
MANY_MAPS = 12_000
"""Number of all layers' maps from which a network is large: of a small picture too, they fill no page."""
FIGURE_ENTRIES = 100
"""Number of figures that do not depend on an image; tens of kilobytes each."""
CHART_ENTRIES = 200
"""Number of charts of an image, as they are sent; up to 20 KB each."""
SHIFT_BYTES = 14 * MB
"""Limit of predictions for all shifts; 13 kB an image of CIFAR-10, at most 0.9 MB."""
MAP_OPS_ENTRIES = 8
"""Number of networks whose maps' operations are cached; they keep the weights alive."""
LAYER_OPS_ENTRIES = 64
"""Number of layers of large networks whose maps' operations are cached; they keep the weights alive."""
STACKS_AT_ONCE = 2
"""Number of builder stacks that are computed at once, up to 20 MB each while they are; others wait."""
RUN_NETWORKS = 4
"""Number of loaded Keras networks of runs; up to 20 MB each."""
SHIFT_BATCH = 57
"""Shifts predicted in one batch: a third of all."""
GIF_ENTRIES = 20
"""Number of animations; up to 4 MB each."""
RETRY_SECONDS = 60.0
"""Seconds after which failed background work is retried on the next request."""
_log = logging.getLogger(__name__)
_one_large_pass = threading.Lock()  # each takes up to some hundreds of MB for a moment


def _turn_at(name: str) -> AbstractContextManager[Any]:
    """Return what a pass through a network has to hold: of a large one, one is computed at a time."""
    return _one_large_pass if is_large(name) else nullcontext()


def reference(name: str) -> ModelRef:
    """Return the reference to a network's current weights, the cache key of everything derived from them.

    Raises:
        CnnvizError: if there is no such network.
    """
    return network.reference(name, runs.locate(name)[1])


def weights(name: str) -> tuple[network.Weights, dict[str, Any]]:
    """Return the weights and model card of a network, bundled or of a run, without TensorFlow."""
    return _weights(reference(name), card_mtime(name))


@byte_cache(settings.WEIGHTS() * MB, keep_larger=True)  # to read AlexNet's takes seconds, and each page asks
def _weights(ref: ModelRef, mtime: int) -> tuple[network.Weights, dict[str, Any]]:
    return runs.read_weights(ref.name)


def map_ops(name: str) -> dict[str, drill.MapOps]:
    """Return how the maps of each layer of a network are computed; read-only."""
    return _map_ops(reference(name))


@st.cache_resource(max_entries=MAP_OPS_ENTRIES, show_spinner=False, hash_funcs={ModelRef: str})
def _map_ops(ref: ModelRef) -> dict[str, drill.MapOps]:
    return drill.all_map_ops(zoo.get(ref.name).graph, weights(ref.name)[0])


def layer_map_ops(name: str, layer: str) -> drill.MapOps | None:
    """Return how the maps of one layer are computed, if that can be said; read-only."""
    return _layer_map_ops(reference(name), layer)


@st.cache_resource(max_entries=LAYER_OPS_ENTRIES, show_spinner=False, hash_funcs={ModelRef: str})
def _layer_map_ops(ref: ModelRef, layer: str) -> drill.MapOps | None:
    own = weights(ref.name)[0]
    with _one_large_pass:
        return drill.layer_map_ops(zoo.get(ref.name).graph, own, layer)


def card_of_run(name: str) -> dict[str, Any]:
    """Return the model card of a run's network; read-only."""
    return _card(name, card_mtime(name))


@st.cache_resource(max_entries=FIGURE_ENTRIES, show_spinner=False)
def _card(name: str, mtime: int) -> dict[str, Any]:
    return runs.read_card(name)


def card_mtime(name: str) -> int:
    """Return the modification time of a network's card, which `evaluate` may extend."""
    architecture, folder = runs.locate(name)
    try:
        return (folder / f"{architecture}.json").stat().st_mtime_ns
    except OSError:
        return 0  # reading it will raise


@st.cache_resource(max_entries=RUN_NETWORKS, show_spinner=False)
def _run(name: str) -> runs.Run:
    run = runs.Run(name, runs.locate(name)[1])
    run.update()
    return run


def batches(name: str) -> list[tuple[float, float, float]]:
    """Return the (epochs, loss, accuracy) per batch of a run's training; [] for a bundled network."""
    return _run(name).batches if zoo.split(name)[1] else []


@once_per_process
def runner() -> runs.Runner:
    """Return the process's runner of training runs."""
    return runs.Runner()


@once_per_process
def engine() -> InferenceEngine:
    """Return the process's inference engine; `HEAD_START` after the first call TensorFlow is imported."""
    return InferenceEngine()


HEAD_START = 3.0
"""Seconds in which the first visitor's page is made and sent: to import TensorFlow keeps Python as busy."""


class EngineState(NamedTuple):
    """How far the bundled networks are: loaded, failed (NumPy computes them), still waiting."""

    loaded: int
    failed: list[str]
    waiting: int


class InferenceEngine:
    """Keras networks, loaded one by one in the background; NumPy computes until a network is loaded.

    Bundled networks that were trained here are loaded at the start and stay; of the others, the most
    recently used ones stay. A network that fails to load does not affect the others, and is retried on a
    later request.
    """

    def __init__(self) -> None:
        self._networks: dict[ModelRef, network.Network] = {}
        self._loads: dict[ModelRef, _Load] = {}  # in order of the last request
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[tuple[ModelRef, _Load]] = queue.SimpleQueue()
        # large networks of other data sets are loaded when somebody wants them
        self._bundled = network.trained_names()
        for name in self._bundled:
            self._request(reference(name))
        self._needed = threading.Event()
        threading.Thread(target=self._load_requests, name="networks", daemon=True).start()

    def _load_requests(self) -> None:
        self._needed.wait(HEAD_START)
        for _ in self._bundled:
            self._load(*self._queue.get())
        try:
            importlib.import_module("cnnviz.figures.pooling_order")  # imports Plotly in advance (1 s)
        except Exception:  # networks have to be loaded nevertheless
            _log.exception("Plotly cannot be imported")
        # exclude imported modules from future collections, which would take 0.2 s
        gc.collect()
        gc.freeze()
        while True:
            self._load(*self._queue.get())

    def _load(self, ref: ModelRef, load: _Load) -> None:
        try:
            trained = _load_and_compile(ref.name)
            with self._lock:
                self._networks[ref] = trained
        except Exception:  # NumPy replaces this network; continue with the next one
            _log.exception("Keras cannot run the network %s", ref.name)
            load.failed = time.monotonic()
        with self._lock:
            newest = {each.name: each for each in self._loads}
            of_runs = [each for each in self._loads if each.name not in self._bundled]
            for old in [
                *of_runs[:-RUN_NETWORKS],
                *(each for each in self._loads if newest[each.name] != each),
            ]:
                # networks that are not loaded yet are evicted the next time
                if old in self._loads and self._loads[old].finished.is_set():
                    del self._loads[old]
                    self._networks.pop(old, None)
        load.finished.set()

    def activations(self, name: str, image: np.ndarray) -> dict[str, np.ndarray]:
        """Return every layer's output for an image, by Keras if it is ready, else by NumPy."""
        trained = self._ready(reference(name))
        if trained is None:
            return network.forward(name, weights(name)[0], image)
        return trained.activations(image)

    def loaded(self, name: str) -> network.Network | None:
        """Return the Keras network, None if it is not loaded yet; requests loading it."""
        self.begin()
        return self._ready(reference(name))

    def begin(self) -> None:
        """Start importing TensorFlow now: somebody waits for it, or nobody waits for a page."""
        self._needed.set()

    def state(self) -> EngineState:
        """Return how far the bundled networks are loaded."""
        with self._lock:
            loads = {ref.name: load for ref, load in self._loads.items()}
            loaded = {ref.name for ref in self._networks}
        bundled = {name: loads.get(name) for name in self._bundled}
        failed = sorted(name for name, load in bundled.items() if load and load.failed is not None)
        done = sum(name in loaded for name in bundled)
        return EngineState(done, failed, len(bundled) - done - len(failed))

    def wait(self, name: str) -> None:
        """Wait until the network is loaded or has failed to load."""
        self.begin()
        with self._lock:
            load = self._request(reference(name))
        load.finished.wait()

    def probabilities(self, name: str, images: np.ndarray) -> np.ndarray:
        """Return class probabilities, float32 [N, classes], by Keras if it is ready, else by NumPy."""
        trained = self._ready(reference(name))
        if trained is None:
            return np.stack([_numpy_probabilities(name, image) for image in images])
        return trained.predict(images)

    def _ready(self, ref: ModelRef) -> network.Network | None:
        """Return the Keras network, or None if it is not loaded yet; requests loading it."""
        with self._lock:
            self._request(ref)
            return self._networks.get(ref)

    def _request(self, ref: ModelRef) -> _Load:
        """Request a network to be loaded, unless it is, will be, or has failed recently."""
        load = self._loads.pop(ref, None)
        if load is None or (load.failed is not None and time.monotonic() - load.failed > RETRY_SECONDS):
            load = _Load()
            self._queue.put((ref, load))
        self._loads[ref] = load
        return load


class _Load:
    """An attempt to load a network. finished: set at its end. failed: time of a failure."""

    def __init__(self) -> None:
        self.finished = threading.Event()
        self.failed: float | None = None


def _numpy_probabilities(name: str, image: np.ndarray) -> np.ndarray:
    """Return class probabilities [classes] by NumPy; NaN if activations are not finite, as with Keras."""
    try:
        with _turn_at(name):
            return list(network.forward(name, weights(name)[0], image).values())[-1]
    except CnnvizError as error:
        if error.reason != "not_finite":
            raise
        return np.full(len(zoo.get(name).data_set.classes), np.nan, np.float32)


def _load_and_compile(name: str) -> network.Network:
    """Load a network and trace its functions by running it once."""
    _disable_clear_session()  # first, as script runs would otherwise collect garbage meanwhile
    try:
        return _compiled(name)
    except CnnvizError:
        raise
    except ValueError as error:
        # seen some times in ten thousand beside a busy thread: what flattens Keras' arguments takes the tuple
        # of them for one argument ("Only input tensors may be passed ..."), and the next time it does not
        _log.warning("Keras could not run the network %s, and tries again: %s", name, error)
        return _compiled(name)


def _compiled(name: str) -> network.Network:
    trained = network.Network(zoo.get(name), *weights(name))
    images = trained.data_set.samples().images
    trained.activations(images[0])  # traces and compiles
    trained.predict(images[:1])
    return trained


def _disable_clear_session() -> None:
    """Disable Keras' `clear_session`, which Streamlit calls after every script run.

    It would empty TensorFlow's kernel cache (a prediction then takes 40 ms instead of 2) and collect garbage.
    No script run builds a model here.
    """
    import keras

    keras.backend.clear_session = lambda free_memory=True: None


def activations(name: str, image: np.ndarray) -> Mapping[str, np.ndarray]:
    """Return every layer's output for an image, cached by image content and weights; read-only.

    Those of a large network are computed when they are looked up.

    Raises:
        CnnvizError: with the reason "not_finite", if an activation is not finite.
    """
    if is_large(name):
        return LayerValues(name, image)
    return _activations(reference(name), image)


@lru_cache(maxsize=FIGURE_ENTRIES)
def _is_large(graph: Graph) -> bool:
    maps = sum(info.output_shape[2] for info in graph if len(info.output_shape) == 3)
    return maps > MANY_MAPS or sum(math.prod(info.output_shape) for info in graph) > LARGE


def is_large(name: str) -> bool:
    """Return whether a network's maps of one picture are too many to be kept, or sent, all at once."""
    return _is_large(zoo.get(name).graph)


class LayerValues(Mapping[str, np.ndarray]):
    """A large network's activations: each look-up computes all layers, unless it is cached.

    It keeps one, and those that this takes: who looks at a layer is about to ask what it is made of.
    """

    def __init__(self, name: str, image: np.ndarray) -> None:
        self._name, self._image = name, image
        self._layers = [info.name for info in zoo.get(name).layers]

    def __getitem__(self, layer: str) -> np.ndarray:
        """Return the output of a layer, without a batch axis."""
        if layer not in self._layers:
            raise KeyError(layer)
        return _activations(reference(self._name), self._image, layer)[layer]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)


def encoded_maps(name: str, image: np.ndarray) -> EncodedMaps:
    """Return what the grid of all maps sends of a small network's activations, cached by content.

    A class that follows its lecturer sees one image; to encode its maps takes a quarter of the page's run.

    Raises:
        CnnvizError: with the reason "not_finite", if an activation is not finite.
    """
    return _encoded_maps(reference(name), image)


@byte_cache(ENCODED_BYTES)
def _encoded_maps(ref: ModelRef, image: np.ndarray) -> EncodedMaps:
    return encode(_activations(ref, image), zoo.get(ref.name).layers)


def overview(name: str, image: np.ndarray) -> Overview:
    """Return a few maps of each layer of a network as thumbnails, and its vectors, cached by content.

    Raises:
        CnnvizError: with the reason "not_finite", if the probabilities are not finite.
    """
    return _overview(reference(name), image)


@dataclass(frozen=True)
class Overview:
    """A network's layers at a glance. maps: by layer. vectors: {layer: float32 [n]}."""

    maps: dict[str, Thumbnails]
    vectors: dict[str, np.ndarray]


@byte_cache(OVERVIEW_BYTES)
def _overview(ref: ModelRef, image: np.ndarray) -> Overview:
    graph = zoo.get(ref.name).graph
    with _one_large_pass:
        found = engine().activations(ref.name, image)
        vectors = {info.name: found[info.name] for info in graph if len(info.output_shape) == 1}
        network.check_activations(vectors)
        maps = overviews.overview(graph, found)
    return Overview(maps, {name: each.copy() for name, each in vectors.items()})


@byte_cache(settings.ACTIVATIONS() * MB)
def _activations(ref: ModelRef, image: np.ndarray, only: str | None = None) -> dict[str, np.ndarray]:
    """Return every layer's output, or that of one layer of a large network."""
    if only is None:
        found = engine().activations(ref.name, image)
        network.check_activations(found)
        return found
    sources = [each for each in drill.drawn_inputs(zoo.get(ref.name).graph, only) if each != IMAGE]
    with _one_large_pass:
        everything = engine().activations(ref.name, image)
        found, *before = ({each: everything[each]} for each in (only, *sources))
    for values in (found, *before):
        network.check_activations(values)
    for source, values in zip(sources, before, strict=True):
        _activations.keep(values, ref, image, source)
    return found


def probabilities(name: str, images: np.ndarray) -> np.ndarray:
    """Return class probabilities, float32 [N, classes], of images [N, H, W, C]; cached, read-only.

    Raises:
        CnnvizError: with the reason "not_finite", if one is not finite.
    """
    return _probabilities(reference(name), images)


@byte_cache(PROBABILITY_BYTES)
def _probabilities(ref: ModelRef, images: np.ndarray) -> np.ndarray:
    found = engine().probabilities(ref.name, images)
    network.check_activations({zoo.get(ref.name).graph.output.name: found})
    return found


@dataclass(frozen=True)
class Descent:
    """Some steps of gradient descent on one picture; hashable by content.

    Attributes:
        name: the network. image: uint8 [H, W, C]. label: the class that it shall be.
        rate: the learning rate. only: the kernel that moves, or None for all weights. steps: how many.
    """

    name: str
    image: np.ndarray
    label: int
    rate: float
    only: OneKernel | None
    steps: int

    def after(self, steps: int) -> Descent:
        """Return the same with another number of steps; without any, rate and kernel make no difference."""
        return replace(self, steps=steps) if steps else replace(self, steps=0, rate=0.0, only=None)


def descended_weights(descent: Descent) -> Mapping[str, np.ndarray]:
    """Return the weights after the steps, {"layer.weight": array}; read-only.

    Raises:
        CnnvizError: if a number on the way is not finite.
    """
    if not descent.steps:
        return weights(descent.name)[0]
    return _descended_weights(reference(descent.name), descent)


@byte_cache(settings.DESCENT() * MB)
def _descended_weights(ref: ModelRef, descent: Descent) -> Mapping[str, np.ndarray]:
    before = descent.after(descent.steps - 1)
    return step(descended_weights(before), gradients(before).weights, descent.rate, descent.only)


def gradients(descent: Descent) -> Gradients:
    """Return the gradients of the loss after the steps, by NumPy: it needs no TensorFlow; read-only.

    Raises:
        CnnvizError: if a number is not finite.
    """
    return _gradients(reference(descent.name), descent)


@byte_cache(settings.DESCENT() * MB)
def _gradients(ref: ModelRef, descent: Descent) -> Gradients:
    architecture = zoo.get(descent.name)
    x = architecture.data_set.preprocess(descent.image)
    return backpropagate(architecture.graph, descended_weights(descent), x, Target(descent.label))


def outlook(descent: Descent) -> Outlook:
    """Return the loss and the probabilities after the steps.

    Raises:
        CnnvizError: if a number is not finite.
    """
    return _outlook(reference(descent.name), descent)


@byte_cache(OUTLOOK_BYTES)
def _outlook(ref: ModelRef, descent: Descent) -> Outlook:
    architecture = zoo.get(descent.name)
    x = architecture.data_set.preprocess(descent.image)
    return outlook_of(architecture.graph, descended_weights(descent), x, descent.label)


def layer_inputs(name: str, layer: str, image: np.ndarray) -> np.ndarray:
    """Return what a layer takes for a batch: an image first, then samples; read-only.

    The layers before it compute as in inference. There are as many images as samples, or as many as fit into
    `BATCH_BYTES`, but at least two.

    Returns:
        float32 [N, H, W, C]; of a signal [N, L, C].

    Raises:
        CnnvizError: with the reason "not_finite", if a number is not finite.
    """
    return _layer_inputs(reference(name), layer, image)


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
        with _turn_at(ref.name):
            outputs.append(engine().activations(ref.name, each)[source])
    stacked = np.stack(outputs)
    network.check_activations({source: stacked})
    return stacked


@byte_cache(settings.STACKS() * MB)
def random_run(stack: str, seed: int, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return every layer's output of a builder stack, given as text, with random weights; read-only."""
    return builder.run(builder.parse(stack), seed, image)


@once_per_process
def stack_turns() -> Turns:
    """Return the process's turns at `random_run`, which takes a core for a fraction of a second."""
    return Turns(lambda: STACKS_AT_ONCE, None)


def has_recording(name: str) -> bool:
    """Return whether a network has a recording of its training."""
    return recordings.path(*runs.locate(name)).is_file()


def recording(name: str) -> Recording:
    """Return the recording of a network's training, reduced to the moments that are shown; read-only."""
    return _recording(*runs.locate(name), _recording_mtime(name))[0]


def recording_divergence(name: str) -> learning.Divergence | None:
    """Return where the numbers of a recording stop being finite, or None; `recording` ends before that."""
    return _recording(*runs.locate(name), _recording_mtime(name))[1]


@byte_cache(settings.RECORDINGS() * MB)
def _recording(architecture: str, folder: Path, mtime: int) -> tuple[Recording, learning.Divergence | None]:
    return learning.finite_part(learning.downsampled(runs.read_recording(architecture, folder)))


def recording_matches(name: str) -> bool:
    """Return whether a network's recording is of the training that produced its weights."""
    return _matches(reference(name), _recording_mtime(name))


@st.cache_data(max_entries=FIGURE_ENTRIES, show_spinner=False, hash_funcs={ModelRef: str})
def _matches(ref: ModelRef, mtime: int) -> bool:
    recorded = runs.read_recording(*runs.locate(ref.name))
    return recorded.belongs_to(weights(ref.name)[0], ref.sha256)


def learning_maps(name: str, layer: str, image: np.ndarray) -> np.ndarray:
    """Return a layer's maps of an image at every moment of `recording`, float32 [T, H, W, C]; read-only."""
    return _learning_maps(*runs.locate(name), _recording_mtime(name), layer, image)


@byte_cache(settings.LEARNING_MAPS() * MB)
def _learning_maps(architecture: str, folder: Path, mtime: int, layer: str, image: np.ndarray) -> np.ndarray:
    return learning.maps(_recording(architecture, folder, mtime)[0], layer, image)


def _recording_mtime(name: str) -> int:
    """Return the modification time of a recording, which a run rewrites after each epoch; 0 if missing."""
    path = recordings.path(*runs.locate(name))
    return path.stat().st_mtime_ns if path.is_file() else 0


def shift_predictions(name: str, image: np.ndarray) -> ShiftPredictions:
    """Return a network's predictions for all shifts of an image, cached by image content and weights."""
    return _shift_predictions(reference(name), image)


@byte_cache(SHIFT_BYTES)
def _shift_predictions(ref: ModelRef, image: np.ndarray) -> ShiftPredictions:
    return ShiftPredictions(ref.name, image)


@once_per_process
def workers() -> ThreadPoolExecutor:
    """Return the thread pool that predicts shifted images, shared by all sessions."""
    return ThreadPoolExecutor(2, thread_name_prefix="shifts")


class ShiftPredictions:
    """A network's predictions for all shifts of an image, computed in the background.

    Shifts are predicted in batches, the smallest first, once Keras has loaded the network; until then NumPy
    predicts the displayed ones. After a failure a later call of `start` tries again.

    Attributes:
        probabilities: float32 [13, 13, classes], in the order of `transform.all_shifts`; NaN where they are
            not computed yet, infinite where activations are not finite.
    """

    def __init__(self, name: str, image: np.ndarray) -> None:
        side = 2 * MAX_SHIFT + 1
        classes = len(zoo.get(name).data_set.classes)
        self.probabilities = np.full((side, side, classes), np.nan, np.float32)
        self._computed = np.zeros((side, side), bool)  # not derived from NaN, which may be a result
        self._name = name
        self._images: np.ndarray = transform.all_shifts(image)
        self._work: Future[None] | None = None
        self._failed: float | None = None  # time of the failure
        self._lock = threading.Lock()

    def __sizeof__(self) -> int:
        """Return the memory in bytes that it keeps alive, for the cache."""
        return size_in_bytes((self.probabilities, self._computed, self._images))

    @property
    def count(self) -> int:
        """Number of computed shifts."""
        return int(self._computed.sum())

    @property
    def complete(self) -> bool:
        """Whether all shifts are computed."""
        return bool(self._computed.all())

    @property
    def failed(self) -> bool:
        """Whether computing the remaining shifts has failed."""
        return self._failed is not None

    @property
    def finished(self) -> bool:
        """Whether no more results are to be expected without another `start`."""
        return self.complete or self.failed

    @property
    def non_finite_image(self) -> np.ndarray | None:
        """The first shifted image with a prediction that is not finite, uint8 [H, W, C], or None."""
        places = np.argwhere(np.isinf(self.probabilities[..., 0]))
        return self._images[tuple(places[0])] if len(places) else None

    def start(self, dx: int, dy: int) -> None:
        """Predict the shift (dx, dy) and the unshifted image now, and the other shifts in the background.

        The background work ends when no visitor waits for it any more: they have gone, or changed the image.
        """
        interest().ask(self._name, self)
        self._compute([(MAX_SHIFT + dy, MAX_SHIFT + dx), (MAX_SHIFT, MAX_SHIFT)])
        with self._lock:
            if self._failed is not None and time.monotonic() - self._failed > RETRY_SECONDS:
                self._work = self._failed = None
            if not self.complete and self._work is None:
                self._work = workers().submit(self._fill)

    def wait(self, seconds: float) -> None:
        """Wait until all shifts are computed, at most `seconds`."""
        if self._work is not None:
            wait([self._work], timeout=seconds)

    def _compute(self, places: list[tuple[int, int]]) -> None:
        missing = [place for place in dict.fromkeys(places) if not self._computed[place]]
        if missing:
            rows, cols = zip(*missing, strict=True)
            found = engine().probabilities(self._name, self._images[list(rows), list(cols)])
            found = np.where(np.isfinite(found).all(axis=-1, keepdims=True), found, np.inf)
            self.probabilities[list(rows), list(cols)] = found
            self._computed[list(rows), list(cols)] = True

    def _fill(self) -> None:
        side = range(2 * MAX_SHIFT + 1)
        places = sorted(
            ((row, col) for row in side for col in side),
            key=lambda place: max(abs(place[0] - MAX_SHIFT), abs(place[1] - MAX_SHIFT)),
        )
        try:
            engine().wait(self._name)
            for start in range(0, len(places), SHIFT_BATCH):
                with self._lock:
                    if not interest().wants(self._name, self):
                        self._work = None
                        return
                self._compute(places[start : start + SHIFT_BATCH])
        except Exception:  # logged here, as no caller gets it; the page reports the failure
            _log.exception("The shifts of a picture cannot be computed by %s", self._name)
            self._failed = time.monotonic()


@byte_cache(settings.SCENES() * MB)
def scene(op: SlidingOp, *, beside: tuple[Operation, ...] = ()) -> Scene:
    """Return the stepper's scene of a sliding-window operation, cached and read-only."""
    return scene_of(op, beside=beside)


@st.cache_data(
    max_entries=GIF_ENTRIES,
    show_spinner=False,
    hash_funcs={Scene: lambda scene: scene.digest, Look: repr},
)
def gif(
    scene: Scene, cells: list[tuple[int, int]], look: Look, speed: float, _session: str | None = None
) -> bytes:
    """Return an animated GIF of a scene, cached by content.

    Raises:
        CnnvizError: with the reason "busy", if too many wait; "left", if the visitor `_session` has gone.
    """
    with exports("gif").turn(_session):  # each takes a core for seconds, and 100 MB
        return apart.gif(scene, cells, look, speed=speed, wanted=lambda: visitors.is_here(_session))


@once_per_process
def exports(kind: Literal["gif", "html"]) -> Turns:
    """Return the process's turns at making files of a kind: who wants a small one waits for no large one."""
    return Turns()


@once_per_process
def interest() -> visitors.Interest:
    """Return which background work the visitors wait for."""
    return visitors.Interest()


@st.cache_resource(max_entries=FIGURE_ENTRIES, show_spinner=False)
def png(key: tuple[str | int, ...], _draw: Callable[[], np.ndarray]) -> bytes:
    """Return an image uint8 [H, W, 3 or 4] as PNG; it must only depend on `key`."""
    buffer = io.BytesIO()
    Image.fromarray(_draw()).save(buffer, "PNG")
    return buffer.getvalue()


@st.cache_resource(max_entries=FIGURE_ENTRIES, show_spinner=False)
def figure(key: tuple[str | bool, ...], _draw: Callable[[], Any]) -> Any:
    """Return a Plotly figure, which must only depend on `key`; read-only."""
    return _draw()


@st.cache_resource(max_entries=CHART_ENTRIES, show_spinner=False)
def chart(key: tuple[Any, ...], _draw: Callable[[], Any]) -> None:
    """Draw a chart, which must only depend on `key`; who sees the same gets what Streamlit has recorded."""
    _draw()


def full_set(data_set: DataSet, split: Split, folder: str) -> Samples:
    """Return a split of a local data set, as its files are now; read-only, one copy for all sessions.

    Raises:
        CnnvizError: if the files cannot be read.
    """
    return _full_split(data_set.name, data_set.size, split, folder).get(data_set)


@once_per_process
def _full_split(name: str, size: tuple[int, int], split: Split, folder: str) -> FullSplit:
    return FullSplit(split, folder)


class FullSplit:
    """A split of a local data set, which is read again when its files have changed."""

    def __init__(self, split: Split, folder: str) -> None:
        self._split, self._folder = split, folder
        self._stamp: object = None
        self._images: Samples | None = None
        self._lock = threading.Lock()

    def get(self, data_set: DataSet) -> Samples:
        """Return the images; read-only.

        Args:
            data_set: as it is found now, as it may hold images that were read when it was found.
        """
        with self._lock:
            stamp = data_set.stamp(self._folder)
            if self._images is None or stamp != self._stamp:
                self._images = None  # makes room for the new ones
                self._images, self._stamp = data_set.load(self._split, self._folder), stamp
            return self._images


@once_per_process
def download() -> Download:
    """Return the process's download of the complete CIFAR-10, which a visitor may start."""
    return Download()


class Download:
    """Keras' download in a background thread, shared by all sessions.

    Attributes:
        failed: whether the last attempt failed.
    """

    def __init__(self) -> None:
        self.failed = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the download, unless it is running."""
        with self._lock:
            if not self.running:
                self._thread = threading.Thread(target=self._run, name="download", daemon=True)
                self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the download is running."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def share(self) -> float:
        """Downloaded fraction of the archive, 0..1."""
        size = cifar10.ARCHIVE.stat().st_size if cifar10.ARCHIVE.is_file() else 0
        return min(1.0, size / cifar10.ARCHIVE_BYTES)

    def _run(self) -> None:
        try:
            cifar10.load_split("test")
            self.failed = False
        except Exception:  # network, disk space, permissions: logged here; the page reports the failure
            _log.exception("CIFAR-10 cannot be downloaded")
            self.failed = True


@once_per_process
def lecture_facts() -> dict[str, str]:
    """Return the numbers of trained networks for the placeholders of the lecture's texts."""
    return lecture.facts(weights(name)[1] for name in network.trained_names())
