"""Training page: start, watch and stop a run; the training and evaluation of any network."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import streamlit as st

from cnnviz import settings
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import DataSet
from cnnviz.errors import CnnvizError
from cnnviz.networks import builder, zoo
from cnnviz.networks.architecture import clean_title
from cnnviz.networks.fitting import fit, fits
from cnnviz.pages import (
    data_sets,
    error_messages,
    frame,
    image_selection,
    image_sources,
    link,
    local_data,
    model_cache,
    navigation,
    network_texts,
    run_view,
    training_runs,
)
from cnnviz.pages.translation import t
from cnnviz.text.rounding import percent, rounded
from cnnviz.training import run_spec, runs
from cnnviz.training.events import clock
from cnnviz.training.run_process import Status
from cnnviz.training.run_progress import Run
from cnnviz.training.run_spec import RunSpec

picked = image_selection.picked()
runner = training_runs.runner()


def begin(spec: RunSpec, resume: Run | None = None) -> None:
    """Start a run; if another session was faster, show that one's."""
    try:
        runner.start(spec, resume)
    except CnnvizError as error:
        if error.reason != "run_on":
            error_messages.show_error(error)
            return
        st.toast(t("error.run_on"), icon=":material/info:")
    st.rerun()


TOY = "samples"
"""The choice of the few samples instead of a data set."""


def canonical(text: str) -> str:
    """Normalise the text of a stack from a link; raises if it is none."""
    return builder.write(builder.parse(text))


def networks(data_set: DataSet) -> list[str]:
    """Return the architectures that take the images of a data set; those made for it are the first."""
    fitting = [name for name in zoo.trained_names() if fits(zoo.get(name), data_set)]
    return sorted(fitting, key=lambda name: zoo.get(name).data_set != data_set)


def training_images(data_set: DataSet) -> int:
    """Return the number of training images of a data set."""
    if data_set.per_class:  # known without reading them
        return data_set.per_class["train"] * len(data_set.classes)
    return len(local_data.full_set(data_set, "train", str(data_set.find(None))))


def form() -> None:
    """Draw the settings of a run and the button that starts it."""
    here = {each.name: each for each in image_sources.complete_data_sets()}
    labels = {name: data_sets.data_set_title(each, capital=True) for name, each in here.items()}
    if CIFAR10.name not in here:
        if not settings.DATA():
            st.info(t("training.no_data_cifar10"), icon=":material/database_off:")
        labels[TOY] = t("training.samples_toy", set=CIFAR10.title, count=len(CIFAR10.samples()))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wish = link.option(
            t("training.data"), "training_data", labels, help=t("training.data_help"), width=260
        )
        toy = wish == TOY
        data_set = CIFAR10 if toy else here[wish]
        names = {name: network_texts.architecture_name(name) for name in networks(data_set)}
        if toy:
            names = {name: words for name, words in names.items() if zoo.get(name).data_set == CIFAR10}
        stack = link.value("training_stack", "", canonical)
        title = link.value("training_name", "", clean_title)
        if stack and not toy:
            names[run_spec.BUILT] = title or t("frame.model_built")
        name = link.option(t("training.network"), "training_network", names, width=320)
        if name != run_spec.BUILT:
            stack = title = ""
        try:
            architecture = run_spec.built(stack, data_set, title) if stack else fit(zoo.get(name), data_set)
        except CnnvizError as error:  # of another data set than it was built for
            error_messages.show_error(error)
            return
        recipe = zoo.recipe_of(architecture, toy=toy)
        epochs = link.whole(
            t("training.epochs"),
            f"training_epochs_{name}",  # each network's own: its recipe decides the default
            1,
            run_spec.MAX_EPOCHS,
            default=recipe.epochs,
            help=t("training.epochs_help", epochs=recipe.epochs),
            width=130,
        )
        share = 100
        if not toy:
            shares = {str(part): f"{part}%" for part in run_spec.PERCENT}
            share = int(
                link.option(
                    t("training.percent"),
                    "training_percent",
                    shares,
                    draw=st.segmented_control,
                    required=True,
                    help=t("training.percent_help"),
                    width="content",
                )
            )
    with st.expander(t("training.change")), st.container(horizontal=True):
        rates = {1.0: t("training.recipes", value=f"{recipe.learning_rate:g}")}
        rates |= {f: f"{f * recipe.learning_rate:.3g}" for f in run_spec.RATE_FACTORS if f != 1}
        rate = link.option(
            t("training.rate"), "training_rate", {f"{f:g}": words for f, words in rates.items()}, width=220
        )
        sizes = {"0": t("training.recipes", value=recipe.batch_size)}
        sizes |= {str(size): str(size) for size in run_spec.BATCH_SIZES if size != recipe.batch_size}
        batch = link.option(t("training.batch_size"), "training_batch", sizes, width=220)
        kept = 0
        if not toy:
            parts = {
                str(part): f"{part}%" if part else t("training.no_validation") for part in run_spec.VALIDATION
            }
            kept = int(
                link.option(
                    t("training.validation"),
                    "training_validation",
                    parts,
                    help=t("training.validation_help"),
                    width=220,
                )
            )
    data = data_set.name if stack or data_set != zoo.get(name).data_set else ""
    spec = RunSpec(name, epochs, share, float(rate), int(batch) or None, toy, data, stack, kept, title)
    chosen = replace(
        recipe, learning_rate=spec.learning_rate, batch_size=spec.batch_size or recipe.batch_size
    )
    words = run_view.recipe(asdict(chosen))
    if kept:
        words += " · " + t("training.validation_share", share=f"{kept}%")
    st.markdown(t("training.recipe", words=words))
    if stack:
        st.markdown(t("training.stack", stack=stack))
    throughput = None if toy or stack else runs.throughput(architecture)
    if throughput is not None:
        images = training_images(data_set) * share / 100 * (1 - kept / 100)
        st.caption(t("training.estimate", time=clock(epochs * images / throughput), rate=rounded(throughput)))
    words = t("training.start_toy") if toy else t("training.start")
    if st.button(words, type="primary", icon=":material/play_arrow:", key="training_start"):
        begin(spec)


