"""The loss of a trained network along two directions of its weights, as a surface to walk on.

assets/loss_surface.json has it, computed once: a loss for each point of a grid around the trained weights.
`python -m cnnviz.training.loss_surface` computes it again, in a minute; a test computes some of its points.

Source: Li, Xu, Taylor, Studer and Goldstein, "Visualizing the Loss Landscape of Neural Nets", 2018,
    https://arxiv.org/abs/1712.09913
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from cnnviz.data.cifar10 import CIFAR10
from cnnviz.networks import network
from cnnviz.networks.weights import Weights
from cnnviz.resources import ASSETS

PATH = ASSETS / "loss_surface.json"
NETWORK = "tensorflow_lecture"
SIDE = 41
REACH = 0.6
SEED = 2


@dataclass(frozen=True)
class LossSurface:
    """Mean losses over the samples, around the trained weights.

    Attributes:
        network: its name in the zoo. sha256: of its weights.
        seed: of the two directions, see `directions`.
        reach: how far the grid goes along each direction: from -reach to reach.
        losses: SIDE rows of SIDE losses: row r, column c is at `coordinates(r, c)`.
    """

    network: str
    sha256: str
    seed: int
    reach: float
    losses: list[list[float]]

    def coordinates(self, row: int, col: int) -> tuple[float, float]:
        """Return the coordinates of a point of the grid; (0, 0) are the trained weights."""
        step = 2 * self.reach / (len(self.losses) - 1)
        return col * step - self.reach, row * step - self.reach


def directions(weights: Weights, seed: int) -> tuple[Weights, Weights]:
    """Return two random directions that are as large as the weights, filter by filter.

    In a kernel each filter, or unit, has the length of the trained one; biases stay. So a step of the same
    length changes every filter by the same share, and surfaces of different networks can be compared.
    """
    generator = np.random.default_rng(seed)
    found: tuple[dict[str, np.ndarray], dict[str, np.ndarray]] = ({}, {})
    for direction in found:
        for name, trained in weights.items():
            if trained.ndim < 2:
                direction[name] = np.zeros_like(trained)
                continue
            axes = tuple(range(trained.ndim - 1))  # the last axis counts filters
            drawn = generator.standard_normal(trained.shape)
            length = np.sqrt((drawn**2).sum(axes) / (trained.astype(np.float64) ** 2).sum(axes).clip(1e-12))
            direction[name] = (drawn / length).astype(np.float32)
    return found


def moved(weights: Weights, along: tuple[Weights, Weights], at: tuple[float, float]) -> Weights:
    """Return the weights at a point of the surface."""
    (first, second), (a, b) = along, (np.float32(each) for each in at)
    return {name: weight + a * first[name] + b * second[name] for name, weight in weights.items()}


def compute(name: str = NETWORK, side: int = SIDE, reach: float = REACH, seed: int = SEED) -> LossSurface:
    """Compute the losses of a bundled network on the samples, with TensorFlow."""
    import tensorflow as tf

    trained = network.load(name)
    samples = CIFAR10.samples()
    images, labels = tf.constant(CIFAR10.preprocess(samples.images)), tf.constant(samples.labels)
    scores = trained.graph.shown_inputs(trained.graph.output.name)[0]
    model = tf.keras.Model(trained.model.inputs, trained.model.get_layer(scores).output)

    def mean_loss() -> tf.Tensor:
        logits = model(images, training=False)
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))

    loss = tf.function(mean_loss)
    surface = LossSurface(
        name, network.reference(name).sha256, seed, reach, [[0.0] * side for _ in range(side)]
    )
    along = directions(trained.weights, seed)
    for row in range(side):
        for col in range(side):
            network.set_weights(trained.model, moved(trained.weights, along, surface.coordinates(row, col)))
            surface.losses[row][col] = round(float(loss()), 4)
    return surface


def write(surface: LossSurface, path: Path = PATH) -> None:
    """Write a surface, a row of the grid a line."""
    header = {name: value for name, value in asdict(surface).items() if name != "losses"}
    rows = ",\n  ".join(json.dumps(row, allow_nan=False) for row in surface.losses)
    begun = json.dumps(header, allow_nan=False)[:-1]
    path.write_text(f'{begun}, "losses": [\n  {rows}\n]}}\n', "utf-8")


def read(path: Path = PATH) -> LossSurface:
    """Read a surface."""
    return LossSurface(**json.loads(path.read_text("utf-8")))


if __name__ == "__main__":
    write(compute())
