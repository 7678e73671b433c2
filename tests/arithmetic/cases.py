"""Shared by the tests of the arithmetic: tolerances, and settings to draw from."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

WITHIN = {"rtol": 1e-4, "atol": 1e-4}  # of Keras, in float32

small = st.integers(1, 3)
sides = st.tuples(st.integers(0, 3), st.integers(0, 3))
paddings = st.one_of(st.sampled_from(["valid", "same"]), st.integers(0, 3), sides, st.tuples(sides, sides))

X, K = np.zeros((5, 5, 3)), np.zeros((3, 3, 3, 2))
