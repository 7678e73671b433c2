"""The example of the comparison: what was counted is what the networks answer, and it supports the claim."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cnnviz import load, samples
from cnnviz.arithmetic.transform import all_shifts
from cnnviz.networks.network import reference
from cnnviz.networks.shift_counts import SHIFTS, Example, example, right
from cnnviz.resources import ASSETS

COUNTED = json.loads((ASSETS / "shift_counts.json").read_text("utf-8"))


def chosen(network: str) -> Example:
    found = example("mlp", network, (reference("mlp").sha256, reference(network).sha256))
    assert found is not None
    return found


def test_the_counts_are_what_the_networks_answer() -> None:
    index = chosen("keras_lecture").index
    shifted = all_shifts(samples().images[index])
    assert shifted.shape[0] * shifted.shape[1] == SHIFTS
    for name in ("mlp", "keras_lecture"):
        answers = load(name).predict(shifted.reshape(SHIFTS, *shifted.shape[2:])).argmax(axis=1)
        assert COUNTED[name]["right"][index] == int((answers == samples().labels[index]).sum())


@pytest.mark.parametrize("network", [name for name in COUNTED if name != "mlp"])
def test_the_example_is_the_one_furthest_ahead_and_supports_what_is_shown_with_it(network: str) -> None:
    found = chosen(network)
    ahead = np.subtract(COUNTED[network]["right"], COUNTED["mlp"]["right"])
    assert ahead[found.index] == ahead.max() > 0
    assert found.right[1] > found.right[0]
    assert found.samples == len(samples())
    assert found.total == tuple(sum(COUNTED[name]["right"]) for name in ("mlp", network))
    assert found.behind == int((ahead < 0).sum())


def test_without_counts_of_these_weights_there_is_no_example() -> None:
    digest = reference("mlp").sha256
    assert example("mlp", "keras_lecture", (digest, "0" * 64)) is None
    assert example("mlp", "nothing", (digest, digest)) is None
    assert right("mlp", "0" * 64) == right("nothing", digest) == ()
    assert right("mlp", digest) == tuple(COUNTED["mlp"]["right"])
