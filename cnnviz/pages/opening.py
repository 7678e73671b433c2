"""Opening page: a network of the visitor's own from a file, and the networks that were opened before."""

import itertools
import tempfile
from pathlib import Path

import streamlit as st

from cnnviz import settings
from cnnviz.components.file_types import file_types
from cnnviz.errors import CnnvizError
from cnnviz.hosting import script_turns
from cnnviz.hosting.uploads import SMALL_MB
from cnnviz.networks import graph, store, zoo
from cnnviz.networks.architecture import MAX_TITLE, clean_title
from cnnviz.networks.opening.isolated import open_into_store
from cnnviz.networks.opening.reading import SCALINGS, name_of, title_of
from cnnviz.pages import (
    data_sets,
    error_messages,
    frame,
    layer_words,
    link,
    model_cache,
    navigation,
    network_texts,
)
from cnnviz.pages.translation import t

ENDINGS = (".keras", ".h5", ".hdf5", ".onnx", ".npz", ".safetensors")
WEIGHTS_ENDINGS = (".npz", ".safetensors", ".weights.h5")
"""Endings of files that hold weights without layers."""
IN_FILE, IN_JSON = "file", "json"
"""Sources of the layers; another value is the name of a bundled network."""
WIDE = 320
"""Pixels of a menu in which no choice is cut; on a phone it has a line of its own."""


def form() -> None:
    """Draw the drop zone and the settings that a file may lack, and open the file."""
    st.session_state.setdefault("opening_files", 0)
    key = f"opening_file_{st.session_state['opening_files']}"  # a new one is empty
    with st.container():  # its types are those of all uploaders in it
        file = st.file_uploader(t("opening.file"), key=key, max_upload_size=settings.OPENING_MB())
        file_types(ENDINGS)
    st.caption(t("opening.safe"))
    if file is None:
        return
    with st.container(horizontal=True, key="opening_fields"):
        name = st.text_input(
            t("opening.name"),
            _offered(Path(file.name)),
            max_chars=40,
            key=f"opening_name_{file.file_id}",
            width=260,
        )
        scaling = st.selectbox(
            t("opening.scaling"),
            ["", *SCALINGS],
            format_func=lambda each: t(f"opening.scaling_{each or 'file'}"),
            key="opening_scaling",
            width=WIDE,
        )
        side = st.number_input(
            t("opening.size"), 8, 1024, None, key="opening_size", help=t("opening.size_help"), width=160
        )
        layers = st.selectbox(
            t("opening.layers"),
            [IN_FILE, IN_JSON, *zoo.names()],
            int(file.name.lower().endswith(WEIGHTS_ENDINGS)),
            format_func=_layers_label,
            key=f"opening_layers_{file.file_id}",
            help=t("opening.layers_help"),
            width=WIDE,
        )
    described = None
    if layers == IN_JSON:
        described = st.file_uploader(
            t("opening.layers_upload"),
            "json",
            key=f"opening_json_{file.file_id}",
            max_upload_size=SMALL_MB,
        )
        if described is None:
            return
    classes = st.text_area(t("opening.classes"), key="opening_classes", help=t("opening.classes_help"))
    if st.button(t("opening.open"), type="primary", icon=":material/file_open:"):
        names = [line.strip() for line in classes.splitlines() if line.strip()]
        with tempfile.TemporaryDirectory() as folder:
            (copy := Path(folder) / "network").write_bytes(file.getbuffer())
            architecture = "" if layers == IN_FILE else layers
            if described is not None:
                (architecture_file := Path(folder) / "architecture.json").write_bytes(described.getbuffer())
                architecture = str(architecture_file)
            with st.spinner(t("opening.reading")), script_turns.waiting():
                found = open_into_store(
                    copy,
                    title=file.name,
                    **_named(name),
                    classes=names or None,
                    size=(side, side) if side else None,
                    scaling=scaling,
                    architecture=architecture,
                    # accessing session state raises if the script run was cancelled
                    on_poll=lambda: key in st.session_state,
                )
        link.put(model=found)
        st.session_state["opening_found"] = found
        st.session_state["opening_files"] += 1
        st.rerun()


def _titles() -> set[str]:
    """Return the titles of the opened networks."""
    return {zoo.get(each).title for each in store.names()}


def _offered(file: Path) -> str:
    """Return a network's default name: that of its file, numbered if it is taken."""
    title = title_of(file)
    if not title:
        return store.free_name(name_of(file))
    numbers = (f"{title[: MAX_TITLE - 4].rstrip()} {number}" for number in itertools.count(2))
    return next(each for each in itertools.chain([title], numbers) if each not in _titles())


def _named(text: str) -> dict[str, str]:
    """Return the name and the title of a network that a visitor calls so; a link holds the name.

    Raises:
        CnnvizError: if it is neither a name nor a title, or another opened network is called so.
    """
    if store.NAME.fullmatch(text):
        return {"name": text}
    title = clean_title(text)
    if not title:
        return {}
    if title in _titles():
        raise CnnvizError(
            f"`called` must be a title that no network has. Received: {title!r}.", reason="network_name"
        )
    return {"name": store.free_name(name_of(Path(title))), "called": title}


def _layers_label(where: str) -> str:
    """Return the label of where the layers of a file are."""
    if where in (IN_FILE, IN_JSON):
        return t(f"opening.layers_{where}")
    return t("opening.layers_known", name=network_texts.model_name(where))


def row(name: str, *, removable: bool) -> None:
    """Draw the summary of an opened network, and links to pages that show it."""
    architecture, card = zoo.get(name), model_cache.card(name)  # without its weights
    called = network_texts.model_name(name)
    opened = card.get("opened", {})
    with st.container(border=True, key=f"opening_row_{name}"):
        st.markdown(f"**{called}**")
        st.markdown(
            t(
                "opening.facts",
                layers=len(architecture.layers),
                parameters=network_texts.parameters(architecture.layers),
                size=layer_words.times(architecture.graph.input_shape),
                classes=f"{len(architecture.data_set.classes):,}",
                file=error_messages.literal(str(opened.get("file", ""))),
                source=error_messages.literal(str(opened.get("source", ""))),
            )
        )
        data_set = architecture.data_set
        known = data_set.readable  # an architecture of ours names its pictures
        st.caption(
            t("opening.known", data=data_sets.data_set_title(data_set)) if known else t("opening.unknown")
        )
        parameters = graph.total_parameters(architecture.layers)
        own = opened.get("parameters")
        if isinstance(own, int) and own != parameters:
            st.caption(t("opening.two_classes", here=f"{parameters:,}", own=f"{own:,}"))
        if opened.get("scaling_guessed"):
            st.caption(t("opening.scaling_guessed"))
        with st.container(horizontal=True):
            if st.button(t("opening.show"), key=f"opening_show_{name}", icon=":material/visibility:"):
                link.put(model=name)
                st.switch_page(navigation.script("network"))
            if removable and st.button(
                t("opening.remove"), key=f"opening_remove_{name}", icon=":material/delete:"
            ):
                store.remove(name)
                st.rerun()


frame.heading("opening")
found = st.session_state.pop("opening_found", None)
if found in store.names():
    st.success(t("opening.done", name=network_texts.model_name(found)), icon=":material/check:")
may_open = settings.may_open()
if may_open:
    try:
        form()
    except CnnvizError as error:
        error_messages.show_error(error)
else:
    st.info(t("opening.off"), icon=":material/info:")
if listed := store.names():
    st.subheader(t("opening.listed"), anchor=False)
    for each in listed:
        try:
            row(each, removable=may_open)
        except CnnvizError as error:
            error_messages.show_error(error)
