"""The training loop: events, a checkpoint per epoch, and weights with a model card at the end.

A run that is stopped or killed resumes from its last checkpoint and ends with the same weights as an
uninterrupted one: shuffling, augmentation and dropout are seeded by seed and epoch, and a checkpoint holds
all other state.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz import files
from cnnviz.data.dataset import Samples
from cnnviz.errors import CnnvizError
from cnnviz.files import write_atomically
from cnnviz.networks import architecture_file, run_files, zoo
from cnnviz.networks.finite import first_not_finite
from cnnviz.networks.network import Network, get_weights, images_at_once, read_weights
from cnnviz.networks.weights import write_weights
from cnnviz.training import checkpoint, recording, run_plan
from cnnviz.training.batches import batches
from cnnviz.training.checkpoint import Checkpoint
from cnnviz.training.evaluation import measure, score
from cnnviz.training.events import Event, Writer
from cnnviz.training.run_plan import Plan
from cnnviz.training.trainer import initialize_kernels, seed_dropout, trainer

if TYPE_CHECKING:
    import keras

Report = Callable[[Event], None]
MAX_LOSS = 1e12
"""A larger loss counts as divergence; guessing among ten classes has a loss of 2.3."""
EVENTS_PER_SECOND = 4
"""Maximal rate of "batch" events."""


def train(
    architecture: str | zoo.Architecture,
    train_set: Samples,
    test_set: Samples,
    out: Path,
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    seed: int = 0,
    validation: float = 0.0,
    devices: Sequence[str] = (),
    resume: bool = False,
    note: str = "",
    toy: bool = False,
    report: Report = lambda event: None,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any] | None:
    """Train a network with its recipe.

    Writes into `out`: NAME.events.jsonl, NAME.checkpoint.npz and NAME.recording.npz on the way, NAME.npz
    and its model card NAME.json at the end.

    Args:
        architecture: one that CNNViz brings, by its name, or another one with a recipe.
        train_set, test_set: images uint8 and labels. The test set never influences the weights.
        out: the output folder, created if it does not exist.
        epochs, batch_size, learning_rate: None = the recipe's.
        seed: 0..2**32 - 1; of initial weights, shuffling, augmentation and dropout, and of which images are
            kept apart.
        validation: share of the training images that are not trained on, but measured after each epoch.
        devices: TensorFlow's names of several devices that share each batch; () = the default one.
        resume: whether to resume from the checkpoint in `out`, if there is one.
        note: a remark on the data for the model card.
        toy: whether the data are the bundled samples only; then the recipe is that of a toy run.
        report: called with every event that is written.
        stop: called after each step; if it returns True, the run writes a checkpoint and stops.

    Returns:
        The model card, or None if the run was stopped. Its figures are measured with the half-precision
        weights on disk.

    Raises:
        CnnvizError: if an option is out of range, the checkpoint is damaged or of another run, the folder
            is not writable, or another run is writing into it; with the reason "diverged", if the loss, the
            weights or the predictions are no longer finite. The last checkpoint is kept then.
    """
    run_plan.check_seed(seed)
    if isinstance(architecture, str):
        architecture = zoo.get(architecture)
    recipe = run_plan.adjusted(
        zoo.recipe_of(architecture, toy=toy),
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
    )
    name = architecture.name
    train_set, validation_set = run_plan.keep_apart(train_set, validation, seed)
    plan = Plan(
        architecture, recipe, seed, len(train_set), run_plan.policy(recipe), tuple(devices), validation
    )
    with _write_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    stored = checkpoint.read(plan, out) if resume else None
    with _write_errors(out):
        events = Writer(out / f"{name}.events.jsonl", keep=stored.state["events"] if stored else 0)
    try:
        with _write_errors(out):
            files.remove_unfinished(out, name)
            if plan.is_of_zoo:
                run_files.remove(name, out)
            else:
                run_files.write(architecture, out)
        run = _TrainingRun(plan, train_set, validation_set, test_set, out, events, report, stop)
        run.emit(
            "start",
            name=name,
            epochs=recipe.epochs,
            epoch=stored.state["epoch"] if stored else 0,
            steps=plan.steps,
            batch_size=recipe.batch_size,
            images=len(train_set),
            **({"validation_images": len(validation_set)} if validation_set else {}),
            test_images=len(test_set),
            seed=seed,
            precision=plan.policy,
            pid=os.getpid(),
            toy=toy,
        )
        if not run.fit(stored):
            run.emit("end", state="stopped", message="")
            return None
        card = run.finish(note=note, toy=toy)
        run.emit("end", state="done", message="")
        return card
    except (CnnvizError, OSError) as error:
        how: dict[str, Any] = {"state": "failed"}
        if isinstance(error, CnnvizError) and error.reason == "diverged":
            how = {"state": "diverged", **error.values}
        with contextlib.suppress(OSError):  # the disk may be full
            report(events.write("end", message=str(error), **how))
        raise
    finally:
        events.close()


class _TrainingRun:
    """A run in progress.

    Attributes:
        epoch: the current one, from 0. step: batches done in it.
        sums: {"loss", "accuracy"} summed over the images of this epoch so far.
    """

    def __init__(
        self,
        plan: Plan,
        train_set: Samples,
        validation_set: Samples | None,
        test_set: Samples,
        out: Path,
        events: Writer,
        report: Report,
        stop: Callable[[], bool],
    ) -> None:
        import tensorflow as tf

        self.plan, self.out = plan, out
        self.train_set, self.validation_set, self.test_set = train_set, validation_set, test_set
        self.data_set = plan.architecture.data_set
        self.events, self.report, self.stop = events, report, stop
        self.epoch = self.step = 0
        self.sums = {"loss": 0.0, "accuracy": 0.0}
        self.history = list[dict[str, float]]()
        self.seconds = 0.0
        self.trainer = trainer(plan)
        self.recorder = recording.Recorder(plan.architecture, plan.steps, plan.recipe.epochs)
        self._compiled: Any = tf.function(lambda x: self.trainer(x, training=False), autograph=False)
        self._test_seconds = 0.0
        self._saved = 0  # complete epochs of the last checkpoint

    def emit(self, event: str, **values: Any) -> None:
        """Write an event and report it."""
        with _write_errors(self.out):
            entry = self.events.write(event, **values)
        self.report(entry)

    def fit(self, stored: Checkpoint | None) -> bool:
        """Train all remaining epochs; return whether the run was completed, not stopped."""
        import keras

        if stored is not None:
            self._restore(stored)
        else:
            initialize_kernels(self.trainer, self.plan, self.train_set)
            self._record(self._test()["test_accuracy"])
        run = self

        class AfterEachStep(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                self.model.stop_training = run._after_step(logs)

        while self.epoch < self.plan.recipe.epochs:
            if self.step == 0:
                seed_dropout(self.trainer, self.plan.seed, self.epoch)
            generator = np.random.default_rng([self.plan.seed, self.epoch])
            data = batches(
                self.train_set,
                self.plan.recipe,
                generator,
                skip=self.step,
                preprocessing=self.data_set.preprocessing,
            )
            self._clock = _EpochClock(self)
            self.trainer.fit(data, shuffle=False, verbose=0, callbacks=[AfterEachStep()])
            self.seconds += self._clock.seconds()
            if self.step < self.plan.steps:
                self._save()
                return False
            self._finish_epoch()
            if self.epoch < self.plan.recipe.epochs and self.stop():
                return False
        return True

    def finish(self, *, note: str, toy: bool) -> dict[str, Any]:
        """Evaluate the weights in half precision; write them and their model card."""
        import keras
        import tensorflow as tf

        name, layers = self.plan.name, self.plan.architecture.layers
        card: dict[str, Any] = {
            "name": name,
            "architecture": [
                {
                    "name": info.name,
                    "kind": info.kind,
                    "output_shape": info.output_shape,
                    "parameters": info.parameters,
                }
                for info in layers
            ],
            "parameters": sum(info.parameters for info in layers),
            "recipe": asdict(self.plan.recipe),
            "epochs": self.plan.recipe.epochs,
            "seed": self.plan.seed,
            "data": {
                "set": self.data_set.title,
                "train": len(self.train_set),
                **({"validation": len(self.validation_set)} if self.validation_set else {}),
                "test": len(self.test_set),
                "note": note,
                "toy": toy,
                **({"scaled_from": self.data_set.scaled_from} if self.data_set.scaled_from else {}),
            },
            "data_set": architecture_file.data_set_to_json(self.data_set),
            "training_seconds": round(self.seconds, 2),
            "training_precision": self.plan.policy,
            "history": self.history,
            "precision": "float16",
            "versions": {
                "python": platform.python_version(),
                "tensorflow": tf.__version__,
                "keras": keras.__version__,
                "numpy": np.__version__,
            },
        }
        with np.errstate(over="ignore"):  # overflow to infinity is reported below
            shipped = {
                k: v.astype(np.float16).astype(np.float32) for k, v in get_weights(self.trainer).items()
            }
        if first_not_finite(shipped):
            raise self._diverged("half")
        network = Network(self.plan.architecture, shipped, card)
        answers = network.predict(self.train_set.images)
        if not np.isfinite(answers).all() or not np.isfinite(network.predict(self.test_set.images)).all():
            raise self._diverged("answers")
        card["train"] = score(answers, self.train_set.labels)
        if self.validation_set:
            card["validation"] = score(
                network.predict(self.validation_set.images), self.validation_set.labels
            )
        card["test"] = measure(network, self.test_set)
        with _write_errors(self.out):
            write_weights(name, network.weights, card, self.out)
            written = read_weights(name, self.out)[1]
            recording.write(replace(self.recorder.recording(), sha256=written["sha256"]), self.out)
        return written

    def _diverged(self, what: str) -> CnnvizError:
        """Return the error of a run whose numbers are no longer finite.

        Args:
            what: "loss"; "weights"; "answers", for predictions; or "half", for weights that are finite in
                float32 but not in half precision.
        """
        words = {
            "loss": f"the loss was no longer a finite number below {MAX_LOSS:g}",
            "weights": "weights were no longer finite numbers",
            "answers": "the answers to images were no longer finite numbers",
            "half": "weights were larger than half precision can hold (65,504)",
        }[what]
        rate, step = self.plan.recipe.learning_rate, self.step
        epoch = self.epoch + (step > 0)  # from 1; between two epochs, the completed one
        kept = f" The checkpoint after epoch {self._saved} is kept." * bool(self._saved)
        return CnnvizError(
            "`learning_rate` must be small enough for a run that does not diverge. Received: "
            f"learning_rate={rate:g}; {words} at epoch {epoch}, batch {step or self.plan.steps}.{kept}",
            reason="diverged",
            what=what,
            epoch=epoch,
            step=step or self.plan.steps,
            learning_rate=rate,
        )

    def _after_step(self, logs: Any) -> bool:
        """Count, report and record a step; return whether the run has to stop here.

        Raises:
            CnnvizError: if the loss is no longer finite.
        """
        self.step += 1
        if not all(abs(value) <= MAX_LOSS for value in logs.values()):  # NaN is not
            raise self._diverged("loss")
        self._clock.step()
        if self.epoch == 0 and self.step < self.plan.steps and self.recorder.is_due(self.step):
            with self._clock.pause():
                self._record(self._test()["test_accuracy"])
        if self._clock.due():
            means, recent = self._clock.means(logs)
            self.emit(
                "batch",
                epoch=self.epoch + 1,
                step=self.step,
                **recent,
                epoch_loss=means["loss"],
                epoch_accuracy=means["accuracy"],
                learning_rate=float(self.trainer.optimizer.learning_rate),
                **self._speed(),
            )
        stop = self.stop()
        if self.step == self.plan.steps or stop:
            means, _ = self._clock.means(logs)
            self.sums = {key: mean * self._images() for key, mean in means.items()}
        return stop

    def _images(self) -> int:
        """Return the number of images seen in this epoch."""
        return min(self.step * self.plan.recipe.batch_size, self.plan.images)

    def _speed(self) -> dict[str, float]:
        rate = self._clock.rate()
        epochs = self.plan.recipe.epochs - self.epoch
        left = epochs * self.plan.images - self._images()
        return {
            "images_per_second": round(rate, 1),
            "seconds_left": round(left / rate + epochs * self._test_seconds, 1),
        }

    def _test(self) -> dict[str, float]:
        """Return {"test_loss", "test_accuracy"}, and the same of the validation images if there are any."""
        clock = time.perf_counter()
        found: dict[str, float] = {}
        for name, images in (("validation", self.validation_set), ("test", self.test_set)):
            if images:
                measured = score(self._predict(images.images), images.labels)
                found |= {f"{name}_{key}": measured[key] for key in ("loss", "accuracy")}
        self._test_seconds = time.perf_counter() - clock
        return found

    def _predict(self, images: np.ndarray) -> np.ndarray:
        """Return probabilities [N, classes] with the current weights.

        Raises:
            CnnvizError: if they are not finite.
        """
        size = images_at_once(self.plan.architecture.graph, 500)
        parts = (images[start : start + size] for start in range(0, len(images), size))
        logits = np.concatenate([self._compiled(self.data_set.preprocess(part)).numpy() for part in parts])
        if not np.isfinite(logits).all():
            raise self._diverged("answers")
        return _softmax(logits)

    def _record(self, accuracy: float) -> None:
        probabilities, weights = self._predict(self.data_set.samples().images), get_weights(self.trainer)
        if first_not_finite(weights):
            raise self._diverged("weights")
        done = self.epoch * self.plan.steps + self.step
        self.recorder.record(done, weights, probabilities, accuracy)

    def _finish_epoch(self) -> None:
        row = {**{key: total / self.plan.images for key, total in self.sums.items()}, **self._test()}
        self.history.append(row)
        if self.recorder.is_due((self.epoch + 1) * self.plan.steps):
            self._record(row["test_accuracy"])
        self.epoch, self.step, self.sums = self.epoch + 1, 0, {"loss": 0.0, "accuracy": 0.0}
        speed = self._speed()
        self.emit("epoch", epoch=self.epoch, **row, seconds=round(self.seconds, 2), **speed)
        self._save()

    def _save(self) -> None:
        """Write the recording, then the checkpoint, each atomically.

        Raises:
            CnnvizError: if a variable is not finite; nothing is written then.
        """
        variables = [variable.numpy() for variable in self._variables()]
        if not all(np.isfinite(array).all() for array in variables):
            raise self._diverged("weights")
        state = {
            "identity": self.plan.identity(),
            "epoch": self.epoch,
            "step": self.step,
            "sums": self.sums,
            "history": self.history,
            "seconds": self.seconds,
            "events": self.events.size,
        }
        buffer = io.BytesIO()
        np.savez(
            buffer,
            state=np.frombuffer(json.dumps(state, allow_nan=False).encode(), np.uint8),
            **{f"v{k}": array for k, array in enumerate(variables)},
        )
        with _write_errors(self.out):
            recording.write(self.recorder.recording(), self.out)
            write_atomically(checkpoint.path_of(self.plan.name, self.out), buffer.getvalue())
        self._saved = self.epoch

    def _restore(self, stored: Checkpoint) -> None:
        state, variables = stored.state, self._variables()
        if [tuple(v.shape) for v in variables] != [array.shape for array in stored.variables]:
            raise checkpoint.error_of(self.out, "one of another network")
        if not all(np.isfinite(array).all() for array in stored.variables):
            raise checkpoint.error_of(
                self.out, "one of a run that diverged: it holds numbers that are not finite"
            )
        for variable, array in zip(variables, stored.variables, strict=True):
            variable.assign(array)
        self.epoch, self.step, self.sums = state["epoch"], state["step"], state["sums"]
        self.history, self.seconds, self._saved = state["history"], state["seconds"], self.epoch
        plan = self.plan
        past = recording.read(plan.name, self.out)
        until = self.epoch * plan.steps + self.step
        self.recorder = recording.Recorder(plan.architecture, plan.steps, plan.recipe.epochs, past, until)

    def _variables(self) -> list[keras.Variable]:
        """Return all training state: weights, moving statistics, dropout seeds, optimizer variables."""
        of_layers = [variable for layer in self.trainer.layers for variable in layer.variables]
        return [*of_layers, *self.trainer.optimizer.variables]


class _EpochClock:
    """Measures throughput and mean metrics of an epoch, including its part before an interruption."""

    def __init__(self, run: _TrainingRun) -> None:
        self._run = run
        self._before, self._sums = run._images(), run.sums
        self._start = self._last_event = time.perf_counter()
        self._paused = 0.0
        self._first: tuple[float, int] | None = None
        self._rate = 0.0
        self._last = (self._before, dict(self._sums))

    def step(self) -> None:
        """Note the end of a step. The first one, which compiles, is excluded from the throughput."""
        if self._first is None:
            self._first = (self.seconds(), self._run._images())

    def seconds(self) -> float:
        """Return the seconds of training in this epoch."""
        return time.perf_counter() - self._start - self._paused

    def rate(self) -> float:
        """Return the throughput in images per second."""
        start, images = self._first or (0.0, self._before)
        if self._run.step == 0:  # the epoch is over
            return self._rate
        seen = self._run._images() - images
        seconds = self.seconds() - start
        if seen == 0:  # one step only
            seen, seconds = self._run._images() - self._before, self.seconds()
        self._rate = seen / max(seconds, 1e-9)
        return self._rate

    @contextlib.contextmanager
    def pause(self) -> Iterator[None]:
        """Exclude the time within the context."""
        clock = time.perf_counter()
        yield
        self._paused += time.perf_counter() - clock

    def due(self) -> bool:
        """Return whether a "batch" event is due."""
        now = time.perf_counter()
        if now - self._last_event < 1 / EVENTS_PER_SECOND and self._run.step < self._run.plan.steps:
            return False
        self._last_event = now
        self.rate()
        return True

    def means(self, logs: Any) -> tuple[dict[str, float], dict[str, float]]:
        """Return {"loss", "accuracy"} over this epoch, and over the batches since the last call."""
        images = self._run._images()
        own = {"loss": float(logs.get("cross_entropy", logs["loss"])), "accuracy": float(logs["accuracy"])}
        sums = {key: self._sums[key] + mean * (images - self._before) for key, mean in own.items()}
        before, old = self._last
        recent = {
            key: (sums[key] - old[key]) / (images - before) if images > before else own[key] for key in sums
        }
        # a difference of Keras' float32 means has rounding errors
        recent["accuracy"] = min(1.0, max(0.0, recent["accuracy"]))
        self._last = (images, sums)
        return {key: total / images for key, total in sums.items()}, recent


@contextlib.contextmanager
def _write_errors(out: Path) -> Iterator[None]:
    """Turn an OSError while files are written into `out` into a CnnvizError."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CnnvizError(
            f"`out` must be a folder that can be written into, with space left. Received: {out} ({reason})."
        ) from None


def _softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities [N, classes] of logits [N, classes]."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
