"""The page of filters that learn without a browser: what it says, its links, and what is missing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.explain import learning
from cnnviz.networks import network
from cnnviz.networks.network import trained_names
from cnnviz.text import translate
from cnnviz.training import recording as recordings
from cnnviz.training import runs
from cnnviz.training.recording import Recording
from tests.app.test_pages import open_page, words
from tests.data.test_cifar10 import make_folder
from tests.explain.test_learning import BUNDLED, recorded
from tests.thorough import either


def in_link(app: AppTest, key: str) -> str | None:
    value = app.query_params.get(key)  # a list until the page writes it
    return value[0] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def run() -> Recording:
    return replace(recorded(), sha256=network.reference("keras_lecture").sha256)


@pytest.fixture
def folder(run: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with one recording, from which the pages read."""
    monkeypatch.setattr(runs, "locate", lambda model: (model, tmp_path))
    recordings.write(run, tmp_path)
    copy_weights(tmp_path)
    return tmp_path


def copy_weights(folder: Path) -> None:
    """Put the bundled networks, without their recordings, into a folder."""
    for name in trained_names():
        for ending in ("npz", "json"):
            shutil.copy(network.WEIGHTS / f"{name}.{ending}", folder)


def test_the_page_says_what_the_recording_shows(run: Recording, folder: Path) -> None:
    text = words(open_page("learning", lang="en"))
    first = int(np.flatnonzero(run.epochs == 1)[0])
    before, then, end = (f"{100 * run.accuracy[t]:.1f}%" for t in (0, first, -1))
    assert f"Before training {before} of the test images are right" in text
    assert f"after the first epoch {then}, in the end {end}." in text
    half = learning.halfway_moment(run)
    assert half is not None
    assert run.steps[half] == 80
    assert "Half of the gain is there at this moment: End of epoch 2 of 3." in text
    share = learning.relative_distances(run, "conv1")[first]
    assert f"the kernels of Convolution 1 are {100 * share:.0f}% as far" in text
    settled = learning.settling_moment(run.probabilities[:, 0], 3)
    assert settled == 1
    assert "the answer is right and stays so: Batch 1 of 40, epoch 1." in text


def test_what_the_recording_does_not_show_is_not_said(run: Recording, folder: Path) -> None:
    probabilities = run.probabilities.copy()
    probabilities[-1, 0] = np.eye(10)[8]
    recordings.write(replace(run, accuracy=np.full(len(run), np.nan), probabilities=probabilities), folder)
    text = words(open_page("learning", lang="en"))
    assert "of the test images are right (guessing" not in text
    assert "In the end the answer is wrong: ship instead of cat." in text
    for last, said, unsaid in ((1, "way_early", "way_late"), (len(run) - 1, "way_late", "way_early")):
        jump = {key: values[[0] * last + [-1] * (len(run) - last)] for key, values in run.weights.items()}
        recordings.write(replace(run, weights=jump), folder)
        text = words(open_page("learning", lang="en"))
        assert f"the kernels of Convolution 1 are {100 if last == 1 else 0}% as far" in text
        assert translate(f"learning.{said}", "en") in text
        assert translate(f"learning.{unsaid}", "en") not in text


def test_a_run_stopped_early_is_described_as_far_as_it_got(run: Recording, folder: Path) -> None:
    steps = np.append(run.steps[:-2], 95)  # in the middle of the third epoch
    cut = {key: values[:-1] for key, values in run.weights.items()}
    short = replace(
        run,
        steps=steps,
        epochs=steps / 40,
        weights=cut,
        probabilities=run.probabilities[:-1],
        accuracy=np.append(run.accuracy[:-2], 0.9).astype(np.float32),
    )
    recordings.write(short, folder)
    text = words(open_page("learning", lang="en"))
    assert "Half of the gain is there at this moment: Batch 15 of 40, epoch 3." in text
    assert "(2.375 epochs)" in text


