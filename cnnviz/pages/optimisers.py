"""Optimisers page: SGD, momentum and RMSProp on the loss surface of a real network."""

import streamlit as st

from cnnviz.components.descent import BOUND, RULES, SIZES, START, STEPS, Selection, descent
from cnnviz.explain import programs
from cnnviz.networks import zoo
from cnnviz.pages import frame, image_selection, link, model_cache, network_texts, predict, translation
from cnnviz.pages.translation import t
from cnnviz.training import loss_surface

surface = loss_surface.read()


def parse_start(text: str) -> tuple[float, float]:
    """Parse a point of the surface, "-0.45,-0.3"."""
    first, second = (float(part) for part in text.split(","))
    if not all(abs(part) <= BOUND * surface.reach for part in (first, second)):  # NaN is not
        raise ValueError(text)
    return first, second


def steps(text: str) -> int:
    """Parse a number of steps."""
    return [str(k) for k in range(STEPS + 1)].index(text)


frame.heading("optimisers")
descent(
    surface,
    Selection(
        link.value("descent_start", START, parse_start),
        link.value("descent_rate", SIZES[0], lambda text: SIZES[SIZES.index(text)]),
        link.value("descent_rule", RULES[0], lambda text: RULES[RULES.index(text)]),
        link.value("descent_steps", 0, steps),
    ),
    language=translation.language(),
    key="descent",
    on_select=lambda chosen: link.put(
        descent_start=chosen.start,
        descent_rate=chosen.rate,
        descent_rule=chosen.rule,
        descent_steps=chosen.steps,
    ),
)
predict.draw("optimisers", image_selection.picked())
name = network_texts.architecture_name(surface.network)
weights, pictures = model_cache.weights(surface.network)[0], len(zoo.get(surface.network).data_set.samples())
count = f"{sum(each.size for each in weights.values()):,}"
if model_cache.reference(surface.network).sha256 != surface.sha256:
    st.warning(t("optimisers.other_weights", name=name))
left, right = st.columns(2)
with left:
    st.header(t("optimisers.look_title"), anchor=False)
    for part in ("rate", "momentum", "rmsprop"):
        st.markdown(f"- {t(f'optimisers.look_{part}')}")
with right:
    st.header(t("optimisers.surface_title"), anchor=False)
    st.markdown(t("optimisers.surface", name=name, weights=count, pictures=pictures))
    st.code("python -m cnnviz.training.loss_surface", language="bash")
st.header(t("optimisers.code_title"), anchor=False)
for column, program in zip(st.columns(2), programs.PROGRAMS, strict=True):
    column.code(programs.parts(program)["loss"], language="python")
