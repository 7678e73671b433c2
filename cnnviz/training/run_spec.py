"""The specification of a training run, and the settings that a visitor can choose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnviz.data import registry
from cnnviz.data.dataset import DataSet
from cnnviz.errors import CnnvizError, as_integer, invalid
from cnnviz.networks import builder, zoo
from cnnviz.networks.architecture import clean_title
from cnnviz.networks.fitting import check_trainable, fit
from cnnviz.networks.recipe import BUILT_RECIPE, Recipe

PERCENT = (100, 50, 25, 10, 5, 1)
"""Selectable shares of the training images."""
MAX_EPOCHS = 100
BATCH_SIZES = (16, 32, 64, 128, 256, 512)
VALIDATION = (0, 5, 10, 20)
"""Percent of the training images that are kept apart for validation."""
RATE_FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Selectable factors of the recipe's learning rate."""
BUILT = "built"
"""The name of the networks that visitors build and train."""
DATA_NAME = re.compile("[a-z0-9_]{0,60}")
"""The name of a data set in a specification."""


@dataclass(frozen=True)
class RunSpec:
    """The specification of a training run.

    Attributes:
        name: the architecture; `BUILT` for a stack.
        epochs: passes over the data, 1..100.
        percent: share of the training images, one of `PERCENT`.
        rate_factor: factor of the recipe's learning rate, one of `RATE_FACTORS`.
        batch_size: one of `BATCH_SIZES`, or None for the recipe's.
        toy: whether to train on the 20 bundled samples only.
        data: the name of the data set, one of `registry.here()`; "" = the architecture's own.
        stack: the text of a stack that a visitor built, as `builder.parse` takes it; "" = of the zoo.
        validation: share of these training images that are kept apart, one of `VALIDATION`; none in a toy
            run.
        title: the visitor's name for that stack; "" = none.

    Raises:
        CnnvizError: if a value is out of range.
    """

    name: str
    epochs: int
    percent: int = 100
    rate_factor: float = 1.0
    batch_size: int | None = None
    toy: bool = False
    data: str = ""
    stack: str = ""
    validation: int = 0
    title: str = ""

    def __post_init__(self) -> None:
        for field in ("stack", "title"):
            if not isinstance(getattr(self, field), str):
                raise invalid(field, "must be text", getattr(self, field))
        if self.stack:
            builder.parse(self.stack)
            if self.name != BUILT or self.toy:
                raise invalid("name", f"must be {BUILT!r} for a stack, which is no toy", self.name)
            if clean_title(self.title) != self.title:
                raise invalid("title", "must have no spaces around it", self.title)
        elif self.title:
            raise invalid("title", "must be of a stack", self.title)
        elif self.name not in zoo.trained_names():
            raise invalid("name", f"must be one of {', '.join(zoo.trained_names())}", self.name)
        if as_integer("epochs", self.epochs, minimum=1) > MAX_EPOCHS:
            raise invalid("epochs", f"must be <= {MAX_EPOCHS}", self.epochs)
        for field, allowed in (
            ("percent", PERCENT),
            ("validation", VALIDATION),
            ("rate_factor", RATE_FACTORS),
            ("batch_size", (None, *BATCH_SIZES)),
            ("toy", (False, True)),
        ):
            if getattr(self, field) not in allowed:
                raise invalid(field, f"must be one of {', '.join(map(str, allowed))}", getattr(self, field))
        if not isinstance(self.data, str) or not DATA_NAME.fullmatch(self.data):
            raise invalid("data", "must be the name of a data set", self.data)

    @property
    def data_set(self) -> DataSet | None:
        """The data set, None if it is not here."""
        if not self.stack:
            own = zoo.get(self.name).data_set
            if self.data in ("", own.name):
                return own if self.toy or own.find(None) is not None else None
        return next((each for each in registry.here() if each.name == self.data), None)

    @property
    def architecture(self) -> zoo.Architecture:
        """The architecture, for the data set if it is here.

        Raises:
            CnnvizError: for a stack, if its data set is not here or it cannot be trained on it.
        """
        if self.stack:
            if (data_set := self.data_set) is None:
                raise no_data()
            return built(self.stack, data_set, self.title)
        return fit(zoo.get(self.name), self.data_set or zoo.get(self.name).data_set)

    @property
    def recipe(self) -> Recipe:
        """The recipe that the other settings modify."""
        return zoo.recipe_of(self.architecture, toy=self.toy)

    @property
    def location(self) -> str | Path | None:
        """The location of the data set, as the command line takes it; None if it is not here."""
        data_set = self.data_set
        if self.toy or data_set is None:
            return "samples" if self.toy else None
        return data_set.name if data_set.bundled else data_set.find(None)

    @property
    def learning_rate(self) -> float:
        """The peak learning rate, at the start or after the warm-up."""
        return float(f"{self.rate_factor * self.recipe.learning_rate:.6g}")

    def arguments(self, folder: Path, data: str | Path) -> list[str]:
        """Return the command-line arguments of the run.

        Args:
            folder: the run's folder. data: where the data set lies, or "samples".
        """
        words: dict[str, Any] = {"epochs": self.epochs, "data": data, "out": folder}
        if self.rate_factor != 1:
            words["learning-rate"] = self.learning_rate
        if self.batch_size is not None:
            words["batch-size"] = self.batch_size
        if self.percent != 100 and not self.toy:
            words["fraction"] = self.percent / 100
        if self.validation and not self.toy:
            words["validation"] = self.validation / 100
        options = [text for word, value in words.items() for text in (f"--{word}", str(value))]
        what = str(folder / f"{self.name}.architecture.json") if self.stack else self.name
        return ["train", what, *options, "--background"]


def built(stack: str, data_set: DataSet, title: str = "") -> zoo.Architecture:
    """Return the architecture of a stack that a visitor built, to be trained on a data set.

    Its last layer with units has one for each class.

    Raises:
        CnnvizError: if the stack is none; with the reason "train_fit", if a block of it does not take the
            images; as `check_trainable`.
    """
    graph = builder.for_data_set(builder.parse(stack), data_set)
    architecture = zoo.Architecture(BUILT, graph, BUILT_RECIPE.fitted(data_set), data_set, title)
    check_trainable(architecture)
    return architecture


def no_data() -> CnnvizError:
    """Return the error of a run whose data set is not on this machine."""
    return CnnvizError("`data` must be there before a run can be started.", reason="run_data")
