"""Exercises page: all kinds of exercises, one of them opened; or a worksheet, made here or opened by link."""

import streamlit as st

from cnnviz.errors import CnnvizError
from cnnviz.explain import worksheet
from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import LEVELS
from cnnviz.explain.worksheet import MAX_FILE_BYTES, MAX_QUESTIONS, MAX_SEED, Question, Worksheet
from cnnviz.hosting.uploads import SMALL_MB
from cnnviz.networks import zoo
from cnnviz.pages import error_messages, frame, image_selection, lecture_state, link, predict, printing, theme
from cnnviz.pages.translation import t

MOST_OF_EACH = 10
picked = image_selection.picked()


def sheet_in_link() -> Worksheet | None:
    """Return the worksheet of the link, None if there is none; one that cannot be read gets a sentence."""
    text = str(link.value("worksheet", "", str))
    if not text:
        return None
    try:
        return worksheet.read(text)
    except CnnvizError as error:
        error_messages.show_error(error)
        return None


@st.fragment
def practise() -> None:
    """Draw the cards of all kinds and the exercise that is opened, as a fragment."""
    kinds = predict.available(picked)
    names = [kind.name for kind in kinds]
    level, seed = predict.level_and_seed_in_link()
    chosen = link.value(
        "exercise",
        names[0],
        str,
        fit=lambda name: name if name in names else names[0],
        always=level is not None,  # another network may have another first one
    )
    predict.view(
        kinds,
        Question(chosen, level or LEVELS[0], predict.FIRST_SEED if seed is None else seed),
        picked,
        mode="stage" if lecture_state.presenting() else "page",
        named=level is not None,
        key="exercises",
    )
    link.publish_fragment()


def solve(sheet: Worksheet) -> None:
    """Draw a worksheet, and the lecturer's controls of it."""
    with st.container(horizontal=True, vertical_alignment="center", key="sheet_bar"):
        own = image_selection.picture() == "upload"
        st.caption(t("exercises.sheet_own") if own else t("exercises.sheet_link"))
        st.download_button(
            t("exercises.sheet_save"),
            worksheet.to_file(sheet, model=str(link.current("model")), picture=image_selection.picture()),
            "cnnviz-worksheet.json",
            "application/json",
            icon=":material/save:",
            on_click="ignore",
        )
        if not own:  # the server does not keep a visitor's picture
            with st.popover(t("exercises.sheet_pdf"), icon=":material/picture_as_pdf:"):
                given = {"worksheet": worksheet.write(sheet), "model": str(link.current("model"))}
                printing.draw_worksheet(
                    {**given, "picture": image_selection.picture(), "colours": theme.colour_scale()}
                )
        st.button(
            t("exercises.sheet_close"), icon=":material/close:", on_click=lambda: link.put(worksheet="")
        )
    questions = sheet.questions()
    kinds = list(dict.fromkeys(registry.kind(each.kind) for each in questions))
    predict.view(kinds, questions[0], picked, questions=questions, mode="sheet", key="worksheet")


def make() -> None:
    """Draw the form that makes a worksheet."""
    st.markdown(t("exercises.worksheet_lead"))
    titles = {kind.name: t(f"exercise.{kind.name}") for kind in predict.available(picked)}
    chosen = st.multiselect(
        t("exercises.sheet_kinds"),
        list(titles),
        default=list(titles)[:3],
        format_func=titles.__getitem__,
        key="sheet_kinds",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = st.number_input(t("exercises.sheet_count"), 1, MOST_OF_EACH, 1, key="sheet_count", width=130)
        level = st.number_input(
            t("exercises.sheet_level"), LEVELS[0], LEVELS[-1], key="sheet_level", width=130
        )
        seed = st.number_input(
            t("exercises.sheet_seed"),
            0,
            MAX_SEED,
            1,
            key="sheet_seed",
            width=150,
            help=t("exercises.sheet_seed_help"),
        )
        if st.button(t("exercises.sheet_make"), type="primary", icon=":material/assignment:"):
            if chosen and count * len(chosen) <= MAX_QUESTIONS:
                made = worksheet.make(
                    [name for name in titles if name in chosen], count=count, level=level, seed=seed
                )
                link.put(worksheet=worksheet.write(made))
                st.rerun()
            refused = t("exercises.sheet_many", most=MAX_QUESTIONS) if chosen else t("exercises.sheet_none")
            st.warning(refused, icon=":material/info:")
    file = st.file_uploader(
        t("exercises.sheet_file"), type="json", key="sheet_file", max_upload_size=SMALL_MB
    )
    if file is not None and st.session_state.get("sheet_file_id") != file.file_id:
        st.session_state["sheet_file_id"] = file.file_id  # once per file, to keep later choices
        load(file.read(MAX_FILE_BYTES + 1))


def load(content: bytes) -> None:
    """Open the worksheet of a file, with its network and picture if they are here."""
    try:
        sheet, model, picture = worksheet.from_file(content)
    except CnnvizError as error:
        error_messages.show_error(error)
        return
    link.put(worksheet=worksheet.write(sheet))
    try:
        zoo.get(model)
        link.put(model=model, picture=image_selection.parse_picture(picture))
    except (CnnvizError, ValueError, LookupError):
        pass  # of another server: the questions are about the picture picked here
    st.rerun()


opened = sheet_in_link()
frame.heading("exercises", lead=opened is None)
if opened is not None:
    solve(opened)
else:
    practise()
    if not lecture_state.presenting():
        with st.expander(t("exercises.worksheet"), icon=":material/assignment:", key="sheet_maker"):
            make()
