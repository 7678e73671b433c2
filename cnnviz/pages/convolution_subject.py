"""The subject of the Convolution page: a module, as the page's script would define the class in each run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz import Window
from cnnviz.explain.snippet_data import Data


@dataclass(frozen=True)
class Subject:
    """The input x [H, W, C] and kernel [kh, kw, C] of the convolution, their names, and their code.

    `own` is the window that the layer itself slides, if it is one of the network's.
    """

    x: np.ndarray
    kernel: np.ndarray
    bias: float | None
    input_name: str
    output_name: str
    rgb: bool
    x_code: Data
    kernel_code: Data
    bias_code: Data | None = None
    own: Window | None = None
