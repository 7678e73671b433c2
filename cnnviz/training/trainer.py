"""The Keras model that is trained: loss, optimizer, initial kernels."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.data.dataset import Samples
from cnnviz.networks.graph import IMAGE, LayerInfo
from cnnviz.networks.network import build
from cnnviz.networks.recipe import Recipe
from cnnviz.training import initial_kernels
from cnnviz.training.run_plan import Plan

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


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
            loss=_smoothed_cross_entropy(smoothing) if smoothing else exact,
            # reports show the cross-entropy without label smoothing
            metrics=["accuracy"]
            + [keras.metrics.SparseCategoricalCrossentropy("cross_entropy", from_logits=True)]
            * bool(smoothing),
        )
        logits.optimizer.build(logits.trainable_variables)
    if strategy is None:
        # its first step would make the metrics' variables, and be traced a second time because it made some
        logits.compute_metrics(None, tf.zeros([1], tf.int64), tf.zeros([1, *logits.output_shape[1:]]))
        logits.reset_metrics()
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


def _smoothed_cross_entropy(smoothing: float) -> Callable[[Any, Any], Any]:
    """Return cross-entropy with label smoothing: labels int [N] or [N, 1], logits [N, classes] -> [N]."""
    import tensorflow as tf

    def smoothed_cross_entropy(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        log_probabilities = tf.nn.log_softmax(tf.cast(logits, tf.float32))
        classes = log_probabilities.shape[-1]
        one_hot = tf.one_hot(tf.cast(tf.reshape(labels, [-1]), tf.int32), classes)
        target = (1 - smoothing) * one_hot + smoothing / classes
        return -tf.reduce_sum(target * log_probabilities, axis=-1)

    return smoothed_cross_entropy


def _fused_batch_norm(beta_rate: float = 1.0) -> Any:
    """Return a batch normalisation layer that trains with one fused TensorFlow operation.

    It computes in bfloat16 with float32 statistics, and is about 1.3 times as fast as Keras' layer. That one
    also takes what the operation does not take: vectors and signals, and a layer without gamma or beta.

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


def seed_dropout(model: keras.Model, seed: int, epoch: int) -> None:
    """Seed the dropout layers by seed and epoch."""
    for k, layer in enumerate(model.layers):
        if hasattr(layer, "seed_generator"):
            state = layer.seed_generator.state
            draw = np.random.default_rng([seed, epoch, k]).integers(0, 2**31, state.shape)
            state.assign(draw)
