"""Subjects for exercises: random pictures and networks, and the lecture's network on the samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from cnnviz import samples
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import UNKNOWN
from cnnviz.explain.exercises.base import Kind, Rival, Subject
from cnnviz.networks import network, zoo
from cnnviz.networks.weights import Weights
from tests.thorough import thorough

SAMPLES = samples()


def picture(seed: int) -> np.ndarray:
    """Return a random picture: blocks of colour with noise, uint8 [32, 32, 3]."""
    generator = np.random.default_rng(seed)
    side = int(generator.choice([1, 2, 4, 8]))
    blocks = generator.integers(0, 256, (32 // side, 32 // side, 3))
    noise = generator.integers(-30, 31, (32, 32, 3))
    return np.clip(blocks.repeat(side, 0).repeat(side, 1) + noise, 0, 255).astype(np.uint8)


@cache
def _shipped(name: str) -> Weights:
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
        RIVALS,
    )


def unlabelled() -> Subject:
    """Return a network whose pictures nobody has labelled, and that no page compares with another."""
    samples = replace(SAMPLES, labels=np.full_like(SAMPLES.labels, UNKNOWN))
    return replace(shipped(), label=UNKNOWN, samples=samples, rivals=())


def nearest(name: str, blur: int) -> Rival:
    """Return a classifier that says the class of the most similar sample, of pictures in blocks of pixels."""

    def coarse(images: np.ndarray) -> np.ndarray:
        side = 32 // blur
        blocks = images.reshape(len(images), side, blur, side, blur, 3) / 255
        return blocks.mean(axis=(2, 4)).reshape(len(images), -1)

    known = coarse(SAMPLES.images)

    def predict(images: np.ndarray) -> np.ndarray:
        distance = np.linalg.norm(coarse(images)[:, np.newaxis] - known, axis=2) * blur / 4
        likeness = np.exp(-4 * (distance - distance.min(axis=1, keepdims=True)))
        shares = np.zeros((len(images), len(SAMPLES.names)))
        for k, label in enumerate(SAMPLES.labels):
            shares[:, label] = np.maximum(shares[:, label], likeness[:, k])
        return shares / shares.sum(axis=1, keepdims=True)

    return Rival(name, predict)


RIVALS = (nearest("mlp", 1), nearest("keras_lecture", 8))


def bare(seed: int) -> Subject:
    """Return a random picture without a network."""
    return Subject(picture(seed), CIFAR10)


class Made(Sequence[Any]):
    """Exercises that are made on first use, as each test process collects all of them."""

    def __init__(self, make: Callable[[], list[Any]]) -> None:
        self._make = cache(make)

    def __getitem__(self, index: Any) -> Any:
        return self._make()[index]

    def __len__(self) -> int:
        return len(self._make())


def few(count: int) -> int:
    """Return how many exercises of a level are tried; all of them in `make test-all`."""
    return count if thorough() else count // 3


def made(kind: Kind, count: int, *subjects: Subject) -> Made:
    """Return `count` exercises of each level, each with its seed, of the subjects in turn."""
    return Made(
        lambda: [
            kind.make(subjects[seed % len(subjects)], seed, level)
            for level in (1, 2, 3)
            for seed in range(count)
        ]
    )
