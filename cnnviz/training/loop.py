"""The training loop: batches, events, a checkpoint per epoch, and weights with a model card at the end.

A run that is stopped or killed resumes from its last checkpoint and ends with the same weights as an
uninterrupted one: shuffling, augmentation and dropout are seeded by seed and epoch, and a checkpoint holds
all other state.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.data.dataset import Preprocessing, Samples
from cnnviz.errors import CnnvizError, as_integer, invalid
from cnnviz.formats import decoding
from cnnviz.networks import architecture_file, cards, run_files, zoo
from cnnviz.networks.graph import IMAGE, LayerInfo, max_file_size
from cnnviz.networks.network import (
    Network,
    build,
    first_not_finite,
    get_weights,
    images_at_once,
    read_weights,
    write_atomically,
    write_weights,
)
from cnnviz.networks.recipe import Recipe
from cnnviz.training import augmentation, initial_kernels, recording
from cnnviz.training.augmentation import OCCLUSION_VALUE
from cnnviz.training.evaluation import measure, score
from cnnviz.training.events import Event, Writer

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

Report = Callable[[Event], None]
RECIPE_DEFAULTS = {entry.name: entry.default for entry in fields(Recipe) if entry.default is not MISSING}
"""Values of recipe options that are missing in checkpoints of older versions."""
MAX_LOSS = 1e12
"""A larger loss counts as divergence; guessing among ten classes has a loss of 2.3."""
EVENTS_PER_SECOND = 4
"""Maximal rate of "batch" events."""
MAX_SEED = 2**32 - 1
"""Of Keras and NumPy."""
VALIDATION_STREAM = 2**31
"""Of the seed's random numbers: which images are kept apart. The streams of epochs are those below."""


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
        architecture: one of the zoo, by its name, or another one with a recipe.
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
    changes: dict[str, Any] = {
        "epochs": None if epochs is None else as_integer("epochs", epochs, minimum=1),
        "batch_size": None if batch_size is None else as_integer("batch_size", batch_size, minimum=1),
        "learning_rate": learning_rate,
    }
    check_seed(seed)
    if isinstance(architecture, str):
        architecture = zoo.get(architecture)
    recipe = zoo.recipe_of(architecture, toy=toy)
    recipe = replace(recipe, **{key: new for key, new in changes.items() if new is not None})
    if not 0 < recipe.learning_rate < float("inf"):
        raise invalid("learning_rate", "must be more than 0", learning_rate)
    name = architecture.name
    train_set, validation_set = keep_apart(train_set, validation, seed)
    plan = Plan(architecture, recipe, seed, len(train_set), _policy(recipe), tuple(devices), validation)
    with _write_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    stored = _read_checkpoint(plan, out) if resume else None
    with _write_errors(out):
        events = Writer(out / f"{name}.events.jsonl", keep=stored.state["events"] if stored else 0)
    try:
        with _write_errors(out):
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


def check_seed(seed: int) -> None:
    """Raise a CnnvizError unless a seed is one that Keras and NumPy take."""
    if as_integer("seed", seed, minimum=0) > MAX_SEED:
        raise invalid("seed", f"must be at most {MAX_SEED}", seed)


def keep_apart(samples: Samples, share: float, seed: int) -> tuple[Samples, Samples | None]:
    """Keep a share of the training images apart for validation.

    Args:
        samples: the training images. share: 0..1, less than 1; 0 = none. seed: decides which.

    Returns:
        The images to train on, and the validation images, None if there are none; both in their old order.

    Raises:
        CnnvizError: if there are no images, the share is out of range, or it leaves no image to train on.
    """
    if not 0 <= share < 1:
        raise invalid("validation", "must be at least 0 and less than 1", share)
    if not len(samples):
        raise CnnvizError("`train_set` must hold an image to train on. Received: none.")
    if share == 0:
        return samples, None
    count = max(1, round(share * len(samples)))
    if count >= len(samples):
        raise invalid("validation", f"must leave one of {len(samples)} images to train on", share)
    order = np.random.default_rng([seed, VALIDATION_STREAM]).permutation(len(samples))
    return samples.take(np.sort(order[count:])), samples.take(np.sort(order[:count]))


