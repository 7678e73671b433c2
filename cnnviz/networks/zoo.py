"""Networks by name: those that CNNViz brings, the opened ones, and those of runs.

Shapes, parameters and receptive fields come from an architecture's graph.
"""

from __future__ import annotations

import re
from dataclasses import replace

from cnnviz.errors import invalid
from cnnviz.files import runs_folder
from cnnviz.networks import bundled, run_files, store
from cnnviz.networks.architecture import Architecture as Architecture
from cnnviz.networks.bundled import names as names
from cnnviz.networks.bundled import trained_names as trained_names
from cnnviz.networks.recipe import BUILT_RECIPE, Recipe

RUN = re.compile(r"[0-9]{8}-[0-9]{6}")
"""The id of a run: the date and time of its start."""


def get(name: str) -> Architecture:
    """Return the architecture of a network: NAME, or "NAME@RUN" for the network of a run.

    The bundled ones come first, then the opened networks of `store`. A run may also be of a network that
    only its folder knows.

    Raises:
        CnnvizError: if there is none.
    """
    wanted, run = split(name)
    own = next((architecture for architecture in bundled.ARCHITECTURES if architecture.name == wanted), None)
    if run and (own is not None or store.NAME.fullmatch(wanted)):  # untrusted: it becomes a path
        of_run = run_files.read(wanted, runs_folder() / run_folder(wanted, run))
        if of_run is not None:
            usual = BUILT_RECIPE if own is None else own.recipe
            return replace(of_run, recipe=usual.fitted(of_run.data_set) if usual else None)
    if own is not None:
        return own
    if not run and (opened := store.get(wanted)) is not None:
        return opened
    raise invalid("name", f"must be one of {', '.join(names())}", name)


def recipe(name: str, *, toy: bool = False) -> Recipe:
    """Return the training recipe of a network, or that of its toy run.

    Raises:
        CnnvizError: if there is no such network, or it is not trained here.
    """
    return recipe_of(get(name), toy=toy)


def recipe_of(architecture: Architecture, *, toy: bool = False) -> Recipe:
    """Return the training recipe of an architecture, or that of its toy run.

    Raises:
        CnnvizError: if it is not trained here.
    """
    if architecture.recipe is None:
        rule = f"must be one of {', '.join(trained_names())}, which can be trained"
        raise invalid("name", rule, architecture.name)
    return architecture.recipe.toy(architecture.layers) if toy else architecture.recipe


def split(name: str) -> tuple[str, str]:
    """Split a network's name into architecture and run id, "" for a bundled network.

    Raises:
        CnnvizError: if the part after the @ is not a run id.

    >>> split("vgg@20261124-153012"), split("vgg")
    (('vgg', '20261124-153012'), ('vgg', ''))
    """
    architecture, at, run = name.partition("@")
    if at and not RUN.fullmatch(run):
        raise invalid("name", 'must be NAME or NAME@RUN with a run such as "20261124-153012"', name)
    return architecture, run


def run_folder(architecture: str, run: str) -> str:
    """Return the folder name of a run."""
    return f"{run}-{architecture}"
