"""Optimisers on the loss surface: what comes back from the browser, and the update rules held to Keras."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from cnnviz.components import FRONTEND
from cnnviz.components.descent import RATES, START, STEPS, Selection, read_selection
from cnnviz.errors import CnnvizError
from cnnviz.training import loss_surface
from tests import node

SLOPES = [[2.0, -0.5], [1.5, 0.25], [-0.3, 0.0], [0.7, -4.0]]


def by_node(script: str) -> Any:
    """Return what a script prints that imports the browser's modules."""
    return json.loads(node.run(script, FRONTEND / "descent"))


def test_the_rules_are_those_of_keras() -> None:
    import keras

    found = by_node(f"""
        import {{ RULES, update }} from "./descent_math.js";
        const end = {{}};
        for (const rule of RULES) {{
          let [w, memory] = [[1, 1], [0, 0]];
          for (const slope of {json.dumps(SLOPES)}) {{
            const made = update(rule, 0.01, slope, memory);
            memory = made.memory;
            w = w.map((v, k) => v + made.change[k]);
          }}
          end[rule] = w;
        }}
        console.log(JSON.stringify(end));
    """)
    optimizers = {
        "sgd": keras.optimizers.SGD(0.01),
        "momentum": keras.optimizers.SGD(0.01, momentum=0.9),
        "rmsprop": keras.optimizers.RMSprop(0.01, rho=0.9),
    }
    for rule, optimizer in optimizers.items():
        weights = keras.Variable(np.ones(2), dtype="float64")
        for slope in SLOPES:
            optimizer.apply([keras.ops.convert_to_tensor(slope, "float64")], [weights])
        np.testing.assert_allclose(found[rule], weights.numpy(), atol=1e-6)


def test_from_the_start_the_rates_are_what_they_are_called() -> None:
    surface = loss_surface.read()
    found = by_node(f"""
        import {{ after, inside, walk }} from "./descent_math.js";
        const surface = {{ losses: {json.dumps(surface.losses)}, reach: {surface.reach} }};
        const said = {{}};
        for (const [rule, rates] of Object.entries({json.dumps(RATES)}))
          for (const [size, rate] of Object.entries(rates)) {{
            const steps = walk(surface, rule, rate, {json.dumps(START)}, {STEPS});
            said[`${{rule}} ${{size}}`] = [steps.length, steps.at(-1).loss];
          }}
        console.log(JSON.stringify(said));
    """)
    for rule in RATES:
        assert found[f"{rule} right"][0] == STEPS + 1
        assert found[f"{rule} right"][1] < 0.3
        assert found[f"{rule} small"][1] > 2 * found[f"{rule} right"][1]
    assert found["sgd large"][0] < 5
    assert found["momentum large"][0] < 5
    assert found["rmsprop large"][1] > 1.2 * found["rmsprop right"][1]


def test_a_selection_is_read_and_anything_else_is_refused() -> None:
    given: dict[str, Any] = {"start": [0.1, -0.2], "rate": "large", "rule": "rmsprop", "steps": 7}
    assert read_selection(given, 0.5) == Selection((0.1, -0.2), "large", "rmsprop", 7)
    for wrong in ({"start": [0.1]}, {"start": [0.6, 0]}, {"rate": "x"}, {"rule": 1}, {"steps": 61}):
        with pytest.raises(CnnvizError, match="must be"):
            read_selection(given | wrong, 0.5)
