"""The loss page without a browser: what it sends, and whose picture has no label."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cnnviz import samples, softmax
from cnnviz.networks.network import forward, read_weights
from tests.app.test_pages import open_page


def test_the_logits_are_those_of_the_picked_picture_and_network() -> None:
    app = open_page("loss", lang="en", model="tensorflow_lecture", picture="sample-3", loss_p="0.62")
    (sent,) = (
        json.loads(each.proto.json)
        for each in app.get("bidi_component")
        if "loss_view" in each.proto.component_name
    )
    assert sent["p"] == 0.62
    assert sent["label"] == samples().labels[3]
    activations = forward("tensorflow_lecture", read_weights("tensorflow_lecture")[0], samples().images[3])
    np.testing.assert_allclose(softmax(sent["logits"]), list(activations.values())[-1], atol=1e-4)
    assert app.query_params["loss_p"] == "0.62"


@pytest.mark.parametrize("text", ["2", "nan", "<b>"])
def test_a_link_without_a_probability_shows_the_networks_own(text: str) -> None:
    app = open_page("loss", lang="en", loss_p=text)
    assert "loss_p" not in app.query_params
