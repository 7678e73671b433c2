"""What is computed once and kept: networks, activations, scenes. The core itself knows no cache.

What Streamlit keeps here any visitor can clear, for all: each entry can be computed again in well under a
second. What costs more, works in the background or must be there only once, `server.once` keeps.
"""

from __future__ import annotations

import gc
import importlib
import io
import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from cnnviz.arithmetic import transform
from cnnviz.arithmetic.transform import MAX_SHIFT, Edit
from cnnviz.data import cifar10, registry
from cnnviz.data.dataset import Samples, Split
from cnnviz.errors import CnnvizError
from cnnviz.explain import learning, lecture
from cnnviz.explain.scene import Operation, Scene, scene_of
from cnnviz.export import gif as gifs
from cnnviz.export.look import Look
from cnnviz.layers.base import SlidingOp
from cnnviz.networks import builder, network, zoo
from cnnviz.networks.network import ModelRef
from cnnviz.pages.bounded import MB, bounded
from cnnviz.pages.server import once
from cnnviz.training import recording as recordings
from cnnviz.training import runs
from cnnviz.training.recording import Recording

PICTURES = 120 * MB
"""Bytes of pictures' activations: one picture's are 0.6 MB in the lecture's networks, 2.6 MB in vgg."""
SCENES = 40 * MB
"""Bytes of scenes: one is up to 0.3 MB."""
FIGURES = 100
"""How many figures that no picture changes are kept: tens of kilobytes each."""
STACKS = 60 * MB
"""Bytes of runs of visitors' own stacks: one is up to 10 MB."""
SHIFTED = 1000
"""How many pictures' answers in every shift are kept: 13 KB each."""
WEIGHTS = 200 * MB
"""Bytes of networks' weights: one is up to 20 MB."""
OF_RUNS = 4
"""How many networks of runs Keras keeps: up to 20 MB each."""
CHUNK = 57
"""Shifts computed in one go: a third of them."""
FILMS = 80 * MB
"""Bytes of pictures' maps at every moment of a training: one picture's are up to 6.3 MB a layer."""
RECORDINGS = 120 * MB
"""Bytes of recordings: one is up to 32 MB."""
GIFS = 20
"""How many animations are kept: up to 4 MB each."""
RETRY = 60.0
"""Seconds after which what failed in the background may be tried again, if a visitor still asks for it."""
_log = logging.getLogger(__name__)
_one_gif_at_a_time = threading.Lock()  # each takes a core for seconds, and 100 MB


def reference(name: str) -> ModelRef:
    """Return which weights a network's name stands for now; all that is made of them is kept by it.

    Raises:
        CnnvizError: if there is no such network.
    """
    return network.reference(name, runs.locate(name)[1])


def weights(name: str) -> tuple[network.Weights, dict[str, Any]]:
    """Return a network's weights and card, bundled or of a run; NumPy only."""
    return _weights(reference(name), _card_written(name))


@bounded(WEIGHTS)
def _weights(ref: ModelRef, written: int) -> tuple[network.Weights, dict[str, Any]]:
    return runs.read_weights(ref.name)


def card_of_run(name: str) -> dict[str, Any]:
    """Return the model card of a run's network; read-only."""
    return _card(name, _card_written(name))


@st.cache_resource(max_entries=FIGURES, show_spinner=False)
def _card(name: str, written: int) -> dict[str, Any]:
    return runs.read_card(name)


def _card_written(name: str) -> int:
    """Return when a network's card was written: one that is measured again gets more entries."""
    architecture, folder = runs.locate(name)
    try:
        return (folder / f"{architecture}.json").stat().st_mtime_ns
    except OSError:
        return 0  # whoever reads it says what is wrong


@st.cache_resource(max_entries=OF_RUNS, show_spinner=False)
def _told(name: str) -> runs.Run:
    run = runs.Run(name, runs.locate(name)[1])
    run.update()
    return run


def batches(name: str) -> list[tuple[float, float, float]]:
    """Return the curve of batches of a network's training: (epochs, loss, accuracy); [] for a bundled one."""
    return _told(name).batches if zoo.split(name)[1] else []


@once
def runner() -> runs.Runner:
    """Return the process's one starter of training runs."""
    return runs.Runner()


@once
def engine() -> Engine:
    """Return the process's one holder of Keras networks, which starts importing TensorFlow now."""
    return Engine()


