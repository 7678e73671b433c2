"""Lecture page: introduction to the walkthrough, how to present it, and its table of contents."""

import streamlit as st

from cnnviz.explain import lecture
from cnnviz.pages import frame, lecture_bar, printing, room_bar
from cnnviz.pages.translation import t

st.html(lecture_bar.CSS / "lecture.css")
frame.heading("lecture")
steps = lecture.steps()
if st.button(t("lecture.start"), type="primary", icon=":material/play_arrow:"):
    lecture_bar.go(steps[0])

left, right = st.columns([3, 2], gap="large")
with left:
    st.header(t("lecture.contents"), anchor=False)
    lecture_bar.contents("lecture_page")
with right:
    st.header(t("join.lecturers"), anchor=False)
    st.markdown(t("join.how"))
    st.button(t("join.open"), icon=":material/meeting_room:", on_click=room_bar.open_room, key="room_open")
    st.header(t("lecture.how"), anchor=False)
    for point in ("needs", "keys", "layout", "speaker", "free", "links"):
        st.markdown(f"- {t(f'lecture.how_{point}')}")
    printing.draw()
