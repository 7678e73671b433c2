"""The selected image, from a data set or uploaded, and the selected network's results for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import streamlit as st

from cnnviz.data import registry
from cnnviz.data.dataset import UNKNOWN
from cnnviz.data.upload import Crop, Upload
from cnnviz.explain.snippet_data import Activation, Origin, Picture, Pixels
from cnnviz.networks import graph, zoo
from cnnviz.pages import activation_cache, data_sets, image_sources, link
from cnnviz.pages.translation import t

LENT, LEADS = "room.picture", "room.leads"
"""Keys of the session's state: an upload sent by a room's lecturer; whether the visitor leads a room."""
MAX_PICTURES = 1_000_000
"""Limit of image indices in links."""


@dataclass(frozen=True)
class Picked:
    """The selected network and image.

    Attributes:
        model: name of the network.
        image: uint8 [H, W, C].
        label: the true class, or None if it is not known, as that of an upload.
        caption: description of the image in the visitor's language.
        named: the image's identity for code snippets.
    """

    model: str
    image: np.ndarray
    label: int | None
    caption: str
    named: Picture


def your_label(picked: Picked) -> int:
    """Draw a menu for the class of a picture whose class is unknown, and return the class."""
    own = data_sets.selected().classes
    many = len(own) > data_sets.FEW_CLASSES
    best = own[int(class_probabilities(picked).argmax())] if many else None
    options = dict(zip(own, data_sets.class_names(), strict=True))
    return own.index(link.option(t("data.your_label"), "data_label", options, default=best))


def layer_values(picked: Picked, source: str) -> np.ndarray:
    """Return a layer's output for the selected image, or the preprocessed image, without a batch axis.

    Returns:
        float32 [H, W, C], [L, C] or [n].
    """
    if source == graph.IMAGE:
        return data_sets.selected().preprocess(picked.image)
    return activation_cache.activations(picked.model, picked.image)[source]


def map_code(picked: Picked, source: str, index: int) -> Pixels | Activation:
    """Return, for code, one map of a layer, or one channel of the image."""
    channels = range(index, index + 1)
    if source == graph.IMAGE:
        return Pixels(picked.named, channels=channels)
    return Activation(picked.model, source, picked.named, channels)


def class_probabilities(picked: Picked) -> np.ndarray:
    """Return the class probabilities of the selected network for the selected image, float32 [classes]."""
    return activation_cache.activations(picked.model, picked.image)[zoo.get(picked.model).graph.output.name]


def picked() -> Picked:
    """Return the selected network and image; an image that does not exist here is replaced by a sample."""
    model = str(link.current("model"))  # chosen by the sidebar, which is drawn first
    origin, _, index = picture().partition("-")
    if origin == "upload" and (own := upload()) is not None:
        image = own.resized(data_sets.selected().shape, crop_in_link())
        named = Picture("upload", data_set=data_sets.selected().name, model=_source(model))
        caption = t("frame.lecturers_picture") if LENT in st.session_state else t("frame.your_picture")
        return Picked(model, image, None, caption, named)
    images = None if origin == "upload" else image_sources.images(origin)
    if images is None or int(index) >= len(images):  # a link from a server with more data
        if origin == "upload":
            words = t("frame.upload_gone")
        elif images is None:
            words = t("frame.needs_data", set=data_sets.data_set_title())
        elif origin == "sample":
            words = t("frame.no_sample")
        else:
            count = f"{len(images):,}"
            words = t("frame.no_image", number=index, count=count, set=data_sets.data_set_title())
        link.put(picture="sample-0")
        st.toast(words, icon=":material/info:")
        return picked()
    label, where = int(images.labels[int(index)]), _image_name(origin, index)
    named = Picture(cast(Origin, origin), int(index), data_sets.selected().name, _source(model))
    image = images.images[int(index)]
    if label == UNKNOWN:
        return Picked(model, image, None, data_sets.sample_title(int(index)), named)
    return Picked(model, image, label, f"{data_sets.class_names()[label]} · {where}", named)


def _source(model: str) -> str:
    """Return the network that code finds its pictures by, "" if their data set is known by its name."""
    return "" if any(data_sets.selected() == each for each in registry.DATA_SETS) else model


def _image_name(origin: str, index: str) -> str:
    """Return the name of an image of the picked network's data set: "test image 3"."""
    if not data_sets.selected().bundled:
        return t(f"frame.{origin}_image", number=index)
    return (
        t("frame.bundled_train", number=index) if origin == "train" else t("frame.sample_image", number=index)
    )


def upload() -> Upload | None:
    """Return the picture "upload": the one that a lecturer has lent, else the visitor's; None without."""
    return st.session_state.get(LENT) or st.session_state.get("upload")


def crop_in_link() -> Crop | None:
    """Return which part of an uploaded picture is used; None = the central one."""
    numbers = link.value("crop", (), _crop)
    return Crop(*numbers) if numbers else None


def _crop(text: str) -> tuple[int, int, int]:
    left, top, height = (link.index(part) for part in text.split(","))
    return left, top, height


def picture(*, always: bool = False) -> str:
    """Return the selected image as in the link: "sample-3"; `always` puts the first one there too."""
    return str(link.value("picture", "sample-0", parse_picture, always=always))


def parse_picture(text: str) -> str:
    """Parse "sample-3", "test-417", "train-42" or "upload" (available in its own session only)."""
    if text == "upload":
        return text
    origin, _, index = text.partition("-")
    if origin not in ("sample", "test", "train") or not 0 <= int(index) < MAX_PICTURES:
        raise ValueError(text)
    return f"{origin}-{int(index)}"