class Engine:
    """Keras networks, loaded in the background one by one; until one is there, NumPy computes in its place.

    The bundled ones are loaded at once and stay; of those that runs have trained the last few that
    were asked for. One that cannot be loaded leaves the others alone, and is tried again when it is
    asked for later.
    """

    def __init__(self) -> None:
        self._networks: dict[ModelRef, network.Network] = {}
        self._loads: dict[ModelRef, _Load] = {}  # the one asked for last stands last
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[tuple[ModelRef, _Load]] = queue.SimpleQueue()
        self._bundled = network.model_names()
        for name in self._bundled:
            self._ask(reference(name))
        threading.Thread(target=self._work, name="networks", daemon=True).start()

    def _work(self) -> None:
        for _ in self._bundled:
            self._load(*self._queue.get())
        try:
            importlib.import_module("cnnviz.figures.pooling_order")  # Plotly: 1 s, which no visitor waits for
        except Exception:  # the page that needs it says so; networks are loaded nevertheless
            _log.exception("Plotly cannot be imported")
        # what was imported never is garbage: a full collection need not walk through it (0.2 s)
        gc.collect()
        gc.freeze()
        while True:
            self._load(*self._queue.get())

    def _load(self, ref: ModelRef, load: _Load) -> None:
        try:
            trained = _compiled(ref.name)
            with self._lock:
                self._networks[ref] = trained
        except Exception:  # whatever it is, NumPy stands in, and the next network has its turn
            _log.exception("Keras cannot run the network %s", ref.name)
            load.failed = time.monotonic()
        with self._lock:
            newest = {each.name: each for each in self._loads}
            of_runs = [each for each in self._loads if each.name not in self._bundled]
            for old in [*of_runs[:-OF_RUNS], *(each for each in self._loads if newest[each.name] != each)]:
                # one that is still to be loaded goes the next time
                if old in self._loads and self._loads[old].settled.is_set():
                    del self._loads[old]
                    self._networks.pop(old, None)
        load.settled.set()

    def activations(self, name: str, image: np.ndarray) -> dict[str, np.ndarray]:
        """Return every layer's output for a picture, by whichever engine is ready."""
        trained = self._ready(reference(name))
        if trained is None:
            return network.forward(name, weights(name)[0], image)
        return trained.activations(image)

    def wait(self, name: str) -> None:
        """Wait until Keras runs this network, or has failed to."""
        with self._lock:
            load = self._ask(reference(name))
        load.settled.wait()

    def probabilities(self, name: str, images: np.ndarray) -> np.ndarray:
        """Return class probabilities, float32 [N, classes], by whichever engine is ready."""
        trained = self._ready(reference(name))
        if trained is None:
            return np.stack([_answer(name, image) for image in images])
        return trained.predict(images)

    def _ready(self, ref: ModelRef) -> network.Network | None:
        """Return a network if Keras runs it by now."""
        with self._lock:
            self._ask(ref)
            return self._networks.get(ref)

    def _ask(self, ref: ModelRef) -> _Load:
        """Have a network loaded, unless it is or will be, or could not be a moment ago."""
        load = self._loads.pop(ref, None)
        if load is None or (load.failed is not None and time.monotonic() - load.failed > RETRY):
            load = _Load()
            self._queue.put((ref, load))
        self._loads[ref] = load
        return load


class _Load:
    """One try to load a network. settled: it is over. failed: when it failed, if it did."""

    def __init__(self) -> None:
        self.settled = threading.Event()
        self.failed: float | None = None


def _answer(name: str, image: np.ndarray) -> np.ndarray:
    """Return class probabilities [classes] by NumPy; NaN where numbers do not stay finite, as Keras."""
    try:
        return list(network.forward(name, weights(name)[0], image).values())[-1]
    except CnnvizError as error:
        if error.reason != "not_finite":
            raise
        return np.full(len(zoo.get(name).data_set.classes), np.nan, np.float32)


def _compiled(name: str) -> network.Network:
    """Return a network that Keras has run once, so that the next time is fast."""
    _keep_kernels()  # first, or every run meanwhile collects garbage and slows this down
    trained = network.Network(name, *weights(name))
    images = trained.data_set.samples().images
    trained.activations(images[0])  # traces and compiles
    trained.predict(images[:1])
    return trained


def _keep_kernels() -> None:
    """Take Keras' `clear_session` out of Streamlit's hands.

    Streamlit calls it after every run, for models that were built in that run. Here none is, and it
    would empty TensorFlow's kernel cache (a prediction then takes 40 ms instead of 2) and collect garbage.
    """
    import keras

    keras.backend.clear_session = lambda free_memory=True: None


