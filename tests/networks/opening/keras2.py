"""A small classifier in a file as Keras 2 writes it, made without TensorFlow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np


def classifier(path: Path, size: int | None = 12, channels: int = 3) -> Path:
    """Write convolution, ReLU, pooling, global average and three classes; size None leaves it open."""

    def entry(kind: str, name: str, **config: Any) -> dict[str, Any]:
        return {"class_name": kind, "config": {"name": name, **config}}

    layers = [
        entry("InputLayer", "input_1", batch_input_shape=[None, size, size, channels]),
        entry("Conv2D", "conv", filters=4, kernel_size=[3, 3], padding="same", activation="relu"),
        entry("MaxPooling2D", "pool", pool_size=[2, 2], strides=[2, 2], padding="valid"),
        entry("GlobalAveragePooling2D", "mean"),
        entry("Dense", "dense", units=3, activation="softmax"),
    ]
    rng = np.random.default_rng(5)
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"layers": layers}})
        file.attrs["keras_version"] = "2.15.0"
        shapes = {"conv": (3, 3, channels, 4), "dense": (4, 3)}
        for layer, shape in shapes.items():
            file[f"model_weights/{layer}/{layer}/kernel:0"] = rng.standard_normal(shape).astype(np.float32)
            file[f"model_weights/{layer}/{layer}/bias:0"] = rng.standard_normal(shape[-1]).astype(np.float32)
    return path
