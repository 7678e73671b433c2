"""Widgets with which an image is picked: thumbnails, filters of a data set, an upload and its crop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from cnnviz import settings
from cnnviz.components.crop_picker import crop_picker
from cnnviz.components.file_types import file_types
from cnnviz.components.picture_picker import picture_picker
from cnnviz.data import picture_decoder
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import UNKNOWN, Samples, as_rgb
from cnnviz.data.upload import MAX_BYTES, decode_upload
from cnnviz.errors import CnnvizError
from cnnviz.hosting import script_turns
from cnnviz.hosting.uploads import SMALL_MB
from cnnviz.pages import (
    data_sets,
    error_messages,
    image_selection,
    image_sources,
    link,
    local_data,
    translation,
)
from cnnviz.pages.translation import t

THUMBNAILS = 20


@dataclass(frozen=True)
class Offered:
    """Images to pick from: those of `images` at `indices`; `origin` is that of links."""

    images: Samples
    origin: str
    indices: list[int]


def enlarged_image(image: np.ndarray) -> Image.Image:
    """Scale an image to a width of about 256 with nearest-neighbour interpolation."""
    rows, cols = image.shape[:2]
    times = max(1, 256 // cols)
    return Image.fromarray(as_rgb(image)).resize((times * cols, times * rows), Image.Resampling.NEAREST)


def pick(source: str) -> Offered | None:
    """Draw the widgets of a source ("samples", "cifar", "upload"), and return the images to pick from.

    Returns:
        The images, or None if there is only one, or none.
    """
    if source == "samples":
        samples = data_sets.selected().samples()
        return Offered(samples, "sample", list(range(len(samples))))
    if source == "upload":
        _pick_upload()
        return None
    return _pick_from_data_set()


def _pick_from_data_set() -> Offered | None:
    try:
        folder = data_sets.selected().find(None)
    except CnnvizError as error:
        error_messages.show_error(error)
        return None
    if folder is None:
        _offer_download()
        return None
    split = link.option(
        t("frame.split"),
        "split",
        {name: t(f"frame.split_{name}") for name in ("test", "train")},
        draw=st.segmented_control,
        required=True,
    )
    chosen = link.option(
        t("frame.class"),
        "class",
        {data_sets.EVERY_CLASS: t("frame.class_all", count=len(data_sets.selected().classes))}
        | dict(zip(data_sets.class_choices(), data_sets.class_names(), strict=True)),
    )
    images = image_sources.split(split)
    if images is None:
        return None
    indices = np.arange(len(images))
    if chosen != data_sets.EVERY_CLASS:
        indices = indices[images.labels == data_sets.class_choices().index(chosen)]
    last = max(0, len(indices) - 1)
    first = link.whole(
        t("frame.from"), "from", 0, last, default=0, help=t("frame.from_help", last=f"{last:,}")
    )
    return Offered(images, split, [int(index) for index in indices[first : first + THUMBNAILS]])


def _offer_download() -> None:
    if data_sets.selected() != CIFAR10:  # the one that can be downloaded here
        st.info(data_sets.no_data())
        return
    download = local_data.download()
    if download.running:
        _show_download()
        return
    if download.failed:
        st.error(t("frame.download_failed"))
    st.info(data_sets.no_data())
    if not settings.hosted():
        st.button(t("frame.download"), on_click=download.start)


@st.fragment(run_every=1.0)
def _show_download() -> None:
    download = local_data.download()
    if not download.running:
        st.rerun()
    st.progress(download.share, t("frame.downloading"))


def thumbnails(offered: Offered) -> None:
    """Draw the images as thumbnails, one of which can be picked."""
    names, images = data_sets.class_names(), offered.images
    current = image_selection.picture()
    pictures = [f"{offered.origin}-{index}" for index in offered.indices]
    picture_picker(
        as_rgb(images.images[offered.indices]),
        [
            f"{data_sets.sample_title(index) if label == UNKNOWN else names[label]} ({index})"
            for index in offered.indices
            for label in (int(images.labels[index]),)
        ],
        pictures.index(current) if current in pictures else None,
        label=t("frame.picture"),
        own=t("frame.source_upload"),
        key=f"thumbnails_{offered.origin}",
        on_select=lambda pick: link.put(picture=pictures[pick]),
        on_own=lambda: st.session_state.update(source="upload"),
    )


def _pick_upload() -> None:
    way = st.segmented_control(
        t("frame.upload_way"),
        ("file", "camera"),
        key="upload_way",
        default="file",
        format_func=lambda name: t(f"frame.upload_{name}"),
        required=True,
        label_visibility="collapsed",
    )
    if way == "camera":
        file = st.camera_input(t("frame.upload_camera"), label_visibility="collapsed")
    else:
        # any suffix: the content decides
        file = st.file_uploader(t("frame.upload"), max_upload_size=SMALL_MB)
    file_types(kind for known in picture_decoder.FORMATS.values() for kind in (known.mime, *known.suffixes))
    formats, pixels = picture_decoder.format_names(), f"{picture_decoder.MAX_SIDE:,}"
    st.caption(t("frame.upload_help", formats=formats, megabytes=MAX_BYTES >> 20, pixels=pixels))
    if file is None:
        return
    if st.session_state.get("upload_id") != file.file_id:  # once per file, to keep later selections
        failed = None
        try:
            with st.spinner(t("frame.decoding")), script_turns.waiting():
                # accessing session state raises if the script run was cancelled
                st.session_state["upload"] = decode_upload(
                    file.getvalue(), on_poll=lambda: "upload" in st.session_state
                )
            link.put(picture="upload")
            st.session_state.pop(image_selection.LENT, None)
            if "upload_id" in st.session_state:  # the crop of the link is for the first picture
                link.put(crop=())
        except CnnvizError as error:
            failed = error
        st.session_state["upload_id"], st.session_state["upload_error"] = file.file_id, failed
        if failed is None and image_selection.LEADS in st.session_state:
            st.rerun()  # the room is drawn before, and shows it to the class
    if (failed := st.session_state.get("upload_error")) is not None:
        error_messages.show_error(failed)
        if failed.reason == "upload_busy":
            st.button(t("frame.upload_again"), on_click=lambda: st.session_state.pop("upload_id", None))
        return
    crop_picker(
        st.session_state["upload"],
        data_sets.selected().size,
        image_selection.crop_in_link(),
        language=translation.language(),
        key="crop_picker",
        on_select=lambda crop: link.put(crop=tuple(crop)),
    )
    st.caption(t("frame.crop", size=data_sets.picture_size()))
    if image_selection.LEADS in st.session_state:
        st.caption(t("frame.upload_lent"))
    if (image_selection.picture() != "upload" or image_selection.LENT in st.session_state) and st.button(
        t("frame.use_upload")
    ):
        st.session_state.pop(image_selection.LENT, None)
        link.put(picture="upload")
