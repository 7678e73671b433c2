"""Methods of attribution against tf-keras-vis, which takes its own gradients of the same models."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnviz import load, samples
from cnnviz.explain.attribution import registry, smooth_grad
from cnnviz.explain.attribution.base import map_layers
from cnnviz.networks.gradients import logits
from cnnviz.networks.network import Network
from tests.thorough import thorough

NAMES, SAMPLES = ("keras_lecture", "resnet"), (0, 4)
CASES = tuple(product(NAMES, SAMPLES)) if thorough() else (("keras_lecture", 4),)


@cache
def loaded(name: str) -> tuple[Network, Any]:
    """Return a network, and its Keras model that ends in the logits."""
    network = load(name)
    end = network.model.get_layer(logits(network.graph).name).output
    return network, type(network.model)(network.model.inputs, end)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "sample"), CASES)
def test_maps_are_those_of_the_library(name: str, sample: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.saliency import Saliency

    network, model = loaded(name)
    image, target = samples().images[sample], int(samples().labels[sample])
    x = network.data_set.preprocess(image)[np.newaxis]

    def score(outputs: Any) -> Any:
        return outputs[:, target]

    def largest_channel(gradients: Any) -> Any:
        # of each copy: the library would take the mean over the copies first
        return tf.reduce_max(tf.abs(gradients), axis=-1, keepdims=True)

    def check(method: str, expected: Any, layer: str | None = None) -> None:
        expected = np.asarray(expected)[0]
        assert expected.max() > 0, method
        found = registry.get(method).compute(network, image, target, layer=layer).values
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3 * expected.max(), err_msg=method)

    layers = list(map_layers(network.graph).values())
    grad_cam, saliency = Gradcam(model, clone=False), Saliency(model, clone=False)
    raw: dict[str, Any] = {"seek_penultimate_conv_layer": False, "expand_cam": False, "normalize_cam": False}
    for layer in (layers[0], layers[-1]):
        check("grad_cam", grad_cam(score, x, penultimate_layer=layer, **raw), layer)
    check("saliency", saliency(score, x, normalize_map=False))
    # the library's own draws, from the generator and the seed of ours
    monkeypatch.setattr(np.random, "normal", np.random.default_rng(smooth_grad.SEED).normal)
    expected = saliency(
        score,
        x,
        smooth_samples=smooth_grad.COPIES,
        smooth_noise=smooth_grad.NOISE,
        gradient_modifier=largest_channel,
        normalize_map=False,
    )
    check("smooth_grad", expected)
