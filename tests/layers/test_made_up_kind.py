"""A kind of layer that is written into one file, and is found everywhere: in the arithmetic, Keras, ..."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from cnnviz import layers, samples
from cnnviz.components.feature_grid import payload as grid
from cnnviz.components.stack_editor import payload as editor
from cnnviz.explain import snippet_data, snippets
from cnnviz.explain.payload import payload as stepper
from cnnviz.explain.scene import scene, scene_of
from cnnviz.layers import registry
from cnnviz.networks import builder, network
from tests.unpack import unpack

FILE = '''
"""Halving: every number is multiplied by a half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Call, Field, Layer, Shape, SlidingOp, Weights


@dataclass(frozen=True)
class Halve(Layer):
    """`x / 2 ** times`."""

    times: int = 1

    kind = "halve"
    name_prefix = "halve"
    abbreviation = "hv"
    group = "activation"
    fields = (Field("times", "times", 1, 9),)
    channelwise = True

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        return inputs[0] * np.float32(0.5**self.times)

    def call(self) -> Call:
        return Call("Rescaling", (0.5**self.times,))

    def sliding_op(self, inputs: Sequence[np.ndarray], weights: Weights, map: int) -> SlidingOp | None:
        kernel = np.full((1, 1, 1), 0.5**self.times)
        return SlidingOp("conv", inputs[0][..., map : map + 1], Window(1), kernel)

    def numpy_code(self, *shapes: Shape) -> list[str]:
        return [f"result = x / {2**self.times}"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        return [f"result = (tf.constant(x, tf.float32) / {2**self.times}).numpy()"]
'''
IMAGE = samples().images[0]


@pytest.fixture
def halve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the file where the others are: into the folder of kinds."""
    (tmp_path / "halve.py").write_text(FILE, "utf-8")
    monkeypatch.setattr(layers, "__path__", [*layers.__path__, str(tmp_path)])
    registry.kinds.cache_clear()
    yield
    monkeypatch.undo()
    sys.modules.pop("cnnviz.layers.halve", None)
    registry.kinds.cache_clear()


@pytest.mark.usefixtures("halve")
def test_a_new_kind_needs_one_file() -> None:
    import keras

    assert "halve" in registry.kinds()
    stack = builder.parse("c4-hv2-f-d10-x")
    assert builder.write(stack) == "c4k3s1same-hv2-f-d10-x"
    graph = builder.analyze(stack).graph
    assert graph is not None
    activations = builder.run(stack, 3, IMAGE)
    np.testing.assert_allclose(activations["halve1"], activations["conv1"] / 4, rtol=1e-6)

    model = network.build(graph, "made_up")
    network.set_weights(model, builder.random_weights(graph, 3))
    expected = model(IMAGE[np.newaxis] / np.float32(255), training=False)
    np.testing.assert_allclose(activations["softmax1"], np.asarray(expected)[0], atol=1e-5)

    code = builder.keras_code(stack)
    assert "layers.Rescaling(0.25)," in code
    exec(code.replace("model.summary()", ""), scope := {"keras": keras})
    assert scope["model"].output_shape == (None, 10)
    layer = graph["halve1"].layer
    picture, model = snippet_data.Picture(), snippet_data.Untrained(builder.write(stack), 3)
    for library in get_args(snippets.Library):
        x = snippet_data.Activation(model, "conv1", picture)
        exec(snippets.layer(library, layer, [x]), found := dict[str, Any]())
        np.testing.assert_allclose(found["result"], activations["halve1"], rtol=1e-6)

    op = layer.sliding_op([activations["conv1"]], {}, 1)
    assert op is not None
    shown = scene(op.x, op.window, "conv", kernel=op.kernel, bias=op.bias)
    np.testing.assert_allclose(shown.output, activations["halve1"][..., 1], rtol=1e-6)
    stepped, numbers = unpack(stepper(scene_of(op), "ko", cell=(16, 16), output_name="halve1"))
    assert (stepped["operation"], stepped["cell"], stepped["output_name"]) == ("conv", [16, 16], "halve1")
    np.testing.assert_allclose(numbers["output_0"], activations["halve1"][..., 1], rtol=1e-6)

    edited, _ = unpack(editor(stack, builder.analyze(stack), language="en"))
    assert edited["fresh"]["halve"] == {"kind": "halve", "times": 1}
    assert edited["kinds"]["halve"] == "halve"
    assert "halve" in dict(edited["groups"])["activation"]
    (setting,) = edited["settings"]["halve"]
    assert (setting["name"], setting["minimum"], setting["maximum"]) == ("times", 1, 9)
    names = [str(k) for k in range(10)]
    header, _ = unpack(
        grid(activations, graph.layers, IMAGE, class_names=names, true_label=None, language="ko")
    )
    assert [entry["name"] for entry in header["layers"] if entry["channelwise"]] == ["halve1"]
    assert {entry["kind"]: entry["kind_name"] for entry in header["layers"]} == {
        "conv": "합성곱",
        "halve": "halve",
        "dense": "완전 연결",
        "softmax": "소프트맥스",
    }


def test_removing_the_file_removes_the_kind() -> None:
    assert "halve" not in registry.kinds()
