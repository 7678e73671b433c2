"""Displayed names of networks, their layers and their parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnviz.networks import graph, zoo
from cnnviz.networks.graph import LayerInfo
from cnnviz.pages import data_sets, translation
from cnnviz.pages.translation import t
from cnnviz.text import keys, kinds
from cnnviz.text.parameters import parameters as parameters_text
from cnnviz.training import runs


def layer_names(infos: Iterable[LayerInfo]) -> dict[str, str]:
    """Return {name in code: "Convolution 1"} of a network's layers, in the visitor's language."""
    return kinds.layer_names({info.name: info.kind for info in infos}, translation.language())


def model_name(model: str) -> str:
    """Return the display name of a network, with the start time if a run trained it."""
    architecture, run = zoo.split(model)
    words = untimed_name(model)
    if not run:
        return words
    found = zoo.get(model)
    data_set = found.data_set
    if found.title:
        words = t("frame.model_on_set", name=words, set=data_sets.data_set_title(data_set))
    elif architecture not in zoo.names() or data_set != zoo.get(architecture).data_set:
        short = f"models.short_{architecture}"  # the long names tell of CIFAR-10
        words = t(short) if short in keys() else words
        words = t("frame.model_on_set", name=words, set=data_sets.data_set_title(data_set))
    return t("frame.model_of_run", name=words, time=run_time(model))


def untimed_name(model: str) -> str:
    """Return a network's displayed name, without its run: its title, or its architecture's name."""
    return zoo.get(model).title or architecture_name(zoo.split(model)[0])


def architecture_name(architecture: str) -> str:
    """Return the display name of an architecture, if the texts have one, or the name itself."""
    key = f"frame.model_{architecture}"
    return t(key) if key in keys() else architecture


def run_time(model: str) -> str:
    """Return the start time of a network's run as text, to the second, so that it is unique."""
    moment = runs.start_time(model)
    month = t("frame.months").split(", ")[moment.month - 1]
    return t("frame.run_time", day=moment.day, month=month, clock=f"{moment:%H:%M:%S}")


def parameters(infos: Sequence[LayerInfo]) -> str:
    """Return the parameters of layers as text: "20,746 parameters (20,730 trainable, 16 non-trainable)"."""
    trainable = graph.trainable_parameters(infos)
    return parameters_text(trainable, graph.total_parameters(infos) - trainable, translation.language())


def parameter_formula(layer: LayerInfo) -> str:
    """Return the formula of a layer's number of parameters: "3×3×3×32 + 32"."""
    return " + ".join("×".join(map(str, shape)) for shape in layer.weight_shapes.values())
