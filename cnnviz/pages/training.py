"""Training: start a run, watch it and stop it; how any network was trained, and what it gets wrong."""

from dataclasses import asdict, replace
from typing import Any

import streamlit as st

from cnnviz.errors import CnnvizError
from cnnviz.networks import zoo
from cnnviz.pages import cache, frame, link, run_view
from cnnviz.pages.frame import say
from cnnviz.text.rounding import percent, rounded
from cnnviz.training import runs
from cnnviz.training.events import clock

picked = frame.picked()
runner = cache.runner()


def begin(order: runs.Order, resume: runs.Run | None = None) -> None:
    """Start a run and show it; where another visitor was faster, theirs."""
    try:
        runner.start(order, resume)
    except CnnvizError as error:
        if error.reason != "run_on":
            frame.show(error)
            return
        st.toast(say("error.run_on"), icon=":material/info:")
    st.rerun()


def form(toy: bool) -> None:
    """Draw what a run is started with, and the button that starts it."""
    names = {name: frame.network_word(name) for name in zoo.names()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = link.option(say("training.network"), "training_network", names, width=320)
        recipe = zoo.recipe(name, toy=toy)
        epochs = link.whole(
            say("training.epochs"),
            f"training_epochs_{name}",  # each network's own: its recipe decides the default
            1,
            runs.MOST_EPOCHS,
            default=recipe.epochs,
            help=say("training.epochs_help", epochs=recipe.epochs),
            width=130,
        )
        share = 100
        if not toy:
            shares = {str(part): f"{part}%" for part in runs.PERCENT}
            share = int(
                link.option(
                    say("training.percent"),
                    "training_percent",
                    shares,
                    draw=st.segmented_control,
                    required=True,
                    help=say("training.percent_help"),
                    width="content",
                )
            )
    with st.expander(say("training.change")), st.container(horizontal=True):
        rates = {1.0: say("training.recipes", value=f"{recipe.learning_rate:g}")}
        rates |= {f: f"{f * recipe.learning_rate:.3g}" for f in runs.RATE_FACTORS if f != 1}
        rate = link.option(
            say("training.rate"), "training_rate", {f"{f:g}": words for f, words in rates.items()}, width=220
        )
        sizes = {"0": say("training.recipes", value=recipe.batch_size)}
        sizes |= {str(size): str(size) for size in runs.BATCH_SIZES if size != recipe.batch_size}
        batch = link.option(say("training.batch_size"), "training_batch", sizes, width=220)
    order = runs.Order(name, epochs, share, float(rate), int(batch) or None, toy)
    chosen = replace(
        recipe, learning_rate=order.learning_rate, batch_size=order.batch_size or recipe.batch_size
    )
    st.markdown(say("training.recipe", words=run_view.recipe(asdict(chosen))))
    pace = None if toy else runs.pace(name)
    if pace is not None:
        images = cache.weights(name)[1]["data"]["train"] * share / 100
        st.caption(say("training.estimate", time=clock(epochs * images / pace), rate=rounded(pace)))
    words = say("training.start_toy") if toy else say("training.start")
    if st.button(words, type="primary", icon=":material/play_arrow:", key="training_start"):
        begin(order)


@st.fragment(run_every=1.0)
def watch() -> None:
    """Show the run that is on, as every visitor sees it; only this part of the page runs again."""
    status = runner.status()
    if status is None or status.state not in ("running", "stopping"):
        st.rerun()
    run = status.run
    words = say("training.running", name=frame.network_word(run.name), time=frame.run_time(run.model))
    st.subheader(words, anchor=False)
    if run.start.get("toy"):
        st.warning(say("training.toy"), icon=":material/toys:")
    now = run.standing
    if now is None:
        st.progress(0.0, say("training.starting"))
    else:
        share = percent(min(1.0, now.share), 0)
        words = say("training.progress", epoch=now.epoch, epochs=now.epochs, share=share)
        st.progress(min(1.0, now.share), words if now.share < 1 else say("training.measuring"))
        with st.container(horizontal=True):
            for name, value, write in (
                (say("training.images_a_second"), now.images_per_second, rounded),
                (say("training.time_left"), now.seconds_left, clock),
                (say("training.loss"), now.loss, lambda loss: rounded(loss, 3)),
                (say("training.accuracy"), now.accuracy, percent),
                (say("training.test_accuracy"), now.test_accuracy, percent),
            ):
                st.metric(name, "–" if value is None else write(value), width=170)
    if status.own:
        disabled = status.state == "stopping"
        words, icon = say("training.stopping") if disabled else say("training.stop"), ":material/stop:"
        st.button(words, on_click=runner.stop, args=(run,), disabled=disabled, icon=icon, key="training_stop")
    else:
        st.caption(say("training.elsewhere"))
    run_view.curves(run.epochs, run.batches, epochs=now.epochs if now else 1, key="training_live")
    st.caption(say("training.live_note"))


def card_of(status: runs.Status | None) -> dict[str, Any] | None:
    """Return the model card of a run that is done, or None: it is not, or its files are not in order."""
    if status is None or status.state != "done":
        return None
    try:
        return cache.weights(status.run.model)[1]
    except CnnvizError:
        return None


def outcome(status: runs.Status, card: dict[str, Any] | None) -> None:
    """Say how the last run ended, and offer what can follow."""
    run = status.run
    name = frame.model_words(run.model)
    if status.state == "failed":
        detail = status.message or say("training.no_words")
        st.error(say("training.failed", name=name, detail=detail), icon=":material/error:")
    elif status.state == "diverged":
        run_view.diverged(run, name)
    elif status.state == "stopped":
        st.info(say("training.stopped", name=name, epochs=len(run.epochs)), icon=":material/stop_circle:")
    elif card is None:
        st.error(say("error.run_weights"), icon=":material/error:")
    else:
        share = percent(card["test"]["accuracy"])
        toy = card["data"].get("toy")
        words = say("training.done_toy", name=name) if toy else say("training.done", name=name, share=share)
        st.success(words, icon=":material/check_circle:")
        if st.button(say("training.look"), type="primary", icon=":material/search:", key="training_look"):
            link.put(model=run.model)
            st.switch_page(frame.script("network"))
    # one that diverged would do so again, at the same step
    order = None if runs.hosted() or status.state in ("done", "diverged") else run.resumable
    if order and st.button(say("training.resume"), icon=":material/resume:", key="training_resume"):
        begin(order, run)


frame.heading("training")
status = runner.status()
if status is not None and status.state in ("running", "stopping"):
    watch()
else:
    card = card_of(status)
    if status is not None:
        outcome(status, card)
    if runs.hosted():
        st.info(say("training.hosted"), icon=":material/cloud_off:")
        st.code("make run\n# or, without the browser:\npython -m cnnviz train keras_lecture", language="bash")
    else:
        toy = run_view.data_folder() is None
        if toy:
            st.info(say("training.no_data"), icon=":material/database_off:")
        form(toy)
    st.divider()
    run, shown = status.run if status else None, "picked"
    if run is not None and run.model != picked.model and (run.epochs or run.batches or card is not None):
        options = {"last": say("training.show_last"), "picked": say("training.show_picked")}
        shown = link.option(
            say("training.show"), "training_show", options, draw=st.segmented_control, required=True
        )
    if run is None or shown == "picked":
        run_view.report(
            frame.model_words(picked.model), cache.weights(picked.model)[1], cache.batches(picked.model)
        )
    elif card is not None:
        run_view.report(frame.model_words(run.model), card, run.batches)
    else:
        st.subheader(say("training.of", name=frame.model_words(run.model)), anchor=False)
        run_view.curves(
            run.epochs, run.batches, epochs=run.standing.epochs if run.standing else 1, key="training_past"
        )
