"""The lecture bar above a page: the text of the current step, navigation and the table of contents."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from cnnviz.components.lecture_keys import Speaker, Stage, lecture_keys
from cnnviz.explain import lecture, programs
from cnnviz.pages import image_selection, lecture_state, link, model_cache, navigation, translation
from cnnviz.pages.translation import t

KEPT = ("lang", "colours", "room", "present", "notes", "picture", "split", "class", "from")
"""Choices of the visitor that persist across steps; all others are set by the step."""
CSS = Path(__file__).parent
LEFT, RIGHT = ":material/arrow_back:", ":material/arrow_forward:"


def draw(page: str) -> Any:
    """Draw the bar above `page`, if there is a current step; one line only if the step is on another page.

    It is drawn before the sidebar and the page, because a step sets the choices that they show.

    Returns:
        The container for the controls of the sidebar, which the presenter layout does not have.
    """
    step = lecture_state.lecture_step()
    if step is None:
        return st.sidebar
    # asked for on all pages, so that they stay in the link
    presenting, _ = (link.value(key, False, link.truth) for key in ("present", "notes"))
    if _is_short_link(step, page):
        go(step)
    steps = lecture.steps()
    index, away = steps.index(step), step.page != page
    if st.session_state.pop("lecture.close", False):
        st.session_state["lecture_contents"] = False  # close the table of contents after a click
    st.html(CSS / "lecture.css")
    with st.container(key="lecture_bar"):
        controls = _line(step, index) if away else _full(step, index)
        presenting = bool(link.value("present", False, link.truth))  # after the switch above
        lecture_keys(
            [each.name for each in steps],
            index,
            away=away,
            presenting=presenting,
            look=heading(step.look) if step.look and not away else None,
            speaker=_speaker(step, index),
            stage=_stage(step) if presenting and not away else None,
            pointed={} if away else _pointed(*step.moments),
            key="lecture_keys",
            on_step=lambda name: go(lecture.find(name)),
            on_leave=lambda: link.put(present=False),
        )
    if presenting:
        st.html(CSS / "presenter.css")
        if not away:
            st.html(CSS / "presenter_charts.css")
    return controls


def go(step: lecture.Step) -> None:
    """Switch to a step's page with its choices; the visitor's image is restored after a step with its own."""
    shown, left = image_selection.picture(), lecture_state.lecture_step()
    if left is None or left.choices.get("picture") != shown:
        st.session_state["lecture.picture"] = shown
    kept = link.restart(*(key for key in KEPT if key not in step.choices))
    if "picture" not in step.choices:
        link.put(picture=st.session_state.get("lecture.picture", "sample-0"))
    st.session_state["lecture.close"] = True
    st.switch_page(navigation.script(step.page), query_params={**kept, **step.choices, "lecture": step.name})


def contents(key: str) -> None:
    """Draw the table of contents; a click opens a step."""
    current, number = lecture_state.lecture_step(), 0
    for chapter, steps in lecture.chapters().items():
        st.markdown(f"**{t(f'lecture.chapter_{chapter}')}**")
        with st.container(key=f"{key}_{chapter}", gap=None):
            for step in steps:
                number += 1
                if st.button(
                    f"{number}. {lecture.title(step.name, translation.language())}",
                    key=f"{key}_{step.name}",
                    type="tertiary",
                    icon=":material/arrow_right:" if step == current else None,
                ):
                    go(step)


def heading(key: str) -> str:
    """Return the heading that a step refers to, up to its first placeholder: "Weighted sum"."""
    return t(key).partition("{")[0].rstrip(": ")


def _is_short_link(step: lecture.Step, page: str) -> bool:
    """Return whether the session started with a link that only names a step, on its page or the lecture's."""
    begins = "lecture.begun" not in st.session_state
    st.session_state["lecture.begun"] = True
    if not begins or set(step.choices) & set(st.query_params):
        return False
    return page == "lecture" or (page == step.page and bool(step.choices))


