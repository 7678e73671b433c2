"""Builder: stack blocks in any order, see what each makes, run the stack and copy it as Keras code."""

import streamlit as st

from cnnviz import builder, ops
from cnnviz.cifar import preprocess
from cnnviz.components.feature_grid import NOT_DRAWN, feature_grid
from cnnviz.components.stack_editor import Edit, stack_editor
from cnnviz.errors import CnnvizError
from cnnviz.figures.pooling_order import both_orders, order_heatmaps
from cnnviz.pages import cache, frame, layer_words, link
from cnnviz.pages.frame import number, say

picked = frame.picked()


def put(stack: builder.Stack, edit: int = 0) -> None:
    """Make `stack` the visitor's; `edit` is the number of the edit it comes from, if it comes from one."""
    st.session_state["builder_unread"] = None
    st.session_state["builder_edit"] = max(edit, st.session_state.get("builder_edit", 0))
    link.put(builder_stack=builder.write(stack))


def edited(edit: Edit) -> None:
    """Take over what the visitor has made of the stack."""
    put(edit.stack, edit.number)


def canonical(text: str) -> str:
    """Return a link's stack as this page writes it; remember why, if it cannot be read."""
    try:
        return builder.write(builder.parse(text))
    except CnnvizError as error:
        st.session_state["builder_unread"] = error
        raise


st.title(say("builder.title"), anchor=False)
st.markdown(say("builder.lead"))
with st.container(horizontal=True, vertical_alignment="center"):
    st.markdown(say("builder.start_from"), width="content")
    for name, start in builder.STARTS.items():
        st.button(say(f"builder.start_{name}"), key=f"builder_start_{name}", on_click=put, args=(start,))

default = builder.write(next(iter(builder.STARTS.values())))
blocks = builder.parse(link.value("builder_stack", default, canonical))
if (unread := st.session_state.get("builder_unread")) is not None:
    frame.show(unread)
survey = builder.survey(blocks)
infos = survey.infos
stack_editor(
    blocks,
    survey,
    answered=st.session_state.get("builder_edit", 0),
    language=frame.language(),
    key="builder_editor",
    on_edit=edited,
)

shape = "×".join(map(str, infos[-1].output_shape if infos else picked.image.shape))
st.markdown(
    say(
        "builder.total",
        blocks=len(blocks),
        shape=shape,
        parameters=f"{sum(info.parameters for info in infos):,}",
        work=f"{sum(info.multiply_accumulates for info in infos):,}",
    )
)

if infos:
    layer_words.drawing(infos, say("builder.title"))

st.subheader(say("builder.maps_title"), anchor=False)
st.markdown(say("builder.maps_lead"))
seed = link.whole(
    say("builder.seed"),
    "builder_seed",
    0,
    builder.MOST_SEED,
    default=0,
    help=say("builder.seed_help"),
    width=150,
)
activations = cache.random_run(builder.write(blocks), seed, picked.image)
drawn = [info for info in infos if info.kind != "softmax"]
if any(info.kind not in NOT_DRAWN for info in drawn):
    feature_grid(
        activations,
        drawn,
        picked.image,
        class_names=(),
        true_label=picked.label,
        language=frame.language(),
        key="builder_grid",
        openable=False,
    )
else:
    st.info(say("builder.nothing"))


def compare_orders(place: int) -> None:
    """Send what reaches ReLU and pooling through both of them in either order, for either pooling."""
    pair = infos[place], infos[place + 1]
    pool = next(info for info in pair if info.window is not None)
    assert pool.window is not None
    x = activations[infos[place - 1].name] if place else preprocess(picked.image)
    settings = {"stride": pool.window.stride, "padding": pool.window.padding}
    results = {
        name: [both_orders(x[..., k], function, pool.window.size, **settings) for k in range(x.shape[2])]
        for name, function in (("max", ops.max_pool), ("average", ops.average_pool))
    }
    most = max(range(x.shape[2]), key=lambda k: results["average"][k].largest)
    st.markdown(say("builder.order_pair", first=pair[0].name, second=pair[1].name, map=most))
    for name, orders in results.items():
        st.markdown(
            "- "
            + say(
                f"builder.order_{name}",
                differing=f"{sum(o.differing for o in orders):,}",
                cells=f"{sum(o.difference.size for o in orders):,}",
                largest=number(max(o.largest for o in orders)),
            )
        )
    st.plotly_chart(
        order_heatmaps(
            {say(f"pooling.{name}"): orders[most] for name, orders in results.items()},
            relu_first=say("pooling.order_relu_first"),
            pool_first=say("pooling.order_pool_first"),
            difference=say("pooling.difference"),
            dark=frame.dark(),
        ),
        config={"displaylogo": False},
    )


st.subheader(say("builder.order_title"), anchor=False)
place = builder.swappable(blocks)
if place is None:
    st.markdown(say("builder.order_none"))
else:
    compare_orders(place)

st.subheader(say("builder.code_title"), anchor=False)
if survey.problem is None:
    st.code(builder.keras_code(blocks), language="python")
else:
    st.markdown(say("builder.code_later", name=builder.layers(blocks)[survey.problem.place].name))
