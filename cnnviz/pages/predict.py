"""Exercises inside of pages: the line "Predict", and parts shared with the page of all exercises."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from cnnviz.components.exercise_view import Mode, NamedKind, exercise_view
from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import LEVELS, Kind
from cnnviz.explain.worksheet import MAX_SEED, Question
from cnnviz.pages import (
    exercise_files,
    image_selection,
    lecture_state,
    link,
    navigation,
    network_texts,
    translation,
)
from cnnviz.pages.image_selection import Picked
from cnnviz.pages.translation import t

CARRIED = ("lang", "colours", "chart", "room", "model", "picture", "crop", "split", "class", "from")
"""Choices of the visitor that stay when an exercise's page is opened; the exercise sets the others."""
OPENED = ("exercise", "exercise_level", "exercise_seed", "worksheet")
"""Choices that stay in the session, so that whoever comes back finds the exercise, or the worksheet."""
FIRST_SEED = 1


def draw(page: str, picked: Picked, stack: str = "") -> None:
    """Draw the line "Predict" on a page, folded until the visitor or a link opens it.

    Args:
        picked: the network and the picture; a fragment that runs alone after session state was cleared
            could not ask for them. stack: the stack of the page Builder, as in links.
    """
    if lecture_state.presenting():
        return
    names = [kind.name for kind in available(picked) if page in kind.pages]
    if names:
        _fold(names, picked, stack)
    else:
        st.caption(t("exercises.none_here", name=network_texts.model_name(picked.model)))


@st.fragment
def _fold(names: list[str], picked: Picked, stack: str) -> None:
    """Draw the line with the exercises of these kinds, as a fragment."""
    chosen = link.value("predict", "", str, fit=lambda name: name if name in names else "")
    st.session_state["predict_fold"] = bool(chosen)

    def turn() -> None:
        link.put(predict=names[0] if st.session_state["predict_fold"] else "")

    fold = st.expander(
        t("exercises.predict"), key="predict_fold", icon=":material/lightbulb:", on_change=turn
    )
    if fold.open and chosen:
        with fold:
            level, seed = level_and_seed_in_link()
            shown = Question(chosen, level or LEVELS[0], FIRST_SEED if seed is None else seed)
            view(
                [registry.kind(name) for name in names],
                shown,
                picked,
                mode="fold",
                named=level is not None,
                key="predict",
                kind_key="predict",
                stack=stack,
            )
    link.publish_fragment()


def available(picked: Picked) -> list[Kind]:
    """Return the kinds of exercises that there are for the picked network and picture."""
    subject = exercise_files.subject(picked.model, picked.image, picked.label)
    return [kind for kind in registry.kinds() if kind.suits(subject)]


def level_and_seed_in_link() -> tuple[int | None, int | None]:
    """Return the level and the seed in the link, None for one that is not there."""
    level = link.value("exercise_level", None, lambda text: LEVELS[LEVELS.index(int(text))])
    return level, link.value("exercise_seed", None, _seed)


def view(
    kinds: Sequence[Kind],
    shown: Question,
    picked: Picked,
    *,
    mode: Mode,
    named: bool = True,
    questions: Sequence[Question] = (),
    key: str,
    kind_key: str = "exercise",
    stack: str = "",
) -> None:
    """Mount the exercises about the picked network and picture, and a stack of the Builder if there is one.

    Args:
        kinds, shown, mode, named, questions: as for `exercise_view`. key: of the component.
        picked: the network and the picture. kind_key: where the link has the kind. stack: as in links.
    """
    exercise_view(
        [
            NamedKind(kind.name, t(f"exercise.{kind.name}"), t(f"frame.page_{kind.pages[0]}"))
            for kind in kinds
        ],
        exercise_files.source(
            picked.model, image_selection.picture(), translation.language(), picked.image, stack
        ),
        shown=shown,
        named=named,
        questions=questions,
        mode=mode,
        home=navigation.PAGES[0],
        carried=CARRIED,
        language=translation.language(),
        key=key,
        on_select=lambda chosen: link.put(
            **{kind_key: chosen.kind, "exercise_level": chosen.level, "exercise_seed": chosen.seed}
        ),
        on_open=partial(open_page_of, stack=stack),
    )


def open_page_of(chosen: Question, stack: str = "") -> None:
    """Switch to the page, and the choices there, that show an exercise's answer."""
    picked = image_selection.picked()
    subject = exercise_files.subject(picked.model, picked.image, picked.label, stack)
    destination = registry.kind(chosen.kind).make(subject, chosen.seed, chosen.level).destination
    if destination is None:
        return
    kept = link.restart(*(key for key in (*CARRIED, *OPENED) if key not in destination.link))
    carried = {key: text for key, text in kept.items() if key not in OPENED}
    st.switch_page(navigation.script(destination.page), query_params={**carried, **destination.link})


def _seed(text: str) -> int:
    seed = int(text)
    if not 0 <= seed <= MAX_SEED:
        raise ValueError(text)
    return seed
