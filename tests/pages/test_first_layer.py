"""The weights of a first layer as pictures."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.networks.network import read_weights
from cnnviz.pages import first_layer
from cnnviz.text import translate
from tests.app.test_pages import open_page, words


@pytest.mark.parametrize("model", ["keras_lecture", "digits"])
def test_filters_are_pictures_as_they_are(model: str) -> None:
    images = first_layer.kernels(model)
    assert images is not None
    assert np.array_equal(images, read_weights(model)[0]["conv1.kernel"])


def test_a_dense_units_weights_stand_where_the_numbers_of_the_picture_do() -> None:
    images, weights = first_layer.kernels("mlp"), read_weights("mlp")[0]["dense1.kernel"]
    assert images is not None
    assert images.shape == (32, 32, 3, 512)
    picture = np.arange(32 * 32 * 3, dtype=np.float32).reshape(32, 32, 3)
    excited = np.tensordot(picture, images, axes=3)
    np.testing.assert_allclose(excited, picture.ravel() @ weights, rtol=1e-3, atol=0.1)


def test_weights_that_are_no_pictures_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    title = translate("comparison.weights_title", "en")
    assert title in words(open_page("comparison", lang="en"))
    monkeypatch.setattr(first_layer, "CHANNELS", (1,))  # then pictures have too many channels
    assert first_layer.kernels("mlp") is None
    app = open_page("comparison", lang="en")
    assert not app.exception
    assert title not in words(app)
