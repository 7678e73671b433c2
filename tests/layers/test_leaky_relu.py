"""Leaky ReLU: what its formula says is what it computes."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.layers.leaky_relu import LeakyRelu


@pytest.mark.parametrize("slope", [0.0, 0.1, 1.0, 2.5])
def test_the_formula_holds_for_any_slope_that_a_file_may_have(slope: float) -> None:
    layer = LeakyRelu("leaky", slope)
    for x in (-3.0, 0.0, 2.0):
        array = np.full((1, 1, 1), x, np.float32)
        op = layer.sliding_op([array], {}, 0)
        assert op is not None
        text = op.formula.replace("{(x)}", f"({x})").replace("{x}", str(x))
        value = eval(text.replace("×", "*").replace("−", "-"), {"max": max, "min": min})
        assert value == pytest.approx(float(layer.compute(array)[0, 0, 0]))
