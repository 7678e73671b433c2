"""Builder page, training: the stack's name and data set, the way to the Training page, and files."""

import json
from collections.abc import Callable

import streamlit as st

from cnnviz import settings
from cnnviz.errors import CnnvizError
from cnnviz.formats import decoding
from cnnviz.networks import architecture_file, builder
from cnnviz.networks.architecture import MAX_TITLE, Architecture, clean_title
from cnnviz.pages import data_sets, error_messages, image_sources, link, navigation
from cnnviz.pages.translation import t
from cnnviz.training import run_spec

MAX_FILE_MB = 1
"""Maximum size of an architecture file; one of 20 blocks has a few kilobytes."""
FAILED = "builder_file_failed"
"""Session state: the error of the file that was given last."""


def draw(stack: builder.Stack, set_stack: Callable[[builder.Stack], None]) -> None:
    """Draw the choice of a name and a data set, the way to the Training page, and the files.

    Args:
        stack: the visitor's. set_stack: makes another one the visitor's.
    """
    st.header(t("builder.train_title"), anchor=False)
    hosted = settings.hosted()
    if hosted:
        st.info(t("builder.train_hosted"), icon=":material/cloud_off:")
    else:
        st.markdown(t("builder.train_lead"))
    here = {
        each.name: each
        for each in sorted(image_sources.complete_data_sets(), key=lambda each: not each.bundled)
    }
    labels = {name: data_sets.data_set_title(each, capital=True) for name, each in here.items()}
    built, fault = None, None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = link.text(
            t("builder.name"),
            "builder_name",
            MAX_TITLE,
            placeholder=t("frame.model_built"),
            help=t("builder.name_help"),
            width=260,
        )
        name = link.option(
            t("training.data"), "builder_data", labels, help=t("training.data_help"), width=260
        )
        try:
            built = run_spec.built(builder.write(stack), here[name], clean_title(title))
        except CnnvizError as error:
            fault = error
        pressed = not hosted and st.button(
            t("builder.train"),
            type="primary",
            icon=":material/model_training:",
            key="builder_train",
            disabled=fault is not None,
        )
    if fault is not None:
        what = fault.reason.removeprefix("train_")
        untitled = fault.reason == "title"
        words = t("error.title") if untitled else t(f"error.train_{what}", count=fault.values.get("count"))
        st.info(words, icon=":material/info:")
    files(built, set_stack)
    if pressed and built is not None:
        link.put(
            training_stack=builder.write(stack),
            training_name=built.title,
            training_network=run_spec.BUILT,
            training_data=name,
        )
        st.switch_page(navigation.script("training"))


def files(built: Architecture | None, set_stack: Callable[[builder.Stack], None]) -> None:
    """Offer an architecture as a file, if there is one, and a place to drop such a file.

    Public servers do so too: both are a few kilobytes of data, of which nothing is executed or kept.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if built is not None:
            st.download_button(
                t("builder.save"),
                json.dumps(architecture_file.to_json(built), ensure_ascii=False, allow_nan=False, indent=1),
                f"{run_spec.BUILT}.json",
                "application/json",
                icon=":material/download:",
                help=t("builder.save_help", file=f"{run_spec.BUILT}.json"),
                on_click="ignore",
                key="builder_save",
            )
        st.file_uploader(
            t("builder.file"),
            type="json",
            key="builder_file",
            max_upload_size=MAX_FILE_MB,
            help=t("builder.file_help"),
            on_change=open_file,
            args=(set_stack,),
            width=420,
        )
    if (failed := st.session_state.get(FAILED)) is not None:
        error_messages.show_error(failed)


def open_file(set_stack: Callable[[builder.Stack], None]) -> None:
    """Put the architecture of the file that was dropped into the builder; keep the error if it is none."""
    st.session_state[FAILED] = None
    file = st.session_state["builder_file"]
    if file is None:  # taken away again
        return
    try:
        found = architecture_file.from_json(decoding.parse_json(file.read((MAX_FILE_MB << 20) + 1)))
        set_stack(builder.from_graph(found.graph))
    except ValueError as error:
        known = isinstance(error, CnnvizError) and error.reason != "input"
        st.session_state[FAILED] = error if known else CnnvizError(str(error), reason="architecture_file")
        return
    link.put(builder_name=found.title, builder_data=found.data_set.name)
