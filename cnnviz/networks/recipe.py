"""How a network is trained: optimizer, schedule, what is done to the images, how weights begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cnnviz.networks.graph import LayerInfo

TOY_BATCH = 20
"""Images a step of a toy run: all bundled samples."""
TOY_EPOCHS = 30
"""Passes over them: about twice as many as the slowest network needs."""
TOY_MOMENTUM = 0.5
"""Of batch normalisation's running statistics in a toy run: what lies ten steps back counts for 0.1%."""


@dataclass(frozen=True)
class Recipe:
    """How an architecture is trained.

    Attributes:
        optimizer: "sgd" or "rmsprop".
        learning_rate: the highest.
        schedule: how it goes on. "inverse_time": `learning_rate / (1 + decay * s)` at step s.
            "cosine": from 0 to `learning_rate` in the first `warmup` of all steps, then down to 0
            along half a cosine.
        momentum: SGD's momentum. nesterov: whether it looks ahead. rho: RMSProp's discounting factor.
        weight_decay: each step takes this times the learning rate from the kernels, in parts of them.
        whitening: whether the first convolution begins with what varies most in the training images.
        identity: whether the other convolutions begin with filters that hand on one channel each.
        beta_rate: how many times the learning rate batch normalisation's beta is trained with.
        label_smoothing: share of the target that all ten classes have in common.
        flip: whether images are mirrored, left to right, every other time.
        shift: images are moved by up to so many pixels either way; the edges are mirrored outwards.
        cutout: side of a square of each image that is covered, in grey, somewhere; 0 = none.
        bfloat16: whether layers compute in bfloat16 on processors that have it; weights stay float32.
        dropout: whether the dropout layers drop anything.
        batch_norm_momentum: what batch normalisation's running statistics keep of themselves at a step;
            the rest comes from the batch. They are about the mean of the last `1 / (1 - momentum)` batches.
        batch_size: images a step. epochs: passes over the training set.
    """

    optimizer: Literal["sgd", "rmsprop"]
    learning_rate: float
    batch_size: int
    epochs: int
    decay: float = 0.0
    momentum: float = 0.0
    rho: float = 0.0
    schedule: Literal["inverse_time", "cosine"] = "inverse_time"
    warmup: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    whitening: bool = False
    identity: bool = False
    beta_rate: float = 1.0
    label_smoothing: float = 0.0
    flip: bool = False
    shift: int = 0
    cutout: int = 0
    bfloat16: bool = False
    dropout: bool = True
    batch_norm_momentum: float = 0.99

    def toy(self, layers: Sequence[LayerInfo]) -> Recipe:
        """Return the recipe of a toy run of a network with these layers, on the few bundled samples.

        A toy is to learn its pictures by heart, so all that keeps a network from that is left out: dropout,
        changed images, label smoothing, weight decay. One batch holds them all, and SGD's learning rate is as
        much smaller as the batch is (Goyal et al., "Accurate, Large Minibatch SGD", 2017). There are few
        steps, so convolutions begin with kernels that see something, and batch normalisation's running
        statistics are those of the last few batches: with a momentum of 0.99, after 30 steps three quarters
        of them would still be what they began with, and the network, right on every picture while it trains,
        would be wrong when it is used.
        """
        trained = {weight for info in layers for weight in info.weight_shapes}
        maps = any(info.layer.filters for info in layers)
        skips = any(len(info.inputs) > 1 for info in layers)  # which hand channels on already
        drops = any(info.layer.training_only for info in layers)
        smaller = TOY_BATCH / self.batch_size if self.optimizer == "sgd" else 1.0  # RMSProp divides it out
        return replace(
            self,
            batch_size=TOY_BATCH,
            epochs=TOY_EPOCHS,
            learning_rate=float(f"{self.learning_rate * smaller:.2g}"),
            weight_decay=0.0,
            whitening=maps,
            identity=maps and not skips,
            label_smoothing=0.0,
            flip=False,
            shift=0,
            cutout=0,
            dropout=not drops,
            batch_norm_momentum=TOY_MOMENTUM if "moving_mean" in trained else self.batch_norm_momentum,
        )
