"""Training recipes: optimizer, schedule, augmentation and initialisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cnnviz.data.dataset import DataSet
from cnnviz.networks.graph import LayerInfo

TOY_BATCH = 20
"""Batch size of a toy run: all bundled samples."""
TOY_EPOCHS = 30
"""Epochs of a toy run, about twice as many as the slowest network needs."""
TOY_MOMENTUM = 0.5
"""Momentum of batch normalisation in a toy run: a batch ten steps back has a weight of 0.1%."""


@dataclass(frozen=True)
class Recipe:
    """The hyperparameters of an architecture's training.

    Attributes:
        optimizer: "sgd" or "rmsprop".
        learning_rate: the peak learning rate.
        schedule: "inverse_time": `learning_rate / (1 + decay * s)` at step s. "cosine": linear from 0 to
            `learning_rate` in the first `warmup` (a fraction) of all steps, then a half cosine to 0.
        momentum: of SGD. nesterov: whether it is Nesterov momentum. rho: RMSProp's discounting factor.
        weight_decay: decoupled weight decay of the kernels, times the learning rate.
        whitening: whether the first convolution is initialised with the principal components of patches
            of the training images.
        identity: whether the other convolutions are initialised with filters that copy one channel each.
        beta_rate: factor of the learning rate of batch normalisation's beta.
        label_smoothing: share of the target that is spread over all classes.
        flip: whether images are mirrored in every other epoch.
        shift: largest random shift in each direction, in pixels; the border is filled by reflection.
        cutout: side of a random grey square in each image, in pixels; 0 = none.
        bfloat16: whether layers compute in bfloat16 if the processor supports it; weights stay float32.
        dropout: whether the dropout layers are active.
        batch_norm_momentum: momentum of batch normalisation's moving statistics, which average about the
            last `1 / (1 - momentum)` batches.
        batch_size: images per step. epochs: passes over the training set.
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

    def fitted(self, data_set: DataSet) -> Recipe:
        """Return the recipe for a data set: images are changed at random only as far as its classes allow.

        Images are mirrored only if a mirrored one still is of its class. They move by at most an eighth of
        their side, and at most a quarter of it is covered.
        """
        side = min(data_set.size)
        return replace(
            self,
            flip=self.flip and data_set.mirrored,
            shift=min(self.shift, side // 8),
            cutout=min(self.cutout, side // 4),
        )

    def toy(self, layers: Sequence[LayerInfo]) -> Recipe:
        """Return the recipe of a toy run, which overfits the few bundled samples.

        Regularisation is off: dropout, augmentation, label smoothing and weight decay. One batch holds all
        samples, and SGD's learning rate is scaled with the batch size (Goyal et al., "Accurate, Large
        Minibatch SGD", 2017). As there are few steps, convolutions start from useful kernels, and the moving
        statistics of batch normalisation follow the last few batches: with a momentum of 0.99 they would
        still be three quarters their initial values after 30 steps, and inference would fail on images that
        the network classifies correctly in training.

        Args:
            layers: of the network.
        """
        trained = {weight for info in layers for weight in info.weight_shapes}
        maps = any(info.layer.filters for info in layers)
        skips = any(len(info.inputs) > 1 for info in layers)  # skip connections copy channels already
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


BUILT_RECIPE = Recipe(
    "sgd",
    learning_rate=0.02,
    schedule="cosine",
    warmup=0.1,
    momentum=0.9,
    flip=True,
    shift=2,
    batch_size=32,
    epochs=20,
)
"""The recipe of networks that visitors build; cautious, as it has to suit any of them."""