def activations(name: str, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return every layer's output for a picture; kept by the picture's content and the weights, read-only.

    Raises:
        CnnvizError: if they are not finite, with the layer in which that begins.
    """
    return _activations(reference(name), image)


@bounded(PICTURES)
def _activations(ref: ModelRef, image: np.ndarray) -> dict[str, np.ndarray]:
    found = engine().activations(ref.name, image)
    network.check_activations(found)
    return found


@bounded(STACKS)
def random_run(stack: str, seed: int, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return every layer's output of a stack, as its text, with random weights; read-only."""
    return builder.run(builder.parse(stack), seed, image)


def has_recording(name: str) -> bool:
    """Return whether there is a recording of a network's training."""
    return recordings.path(*runs.locate(name)).is_file()


def recording(name: str) -> Recording:
    """Return the recording of a network's training, thinned out to what is shown; read-only."""
    return _recording(*runs.locate(name), _written(name))[0]


def recording_lost(name: str) -> learning.Lost | None:
    """Return where a recording stops being finite; what is shown of it ends before that."""
    return _recording(*runs.locate(name), _written(name))[1]


@bounded(RECORDINGS)
def _recording(architecture: str, folder: Path, written: int) -> tuple[Recording, learning.Lost | None]:
    return learning.finite(learning.thinned(runs.read_recording(architecture, folder)))


def recording_belongs(name: str) -> bool:
    """Return whether a recording is of the training that made the network's weights."""
    return _belongs(reference(name), _written(name))


@st.cache_data(max_entries=FIGURES, show_spinner=False, hash_funcs={ModelRef: str})
def _belongs(ref: ModelRef, written: int) -> bool:
    recorded = runs.read_recording(*runs.locate(ref.name))
    return recorded.belongs_to(weights(ref.name)[0], ref.sha256)


def learning_maps(name: str, layer: str, image: np.ndarray) -> np.ndarray:
    """Return what a layer made of a picture at every moment shown, float32 [T, H, W, C]; read-only."""
    return _learning_maps(*runs.locate(name), _written(name), layer, image)


@bounded(FILMS)
def _learning_maps(
    architecture: str, folder: Path, written: int, layer: str, image: np.ndarray
) -> np.ndarray:
    return learning.maps(_recording(architecture, folder, written)[0], layer, image)


def _written(name: str) -> int:
    """Return when a recording was written: a run that goes on writes it again and again; 0 if it is gone."""
    path = recordings.path(*runs.locate(name))
    return path.stat().st_mtime_ns if path.is_file() else 0


@st.cache_data(max_entries=SHIFTED, show_spinner=False)
def edited(image: np.ndarray, changes: Edit) -> np.ndarray:
    """Return a picture with changes made; kept by its content."""
    return transform.edit(image, changes)


def shifted(name: str, image: np.ndarray) -> Shifted:
    """Return a network's answers for a picture in every shift, kept by the picture and the weights."""
    return _shifted(name, reference(name).sha256, image)


@st.cache_resource(max_entries=SHIFTED, show_spinner=False)
def _shifted(name: str, sha256: str, image: np.ndarray) -> Shifted:
    return Shifted(name, image)


@once
def workers() -> ThreadPoolExecutor:
    """Return the threads that compute shifts, one a core of a small machine; all visitors share them."""
    return ThreadPoolExecutor(2, thread_name_prefix="shifts")


class Shifted:
    """A network's probabilities for a picture in every shift, filled in by a thread of its own.

    While TensorFlow is importing, NumPy computes what is looked at, and the rest waits for it. A network
    that needs long fills its shifts in part by part, the nearest first. Nobody waits for the whole. Where
    that fails, it is tried again for a visitor who comes later.

    Attributes:
        probabilities: float32 [13, 13, classes], as `transform.all_shifts` lists the shifts; NaN where
            they are not computed yet, infinite where the network's numbers do not stay finite.
    """

    def __init__(self, name: str, image: np.ndarray) -> None:
        side = 2 * MAX_SHIFT + 1
        classes = len(zoo.get(name).data_set.classes)
        self.probabilities = np.full((side, side, classes), np.nan, np.float32)
        self._computed = np.zeros((side, side), bool)  # what a network computes may be NaN too
        self._name = name
        self._images: np.ndarray = transform.all_shifts(image)
        self._work: Future[None] | None = None
        self._failed: float | None = None  # when
        self._lock = threading.Lock()

    @property
    def done(self) -> int:
        """How many shifts are computed."""
        return int(self._computed.sum())

    @property
    def complete(self) -> bool:
        """Whether all are."""
        return bool(self._computed.all())

    @property
    def failed(self) -> bool:
        """Whether the rest could not be computed."""
        return self._failed is not None

    @property
    def settled(self) -> bool:
        """Whether nothing more is to come, as things stand."""
        return self.complete or self.failed

    @property
    def lost(self) -> np.ndarray | None:
        """The picture in the first shift whose answer is not finite, uint8 [32, 32, 3], or None."""
        places = np.argwhere(np.isinf(self.probabilities[..., 0]))
        return self._images[tuple(places[0])] if len(places) else None

    def begin(self, dx: int, dy: int) -> None:
        """Compute the shift (dx, dy) and the picture in place now, and begin with the rest."""
        self._compute([(MAX_SHIFT + dy, MAX_SHIFT + dx), (MAX_SHIFT, MAX_SHIFT)])
        with self._lock:
            if self._failed is not None and time.monotonic() - self._failed > RETRY:
                self._work = self._failed = None
            if not self.complete and self._work is None:
                self._work = workers().submit(self._fill)

    def wait(self, seconds: float) -> None:
        """Wait until all shifts are computed, but not longer than that."""
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
            for start in range(0, len(places), CHUNK):
                self._compute(places[start : start + CHUNK])
        except Exception:  # nobody asks this thread: the page says that it failed, the log says why
            _log.exception("The shifts of a picture cannot be computed by %s", self._name)
            self._failed = time.monotonic()


@bounded(SCENES)
def scene(op: SlidingOp, *, beside: tuple[Operation, ...] = ()) -> Scene:
    """Return the stepper's scene of a sliding-window operation, cached and read-only."""
    return scene_of(op, beside=beside)


@st.cache_data(
    max_entries=GIFS,
    show_spinner=False,
    hash_funcs={Scene: lambda scene: scene.digest, Look: repr},
)
def gif(scene: Scene, cells: list[tuple[int, int]], look: Look, speed: float) -> bytes:
    """Return an animated GIF of a scene, made once for the same numbers."""
    with _one_gif_at_a_time:
        return gifs.gif(scene, cells, look, speed=speed)


@st.cache_resource(max_entries=FIGURES, show_spinner=False)
def png(key: tuple[str | int, ...], _draw: Callable[[], np.ndarray]) -> bytes:
    """Return a picture uint8 [H, W, 3 or 4] that depends on nothing but `key`, packed as PNG once."""
    buffer = io.BytesIO()
    Image.fromarray(_draw()).save(buffer, "PNG")
    return buffer.getvalue()


@st.cache_resource(max_entries=FIGURES, show_spinner=False)
def figure(key: tuple[str | bool, ...], _draw: Callable[[], Any]) -> Any:
    """Return a Plotly figure that depends on nothing but `key`, drawn once; read-only."""
    return _draw()


@once
def full_set(data_set: str, split: Split, folder: str) -> Samples:
    """Return a split of a local CIFAR-10; read-only, one copy for all visitors."""
    return registry.get(data_set).load(split, folder)


@once
def download() -> Download:
    """Return the process's one download of the full CIFAR-10, which a visitor may start."""
    return Download()


class Download:
    """Keras' download in a thread of its own. Every visitor sees the same one.

    Attributes:
        failed: whether the last try failed.
    """

    def __init__(self) -> None:
        self.failed = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start it, unless it is under way."""
        with self._lock:
            if not self.running:
                self._thread = threading.Thread(target=self._run, name="download", daemon=True)
                self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def share(self) -> float:
        """How much of the archive is on disk, 0 to 1."""
        size = cifar10.ARCHIVE.stat().st_size if cifar10.ARCHIVE.is_file() else 0
        return min(1.0, size / cifar10.ARCHIVE_BYTES)

    def _run(self) -> None:
        try:
            cifar10.load_split("test")
            self.failed = False
        except Exception:  # no network, no room, no access: the page says that it failed, the log says why
            _log.exception("CIFAR-10 cannot be downloaded")
            self.failed = True


@once
def lecture_facts() -> dict[str, str]:
    """Return the numbers of trained networks that the lecture's texts may name."""
    return lecture.facts(weights(name)[1] for name in network.model_names())
