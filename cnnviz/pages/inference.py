"""Keras networks, loaded in the background; until then NumPy answers requests."""

from __future__ import annotations

import gc
import importlib
import logging
import queue
import threading
import time
from typing import NamedTuple

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.networks import network, zoo
from cnnviz.networks.importing import import_keras
from cnnviz.networks.network import ModelRef
from cnnviz.pages import large_networks, model_cache
from cnnviz.pages.server import once_per_process

_log = logging.getLogger(__name__)
RUN_NETWORKS = 4
"""Number of loaded Keras networks of runs; up to 20 MB each."""
RETRY_SECONDS = 60.0
"""Seconds after which failed background work is retried on the next request."""
HEAD_START = 3.0
"""Seconds in which the first visitor's page is made and sent: to import TensorFlow keeps Python as busy."""


@once_per_process
def engine() -> InferenceEngine:
    """Return the process's inference engine; `HEAD_START` after the first call TensorFlow is imported."""
    return InferenceEngine()


class EngineState(NamedTuple):
    """State of the bundled networks: loaded, failed (NumPy computes them), still waiting."""

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
        self._queue: queue.SimpleQueue[tuple[ModelRef, _Load] | None] = queue.SimpleQueue()
        # large networks of other data sets are loaded when somebody wants them
        self._bundled = network.trained_names()
        for name in self._bundled:
            self._request(model_cache.reference(name))
        self._needed = threading.Event()
        # no daemon: what Python ends amid TensorFlow, at the end of the process, aborts it
        threading.Thread(target=self._load_requests, name="networks").start()
        threading.Thread(target=self._end_with_process, name="end of networks", daemon=True).start()

    def _end_with_process(self) -> None:
        """Let the thread that loads networks end after the one it is at."""
        threading.main_thread().join()
        self._queue.put(None)
        self._needed.set()

    def _load_requests(self) -> None:
        self._needed.wait(HEAD_START)
        for _ in self._bundled:
            if not self._load_next():
                return
        try:
            importlib.import_module("cnnviz.figures.pooling_order")  # imports Plotly in advance (1 s)
        except Exception:  # networks have to be loaded nevertheless
            _log.exception("Plotly cannot be imported")
        # exclude imported modules from future collections, which would take 0.2 s
        gc.collect()
        gc.freeze()
        while self._load_next():
            pass

    def _load_next(self) -> bool:
        """Wait for a request and load its network; return False if the process ends instead."""
        request = self._queue.get()
        if request is None or not threading.main_thread().is_alive():
            return False
        self._load(*request)
        return True

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
        trained = self._ready(model_cache.reference(name))
        if trained is None:
            return network.forward(name, model_cache.weights(name)[0], image)
        return trained.activations(image)

    def loaded(self, name: str) -> network.Network | None:
        """Return the Keras network, None if it is not loaded yet; requests loading it."""
        self.begin()
        return self._ready(model_cache.reference(name))

    def begin(self) -> None:
        """Start importing TensorFlow now: somebody waits for it, or nobody waits for a page."""
        self._needed.set()

    def state(self) -> EngineState:
        """Return the state of the bundled networks' loading."""
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
            load = self._request(model_cache.reference(name))
        load.finished.wait()

    def probabilities(self, name: str, images: np.ndarray) -> np.ndarray:
        """Return class probabilities, float32 [N, classes], by Keras if it is ready, else by NumPy."""
        trained = self._ready(model_cache.reference(name))
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
        with large_networks.turn_at(name):
            return list(network.forward(name, model_cache.weights(name)[0], image).values())[-1]
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
    trained = network.Network(zoo.get(name), *model_cache.weights(name))
    images = trained.data_set.samples().images
    trained.activations(images[0])  # traces and compiles
    trained.predict(images[:1])
    return trained


def _disable_clear_session() -> None:
    """Disable Keras' `clear_session`, which Streamlit calls after every script run.

    It would empty TensorFlow's kernel cache (a prediction then takes 40 ms instead of 2) and collect garbage.
    No script run builds a model here.
    """
    import_keras()
    import keras

    keras.backend.clear_session = lambda free_memory=True: None
