"""The room of a class on every page: who has joined one follows its lecturer's view."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnviz.components.room import Target, room
from cnnviz.data.registry import names_of
from cnnviz.data.upload import Upload
from cnnviz.hosting.class_pages import OWN
from cnnviz.hosting.rooms.base import MAX_OPTIONS, read_code, read_id
from cnnviz.pages import data_sets, image_selection, link, navigation, text_files, translation
from cnnviz.pages.translation import t
from cnnviz.text import LANGUAGES
from cnnviz.text.classes import class_name


def draw() -> None:
    """Draw a room's bar on every page; nothing for visitors without a room."""
    if lead := str(link.value("lead", "", read_id)):
        st.session_state["room.lead"] = lead
        link.put(lead="")  # a secret does not stay in the address
    if st.session_state.pop("room.too_large", False):
        st.toast(t("frame.no_lecturers_picture"), icon=":material/info:")
    room(
        navigation.PAGES,
        code=str(link.value("room", "", read_code)),
        opened=st.session_state.get("room.opened", 0),
        lead=st.session_state.get("room.lead", ""),
        followed=st.session_state.get("room.followed", 0),
        language=translation.language(),
        texts=text_files.address(translation.language()),
        classes=_classes(),
        label=_label(),
        picture=_own_picture(),
        key="room",
        on_follow=follow,
        on_leave=leave,
        on_lead=lead_with_pictures,
    )


def _classes() -> dict[str, list[str]]:
    """Return the names of the picked data set's classes in each language; none if there are too many."""
    data_set = data_sets.selected()
    few = data_set.classes if len(data_set.classes) <= MAX_OPTIONS else ()
    known = names_of(few)
    return {language: [class_name(name, language, known) for name in few] for language in LANGUAGES}


def _label() -> int | None:
    """Return the class of the picked picture, if it is one of the samples."""
    origin, _, index = image_selection.picture().partition("-")
    if origin != "sample":
        return None
    labels = data_sets.selected().samples().labels
    return int(labels[int(index)]) if int(index) < len(labels) and labels[int(index)] >= 0 else None


def _own_picture() -> np.ndarray | None:
    """Return the visitor's own picture, as the network takes it, if a class is to see it."""
    if image_selection.LEADS not in st.session_state or image_selection.picture() != "upload":
        return None
    own = image_selection.upload()
    return None if own is None else own.resized(data_sets.selected().shape, image_selection.crop_in_link())


def lead_with_pictures(leads: bool) -> None:
    """Send pictures of the visitor's own to the room from now on, or no more."""
    if leads:
        st.session_state[image_selection.LEADS] = True
    else:
        st.session_state.pop(image_selection.LEADS, None)


def open_room() -> None:
    """Let the visitor's browser open a room, or show the board of the one that it leads."""
    st.session_state["room.opened"] = st.session_state.get("room.opened", 0) + 1


def follow(target: Target) -> None:
    """Show the lecturer's view, in the visitor's own language and colours."""
    st.session_state["room.followed"] = target.number
    own = link.restart(*OWN)
    choices = {key: text for key, text in target.query.items() if key not in (*OWN, "lead")}
    st.session_state.pop(image_selection.LENT, None)
    if target.picture is not None:
        st.session_state[image_selection.LENT] = Upload.of(target.picture)
    elif choices.get("picture") == "upload":
        del choices["picture"]
        st.session_state["room.too_large"] = True
    st.switch_page(navigation.script(target.page), query_params=choices | own)


def leave() -> None:
    """Leave the room, and drop the picture that its lecturer has lent."""
    st.session_state.pop(image_selection.LENT, None)
    link.put(room="")
