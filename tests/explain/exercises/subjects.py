"""Subjects for exercises: random pictures and networks, and the lecture's network on the samples."""

from __future__ import annotations

from functools import cache

import numpy as np

from cnnviz import samples
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.explain.exercises.base import Exercise, Kind, Subject
from cnnviz.networks import network, zoo

SAMPLES = samples()


def picture(seed: int) -> np.ndarray:
    """Return a random picture: blocks of colour with noise, uint8 [32, 32, 3]."""
    generator = np.random.default_rng(seed)
    side = int(generator.choice([1, 2, 4, 8]))
    blocks = generator.integers(0, 256, (32 // side, 32 // side, 3))
    noise = generator.integers(-30, 31, (32, 32, 3))
    return np.clip(blocks.repeat(side, 0).repeat(side, 1) + noise, 0, 255).astype(np.uint8)


@cache
def _shipped(name: str) -> network.Weights:
    return network.read_weights(name)[0]


@cache
def _activations(name: str, content: bytes) -> dict[str, np.ndarray]:
    image = np.frombuffer(content, np.uint8).reshape(32, 32, 3)
    return network.forward(name, _shipped(name), image)


def shipped(index: int = 2, name: str = "keras_lecture") -> Subject:
    """Return a sample with a shipped network."""
    return Subject(
        SAMPLES.images[index],
        CIFAR10,
        int(SAMPLES.labels[index]),
        zoo.get(name).graph,
        _shipped(name),
        lambda image: _activations(name, image.tobytes()),
        SAMPLES,
    )


def bare(seed: int) -> Subject:
    """Return a random picture without a network."""
    return Subject(picture(seed), CIFAR10)


def made(kind: Kind, count: int, *subjects: Subject) -> list[Exercise]:
    """Return `count` exercises of each level, each with its seed, of the subjects in turn."""
    return [
        kind.make(subjects[seed % len(subjects)], seed, level) for level in (1, 2, 3) for seed in range(count)
    ]
