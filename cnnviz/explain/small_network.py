"""Code of the small network of the page "Why ReLU", which the browser trains by itself."""

from __future__ import annotations

KERAS = """\
import keras
import numpy as np

rng = np.random.default_rng(1)
y = np.arange(200) % 2  # a disc, and a ring around it
radius = np.where(y, 0.42 * np.sqrt(rng.random(200)), rng.uniform(0.65, 0.9, 200))
angle = rng.uniform(0, 2 * np.pi, 200)
x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)

model = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(8, activation="relu", kernel_initializer="he_normal"),
        keras.layers.Dense(8, activation="relu", kernel_initializer="he_normal"),
        keras.layers.Dense(2),
    ]
)
model.compile(
    keras.optimizers.RMSprop(0.01),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(x, y, batch_size=200, epochs=200, verbose=0)
loss, accuracy = model.evaluate(x, y, verbose=0)
print(accuracy)
"""
"""The network with ReLU, trained on a ring; a program that runs as it is."""
