"""A training run: batches in, progress events out, a checkpoint each epoch, a model card at the end."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz import zoo
from cnnviz.cifar import Samples
from cnnviz.errors import CnnvizError, as_integer, invalid
from cnnviz.network import Network, build, read_weights, replace_file, weights_of, write_weights
from cnnviz.transform import BORDER, REACH, shift

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


@dataclass(frozen=True)
class Progress:
    """Where a run stands.

    Attributes:
        epoch: the current one, from 1. epochs: how many there will be.
        step: batches done of this epoch. steps: batches an epoch.
        loss, accuracy: means over this epoch's batches so far.
        images_per_second: over this epoch so far.
        test: {"loss", "accuracy"} on the test images after the epoch's last batch, else None.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    accuracy: float
    images_per_second: float
    test: dict[str, float] | None = None


Report = Callable[[Progress], None]


def train(
    name: str,
    train_set: Samples,
    test_set: Samples,
    out: Path,
    *,
    epochs: int | None = None,
    seed: int = 0,
    resume: bool = False,
    note: str = "",
    report: Report = lambda progress: None,
) -> dict[str, Any]:
    """Train a network of the zoo with its recipe; write NAME.npz and its model card NAME.json.

    Args:
        name: the architecture.
        train_set, test_set: images uint8 and labels. The test set never influences the weights.
        out: folder for weights, card and checkpoint.
        epochs: None = the recipe's.
        seed: of initial weights, shuffling and dropout.
        resume: go on from the checkpoint in `out` if there is one.
        note: what a reader of the card must know of the data.
        report: called with a `Progress` several times an epoch.

    Returns:
        The model card. Its final figures are measured on the half-precision weights as written.

    Raises:
        CnnvizError: if `epochs` is out of range or the checkpoint is damaged or another run's.
    """
    import keras
    import tensorflow as tf

    architecture = zoo.get(name)
    recipe = architecture.recipe
    epochs = recipe.epochs if epochs is None else as_integer("epochs", epochs, minimum=1)
    keras.utils.set_random_seed(seed)
    history, seconds = list[dict[str, float]](), 0.0
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / f"{name}.checkpoint.keras"
    run = {"name": name, "seed": seed, "images": len(train_set)}
    if resume and checkpoint.is_file():
        trainer, history, seconds = _resumed(checkpoint, run, recipe.batch_size)
        if len(history) > epochs:
            raise invalid("epochs", f"must be >= {len(history)}, which the checkpoint has behind it", epochs)
    else:
        # the model without its softmax: the loss is more exact on logits
        model = build(architecture)
        trainer = keras.Model(model.inputs, model.get_layer(architecture.layers[-2].name).output, name=name)
        trainer.compile(
            optimizer=_optimizer(recipe),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )
    for epoch in range(len(history), epochs):
        clock = time.perf_counter()
        _seed_dropout(trainer, seed, epoch)
        batches = _batches(train_set, recipe.batch_size, np.random.default_rng([seed, epoch]))
        callback = _reporter(report, epoch + 1, epochs, recipe.batch_size)
        fitted = trainer.fit(batches, shuffle=False, verbose=0, callbacks=[callback]).history
        seconds += time.perf_counter() - clock
        loss, accuracy = fitted["loss"][0], fitted["accuracy"][0]
        test = dict(
            zip(("loss", "accuracy"), trainer.evaluate(_batches(test_set, 500), verbose=0), strict=True)
        )
        history.append(
            {"loss": loss, "accuracy": accuracy, "test_loss": test["loss"], "test_accuracy": test["accuracy"]}
        )
        # history first: a run killed between the two has one row too many, which resuming cuts off
        state = {**run, "seconds": seconds, "history": history}
        replace_file(checkpoint.with_suffix(".json"), json.dumps(state).encode())
        partial = checkpoint.with_name(f"{name}.part.keras")
        trainer.save(partial)
        partial.replace(checkpoint)
        report(
            Progress(epoch + 1, epochs, callback.steps, callback.steps, loss, accuracy, callback.rate, test)
        )
    card = {
        "name": name,
        "architecture": [
            {
                "name": info.name,
                "kind": info.kind,
                "output_shape": info.output_shape,
                "parameters": info.parameters,
            }
            for info in zoo.describe(architecture.layers)
        ],
        "parameters": sum(info.parameters for info in zoo.describe(architecture.layers)),
        "recipe": asdict(recipe),
        "epochs": epochs,
        "seed": seed,
        "data": {"set": "CIFAR-10", "train": len(train_set), "test": len(test_set), "note": note},
        "training_seconds": round(seconds),
        "history": history,
        "precision": "float16",
        "versions": {
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
        },
    }
    # what is measured is what is shipped: write, read back, evaluate, then complete the card
    write_weights(name, weights_of(trainer), card, out)
    network = Network(name, *read_weights(name, out))
    card["train"] = evaluate(network, train_set)
    card["test"] = evaluate(network, test_set)
    write_weights(name, network.weights, card, out)
    return card


