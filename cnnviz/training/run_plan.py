"""The plan of a training run: all that determines its result."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz.data.dataset import Samples
from cnnviz.errors import CnnvizError, as_integer, invalid
from cnnviz.networks import architecture_file, zoo
from cnnviz.networks.recipe import Recipe

MAX_SEED = 2**32 - 1
"""The largest seed that Keras and NumPy accept."""
VALIDATION_STREAM = 2**31
"""Number of the random stream that selects the validation images; smaller numbers are those of epochs."""


def check_seed(seed: int) -> None:
    """Raise a CnnvizError unless a seed is in [0, MAX_SEED]."""
    if as_integer("seed", seed, minimum=0) > MAX_SEED:
        raise invalid("seed", f"must be at most {MAX_SEED}", seed)


def adjusted(
    recipe: Recipe,
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
) -> Recipe:
    """Return a recipe with other settings; None = the recipe's own.

    Raises:
        CnnvizError: if epochs or the batch size are no whole numbers >= 1, or the rate is not above 0.
    """
    given: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size}
    given = {name: as_integer(name, n, minimum=1) for name, n in given.items() if n is not None}
    if learning_rate is not None:
        given["learning_rate"] = learning_rate
    changed = replace(recipe, **given)
    if not 0 < changed.learning_rate < float("inf"):
        raise invalid("learning_rate", "must be more than 0", learning_rate)
    return changed


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


def policy(recipe: Recipe) -> str:
    """Return Keras' dtype policy for a recipe on this processor."""
    return "mixed_bfloat16" if recipe.bfloat16 and has_bfloat16() else "float32"


def has_bfloat16() -> bool:
    """Return whether the processor has bfloat16 instructions; False if that is unknown."""
    try:
        flags = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
