"""Extraction of the patches that a sliding window covers."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic.window import Window


def extract_patches(x: np.ndarray, window: Window, *, fill: float) -> np.ndarray:
    """Return every patch of an image [H, W, C] padded with `fill`, as a view [OH, OW, C, kh, kw]."""
    out_height, out_width = window.output_size(x.shape[:2])
    padded = np.pad(x, (*window.pads(x.shape[:2]), (0, 0)), constant_values=fill)
    windows = np.lib.stride_tricks.sliding_window_view(padded, window.extent, axis=(0, 1))
    windows = windows[
        :: window.stride[0], :: window.stride[1], :, :: window.dilation[0], :: window.dilation[1]
    ]
    return windows[:out_height, :out_width]


def extract_patch(x: np.ndarray, rows: np.ndarray, cols: np.ndarray, *, fill: float) -> np.ndarray:
    """Return the patch x[rows, cols] [kh, kw, C], with `fill` where an index is out of bounds."""
    inside_rows = (rows >= 0) & (rows < x.shape[0])
    inside_cols = (cols >= 0) & (cols < x.shape[1])
    patch = np.full((len(rows), len(cols), x.shape[2]), fill, x.dtype)
    patch[np.ix_(inside_rows, inside_cols)] = x[np.ix_(rows[inside_rows], cols[inside_cols])]
    return patch
