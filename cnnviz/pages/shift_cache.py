"""A network's predictions for all shifts of an image, computed in the background."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait

import numpy as np

from cnnviz.arithmetic import transform
from cnnviz.arithmetic.transform import MAX_SHIFT
from cnnviz.hosting import visitors
from cnnviz.networks import zoo
from cnnviz.networks.network import ModelRef
from cnnviz.pages import inference, model_cache
from cnnviz.pages.byte_cache import MB, byte_cache, size_in_bytes
from cnnviz.pages.server import once_per_process

_log = logging.getLogger(__name__)
SHIFT_BYTES = 14 * MB
"""Limit of predictions for all shifts; 13 kB an image of CIFAR-10, at most 0.9 MB."""
SHIFT_BATCH = 57
"""Shifts predicted in one batch: a third of all."""


def shift_predictions(name: str, image: np.ndarray) -> ShiftPredictions:
    """Return a network's predictions for all shifts of an image, uint8 [H, W, C], cached by content."""
    return _shift_predictions(model_cache.reference(name), image)


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
        shifts = np.argwhere(np.isinf(self.probabilities[..., 0]))
        return self._images[tuple(shifts[0])] if len(shifts) else None

    def start(self, dx: int, dy: int) -> None:
        """Predict the shift (dx, dy) and the unshifted image now, and the other shifts in the background.

        The background work ends when no visitor waits for it any more: they have gone, or changed the image.
        """
        interest().ask(self._name, self)
        self._compute([(MAX_SHIFT + dy, MAX_SHIFT + dx), (MAX_SHIFT, MAX_SHIFT)])
        with self._lock:
            if self._failed is not None and time.monotonic() - self._failed > inference.RETRY_SECONDS:
                self._work = self._failed = None
            if not self.complete and self._work is None:
                self._work = workers().submit(self._fill)

    def wait(self, seconds: float) -> None:
        """Wait until all shifts are computed, at most `seconds`."""
        if self._work is not None:
            wait([self._work], timeout=seconds)

    def _compute(self, shifts: list[tuple[int, int]]) -> None:
        missing = [shift for shift in dict.fromkeys(shifts) if not self._computed[shift]]
        if missing:
            rows, cols = zip(*missing, strict=True)
            found = inference.engine().probabilities(self._name, self._images[list(rows), list(cols)])
            found = np.where(np.isfinite(found).all(axis=-1, keepdims=True), found, np.inf)
            self.probabilities[list(rows), list(cols)] = found
            self._computed[list(rows), list(cols)] = True

    def _fill(self) -> None:
        side = range(2 * MAX_SHIFT + 1)
        shifts = sorted(
            ((row, col) for row in side for col in side),
            key=lambda shift: max(abs(shift[0] - MAX_SHIFT), abs(shift[1] - MAX_SHIFT)),
        )
        try:
            inference.engine().wait(self._name)
            for start in range(0, len(shifts), SHIFT_BATCH):
                with self._lock:
                    if not interest().wants(self._name, self):
                        self._work = None
                        return
                self._compute(shifts[start : start + SHIFT_BATCH])
        except Exception:  # logged here, as no caller gets it; the page reports the failure
            _log.exception("The shifts of a picture cannot be computed by %s", self._name)
            self._failed = time.monotonic()


@once_per_process
def interest() -> visitors.Interest:
    """Return which background work the visitors wait for."""
    return visitors.Interest()