@dataclass(frozen=True)
class Plan:
    """Everything that determines the result of a run: runs with equal plans end with equal weights."""

    architecture: zoo.Architecture
    recipe: Recipe
    seed: int
    images: int
    policy: str
    devices: tuple[str, ...]
    validation: float = 0.0

    @property
    def name(self) -> str:
        """The name of the architecture."""
        return self.architecture.name

    @property
    def is_of_zoo(self) -> bool:
        """Whether the architecture is as in the zoo, for its own data set."""
        return self.name in zoo.names() and zoo.get(self.name) is self.architecture

    @property
    def steps(self) -> int:
        """Batches per epoch."""
        return -(-self.images // self.recipe.batch_size)

    def identity(self) -> dict[str, Any]:
        """Return the settings that must equal those of a checkpoint to resume from it.

        The number of epochs is one of them only if the learning rate schedule depends on it.
        """
        recipe = asdict(self.recipe)
        if self.recipe.schedule == "inverse_time":
            del recipe["epochs"]
        own = {} if self.is_of_zoo else {"architecture": architecture_file.to_json(self.architecture)}
        kept = {"validation": self.validation} if self.validation else {}
        return {
            "name": self.name,
            "seed": self.seed,
            "images": self.images,
            "policy": self.policy,
            **own,
            **kept,
            **recipe,
        }


@dataclass(frozen=True)
class _Checkpoint:
    """A saved run. state: epoch, step, sums, history, seconds and size of the event log."""

    state: dict[str, Any]
    variables: list[np.ndarray]


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

    def fit(self, stored: _Checkpoint | None) -> bool:
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
                _seed_dropout(self.trainer, self.plan.seed, self.epoch)
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
            write_atomically(_checkpoint_path(self.plan.name, self.out), buffer.getvalue())
        self._saved = self.epoch

    def _restore(self, stored: _Checkpoint) -> None:
        state, variables = stored.state, self._variables()
        if [tuple(v.shape) for v in variables] != [array.shape for array in stored.variables]:
            raise _checkpoint_error(self.out, "one of another network")
        if not all(np.isfinite(array).all() for array in stored.variables):
            raise _checkpoint_error(
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


def trainer(plan: Plan) -> keras.Model:
    """Return the compiled Keras model, without its softmax: the loss on logits is more accurate."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(plan.seed)
    graph = plan.architecture.graph
    strategy = tf.distribute.MirroredStrategy(list(plan.devices)) if len(plan.devices) > 1 else None
    with strategy.scope() if strategy else contextlib.nullcontext():
        classes: dict[str, Any] = {
            "BatchNormalization": functools.partial(
                _fused_batch_norm(plan.recipe.beta_rate), momentum=plan.recipe.batch_norm_momentum
            )
        }
        if not plan.recipe.dropout:
            classes["Dropout"] = lambda rate, **arguments: keras.layers.Dropout(0.0, **arguments)
        model = build(graph, plan.name, policy=plan.policy, classes=classes)
        (before_softmax,) = graph.output.inputs
        logits = keras.Model(model.inputs, model.get_layer(before_softmax).output, name=plan.name)
        smoothing = plan.recipe.label_smoothing
        exact = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        logits.compile(
            optimizer=_optimizer(plan.recipe, plan.steps * plan.recipe.epochs),
            loss=_Smoothed.of(smoothing) if smoothing else exact,
            # reports show the cross-entropy without label smoothing
            metrics=["accuracy"]
            + [keras.metrics.SparseCategoricalCrossentropy("cross_entropy", from_logits=True)]
            * bool(smoothing),
        )
        logits.optimizer.build(logits.trainable_variables)
    return logits


def initialize_kernels(model: keras.Model, plan: Plan, train_set: Samples) -> None:
    """Initialise the convolutions of a trainer as its recipe says."""
    convolutions = [info for info in plan.architecture.layers if info.layer.filters]
    kernels = [model.get_layer(info.name).kernel for info in convolutions]
    whitened = plan.recipe.whitening and sees_images(convolutions[0]) if convolutions else False
    for kernel in kernels[:1] if whitened else []:
        generator = np.random.default_rng(plan.seed)
        kernel.assign(initial_kernels.whitening(train_set.images, kernel.numpy(), generator))
    for kernel in kernels[1:] if plan.recipe.identity else []:
        kernel.assign(initial_kernels.identity(kernel.numpy()))


def sees_images(info: LayerInfo) -> bool:
    """Return whether the filters of a convolution see patches of the images: whole ones, of all channels."""
    if info.inputs != (IMAGE,):
        return False
    rows, columns, channels, _ = info.weight_shapes["kernel"]
    height, width, of_image = info.input_shapes[0]
    return rows <= height and columns <= width and channels == of_image


class _Smoothed:
    """Cross-entropy with label smoothing."""

    @staticmethod
    def of(share: float) -> Callable[[Any, Any], Any]:
        """Return the loss: labels int [N] or [N, 1], logits [N, 10] -> [N]."""
        import tensorflow as tf

        def smoothed_cross_entropy(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
            logarithms = tf.nn.log_softmax(tf.cast(logits, tf.float32))
            hits = tf.one_hot(tf.cast(tf.reshape(labels, [-1]), tf.int32), logarithms.shape[-1])
            target = (1 - share) * hits + share / logarithms.shape[-1]
            return -tf.reduce_sum(target * logarithms, axis=-1)

        return smoothed_cross_entropy


def _fused_batch_norm(beta_rate: float = 1.0) -> Any:
    """Return a batch normalisation layer that trains with one fused TensorFlow operation.

    It computes in bfloat16 with float32 statistics, and is about 1.3 times as fast as Keras' layer. That one
    takes what the operation does not: vectors and signals, and a layer without gamma or beta.

    Args:
        beta_rate: factor of the learning rate of beta, with SGD.
    """
    import keras
    import tensorflow as tf

    class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            if not training or len(inputs.shape) != 4 or self.gamma is None or self.beta is None:
                return super().call(inputs, training=training, mask=mask)
            x = tf.convert_to_tensor(inputs)
            nothing = tf.zeros([0])
            beta = tf.cast(self.beta, tf.float32)
            if beta_rate != 1:  # the same value, with a gradient scaled by beta_rate
                beta = tf.stop_gradient(beta) + beta_rate * (beta - tf.stop_gradient(beta))
            y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
                x=x,
                scale=tf.cast(self.gamma, tf.float32),
                offset=beta,
                mean=nothing,
                variance=nothing,
                epsilon=self.epsilon,
                is_training=True,
            )
            for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
                moving.assign(moving * self.momentum + value * (1 - self.momentum))
            return y

    return FusedBatchNormalization


def _optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    """Return the optimizer of a recipe for a run of `steps` steps."""
    import keras

    rate: Any = recipe.learning_rate
    if recipe.schedule == "cosine":
        warmup = round(recipe.warmup * steps)
        rate = keras.optimizers.schedules.CosineDecay(
            0.0 if warmup else rate,
            max(1, steps - warmup),
            warmup_target=rate if warmup else None,
            warmup_steps=warmup,
        )
    elif recipe.decay:  # lr / (1 + decay * step)
        rate = keras.optimizers.schedules.InverseTimeDecay(rate, decay_steps=1, decay_rate=recipe.decay)
    if recipe.optimizer == "rmsprop":
        return keras.optimizers.RMSprop(rate, rho=recipe.rho)
    optimizer = keras.optimizers.SGD(
        rate,
        momentum=recipe.momentum,
        nesterov=recipe.nesterov,
        weight_decay=recipe.weight_decay or None,
    )
    if recipe.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def _policy(recipe: Recipe) -> str:
    """Return Keras' dtype policy for a recipe on this processor."""
    return "mixed_bfloat16" if recipe.bfloat16 and has_bfloat16() else "float32"


def has_bfloat16() -> bool:
    """Return whether the processor has bfloat16 instructions; False if that is unknown."""
    try:
        flags = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _seed_dropout(model: keras.Model, seed: int, epoch: int) -> None:
    """Seed the dropout layers by seed and epoch."""
    for k, layer in enumerate(model.layers):
        if hasattr(layer, "seed_generator"):
            state = layer.seed_generator.state
            draw = np.random.default_rng([seed, epoch, k]).integers(0, 2**31, state.shape)
            state.assign(draw)


def batches(
    samples: Samples,
    recipe: Recipe,
    generator: np.random.Generator,
    *,
    skip: int = 0,
    preprocessing: Preprocessing = Preprocessing(),
) -> tf.data.Dataset:
    """Return the batches of an epoch, (float32 [n, H, W, C], int [n]), shuffled and augmented.

    All random numbers are drawn first, so that an epoch can be resumed in the middle.

    Args:
        samples: images and labels. recipe: batch size and augmentation. generator: of the epoch.
        skip: number of batches to skip.
        preprocessing: applied to the images.
    """
    import tensorflow as tf

    images, labels = tf.constant(samples.images), tf.constant(samples.labels)
    count, max_shift = len(samples), recipe.shift
    order = generator.permutation(count)
    height, width = size = samples.images.shape[1:3]
    drawn = augmentation.draw(recipe, count, size, generator)
    columns = [order, drawn.mirrored, drawn.moves]
    if drawn.squares is not None:
        columns.append(drawn.squares)
    draws = np.column_stack(columns).astype(np.int32)
    every_row, every_col = np.arange(height, dtype=np.int32), np.arange(width, dtype=np.int32)

    def reflect(cells: tf.Tensor, last: int) -> tf.Tensor:
        """Return the cell in 0..last at each position, reflecting positions beyond the edges."""
        return last - tf.abs(last - tf.abs(cells))

    def pick(chosen: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        index, flip, row, col = (chosen[:, k, tf.newaxis] for k in range(4))
        picked = tf.gather(images, index[:, 0])
        if recipe.flip or max_shift:
            rows = reflect(every_row + row, height - 1)
            cols = reflect(every_col + col, width - 1)
            cols = tf.where(flip > 0, width - 1 - cols, cols)
            picked = tf.gather(tf.gather(picked, rows, axis=1, batch_dims=1), cols, axis=2, batch_dims=1)
        values = tf.cast(picked, tf.float32) / preprocessing.divisor
        if recipe.cutout:
            top, left = chosen[:, 4, tf.newaxis], chosen[:, 5, tf.newaxis]
            rows = (every_row >= top) & (every_row < top + recipe.cutout)
            cols = (every_col >= left) & (every_col < left + recipe.cutout)
            covered = (rows[:, :, tf.newaxis] & cols[:, tf.newaxis])[..., tf.newaxis]
            values = tf.where(covered, OCCLUSION_VALUE / preprocessing.divisor, values)
        if preprocessing.mean:
            values -= preprocessing.mean
        if preprocessing.deviation:
            values /= preprocessing.deviation
        return values, tf.gather(labels, index[:, 0])

    draws = draws[skip * recipe.batch_size :]
    data = tf.data.Dataset.from_tensor_slices(draws).batch(recipe.batch_size)
    data = data.map(pick, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).prefetch(tf.data.AUTOTUNE)
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return data.with_options(options)


def _read_checkpoint(plan: Plan, out: Path) -> _Checkpoint | None:
    """Return the checkpoint of a plan, or None if there is none.

    Raises:
        CnnvizError: if it is damaged or of another plan.
    """
    path = _checkpoint_path(plan.name, out)
    if not path.is_file():
        return None
    # three float32 per weight, two of them of the optimizer; and the state as JSON
    room = 2 * max_file_size(plan.architecture.graph) + decoding.JSON_BYTES
    try:
        stored = decoding.Npz(decoding.read_bytes(path, room), room)
        state = decoding.parse_json(stored.read("state", "u").tobytes())
        variables = [stored.read(f"v{k}", "biuf") for k in range(len(stored.shapes) - 1)]
        if not _is_state(state):
            raise ValueError("its state is not that of a run")
    except ValueError as error:
        raise _checkpoint_error(out, f"one that is damaged ({error})") from None
    found, done = {**RECIPE_DEFAULTS, **state["identity"]}, len(state["history"])
    wanted = json.loads(json.dumps(plan.identity(), allow_nan=False))
    if found != wanted:
        differing = [key for key in wanted.keys() | found.keys() if found.get(key) != wanted.get(key)]
        raise _checkpoint_error(
            out, "one with " + ", ".join(f"{key}={found.get(key)!r}" for key in sorted(differing))
        )
    if done > plan.recipe.epochs:
        raise invalid("epochs", f"must be >= {done}, which the checkpoint has behind it", plan.recipe.epochs)
    if state["step"] >= plan.steps:
        raise _checkpoint_error(out, f"one that is damaged (it is at step {state['step']} of {plan.steps})")
    return _Checkpoint(state, variables)


def _is_state(state: dict[str, Any]) -> bool:
    """Return whether a checkpoint's state has all entries that resuming needs."""
    match state:
        case {
            "identity": dict(),
            "epoch": int(epoch),
            "step": int(step),
            "sums": {"loss": int() | float(), "accuracy": int() | float()},
            "history": list(history),
            "seconds": int() | float(),
            "events": int(events),
        }:
            counts = step >= 0 and events >= 0 and epoch == len(history)
            return counts and all(
                isinstance(row, dict) and all(isinstance(row.get(key), int | float) for key in cards.METRICS)
                for row in history
            )
    return False


def _checkpoint_path(name: str, out: Path) -> Path:
    return out / f"{name}.checkpoint.npz"


def _checkpoint_error(out: Path, received: str) -> CnnvizError:
    return CnnvizError(
        f"`resume` must find an undamaged checkpoint of this run in {out}. Received: {received}."
    )


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
    """Return probabilities [N, 10] of logits [N, 10]."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