@pytest.mark.parametrize("language", either(0))
def test_a_network_without_a_recording_says_so_and_offers_another(folder: Path, language: str) -> None:
    app = open_page("learning", lang=language, model="tensorflow_lecture")
    assert [info.value for info in app.info] == [translate("learning.none", language)]
    label = translate("frame.model_keras_lecture", language)
    next(button for button in app.button if button.label == label).click().run()
    assert not app.info
    assert in_link(app, "model") in (None, "keras_lecture")
    assert app.selectbox(key="model").value == "keras_lecture"
    assert translate("learning.shown_title", language) in words(app)


def test_without_any_recording_the_page_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "locate", lambda model: (model, tmp_path))
    copy_weights(tmp_path)
    app = open_page("learning", lang="en")
    assert [info.value for info in app.info] == [translate("learning.none_at_all", "en")]


def test_a_damaged_recording_gets_one_sentence(folder: Path) -> None:
    recordings.path("keras_lecture", folder).write_bytes(b"no archive")
    app = open_page("learning", lang="en")
    assert [error.value for error in app.error] == [translate("error.recording", "en")]


def test_what_is_looked_at_comes_back_from_the_link(folder: Path) -> None:
    query = {
        "learning_layer": "conv2",
        "learning_step": "40",
        "learning_filter": "7",
        "learning_relu": "1",
        "learning_scale": "moment",
    }
    app = open_page("learning", lang="en", **query)
    assert {key: in_link(app, key) for key in query} == query
    assert "the kernels of Convolution 2" in words(app)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        (
            {"learning_step": "41", "learning_filter": "99", "learning_relu": "yes", "learning_scale": "<b>"},
            {"learning_step": "40", "learning_filter": "31"},  # the nearest moment, the last filter
        ),
        (
            {"learning_step": "999999999", "learning_filter": "x", "learning_layer": "dense1"},
            {"learning_step": "120"},
        ),
        ({"learning_step": "-1", "learning_layer": "../.."}, {}),
        ({"learning_step": "1e3"}, {}),
    ],
)
def test_a_tampered_link_falls_back(folder: Path, query: dict[str, str], kept: dict[str, str]) -> None:
    app = open_page("learning", **query)
    assert not app.error
    assert {key: in_link(app, key) for key in query} == {key: kept.get(key) for key in query}


def test_a_picture_without_recorded_predictions_still_has_maps(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    make_folder(data, rows=40)
    monkeypatch.setenv("CNNVIZ_DATA", str(data))
    app = open_page("learning", lang="en", picture="test-3")
    assert not app.error
    assert in_link(app, "picture") == "test-3"
    text = words(app)
    assert "the kernels of Convolution 1" in text
    assert "This picture." not in text


@pytest.mark.parametrize("model", BUNDLED)
def test_bundled_recordings_are_shown(model: str) -> None:
    app = open_page("learning", lang="en", model=model)
    assert not app.info
    assert not app.error
    assert "of the test images are right (guessing" in words(app)
    assert model in trained_names()


@pytest.mark.parametrize("language", either(1))
def test_a_recording_of_other_weights_is_said_and_not_shown(
    language: str, run: Recording, folder: Path
) -> None:
    own = open_page("learning", lang=language)
    assert not own.error
    assert film(own)
    longer = {key: 2 * values for key, values in run.weights.items()}
    by_digest, by_content = replace(run, sha256="0" * 64), replace(run, sha256=None, weights=longer)
    for other in (by_digest, by_content):
        recordings.write(other, folder)
        app = open_page("learning", lang=language)
        name = translate("frame.model_keras_lecture", language)
        assert [error.value for error in app.error] == [
            translate("learning.other_weights", language, name=name)
        ]
        assert not film(app)


def film(app: AppTest) -> bool:
    """Return whether a layer can be picked to be watched."""
    return any(group.key == "learning_layer" for group in app.get("button_group"))


@pytest.mark.parametrize("language", either(0))
def test_of_grey_pictures_no_colours_are_looked_for(language: str) -> None:
    text = words(open_page("learning", lang=language, model="digits"))
    assert translate("learning.look_first_grey", language) in text
