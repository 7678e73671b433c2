"""Methods of attribution, each against another way to the same numbers."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from cnnviz import load, samples
from cnnviz.arithmetic import ops
from cnnviz.errors import CnnvizError
from cnnviz.explain import snippets
from cnnviz.explain.attribution import occlusion, registry, smooth_grad
from cnnviz.explain.attribution.base import HeatMap, map_layers
from cnnviz.explain.snippet_data import Picture
from cnnviz.networks import zoo
from cnnviz.networks.network import Network, forward
from tests.thorough import thorough

IMAGE = samples().images[0]
NAME = "keras_lecture"
CLASSES = (3, 8)


@cache
def network() -> Network:
    return load(NAME)


@cache
def computed(method: str, target: int = 3) -> HeatMap:
    return registry.get(method).compute(network(), IMAGE, target)


def scores(image: np.ndarray) -> np.ndarray:
    """Return the logits of a preprocessed picture, float32 [H, W, C], by NumPy, in float64."""
    w = {key: value.astype(np.float64) for key, value in network().weights.items()}
    x = image.astype(np.float64)
    for conv in ("conv1", "conv2"):
        x = np.maximum(0, ops.conv2d(x, w[f"{conv}.kernel"], w[f"{conv}.bias"], padding="same"))
    x = ops.max_pool(x, 2).reshape(-1)
    x = np.maximum(0, x @ w["dense1.kernel"] + w["dense1.bias"])
    return x @ w["dense2.kernel"] + w["dense2.bias"]


@pytest.mark.parametrize("target", CLASSES)
def test_grad_cam_by_the_chain_rule(target: int) -> None:
    w, at = network().weights, forward(NAME, network().weights, IMAGE)
    gradient = w["dense1.kernel"] @ (w["dense2.kernel"][:, target] * (at["dense1"] > 0))
    pooled = gradient.reshape(at["pool1"].shape)  # of which each cell is that of the largest of its four
    weights = pooled.sum(axis=(0, 1)) / (at["conv2_relu"].shape[0] * at["conv2_relu"].shape[1])
    expected = np.maximum(0, at["conv2_relu"] @ weights)
    found = computed("grad_cam", target)
    np.testing.assert_allclose(found.parts["weights"], weights, atol=1e-5)
    np.testing.assert_allclose(found.values, expected, atol=1e-4)
    assert found.values.max() > 0


def test_grad_cam_of_a_layer_has_its_size() -> None:
    for layer in ("conv1_relu", "pool1"):
        found = registry.get("grad_cam").compute(network(), IMAGE, 0, layer=layer)
        assert found.values.shape == network().graph[layer].output_shape[:2]
        assert (
            found.parts["maps"].shape
            == np.moveaxis(np.empty(network().graph[layer].output_shape), -1, 0).shape
        )


def test_saliency_by_finite_differences() -> None:
    x, step = network().data_set.preprocess(IMAGE).astype(np.float64), 1e-5
    gradients = computed("saliency").parts["gradients"]
    for i, j, c in [(11, 8, 0), (16, 16, 1), (30, 2, 2), *map(tuple, np.argwhere(gradients > 0.5)[:2])]:
        up, down = x.copy(), x.copy()
        up[i, j, c] += step
        down[i, j, c] -= step
        slope = (scores(up)[3] - scores(down)[3]) / (2 * step)
        assert gradients[i, j, c] == pytest.approx(slope, abs=1e-3)
    np.testing.assert_array_equal(computed("saliency").values, np.abs(gradients).max(axis=-1))


def test_smooth_grad_is_the_mean_over_the_copies() -> None:
    import tensorflow as tf

    before_softmax = network().model.get_layer("dense2").output
    model: Any = type(network().model)(network().model.inputs, before_softmax)
    x = network().data_set.preprocess(IMAGE)
    copies = tf.Variable(x + smooth_grad.noise(x))
    with tf.GradientTape() as tape:
        score = tf.reduce_sum(model(copies, training=False)[:, 3])
    expected = np.abs(tape.gradient(score, copies).numpy()).max(axis=-1).mean(axis=0)
    np.testing.assert_allclose(computed("smooth_grad").values, expected, atol=1e-4)
    assert smooth_grad.noise(x).std() == pytest.approx(0.15 * (x.max() - x.min()), rel=0.02)


@pytest.mark.parametrize("target", CLASSES)
def test_integrated_gradients_add_up_to_what_the_logit_gained(target: int) -> None:
    found = computed("integrated_gradients", target)
    black = np.zeros_like(IMAGE)
    gained = scores(network().data_set.preprocess(IMAGE)) - scores(network().data_set.preprocess(black))
    assert found.facts["logit"] - found.facts["logit_of_black"] == pytest.approx(gained[target], abs=1e-3)
    assert found.facts["total"] == pytest.approx(gained[target], abs=0.05 * max(1, abs(gained[target])))
    assert found.facts["total"] == pytest.approx(found.values.sum(), abs=1e-3)


def test_occlusion_by_a_loop_of_predictions() -> None:
    found = computed("occlusion")
    assert found.values.shape == occlusion.grid(IMAGE) == (16, 16)
    for i, j in [(0, 0), (15, 15), (7, 3), (8, 8)]:
        covered = IMAGE.copy()
        top, left = max(0, 2 * i - 3), max(0, 2 * j - 3)  # 8 pixels round the middle of 2x2
        covered[top : 2 * i + 5, left : 2 * j + 5] = 127
        expected = forward(NAME, network().weights, covered)["softmax"]
        np.testing.assert_allclose(found.parts["probabilities"][i, j], expected, atol=1e-4)
        plain = forward(NAME, network().weights, IMAGE)["softmax"][3]
        assert found.values[i, j] == pytest.approx(np.clip(1 - expected[3] / plain, 0, 1), abs=1e-3)
    assert occlusion.lost(np.ones(2), 0).tolist() == [0, 0]


@pytest.mark.parametrize("name", registry.names())
def test_a_cell_is_what_its_terms_make(name: str) -> None:
    method, found = registry.get(name), computed(name)
    rows, cols = found.values.shape
    for i, j in [(0, 0), (rows - 1, cols - 1), (rows // 2, cols // 3)]:
        cell = method.take_apart(found, i, j)
        assert cell.value == pytest.approx(found.values[i, j], abs=1e-5)
        if name not in ("saliency", "occlusion"):  # the largest, not the sum
            assert sum(term.product for term in cell.terms) == pytest.approx(cell.total, abs=1e-6)
            sizes = [abs(term.product) for term in cell.terms]
            assert sizes == sorted(sizes, reverse=True)
        assert len({term.index for term in cell.terms}) == len(cell.terms)


def test_progress_is_reported_and_may_end_it() -> None:
    def stop(share: float) -> None:
        raise InterruptedError(share)

    for name in registry.names():
        shares: list[float] = []
        registry.get(name).compute(network(), IMAGE, 3, progress=shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        with pytest.raises(InterruptedError):
            registry.get(name).compute(network(), IMAGE, 3, progress=stop)


def test_maps_are_looked_at_after_normalisation_and_activation() -> None:
    assert map_layers(zoo.get(NAME).graph) == {"conv1": "conv1_relu", "conv2": "conv2_relu"}
    resnet = map_layers(zoo.get("resnet").graph)
    assert resnet["block2_conv1"] == "block2_conv1_relu"
    assert resnet["block2_conv2"] == "block2_conv2_norm"
    assert list(resnet.values())[-1] == "block4_relu"  # a join is looked at, too
    assert map_layers(zoo.get("mlp").graph) == {}


def test_what_does_not_exist_is_said() -> None:
    with pytest.raises(CnnvizError, match=r"`index` must be in 0\.\.9\. Received: index=10"):
        registry.get("saliency").compute(network(), IMAGE, 10)
    with pytest.raises(CnnvizError, match="`layer` must have maps"):
        registry.get("grad_cam").compute(network(), IMAGE, 0, layer="dense1")
    with pytest.raises(CnnvizError, match="`method` must be one of grad_cam, occlusion"):
        registry.get("lime")


# of the other network, which has joins, those whose passes are few
QUICK = ("grad_cam", "saliency")
PROGRAMS = [
    *((method, NAME) for method in registry.names()),
    *((method, "resnet") for method in (registry.names() if thorough() else QUICK)),
]


@pytest.mark.parametrize(("method", "name"), PROGRAMS)
def test_the_program_computes_the_map(method: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net = network() if name == NAME else load(name)
    monkeypatch.setattr("cnnviz.load", lambda _: net)
    layer = next(iter(map_layers(net.graph).values())) if method == "grad_cam" else None
    image = samples().images[4]
    expected = registry.get(method).compute(net, image, 8, layer=layer).values
    lines = registry.get(method).code(net.graph, 8, layer)
    code = snippets.about_a_picture(name, Picture("sample", 4), lines, expected.shape)
    assert f"print(result.shape)  # {expected.shape}" in code
    exec(compile(code, "program", "exec"), scope := dict[str, Any]())
    np.testing.assert_allclose(scope["result"], expected, rtol=0, atol=1e-3 * np.abs(expected).max())
