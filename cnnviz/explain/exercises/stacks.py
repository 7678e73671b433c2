"""A layer of the Builder's stack with another setting, which exercises on that page ask about.

The page itself shows the answers for the unchanged stack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.explain.exercises.base import Destination, LayerName, Subject, pick
from cnnviz.layers.base import Setting
from cnnviz.networks import builder
from cnnviz.networks.graph import Graph, LayerInfo

Settings = Mapping[str, tuple[Setting, ...]]
"""{setting: values} that a layer may get instead of its own."""


@dataclass(frozen=True)
class Changed:
    """A stack in which one layer has another setting.

    Attributes:
        before, after: the unchanged layer, and the layer with that setting.
        graph, changed: the layers of the stack, and of the stack with it, up to the first problem.
        name: the layer's displayed name. text: the stack with it, as in links.
    """

    before: LayerInfo
    after: LayerInfo
    graph: Graph
    changed: Graph
    name: LayerName
    text: str

    @property
    def code(self) -> str:
        """The layer with that setting, as in Keras."""
        return " → ".join(call.code() for call in self.after.layer.calls(self.after.input_shape))

    @property
    def destination(self) -> Destination:
        """The page that shows it: the Builder with this stack."""
        return Destination("builder", {"builder_stack": self.text})


def change(
    subject: Subject,
    settings: Settings,
    generator: np.random.Generator,
    asked: Callable[[Graph], Sequence[LayerInfo]],
) -> Changed | None:
    """Return a stack with another setting of one of its layers, or None if no layer has one of these.

    Args:
        subject: one with a stack. settings: what may change. asked: those layers of a
            network that may be asked about.
    """
    stack, shape = builder.parse(subject.stack), subject.image.shape
    graph = builder.analyze(stack, shape).graph
    if graph is None:
        return None
    names = {info.name for info in asked(graph)}
    found = [
        (k, layer, name)
        for k, layer in enumerate(builder.named_layers(stack))
        if layer.name in names
        for name in settings
        if name in layer.settings()
    ]
    if not found:
        return None
    k, layer, name = pick(generator, found)
    own = layer.settings()
    others = [value for value in settings[name] if value != own[name]]
    for value in (pick(generator, others), *others):
        try:
            changed = (*stack[:k], stack[k].from_settings("", **own | {name: value}), *stack[k + 1 :])
        except CnnvizError:  # the block does not have this value, such as a pooling a window of one cell
            continue
        after = builder.analyze(changed, shape).graph
        if after is not None and layer.name in [info.name for info in asked(after)]:
            return Changed(
                graph[layer.name],
                after[layer.name],
                graph,
                after,
                LayerName(graph, layer.name),
                builder.write(changed),
            )
    return None
