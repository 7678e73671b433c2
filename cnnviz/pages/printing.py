"""Buttons that make the lecture's handout or a worksheet as a PDF, show the progress, and save the result."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import streamlit as st

from cnnviz.components import manifest
from cnnviz.export import chromium
from cnnviz.pages import model_cache, pdf_jobs, translation
from cnnviz.pages.pdf_jobs import Handout, PdfJobs, Worksheet
from cnnviz.pages.translation import t

STARTED = "printing.started"
"""Key of the PDF that the session has started: only its starter may cancel it."""


def draw() -> None:
    """Draw the part of the Lecture page that makes the handout and gives it."""
    st.header(t("lecture.handout"), anchor=False)
    st.markdown(t("lecture.handout_lead"))
    kind = Handout(
        translation.language(),
        st.toggle(t("lecture.handout_notes"), key="lecture.handout_notes"),
        pdf_jobs.content_digest(),
    )
    job = pdf_jobs.handouts()
    _offer(
        job,
        kind,
        f"cnnviz-{kind.language}{'-notes' if kind.notes else ''}.pdf",
        make=t("lecture.handout_make"),
        save=lambda made: t("lecture.handout_save", megabytes=f"{len(made) / 1e6:.1f}"),
        failed=t("lecture.handout_failed"),
        no_chromium=t("lecture.handout_no_chromium"),
        running=lambda: _show_progress(kind),
    )


@st.fragment(run_every=1.0)
def _show_progress(kind: Handout) -> None:
    job = pdf_jobs.handouts()
    running = job.running
    if running is None:
        st.rerun()
    number, count = job.progress
    st.progress(number / count, t("lecture.handout_running", number=number, count=count))
    if running == st.session_state.get(STARTED) and st.button(
        t("lecture.handout_cancel"), icon=":material/close:"
    ):
        job.cancel(running)
        job.wait()
        st.rerun()
    if running != kind:
        st.info(t("lecture.handout_busy"), icon=":material/hourglass_top:")


def _offer(
    job: PdfJobs,
    wanted: Handout | Worksheet,
    file: str,
    *,
    make: str,
    save: Callable[[bytes], str],
    failed: str,
    no_chromium: str,
    running: Callable[[], None],
) -> None:
    """Draw the button that makes a PDF, its progress, or the button that saves it.

    Args:
        job: that makes it. wanted: its contents. file: the name of its file.
        make, save: words on the buttons. failed, no_chromium: messages if there is none.
        running: draws the progress.
    """
    made = job.get(wanted)
    if made is not None:
        st.download_button(
            save(made),
            made,
            file,
            "application/pdf",
            icon=":material/picture_as_pdf:",
            on_click="ignore",
        )
    elif job.running is not None:
        running()
    elif chromium.find() is None:
        st.info(no_chromium, icon=":material/info:")
    else:
        if job.failed == wanted:
            st.error(failed, icon=":material/error:")
        if st.button(make, icon=":material/print:"):
            if job.start(wanted):
                st.session_state[STARTED] = wanted
            st.rerun()


def draw_worksheet(link: dict[str, str]) -> None:
    """Draw what prints a worksheet and gives it.

    Args:
        link: the worksheet, its network and what else its link carries.
    """
    answers = st.toggle(t("exercises.sheet_answers"), key="sheet_answers")
    weights = model_cache.reference(link["model"]).sha256  # another network may get the name of a removed one
    sheet = Worksheet(urlencode(link), translation.language(), answers, f"{manifest().name} {weights}")
    job = pdf_jobs.worksheets()
    _offer(
        job,
        sheet,
        f"cnnviz-worksheet{'-answers' if answers else ''}.pdf",
        make=t("exercises.sheet_pdf_make"),
        save=lambda made: t("exercises.sheet_pdf_save"),
        failed=t("exercises.sheet_failed"),
        no_chromium=t("exercises.sheet_no_chromium"),
        running=_wait_for_worksheet,
    )


@st.fragment(run_every=1.0)
def _wait_for_worksheet() -> None:
    if pdf_jobs.worksheets().running is None:
        st.rerun()
    st.info(t("exercises.sheet_printing"), icon=":material/hourglass_top:")