def evaluate(network: Network, images: Samples) -> dict[str, float]:
    """Return {"accuracy", "loss"} of a network: share classified right, mean cross-entropy in nats."""
    probabilities = network.predict(images.images)
    hits = probabilities.argmax(axis=1) == images.labels
    picked = probabilities[np.arange(len(images)), images.labels]
    loss = -np.log(np.maximum(picked, 1e-12, dtype=np.float64)).mean()
    return {"accuracy": round(float(hits.mean()), 6), "loss": round(float(loss), 6)}


def evaluate_shifts(
    network: Network, images: Samples, *, report: Callable[[int, int], None] = lambda done, of: None
) -> dict[str, Any]:
    """Measure a network's accuracy on images shifted by every (dx, dy) in -6..6.

    Args:
        report: called with the number of shifts done, and of all.

    Returns:
        {"range": 6, "border": "edge", "n": images, "accuracy": rows of accuracies}; entry
        [6 + dy][6 + dx] is for images moved dx to the right and dy down, as `transform.shift` does.
    """
    steps = range(-REACH, REACH + 1)
    accuracy: list[list[float]] = []
    for dy in steps:
        row: list[float] = []
        for dx in steps:
            moved = Samples(np.stack([shift(image, dx, dy) for image in images.images]), images.labels)
            row.append(evaluate(network, moved)["accuracy"])
            report(len(accuracy) * len(steps) + len(row), len(steps) ** 2)
        accuracy.append(row)
    return {"range": REACH, "border": BORDER, "n": len(images), "accuracy": accuracy}


def _resumed(
    checkpoint: Path, run: dict[str, Any], batch_size: int
) -> tuple[keras.Model, list[dict[str, float]], float]:
    """Return a checkpoint's model, the history up to where that model stands, and its seconds."""
    import keras

    try:
        state = json.loads(checkpoint.with_suffix(".json").read_text("utf-8"))
        found = {key: state[key] for key in run}
        trainer = keras.models.load_model(checkpoint)
        epochs = int(trainer.optimizer.iterations.numpy()) // -(-found["images"] // batch_size)
        history, seconds = state["history"][:epochs], state["seconds"]
    except Exception as error:  # whatever a damaged file provokes
        raise CnnvizError(
            f"`resume` must find an undamaged checkpoint in {checkpoint.parent}. "
            f"Received: one that fails ({type(error).__name__})."
        ) from None
    if found != run:
        raise CnnvizError(
            f"`resume` must find a checkpoint of this run in {checkpoint.parent}. "
            "Received: one with " + ", ".join(f"{key}={value!r}" for key, value in found.items()) + "."
        )
    return trainer, history, seconds


def _optimizer(recipe: zoo.Recipe) -> keras.optimizers.Optimizer:
    import keras

    rate: Any = recipe.learning_rate
    if recipe.decay:  # lr / (1 + decay * step)
        rate = keras.optimizers.schedules.InverseTimeDecay(rate, decay_steps=1, decay_rate=recipe.decay)
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(rate, momentum=recipe.momentum)
    return keras.optimizers.RMSprop(rate, rho=recipe.rho)


def _seed_dropout(model: keras.Model, seed: int, epoch: int) -> None:
    """Begin each epoch's dropout anew, so that a resumed run drops what an uninterrupted one drops.

    Keras does not keep the state of these generators in a saved model.
    """
    for k, layer in enumerate(model.layers):
        if hasattr(layer, "seed_generator"):
            state = layer.seed_generator.state
            draw = np.random.default_rng([seed, epoch, k]).integers(0, 2**31, state.shape)
            state.assign(draw)


def _batches(samples: Samples, size: int, generator: np.random.Generator | None = None) -> tf.data.Dataset:
    """Return batches (float32 [n, 32, 32, 3] in [0, 1], int [n]), shuffled if a generator is given."""
    import tensorflow as tf

    images, labels = tf.constant(samples.images), tf.constant(samples.labels)
    order = np.arange(len(samples)) if generator is None else generator.permutation(len(samples))

    def pick(indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.cast(tf.gather(images, indices), tf.float32) / 255.0, tf.gather(labels, indices)

    return tf.data.Dataset.from_tensor_slices(order).batch(size).map(pick).prefetch(2)


def _reporter(report: Report, epoch: int, epochs: int, batch_size: int) -> Any:
    """Return a Keras callback that turns batches into `Progress`, at most ten times a second."""
    import keras

    class Reporter(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        steps = 0
        rate = 0.0

        def on_train_begin(self, logs: Any = None) -> None:
            self.start = self.last = time.perf_counter()
            self.steps = self.params["steps"]

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            now = time.perf_counter()
            self.rate = (batch + 1) * batch_size / (now - self.start)
            if now - self.last >= 0.1:
                self.last = now
                report(
                    Progress(epoch, epochs, batch + 1, self.steps, logs["loss"], logs["accuracy"], self.rate)
                )

    return Reporter()
