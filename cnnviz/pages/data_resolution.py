"""A photograph beside itself in CIFAR-10's size, and what networks say of both: a view of the Data page."""

from __future__ import annotations

import numpy as np
import streamlit as st
from PIL import Image

from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import DataSet
from cnnviz.data.imagenet import IMAGENET
from cnnviz.networks import zoo
from cnnviz.pages import activation_cache, data_sets, image_selection, network_texts
from cnnviz.pages.image_selection import Picked
from cnnviz.pages.translation import t
from cnnviz.text.rounding import percent

PHOTOGRAPHER = "efficientnet_lite0"
"""The network that takes photographs."""
COFFEE = 1
"""The sample that is shown where the picked picture is small itself."""
BEST = 5


def draw(picked: Picked) -> None:
    """Draw the view."""
    photograph, title = _photograph(picked)
    small = resized(photograph, CIFAR10.size)
    back = resized(small, IMAGENET.size)
    large_answers, back_answers = activation_cache.probabilities(PHOTOGRAPHER, np.stack([photograph, back]))
    reader = picked.model if zoo.get(picked.model).data_set == CIFAR10 else zoo.names()[0]
    (small_answers,) = activation_cache.probabilities(reader, small[np.newaxis])
    share = percent(small.size / photograph.size)
    left, right = st.columns(2, gap="large")
    with left:
        _picture(photograph, title, photograph)
        _answers(PHOTOGRAPHER, large_answers, IMAGENET)
    with right:
        _picture(resized(small, IMAGENET.size, Image.Resampling.NEAREST), title, small)
        _answers(PHOTOGRAPHER, back_answers, IMAGENET)
        _answers(reader, small_answers, CIFAR10)
    st.markdown(t("data.resolution_why", share=share, classes=len(CIFAR10.classes)))


def _photograph(picked: Picked) -> tuple[np.ndarray, str]:
    """Return a picture in the size of a photograph, uint8 [224, 224, 3], and its title.

    It is the picked one if that is large or was uploaded, else one of the bundled photographs.
    """
    if picked.named.origin == "upload" and (upload := image_selection.upload()) is not None:
        return upload.resized(IMAGENET.shape, image_selection.crop_in_link()), picked.caption
    if picked.image.shape == IMAGENET.shape:
        return picked.image, picked.caption
    return IMAGENET.samples().images[COFFEE], t(f"frame.sample_{IMAGENET.name}_{COFFEE}")


def resized(
    image: np.ndarray, size: tuple[int, int], how: Image.Resampling = Image.Resampling.BICUBIC
) -> np.ndarray:
    """Return an image, uint8 [H, W, 3], in another size (rows, columns)."""
    return np.asarray(Image.fromarray(image).resize((size[1], size[0]), how))


def _picture(shown: np.ndarray, title: str, counted: np.ndarray) -> None:
    rows, cols, channels = counted.shape
    size = t("data.resolution_size", rows=rows, cols=cols, channels=channels, numbers=f"{counted.size:,}")
    st.image(shown, size, width=320, alt=f"{title}, {size}")


def _answers(model: str, chances: np.ndarray, data_set: DataSet) -> None:
    """Draw the most probable classes of a network."""
    best = np.argsort(-chances, kind="stable")[:BEST].tolist()
    name, names = network_texts.model_name(model), data_sets.class_names(data_set)
    st.table(
        {
            name: [names[k] for k in best],
            t("data.resolution_chance"): [percent(float(chances[k]), softmax=True) for k in best],
        },
        border="horizontal",
        hide_index=True,
        alt=t("data.resolution_alt", name=name),
    )
