"""The training page in all its states, and networks of runs on every page, without a browser."""

from __future__ import annotations

import fcntl
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz import samples
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.networks import finite, network, zoo
from cnnviz.networks.weights import write_weights
from cnnviz.pages import (
    activation_cache,
    inference,
    local_data,
    model_cache,
    recording_cache,
    shift_cache,
    training_runs,
)
from cnnviz.text import LANGUAGES, translate
from cnnviz.text.kinds import layer_names
from cnnviz.training import recording
from cnnviz.training.run_process import Runner
from cnnviz.training.run_spec import RunSpec
from cnnviz.training.runs import read_card
from tests.app.test_pages import HANGUL, open_page, words
from tests.data.test_cifar10 import make_folder
from tests.figures.test_cell_text import numbers
from tests.networks.test_network import loud_weights
from tests.thorough import either, thorough
from tests.training.test_runs import EPOCH, FAKE, START, TOY, batch, tell, until

NUMBER = "20261124-153012"
RUN = f"keras_lecture@{NUMBER}"
NAMES = {
    "en": "Keras model of the lecture (trained here, 24 Nov 15:30:12)",
    "ko": "(직접 학습, 11월 24일 15:30:12)",
}


def in_turn(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return each name with one of the languages, in turn; with all of them in `make test-all`."""
    return [
        (name, language)
        for number, name in enumerate(names)
        for other, language in enumerate(LANGUAGES)
        if thorough() or number % len(LANGUAGES) == other
    ]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path / "runs"))
    training_runs._run.clear()
    runner = Runner()
    monkeypatch.setattr(training_runs, "runner", lambda: runner)
    yield tmp_path / "runs"
    if runner.busy:
        runner.stop()
        until(lambda: not runner.busy)
    runner.state()


def a_run(folder: Path, name: str = "keras_lecture", **entries: Any) -> Path:
    """Make a finished run of the bundled weights, whose card has other entries."""
    place = folder / zoo.run_folder(name, NUMBER)
    place.mkdir(parents=True)
    (place / f"{name}.npz").write_bytes((network.WEIGHTS / f"{name}.npz").read_bytes())
    card = json.loads((network.WEIGHTS / f"{name}.json").read_text("utf-8"))
    card.pop("shifts", None)
    (place / f"{name}.json").write_text(json.dumps({**card, **entries}), "utf-8")
    return place


def measured(index: int, label: int) -> dict[str, Any]:
    """Return what a card tells of 20 test images, one of which was taken for a horse."""
    counts = np.diag([2] * 10)
    counts[label] = 0
    counts[label, 7] = 2
    mistake = {"index": index, "label": label, "predicted": 7, "probability": 0.987}
    return {"accuracy": 0.9, "loss": 0.5, "confusion": counts.tolist(), "mistakes": [mistake]}


def figures(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def button(app: AppTest, key: str) -> Any:
    return next((each for each in app.button if each.key == key), None)


def told(app: AppTest) -> str:
    kinds = (app.info, app.success, app.warning)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


@pytest.mark.parametrize("language", either(1))
def test_without_cifar10_the_digits_are_the_first_choice(language: str) -> None:
    app = open_page("training", lang=language)
    assert translate("training.no_data_cifar10", language) in told(app)
    assert [app.selectbox(key=key).value for key in ("training_data", "training_network")] == ["digits"] * 2
    networks = app.selectbox(key="training_network").options
    assert translate("frame.model_mlp", language) in networks
    assert translate("frame.model_vgg", language) not in networks  # its last pooling needs more than 8x8
    assert button(app, "training_start").label == translate("training.start", language)
    training_runs.runner()._program = (sys.executable, "-c", FAKE, "waits")
    app.selectbox(key="training_network").set_value("mlp").run()
    button(app, "training_start").click().run()
    run = training_runs.runner().run
    assert run
    assert run.spec == RunSpec("mlp", 40, data="digits")


@pytest.mark.parametrize("language", either(2))
def test_without_cifar10_its_samples_are_left_for_a_toy(language: str) -> None:
    app = open_page("training", training_data="samples", lang=language)
    assert translate("frame.model_digits", language) not in app.selectbox(key="training_network").options
    assert button(app, "training_start").label == translate("training.start_toy", language)
    assert not app.get("button_group") or all(
        group.label != translate("training.percent", language) for group in app.get("button_group")
    )


def test_the_picked_networks_curves_are_its_cards() -> None:
    app = open_page("training", model="tensorflow_lecture", lang="en")
    history = read_card("tensorflow_lecture")["history"]
    accuracy, loss = figures(app)[:2]
    assert accuracy["data"][2]["y"] == pytest.approx([100 * row["test_accuracy"] for row in history])
    assert loss["data"][1]["y"] == pytest.approx([row["loss"] for row in history])
    assert "RMSProp with decay ρ = 0.9 · learning rate 0.001 · batches of 128" in words(app)


RECIPES = [name for name in zoo.trained_names() if name != "digits"]


@pytest.mark.parametrize(("name", "language"), in_turn(RECIPES))
def test_every_networks_recipe_is_said(name: str, language: str) -> None:
    text = words(open_page("training", training_data="samples", training_network=name, lang=language))
    assert translate("training.batches_of", language, size=20) in text  # a toy's
    assert (translate("training.no_dropout", language) in text) == (
        name not in ("keras_lecture", "vgg", "resnet")
    )
    momentum = translate("training.batch_norm_momentum", language, momentum=0.5)
    assert (momentum in text) == (name in ("alexnet", "vgg", "resnet"))
    if zoo.get(name).recipe.schedule == "cosine":
        assert "15%" in text
    assert translate("training.facts_no_validation", language) in text  # of the picked network
    assert bool(HANGUL.search(text)) == (language == "ko")


def test_with_data_a_run_is_started_with_the_settings_of_the_controls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_folder(tmp_path)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    training_runs.runner()._program = (sys.executable, "-c", FAKE, "waits")
    query = {"training_network": "vgg", "training_epochs_vgg": "3", "training_percent": "10"}
    query |= {"training_validation": "10"}
    app = open_page("training", **query, training_rate="0.3", training_batch="64", lang="en")
    assert translate("training.no_data_cifar10", "en") not in told(app)
    assert translate("training.validation_share", "en", share="10%") in words(app)
    button(app, "training_start").click().run()
    run = training_runs.runner().run
    assert run
    assert run.spec == RunSpec("vgg", 3, 10, 0.3, 64, validation=10)


@pytest.mark.parametrize(
    "query",
    [
        {
            "training_network": "../vgg",
            "training_epochs_keras_lecture": "1000000",
            "training_percent": "99",
            "training_rate": "nan",
            "training_show": "<script>",
        },
        {
            "training_epochs_keras_lecture": "0",
            "training_rate": "1e9",
            "training_batch": "-5",
            "training_validation": "50",
        },
    ],
    ids=["one", "another"],
)
def test_a_tampered_link_orders_the_recipe(
    query: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_folder(tmp_path)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    training_runs.runner()._program = (sys.executable, "-c", FAKE, "waits")
    app = open_page("training", lang="en", **query)
    button(app, "training_start").click().run()
    assert not app.exception
    run = training_runs.runner().run
    assert run
    assert run.spec == RunSpec("keras_lecture", zoo.get("keras_lecture").recipe.epochs)


def test_a_run_is_watched_by_all_and_stopped_by_one() -> None:
    training_runs.runner()._program = (sys.executable, "-c", FAKE, "waits")
    first = open_page("training", training_data="samples", lang="en")
    late = open_page("training", training_data="samples", lang="en")  # opened before the run began
    button(first, "training_start").click().run()
    run = training_runs.runner().run
    assert run
    until(lambda: training_runs.runner().state() == "running" and run.batches)
    second = open_page("training", lang="ko")
    for app, language in ((first.run(), "en"), (second, "ko")):
        assert button(app, "training_start") is None
        assert button(app, "training_stop").label == translate("training.stop", language)
        metrics = {metric.label: metric.value for metric in app.metric}
        assert metrics[translate("training.images_a_second", language)] == "100"
        assert metrics[translate("training.time_left", language)] == "0:03"
        assert metrics[translate("training.accuracy", language)] == "20.0%"
        assert metrics[translate("training.test_accuracy", language)] == "–"
        assert translate("training.toy", language) in told(app)
        accuracy, loss = figures(app)
        assert (accuracy["data"][0]["x"], accuracy["data"][0]["y"]) == ([0.5], [25.0])
        assert loss["layout"]["xaxis"]["range"] == [0, 2]
    button(late, "training_start").click().run()  # pressed on a page that is behind
    assert training_runs.runner().run is run
    assert button(late, "training_stop")
    button(second, "training_stop").click().run()
    until(lambda: not training_runs.runner().busy)
    ended = first.run()
    assert "was stopped; whole epochs done: 0." in told(ended)
    assert button(ended, "training_start")


def test_who_presses_start_a_moment_later_sees_the_other_run(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = training_runs.runner()
    runner._program = (sys.executable, "-c", FAKE, "waits")
    late = open_page("training", lang="en")
    status, run = runner.status, runner.start(TOY)
    seen = iter([None])  # as it was when the page was drawn
    monkeypatch.setattr(runner, "status", lambda: next(seen, status()))
    button(late, "training_start").click().run()
    assert runner.run is run
    assert button(late, "training_stop")
    assert not late.error


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("refuses", "The batch file data_batch_1 is damaged."),
        ("fails", "No space left on device."),
        ("dies", translate("training.no_words", "en")),
    ],
)
def test_a_run_that_fails_says_why(mode: str, sentence: str) -> None:
    training_runs.runner()._program = (sys.executable, "-c", FAKE, mode)
    app = open_page("training", lang="en")
    button(app, "training_start").click().run()
    until(lambda: not training_runs.runner().busy)
    app.run()
    (error,) = app.error
    assert sentence in error.value
    assert button(app, "training_start")  # one may try again


@pytest.mark.parametrize(("how", "language"), in_turn(["killed", "failed"]))
def test_a_run_that_was_killed_or_failed_with_a_checkpoint_can_go_on(how: str, language: str) -> None:
    runner = training_runs.runner()
    runner._program = (sys.executable, "-c", FAKE, "waits" if how == "killed" else "fails")
    run = runner.start(TOY)
    (run.folder / "mlp.checkpoint.npz").touch()
    if how == "killed":
        assert runner._process
        runner._process.kill()  # as the system does that runs out of memory
    until(lambda: not runner.busy)
    app = open_page("training", lang=language)
    assert bool(app.error) == (how == "failed")
    assert ("No space left on device." in words(app)) == (how == "failed")
    runner._program = (sys.executable, "-c", FAKE, "waits")
    button(app, "training_resume").click().run()
    assert not app.exception
    assert runner.busy
    assert runner.run
    assert runner.run.folder == run.folder


def test_a_run_of_another_server_is_watched_but_not_stopped(folder: Path) -> None:
    place = folder / zoo.run_folder("vgg", NUMBER)
    tell(place, "vgg", START | {"validation_images": 5_000}, batch(1, 2))
    with (place / "vgg.events.jsonl").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        app = open_page("training", lang="en")
        assert translate("training.live_note_validation", "en") in words(app)
        assert button(app, "training_stop") is None
        assert translate("training.elsewhere", "en") in words(app)
    app.run()  # that server was killed, and its run with it
    assert "was stopped; whole epochs done: 0." in told(app)


def test_a_stopped_run_shows_how_far_it_came_and_goes_on(folder: Path) -> None:
    place = folder / zoo.run_folder("mlp", NUMBER)
    tell(place, "mlp", START, batch(1, 2), {**EPOCH, "epoch": 1}, {"event": "end", "state": "stopped"})
    app = open_page("training", lang="en")
    assert "was stopped; whole epochs done: 1." in told(app)
    assert figures(app)[0]["data"][2]["y"] == [40.0]
    assert button(app, "training_resume") is None  # there is no checkpoint
    (place / "mlp.checkpoint.npz").touch()
    (place / "order.json").write_text(json.dumps(vars(TOY)))
    training_runs.runner()._program = (sys.executable, "-c", FAKE, "waits")
    button(app.run(), "training_resume").click().run()
    run = training_runs.runner().run
    assert run
    assert run.folder == place
    assert training_runs.runner().busy


@pytest.mark.parametrize("language", either(3))
def test_a_finished_run_shows_what_it_confuses_and_can_be_looked_into(folder: Path, language: str) -> None:
    index = 5
    label = int(samples().labels[index])
    facts = {"set": "CIFAR-10", "train": 20, "test": 20, "note": "", "toy": True}
    place = a_run(folder, test=measured(index, label), data=facts)
    tell(place, "keras_lecture", START, batch(1, 2), {"event": "end", "state": "done"})
    app = open_page("training", lang=language)
    assert NAMES[language] in told(app)
    assert translate("training.toy", language) in told(app)
    accuracy, _, confusion = figures(app)
    assert accuracy["data"][0]["x"] == [0.5]  # its batches too
    assert numbers(go.Figure(confusion))[label][7] == "2"
    assert app.query_params.get("model") is None
    button(app, "training_look").click().run()
    assert app.query_params["model"] == RUN
    assert app.title[0].value == translate("network.title", language)


@pytest.mark.parametrize("language", either(4))
def test_images_kept_apart_have_a_curve_and_a_sentence(folder: Path, language: str) -> None:
    measured = {"validation_accuracy": 0.6, "validation_loss": 1.25}
    history = [{**row, **measured} for row in read_card("keras_lecture")["history"]]
    facts = {
        "set": "CIFAR-10",
        "train": 45_000,
        "validation": 5_000,
        "test": 10_000,
        "note": "",
        "toy": False,
    }
    a_run(folder, data=facts, history=history, validation={"accuracy": 0.6123, "loss": 1.25})
    said = translate("training.facts_validation", language, images="5,000", validation="61.2%")
    app = open_page("training", lang=language, model=RUN)
    accuracy, loss, *_ = figures(app)
    assert [line["name"] for line in accuracy["data"]] == [
        translate(f"training.line_{line}", language) for line in ("batches", "train", "validation", "test")
    ]
    assert accuracy["data"][2]["y"] == [60.0] * len(history)
    assert loss["data"][2]["y"] == [1.25] * len(history)
    assert said in words(app)
    assert translate("training.facts_no_validation", language) not in words(app)
    models = open_page("models", lang=language, model=RUN)
    assert said in words(models)
    rows = models.table[-1].value.set_index(models.table[-1].value.columns[0])
    shares = rows.loc[translate("models.row_validation_accuracy", language)].tolist()
    assert shares.count("–") == len(shares) - 1
    assert "61.2%" in shares
    counts = rows.loc[translate("models.row_images_validation", language)].tolist()
    assert sorted(counts) == ["0"] * (len(counts) - 1) + ["5,000"]


def test_mistakes_are_shown_only_of_the_copy_they_were_measured_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = translate("training.mistakes_elsewhere", "en", set="CIFAR-10")
    make_folder(tmp_path)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    labels = local_data.full_set(CIFAR10, "test", str(tmp_path / "cifar-10-batches-py")).labels
    place = a_run(folder, test=measured(1, int(labels[1])))
    assert elsewhere not in words(open_page("training", model=RUN, lang="en"))
    for index, label in ((1, (int(labels[1]) + 1) % 10), (4999, 3)):
        card = json.loads((place / "keras_lecture.json").read_text())
        (place / "keras_lecture.json").write_text(json.dumps({**card, "test": measured(index, label)}))
        model_cache._card.clear()  # type: ignore[attr-defined]
        assert elsewhere in words(open_page("training", model=RUN, lang="en"))
    monkeypatch.delenv("CNNVIZ_DATA")
    assert elsewhere in words(open_page("training", model=RUN, lang="en"))


@pytest.mark.parametrize("language", either(5))
def test_a_public_server_starts_nothing_and_is_not_empty(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_HOSTED", "1")
    app = open_page("training", lang=language)
    assert translate("training.hosted", language) in told(app)
    assert button(app, "training_start") is None
    assert len(figures(app)) >= 2


def test_a_folder_that_is_named_but_holds_no_data_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    app = open_page("training", lang="en")
    assert len(app.error) == 1
    assert app.selectbox(key="training_data").value == "digits"
    assert button(app, "training_start").label == translate("training.start", "en")


def test_the_estimate_is_a_real_runs_or_none(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_folder(tmp_path)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    assert "images a second)" not in words(open_page("training", lang="en"))
    a_run(folder, training_seconds=1000, epochs=2)  # 50,000 images twice: 100 a second
    app = open_page("training", lang="en", training_percent="10", training_epochs_keras_lecture="2")
    assert "About 1:40, if it goes as the last run of this network here did (100 images a second)." in words(
        app
    )


def test_a_run_has_no_accuracy_on_shifted_images(folder: Path) -> None:
    a_run(folder)
    text = words(open_page("comparison", model=RUN, lang="en"))
    assert translate("comparison.not_measured_run", "en") in text


def test_the_code_to_copy_loads_the_network_of_the_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_run(folder)
    app = open_page("relu", model=RUN, lang="en")
    assert f'load("keras_lecture", "{folder}/{NUMBER}-keras_lecture")' in app.code[0].value
    monkeypatch.setenv("CNNVIZ_HOSTED", "1")  # where it lies on a public server is nobody's business
    app = open_page("relu", model=RUN, lang="en")
    assert f'load("keras_lecture", "runs/{NUMBER}-keras_lecture")' in app.code[0].value


@pytest.mark.parametrize("model", [RUN, "keras_lecture@../../etc/passwd", "@", "nobody@20261124-153012"])
def test_a_link_to_a_run_that_is_not_here_says_so(model: str) -> None:
    for page in ("network", "training", "comparison") if model == RUN or thorough() else ("network",):
        app = open_page(page, model=model, lang="en")
        assert [toast.value for toast in app.toast] == [translate("error.run_gone", "en")]
        assert app.selectbox(key="model").value == "keras_lecture"
        assert "model" not in app.query_params


def test_a_run_whose_files_are_damaged_is_one_sentence(folder: Path) -> None:
    place = a_run(folder)
    with (place / "keras_lecture.npz").open("ab") as file:
        file.write(b"x")
    app = open_page("network", model=RUN, lang="en")
    assert [error.value for error in app.error] == [translate("error.run_weights", "en")]
    assert app.selectbox(key="model")  # another one can be picked


def test_a_network_that_is_trained_or_measured_again_is_seen_without_a_restart(folder: Path) -> None:
    place, image = a_run(folder), samples().images[0]
    engine = inference.engine()
    engine.wait(RUN)
    weights, card = network.read_weights("keras_lecture", place)
    before = activation_cache.activations(RUN, image)["softmax"]
    assert (model_cache.reference(RUN).sha256, model_cache.weights(RUN)[1]) == (card["sha256"], card)
    assert (model_cache.card(RUN), shift_cache.shift_predictions(RUN, image)._name) == (card, RUN)
    shifted = shift_cache.shift_predictions(RUN, image)

    network.update_card("keras_lecture", {"measured": "again"}, place)
    assert model_cache.weights(RUN)[1]["measured"] == model_cache.card(RUN)["measured"] == "again"
    assert activation_cache.activations(RUN, image)["softmax"] is before  # the weights are as they were

    other = {key: np.float16(0.5) * array for key, array in weights.items()}
    write_weights("keras_lecture", other, card, place)
    expected = network.forward("keras_lecture", network.read_weights("keras_lecture", place)[0], image)
    np.testing.assert_allclose(
        activation_cache.activations(RUN, image)["softmax"], expected["softmax"], atol=1e-4
    )
    engine.wait(RUN)
    np.testing.assert_allclose(engine.activations(RUN, image)["softmax"], expected["softmax"], atol=1e-4)
    assert np.abs(expected["softmax"] - before).max() > 1e-3
    assert shift_cache.shift_predictions(RUN, image) is not shifted
    assert [ref.sha256 for ref in engine._networks if ref.name == RUN] == [model_cache.reference(RUN).sha256]


def test_charts_of_models_follow_a_network_that_is_measured_again(folder: Path) -> None:
    place = a_run(folder)

    def drawn() -> dict[str, Any]:
        return figures(open_page("models", model=RUN, lang="en"))[0]

    before = drawn()
    assert drawn() == before
    network.update_card("keras_lecture", {"test": measured(5, 3)}, place)
    assert drawn() != before


def test_keras_keeps_the_last_few_networks_of_runs(folder: Path) -> None:
    engine = inference.engine()
    source = a_run(folder, "mlp")
    models = [f"mlp@2026112{k}-153012" for k in range(inference.RUN_NETWORKS + 2)]
    for model in models:
        place = folder / zoo.run_folder(*zoo.split(model))
        if place != source:
            place.mkdir()
            for file in source.iterdir():
                (place / file.name).write_bytes(file.read_bytes())
    image = samples().images[0]
    expected = network.forward("mlp", network.read_weights("mlp")[0], image)["softmax"]
    for model in models:
        np.testing.assert_allclose(engine.activations(model, image)["softmax"], expected, atol=1e-5)
        engine.wait(model)
    assert set(models[-inference.RUN_NETWORKS :]) == {ref.name for ref in engine._networks if "@" in ref.name}
    assert set(network.trained_names()) <= {ref.name for ref in engine._networks}
    np.testing.assert_allclose(engine.activations(models[0], image)["softmax"], expected, atol=1e-5)


DIVERGED = {"event": "end", "state": "diverged", "what": "loss", "epoch": 2, "step": 1, "learning_rate": 0.3}


@pytest.mark.parametrize(("what", "language"), in_turn(["loss", "weights", "answers", "half"]))
def test_a_run_that_diverged_says_where_and_what_to_try(folder: Path, language: str, what: str) -> None:
    place = folder / zoo.run_folder("mlp", NUMBER)
    tell(place, "mlp", START, batch(1, 2), {**EPOCH, "epoch": 1}, {**DIVERGED, "what": what})
    (place / "mlp.checkpoint.npz").touch()
    (place / "order.json").write_text(json.dumps(vars(TOY)))
    app = open_page("training", lang=language)
    (error,) = app.error
    assert error.value == translate(
        f"training.diverged_{what}", language, name=name_of_run(language), epoch=2, step=1
    )
    tries = translate("training.diverged_try_recipe", language, rate="0.3", usual="0.02")
    assert tries in words(app)
    assert translate("training.diverged_explained", language) in words(app)
    assert figures(app)[0]["data"][2]["y"] == [40.0]  # what was finite is shown
    assert button(app, "training_resume") is None  # it would diverge again, at the same step
    assert button(app, "training_look") is None
    assert button(app, "training_start")


def name_of_run(language: str) -> str:
    words = translate("frame.model_mlp", language)
    time = {"en": "24 Nov 15:30:12", "ko": "11월 24일 15:30:12"}[language]
    return translate("frame.model_of_run", language, name=words, time=time)


def test_a_run_of_an_earlier_version_that_went_on_with_nan_is_not_offered(folder: Path) -> None:
    nan = float("nan")
    row = {"loss": nan, "accuracy": 0.1, "test_loss": nan, "test_accuracy": 0.1}
    place = a_run(folder, history=[row], test={"accuracy": 0.1, "loss": nan})
    first, lost = batch(1, 1), batch(1, 2, loss=nan)
    tell(
        place,
        "keras_lecture",
        START,
        first,
        lost,
        {**EPOCH, **row, "epoch": 1},
        {"event": "end", "state": "done"},
    )
    app = open_page("training", lang="en")
    (error,) = app.error
    assert "diverged: at epoch 1, batch 2, the loss was no longer a finite number" in error.value
    assert button(app, "training_look") is None
    for page in ("training", "network", "models"):
        app = open_page(page, lang="en")
        assert not any("trained here" in option for option in app.selectbox(key="model").options)
        assert not any(NUMBER in str(group.options) for group in app.get("button_group"))


def test_the_expander_says_why_training_and_inference_differ(folder: Path) -> None:
    def modes(trained: float, used: float, name: str) -> str:
        for each in (model_cache._weights, training_runs._run):
            each.clear()  # type: ignore[attr-defined]
        row = {"loss": 0.2, "accuracy": trained, "test_loss": 2.0, "test_accuracy": used}
        facts = {"set": "CIFAR-10", "train": 20, "test": 20, "note": "", "toy": True}
        a_run(folder, name, history=[row] * 6, data=facts, train={"accuracy": used, "loss": 2.0})
        app = open_page("training", model=f"{name}@{NUMBER}", lang="en")
        return "\n".join(
            f"{each.label} {words_in(each)}" for each in app.expander if "while training" in each.label
        )

    text = modes(0.95, 0.3, "alexnet")
    assert "Why 95.0% while training and 30.0% afterwards, on the same images?" in text
    assert "After 6 steps 94.1% of them still are what they began with" in text  # 0.99 ** 6
    assert "**Dropout**" in text
    assert modes(1.0, 1.0, "vgg") == ""
    text = modes(0.5, 0.9, "tensorflow_lecture")
    assert "**Dropout**" in text
    assert "Batch normalisation" not in text


def words_in(block: Any) -> str:
    return "\n".join(str(each.value) for each in block.markdown)


def a_loud_run(folder: Path) -> tuple[str, finite.NotFinite]:
    """Make a run whose weights are finite and whose activations are not; return it, and where that begins."""
    card = read_card("alexnet")
    card.pop("shifts", None)
    place = folder / zoo.run_folder("alexnet", NUMBER)
    write_weights("alexnet", loud_weights(), card, place)
    activations = network.load("alexnet", place).activations(samples().images[0])  # by Keras
    where = finite.first_not_finite(activations)
    assert where is not None
    return f"alexnet@{NUMBER}", where


@pytest.mark.parametrize("language", either(6))
def test_where_numbers_stop_being_finite_is_said_on_every_page(folder: Path, language: str) -> None:
    model, where = a_loud_run(folder)
    count, size = f"{where.count:,}", f"{where.size:,}"
    named = layer_names({info.name: info.kind for info in zoo.get("alexnet").layers}, language)
    sentence = translate("error.not_finite", language, layer=named[where.layer], count=count, size=size)
    conv = next(layer for layer in zoo.get("alexnet").layers if layer.name == "conv5")
    for page in ("network", "convolution", "pooling", "relu", "dense"):
        app = open_page(page, model=model, lang=language, convolution_layer=conv.name)
        assert [error.value for error in app.error] == [sentence], page
    app = open_page("comparison", model=model, lang=language)
    assert sentence in [error.value for error in app.error]
    shifted = shift_cache.shift_predictions(model, samples().images[0])
    shifted.start(0, 0)
    assert shifted._work
    shifted._work.result()
    assert shifted.complete  # though it has no finite answer
    assert np.isinf(shifted.probabilities).all()
    app.run()
    of = "/338" if language == "ko" else "of 338"
    assert of not in words(app)  # nothing is being computed any more


def test_weights_that_are_not_finite_are_said_and_not_used(folder: Path) -> None:
    place = a_run(folder, "mlp")
    with np.load(place / "mlp.npz") as stored:
        parts = dict(stored)
    parts["dense2.bias"][:3] = np.nan
    np.savez(place / "mlp.npz", **parts)
    card = json.loads((place / "mlp.json").read_text())
    digest = hashlib.sha256((place / "mlp.npz").read_bytes()).hexdigest()
    (place / "mlp.json").write_text(json.dumps({**card, "sha256": digest}))
    app = open_page("network", model=f"mlp@{NUMBER}", lang="en")
    (error,) = app.error
    assert "they begin in dense2.bias, where 3 of 256 are NaN or infinite" in error.value


def test_a_recording_is_shown_up_to_where_it_is_no_longer_finite(folder: Path) -> None:
    place = a_run(folder)
    whole = recording.read("keras_lecture")
    lost = dict(whole.weights)
    lost["conv2.bias"] = lost["conv2.bias"].copy()
    lost["conv2.bias"][-1, :5] = np.nan
    recording.write(replace(whole, weights=lost), place)
    app = open_page("learning", model=RUN, lang="en")
    (error,) = app.error
    assert "From End of epoch 10 of 10 on this recording holds numbers" in error.value
    assert "(conv2.bias: 5 of 32 are NaN or infinite)" in error.value
    assert len(recording_cache.recording(RUN)) == len(recording_cache.recording("keras_lecture")) - 1
    assert translate("learning.shown_title", "en") in words(app)
