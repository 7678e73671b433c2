"""Code page: the lecture's TensorFlow and Keras programs side by side, topic by topic."""

from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from cnnviz.data import cifar10
from cnnviz.explain import loading, programs
from cnnviz.networks import zoo
from cnnviz.networks.graph import Graph
from cnnviz.pages import (
    data_sets,
    frame,
    image_selection,
    lecture_state,
    link,
    model_cache,
    navigation,
    translation,
)
from cnnviz.pages.translation import t
from cnnviz.text.kinds import kind_name
from cnnviz.text.rounding import percent

TENSORFLOW, KERAS = programs.PROGRAMS
COLUMNS = {TENSORFLOW: "TensorFlow", KERAS: "Keras"}
MODELS = {TENSORFLOW: "tensorflow_lecture", KERAS: "keras_lecture"}
THEN = {  # the counterparts of a topic's lines at the time of the lecture
    "imports": ("backend",),
    "preprocessing": ("placeholder", "np_utils"),
    "weights": ("initializer",),
    "model": ("graph", "keep", "layer_names"),
    "loss": ("minimize", "decay"),
    "training": ("session", "feed_dict", "nb_epoch"),
}
EVERYTHING = "all"
PIXEL = 15, 15  # in the middle, where the Data page begins too

picked = image_selection.picked()


def sizes(side: int) -> str:
    """Return the sides of the low-level model's maps after each pooling: "16, 8, 4"."""
    infos = Graph((side, side, 3), zoo.get(MODELS[TENSORFLOW]).graph.nodes()).layers
    return ", ".join(str(info.output_shape[0]) for info in infos if info.layer.part == "pool")


def show_reshape_mistake() -> None:
    """Draw an image read from the file's bytes with `transpose` and with `reshape`."""
    own = zoo.get(MODELS[KERAS]).data_set  # the lecture's programs read no other
    image = picked.image if data_sets.selected() == own else own.samples().images[0]
    right, wrong = image, cifar10.reshape_without_transpose(image)
    with st.container(horizontal=True):
        for pixels, words in ((right, t("code.transposed")), (wrong, t("code.reshaped"))):
            image = Image.fromarray(np.ascontiguousarray(pixels)).resize((160, 160), Image.Resampling.NEAREST)
            st.image(image, caption=words, width=160, alt=words.replace("`", ""))


def show_mistake(part: str) -> None:
    """Point out a mistake in the lecture's code beside the lines concerned."""
    if part == "data":
        with st.container(border=True):
            st.markdown(f":material/school: {t('code.slip_reshape')}")
            show_reshape_mistake()
            st.page_link(
                navigation.script("data"), label=t("frame.page_data"), icon=":material/arrow_forward:"
            )
    if part == "model":
        with st.container(border=True):
            st.markdown(f":material/school: {t('code.slip_shapes', wrong=sizes(28), right=sizes(32))}")


def counterparts() -> None:
    """Draw the table of TensorFlow operations and the equivalent Keras layers."""
    kinds = programs.COUNTERPARTS
    st.table(
        {
            t("code.operation"): [kind_name(kind, translation.language()) for kind in kinds],
            "TensorFlow": [f"`{low}`" for low, _ in kinds.values()],
            "Keras": [f"`{high}`" for _, high in kinds.values()],
        }
    )


def open_network(program: str) -> None:
    """Draw a button that opens the Network page with a program's model."""
    clicked = st.button(
        t("code.open_network"),
        key=f"open_{program}",
        icon=":material/arrow_forward:",
        on_click=lambda: link.put(model=MODELS[program]),
    )
    if clicked:
        st.switch_page(navigation.script("network"))


def explanation(part: str) -> str:
    """Return the explanation of a topic, with numbers from the model cards."""
    cards: dict[str, dict[str, Any]] = {name: model_cache.card(model) for name, model in MODELS.items()}
    if part == "evaluation":
        accuracy = {name: percent(card["test"]["accuracy"]) for name, card in cards.items()}
        return t(
            "code.about_evaluation",
            images=f"{cards[KERAS]['data']['test']:,}",
            tensorflow=accuracy[TENSORFLOW],
            keras=accuracy[KERAS],
        )
    if part == "summary":
        layers = zoo.get(MODELS[KERAS]).layers
        largest = max(layers, key=lambda layer: layer.parameters)
        return t(
            "code.about_summary",
            tensorflow=f"{cards[TENSORFLOW]['parameters']:,}",
            keras=f"{cards[KERAS]['parameters']:,}",
            percent=percent(largest.parameters / cards[KERAS]["parameters"]),
        )
    return t(f"code.about_{part}")


def downloads() -> None:
    """Draw download buttons of both programs."""
    with st.container(horizontal=True):
        for program in programs.PROGRAMS:
            st.download_button(
                t("code.download", file=f"{program}.py"),
                programs.source(program),
                file_name=f"{program}.py",
                mime="text/x-python",
                key=f"download_{program}",
                icon=":material/download:",
                on_click="ignore",
            )


def line_by_line(part: str) -> None:
    """Draw the lines that prepare a picture, and below them what each makes of it."""
    own = zoo.get(MODELS[KERAS]).data_set
    samples = own.samples()
    chosen = str(link.current("picture")).removeprefix("sample-")
    index = int(chosen) if chosen.isdecimal() and int(chosen) < len(samples) else 0
    if data_sets.selected() != own:
        index = 0
    st.subheader(t("code.prepared_title"), anchor=False)
    code("prepared", part, programs.prepared()[part])
    shown = loading.results(samples.images[index], int(samples.labels[index]), own, index=index, pixel=PIXEL)
    for mark, column in zip(loading.MARKS, st.columns(3), strict=True):
        with column, st.container(key=f"code_result_{mark}"):
            st.code(shown[mark], language="python")


def code(program: str, part: str, lines: str) -> None:
    """Show a block of code, which a step of the lecture finds by its key and may point at lines of."""
    with st.container(key=f"code_block_{program}_{part}"):
        st.code(lines, language="python")


frame.heading("code")
if not lecture_state.in_lecture("code"):  # there the lines themselves should be in sight
    downloads()
shown = link.option(
    t("code.topic"),
    "code_part",
    {EVERYTHING: t("code.topic_all")} | {part: t(f"code.part_{part}") for part in programs.PARTS},
    draw=st.pills,
    required=True,
)
for part in programs.PARTS if shown == EVERYTHING else (shown,):
    st.header(t(f"code.part_{part}"), anchor=False)
    st.markdown(explanation(part))
    with st.container(key=f"code_{part}"):
        columns = st.columns(2)
    for column, (program, title) in zip(columns, COLUMNS.items(), strict=True):
        with column:
            st.caption(title)
            code(program, part, programs.parts(program)[part])
            if program == KERAS:  # the shorter one: there is room beside the lines it is about
                show_mistake(part)
            if part == "summary":
                open_network(program)
    if part in programs.prepared():
        with st.container(key="code_prepared"):
            line_by_line(part)
    with st.container(key=f"code_then_{part}"):
        for name in THEN.get(part, ()):
            st.markdown(f":material/history: {t(f'code.then_{name}')}")
        if part in programs.FORMERLY:
            st.subheader(t("code.then_title"), anchor=False)
            then, now = st.columns(2)
            then.caption("TensorFlow 1")
            now.caption(t("code.today"))
            with then:
                code("formerly", part, programs.FORMERLY[part])
            with now:
                code("today", part, programs.today()[part])
    if part == "model":
        counterparts()
