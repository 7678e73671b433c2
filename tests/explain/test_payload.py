"""The payload of a scene: everything arrives as it was, and its digest tells scenes apart."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.explain import step
from cnnviz.explain.payload import payload
from cnnviz.explain.scene import Scene
from cnnviz.text import section
from tests.scenes import SCENES, addition, numbers, pointwise, transposed
from tests.unpack import unpack


@pytest.mark.parametrize("scene", SCENES)
def test_payload_round_trip(scene: Scene) -> None:
    header, arrays = unpack(payload(scene, "ko", cell=(1, 2), input_name="입력", rgb=True))
    assert header["text"] == section("stepper", "ko")
    assert (header["cell"], header["channel"], header["input_name"]) == ([1, 2], 0, "입력")
    assert header["outputs"] == list(scene.outputs)
    assert (header["operation"], header["name"]) == (scene.operation, scene.name)
    assert header["bias"] == scene.bias
    assert header["pads"] == [list(pair) for pair in scene.pads]
    assert header["limits"]["output"][0] == pytest.approx(np.abs(scene.output).max())
    assert header["step"]["digits"]["sum"] == step.digits_of(scene).sum
    assert arrays.keys() == scene.arrays().keys() | {"signs"}
    for name, array in scene.arrays().items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_what_a_kind_of_layer_has_of_its_own() -> None:
    header, _ = unpack(payload(transposed(), "en"))
    assert (header["inserted"], header["name"]) == ([2, 2], "conv_transpose")
    header, _ = unpack(payload(addition(), "en"))
    assert header["channel_names"] == ["conv2_bn", "block1_relu"]
    header, arrays = unpack(payload(pointwise(numbers(3, 3, 1)), "en"))
    assert (header["operation"], header["name"], header["formula"]) == (
        "pointwise",
        "relu",
        "f(x) = max(0, x)",
    )
    limit = header["limits"]["x"][0]
    np.testing.assert_allclose(arrays["curve"], [[-limit, 0], [0, 0], [limit, limit]])  # only where it bends


def test_digest_is_the_scene_and_not_the_place_in_it() -> None:
    def digest(x: np.ndarray, language: str = "en", **options: object) -> str:
        return unpack(payload(pointwise(x), language, **options))[0]["digest"]  # type: ignore[arg-type]

    x = np.zeros((2, 3, 1))
    assert digest(x) == digest(x, cell=(1, 1)) == digest(x.copy(), channel=0)
    others = [digest(x + 1), digest(x.reshape(3, 2, 1)), digest(x, output_name="relu1"), digest(x, "ko")]
    assert len({digest(x), *others}) == 5