@st.fragment(run_every=1.0)
def watch() -> None:
    """Draw the current run, as a fragment."""
    status = runner.status()
    if status is None or status.state not in ("running", "stopping"):
        st.rerun()
    run = status.run
    words = t(
        "training.running", name=network_texts.untimed_name(run.model), time=network_texts.run_time(run.model)
    )
    st.header(words, anchor=False)
    if run.start.get("toy"):
        st.warning(t("training.toy"), icon=":material/toys:")
    now = run.progress
    if now is None:
        st.progress(0.0, t("training.starting"))
    else:
        share = percent(min(1.0, now.share), 0)
        words = t("training.progress", epoch=now.epoch, epochs=now.epochs, share=share)
        st.progress(min(1.0, now.share), words if now.share < 1 else t("training.measuring"))
        metrics: list[tuple[str, float | None, Callable[[float], str]]] = [
            (t("training.images_a_second"), now.images_per_second, rounded),
            (t("training.time_left"), now.seconds_left, clock),
            (t("training.loss"), now.loss, lambda loss: rounded(loss, 3)),
            (t("training.accuracy"), now.accuracy, percent),
            (t("training.test_accuracy"), now.test_accuracy, percent),
        ]
        if "validation_images" in run.start:
            metrics.insert(-1, (t("training.validation_accuracy"), now.validation_accuracy, percent))
        with st.container(horizontal=True):
            for name, value, write in metrics:
                st.metric(name, "–" if value is None else write(value), width=170)
    if status.own and not settings.hosted():
        disabled = status.state == "stopping"
        words, icon = t("training.stopping") if disabled else t("training.stop"), ":material/stop:"
        st.button(words, on_click=runner.stop, args=(run,), disabled=disabled, icon=icon, key="training_stop")
    else:
        st.caption(t("training.elsewhere"))
    run_view.curves(run.epochs, run.batches, epochs=now.epochs if now else 1, key="training_live")
    note = t("training.live_note")
    if "validation_images" in run.start:
        note += " " + t("training.live_note_validation")
    st.caption(note)


def card_of(status: Status | None) -> dict[str, Any] | None:
    """Return the model card of a finished run, or None if it is not finished or its files are invalid."""
    if status is None or status.state != "done":
        return None
    try:
        return model_cache.weights(status.run.model)[1]
    except CnnvizError:
        return None


def outcome(status: Status, card: dict[str, Any] | None) -> None:
    """Show how the last run ended, and the possible next actions."""
    run = status.run
    name = network_texts.model_name(run.model)
    if status.state == "failed":
        detail = t("training.no_words")
        if status.message and not settings.hosted():  # it may name folders of the server
            detail = status.message
        st.error(t("training.failed", name=name, detail=detail), icon=":material/error:")
    elif status.state == "diverged":
        run_view.diverged(run, name)
    elif status.state == "stopped":
        st.info(t("training.stopped", name=name, epochs=len(run.epochs)), icon=":material/stop_circle:")
    elif card is None:
        st.error(t("error.run_weights"), icon=":material/error:")
    else:
        share = percent(card["test"]["accuracy"])
        toy = card["data"].get("toy")
        words = t("training.done_toy", name=name) if toy else t("training.done", name=name, share=share)
        st.success(words, icon=":material/check_circle:")
        if st.button(t("training.look"), type="primary", icon=":material/search:", key="training_look"):
            link.put(model=run.model)
            st.switch_page(navigation.script("network"))
    # one that diverged would do so again, at the same step
    spec = None if settings.hosted() or status.state in ("done", "diverged") else run.resumable
    if spec and st.button(t("training.resume"), icon=":material/resume:", key="training_resume"):
        begin(spec, run)


frame.heading("training")
status = runner.status()
if status is not None and status.state in ("running", "stopping"):
    watch()
else:
    card = card_of(status)
    if status is not None:
        outcome(status, card)
    if settings.hosted():
        st.info(t("training.hosted"), icon=":material/cloud_off:")
        st.code("make run\n# or, without the browser:\npython -m cnnviz train keras_lecture", language="bash")
    else:
        form()
    st.divider()
    run, shown = status.run if status else None, "picked"
    if run is not None and run.model != picked.model and (run.epochs or run.batches or card is not None):
        options = {"last": t("training.show_last"), "picked": t("training.show_picked")}
        shown = link.option(
            t("training.show"), "training_show", options, draw=st.segmented_control, required=True
        )
    if run is None or shown == "picked":
        run_view.report(picked.model, model_cache.card(picked.model), training_runs.batches(picked.model))
    elif card is not None:
        run_view.report(run.model, card, run.batches)
    else:
        st.header(t("training.of", name=network_texts.model_name(run.model)), anchor=False)
        run_view.curves(
            run.epochs, run.batches, epochs=run.progress.epochs if run.progress else 1, key="training_past"
        )