def _line(step: lecture.Step, index: int) -> Any:
    with st.container(horizontal=True, vertical_alignment="center"):
        name = lecture.title(step.name, translation.language())
        st.markdown(t("lecture.away", number=index + 1, title=name), width="content")
        if st.button(t("lecture.return"), key="lecture_return", icon=":material/undo:"):
            go(step)
        controls = _controls(bool(link.value("present", False, link.truth)))
        _end()
    return controls


def _controls(presenting: bool) -> Any:
    """Return the container for the controls of the sidebar."""
    if not presenting:
        return st.sidebar
    return st.popover(t("lecture.controls"), icon=":material/image:")


def _full(step: lecture.Step, index: int) -> Any:
    steps, said = lecture.steps(), _words(step)
    with st.container(horizontal=True, vertical_alignment="center", key="lecture_controls"):
        st.markdown(t("lecture.progress", number=index + 1, count=len(steps)), width="content")
        with st.container(key="lecture_chapter", width="content"):
            st.markdown(t(f"lecture.chapter_{step.chapter}"))
        popover = st.popover(
            t("lecture.contents"), key="lecture_contents", on_change="rerun", icon=":material/toc:"
        )
        if popover.open:
            with popover:
                contents("lecture_go")
        controls = _controls(link.switch(t("lecture.present"), "present"))
        notes = link.switch(t("lecture.notes"), "notes")
        _end()
    st.progress((index + 1) / len(steps))
    with st.container(horizontal=True, key="lecture_head"):
        st.title(said.title, anchor=False, width="stretch")
        if st.button(t("lecture.back"), key="lecture_back", disabled=step == steps[0], icon=LEFT):
            go(steps[index - 1])
        if st.button(
            t("lecture.next"),
            key="lecture_next",
            disabled=step == steps[-1],
            type="primary",
            icon=RIGHT,
            icon_position="right",
        ):
            go(steps[index + 1])
    with st.container(key="lecture_body"):
        st.markdown(said.body)
    if notes:
        with st.container(border=True, key="lecture_notes"):
            st.markdown(f"**{t('lecture.notes')}**")
            st.markdown(said.notes)
    return controls


def _speaker(step: lecture.Step, index: int) -> Speaker:
    """Return the content of the speaker window."""
    said, steps, language = _words(step), lecture.steps(), translation.language()
    after = lecture.title(steps[index + 1].name, language) if index + 1 < len(steps) else ""
    return Speaker(
        open=t("lecture.speaker"),
        progress=f"{index + 1} / {len(steps)}",
        title=said.title,
        notes=said.notes,
        next=t("lecture.after", title=after) if after else "",
        language=language,
    )


def _stage(step: lecture.Step) -> Stage:
    """Return the step paragraph by paragraph, with the views shown at each."""
    said = _words(step)
    last = len(step.moments) - 1
    shown = [step.moments[min(k, last)] for k in range(len(said.paragraphs))]
    return Stage(
        said.title,
        [
            {"text": text, **asdict(moment), "lines": _pointed(moment)}
            for text, moment in zip(said.paragraphs, shown, strict=True)
        ],
        {"keys_title": t("lecture.keys_title"), "keys": t("lecture.keys").split("\n")},
    )


def _pointed(*moments: lecture.Moment) -> dict[str, list[int]]:
    """Return the lines of code that moments point at, {block: lines}."""
    found: dict[str, set[int]] = {}
    for moment in moments:
        for block, lines in map(programs.pointed, moment.lines):
            found.setdefault(block, set()).update(lines)
    return {block: sorted(lines) for block, lines in found.items()}


def _end() -> None:
    if st.button(t("lecture.end"), key="lecture_end", type="tertiary", icon=":material/close:"):
        link.put(lecture="", present=False, notes=False)
        st.rerun()


def _words(step: lecture.Step) -> lecture.Words:
    return lecture.words(step.name, translation.language(), model_cache.lecture_facts())
