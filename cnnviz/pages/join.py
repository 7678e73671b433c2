"""Page of the room of a class: join one by its code, or open one."""

import streamlit as st

from cnnviz.errors import CnnvizError
from cnnviz.hosting.rooms.base import read_code
from cnnviz.pages import frame, link, room_bar
from cnnviz.pages.translation import t

frame.heading("join")
left, right = st.columns(2, gap="large")
with left:
    st.header(t("join.students"), anchor=False)
    with st.form("join_code", border=False):
        typed = st.text_input(t("join.code"), key="join_typed", max_chars=12, help=t("join.code_help"))
        joined = st.form_submit_button(t("join.join"), type="primary", icon=":material/login:")
    if joined:
        try:
            link.put(room=read_code(typed))
        except CnnvizError:
            st.error(t("join.no_code"), icon=":material/error:")
        else:
            st.rerun()
with right:
    st.header(t("join.lecturers"), anchor=False)
    st.markdown(t("join.how"))
    st.button(t("join.open"), icon=":material/meeting_room:", on_click=room_bar.open_room, key="join_open")
