"""Networks of one's own, trained from an architecture file or from the builder: found, opened, resumed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz import CnnvizError
from cnnviz.cli.main import main
from cnnviz.data.digits import DIGITS
from cnnviz.formats import decoding
from cnnviz.networks import architecture_file, network, zoo
from cnnviz.pages import inference, training_runs
from cnnviz.pages.navigation import PAGES
from cnnviz.text import LANGUAGES, translate
from cnnviz.training import recording, run_spec, runs
from cnnviz.training.loop import train
from cnnviz.training.run_process import Runner
from cnnviz.training.run_spec import RunSpec
from tests.app.test_pages import open_page
from tests.thorough import either, thorough
from tests.training.test_runs import until

pytestmark = pytest.mark.slow
STACK = "c8k3s1same-r-c8k3s1same-add2-r-m2-f-d10-x"
FOLDERS: dict[str, Path] = {}
"""The folder of the run, by its name; other tests' folder of runs is empty."""


def file_of(stack: str, path: Path, **changes: Any) -> str:
    """Write the architecture file of a stack on the digits, and return its path."""
    entry = architecture_file.to_json(run_spec.built(stack, DIGITS)) | changes
    path.write_text(json.dumps(entry), "utf-8")
    return str(path)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the name of a run of an architecture file, as `cnnviz train FILE.json` leaves it."""
    place = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNVIZ_RUNS", str(place / "runs"))
        file = file_of(STACK, place / "file.json", name="my_net")
        assert main(["train", file, "--epochs", "3"]) == 0
        (run,) = runs.finished()
        FOLDERS[run.model] = run.folder
        yield run.model


@pytest.fixture
def found(model: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of the run, in a test whose folder of runs is the run's."""
    monkeypatch.setenv("CNNVIZ_RUNS", str(FOLDERS[model].parent))
    return model


def test_a_file_is_trained_into_a_run_of_its_own_that_is_found_and_opened(found: str) -> None:
    assert found.startswith("my_net@")
    architecture = zoo.get(found)
    assert (architecture.data_set, architecture.graph["add1"].inputs) == (DIGITS, ("conv2", "conv1"))
    weights, card = runs.read_weights(found)
    assert card["test"]["accuracy"] > 0.6  # 0.1 is chance
    name, folder = runs.locate(found)
    assert not (folder / f"{name}.samples.npz").exists()  # the digits are bundled
    assert network.load(name, folder).predict(DIGITS.samples().images).shape == (20, 10)
    steps = recording.read(name, folder)
    assert steps.layers[0] == "conv1"
    np.testing.assert_allclose(steps.weights["conv1.kernel"][-1], weights["conv1.kernel"], atol=1e-2)
    with pytest.raises(CnnvizError, match="`name` must be one of"):
        zoo.get("my_net@20260101-000000")


OTHERS = [page for page in PAGES if page != "comparison"]  # it has no plain network


@pytest.mark.parametrize("page", OTHERS if thorough() else OTHERS[1::2])
def test_pages_show_it(found: str, page: str) -> None:
    language = LANGUAGES[len(page) % 2]
    app = open_page(page, lang=language, model=found)
    assert not app.error, [error.value for error in app.error]
    assert not app.exception
    assert app.query_params["model"] in (found, [found])
    assert app.title[0].value == translate(f"{page}.title", language)
    inference.engine().wait(found)  # to load it later would draw random numbers amid the next test's training


def test_a_stopped_run_is_resumed_to_the_bit(tmp_path: Path) -> None:
    architecture = run_spec.built(STACK, DIGITS)
    images = [DIGITS.load(split, None).take(np.arange(300)) for split in ("train", "test")]
    whole = train(architecture, *images, tmp_path / "whole", epochs=1)
    asked = iter(range(100))
    assert train(architecture, *images, tmp_path / "parts", epochs=1, stop=lambda: next(asked) == 5) is None
    resumed = train(architecture, *images, tmp_path / "parts", epochs=1, resume=True)
    assert whole is not None
    assert resumed is not None
    assert resumed["sha256"] == whole["sha256"]


@pytest.mark.parametrize(
    ("stack", "changes", "message"),
    [
        (STACK, {"name": "vgg"}, "`name` must be a-z"),
        (STACK, {"name": "../a"}, "`name` must be a-z"),
        (STACK, {"format": "pickle"}, "`format` must be"),
        (STACK, {"layers": [{"kind": "lambda", "name": "a", "inputs": ["image"]}]}, "lambda"),
        (STACK, {"layers": [{"kind": "flatten", "name": "a", "inputs": ["image"]}]}, "to be trained"),
    ],
)
def test_other_files_are_refused_in_one_sentence_before_anything_is_written(
    stack: str,
    changes: dict[str, Any],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path / "runs"))
    assert main(["train", file_of(stack, tmp_path / "file.json", **changes), "--epochs", "1"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("stack", "reason"),
    [
        ("c8-r-m2-f-d10", "train_end"),
        ("f-d10-b-d10-r", "train_end"),
        ("m2-m2-m2-m2-f-d10-x", "train_fit"),
        ("", "train_fit"),
    ],
)
def test_what_cannot_be_trained(stack: str, reason: str) -> None:
    with pytest.raises(CnnvizError) as error:
        run_spec.built(stack, DIGITS)
    assert error.value.reason == reason


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path / "runs"))
    runner = Runner()
    monkeypatch.setattr(training_runs, "runner", lambda: runner)
    yield runner
    if runner.busy:
        runner.stop()
        until(lambda: not runner.busy)


def to_training(language: str, title: str) -> tuple[Any, str]:
    """Go from the builder to the training page, and return the app there and what the network is called."""
    app = open_page("builder", builder_stack=STACK, lang=language, builder_name=title)
    assert app.selectbox(key="builder_data").value == "digits"
    app.button(key="builder_train").click().run()
    assert app.title[0].value == translate("training.title", language)
    name = title or translate("frame.model_built", language)
    assert app.selectbox(key="training_network").options[-1] == name
    assert app.query_params["training_stack"] in (STACK, [STACK])
    app.switch_page("cnnviz/pages/training.py").run()  # `AppTest` itself stays where it was
    return app, name


def test_a_built_network_without_a_name_can_be_trained(runner: Runner) -> None:
    app, _ = to_training("en", "")
    assert not app.button(key="training_start").disabled
    assert not app.exception


def test_a_built_network_is_trained_and_shown(runner: Runner) -> None:
    language, title = "ko", "우리 반 2"
    app, name = to_training(language, title)
    app.number_input(key="training_epochs_built").set_value(1).run()
    app.button(key="training_start").click().run()
    until(lambda: runner.state() == "done")
    (run,) = runs.finished()
    assert zoo.get(run.model).title == title
    app = open_page("training", lang=language)
    assert name in app.success[0].value
    app.button(key="training_look").click().run()
    assert not app.error
    assert not app.exception
    assert app.query_params["model"] in (run.model, [run.model])
    shown = app.selectbox(key="model")
    assert name in shown.options[[*shown.options].index(shown.format_func(shown.value))]
    assert zoo.get(run.model).graph["add1"].inputs == ("conv2", "conv1")


@pytest.mark.parametrize("language", either(1))
def test_a_stack_that_cannot_be_trained_says_why(language: str) -> None:
    for stack, reason, count in (("c8-r-f-d10", "train_end", 10), ("m2-m2-m2-m2", "train_fit", 4)):
        app = open_page("builder", builder_stack=stack, lang=language)
        assert app.button(key="builder_train").disabled
        assert translate(f"error.{reason}", language, count=count) in [each.value for each in app.info]


def test_a_public_server_offers_no_training_of_it(monkeypatch: pytest.MonkeyPatch, runner: Runner) -> None:
    monkeypatch.setenv("CNNVIZ_HOSTED", "1")
    app = open_page("builder", lang="en")
    assert translate("builder.train_hosted", "en") in [each.value for each in app.info]
    assert "builder_train" not in [each.key for each in app.button]
    assert app.get("download_button")  # files of a few kilobytes are no load
    assert app.file_uploader(key="builder_file")
    with pytest.raises(CnnvizError, match="No run can be started"):
        runner.start(RunSpec(run_spec.BUILT, 1, data="digits", stack=STACK))


@pytest.mark.parametrize("stack", ["<script>", "r-" * 200, "c9999"])
def test_a_tampered_stack_is_none(stack: str, runner: Runner) -> None:
    app = open_page("training", training_stack=stack, training_network="built", lang="en")
    assert not app.error
    assert app.selectbox(key="training_network").value == "digits"
    with pytest.raises(CnnvizError):
        RunSpec(run_spec.BUILT, 1, data="digits", stack=stack)


def test_a_stack_in_the_link_that_does_not_take_the_images_is_one_sentence(runner: Runner) -> None:
    app = open_page("training", training_stack="m2-m2-m2-m2-f-d10-x", training_network="built", lang="en")
    assert [each.value for each in app.error] == [translate("error.train_fit", "en", count=4)]


@pytest.mark.parametrize("language", either(2))
def test_the_file_of_a_stack_is_offered_if_it_can_be_trained(language: str) -> None:
    (button,) = open_page("builder", builder_stack=STACK, lang=language).get("download_button")
    assert button.proto.label == translate("builder.save", language)
    assert not open_page("builder", builder_stack="c8-r", lang=language).get("download_button")
    architecture = run_spec.built(STACK, DIGITS)
    read = architecture_file.from_json(json.loads(json.dumps(architecture_file.to_json(architecture))))
    assert read.graph.nodes() == architecture.graph.nodes()


@pytest.mark.parametrize("language", either(3))
def test_a_saved_file_is_the_stack_its_name_and_its_data_set_again(language: str, tmp_path: Path) -> None:
    stack = "c8k3s1same-r-c16k3s2same-add2convs2-r-f-d10-x"
    saved = architecture_file.to_json(run_spec.built(stack, DIGITS, "우리 반 2"))
    app = open_page("builder", lang=language, builder_data="cifar10")
    give(app, json.dumps(saved))
    assert not app.error
    assert not app.exception
    assert app.query_params["builder_stack"] in (stack, [stack])
    assert app.text_input(key="builder_name").value == "우리 반 2"
    assert app.selectbox(key="builder_data").value == "digits"


def give(app: Any, content: str) -> None:
    app.file_uploader(key="builder_file").set_value(("a.json", content.encode(), "application/json")).run()


@pytest.mark.parametrize("language", either(4))
def test_a_file_that_is_no_stack_gets_one_sentence_and_changes_nothing(language: str) -> None:
    def sentence(reason: str, **values: object) -> str:
        return translate(f"error.{reason}", language, **values)

    app = open_page("builder", lang=language, builder_stack="c8k3s1same-r")
    titled = architecture_file.to_json(zoo.get("mlp")) | {"title": "<b>"}
    square = architecture_file.to_json(zoo.get("keras_lecture"))
    square["layers"][2] |= {"name": "x_y", "kind": "conv", "units": 200}
    square["layers"][3]["inputs"] = ["x_y"]
    cases = {
        "{}": sentence("architecture_file"),
        "[1": sentence("architecture_file"),
        json.dumps(titled): sentence("title"),
        json.dumps(architecture_file.to_json(zoo.get("vgg"))): sentence("network_stack_long", count=31),
        json.dumps(square): sentence("network_stack_layer", layer=r"x\_y"),
    }
    for content, expected in cases.items():
        give(app, content)
        assert [error.value for error in app.error] == [expected]
        assert app.query_params["builder_stack"] in ("c8k3s1same-r", ["c8k3s1same-r"])
        assert not app.text_input(key="builder_name").value
    give(app, json.dumps(architecture_file.to_json(zoo.get("mlp"))))
    assert not app.error


@pytest.mark.parametrize("language", either(5))
def test_a_name_that_is_none_is_said_and_not_taken_along(language: str) -> None:
    app = open_page("builder", builder_stack=STACK, builder_name="[x](http://a.b)", lang=language)
    assert translate("error.title", language) in [each.value for each in app.info]
    assert app.button(key="builder_train").disabled
    assert not app.get("download_button")
    app.text_input(key="builder_name").set_value("My net").run()
    assert not app.button(key="builder_train").disabled
    assert app.query_params["builder_name"] in ("My net", ["My net"])
    assert not open_page("training", training_stack=STACK, training_name="<b>", lang=language).error


@pytest.mark.parametrize(
    "changes",
    [{"title": "<b>", "stack": STACK}, {"title": " a", "stack": STACK}, {"title": "a", "name": "vgg"}],
)
def test_a_run_has_the_title_of_a_stack_or_none(changes: dict[str, str]) -> None:
    assert (
        RunSpec(run_spec.BUILT, 1, data="digits", stack=STACK, title="My net").architecture.title == "My net"
    )
    with pytest.raises(CnnvizError, match="`title` must"):
        RunSpec(**{"name": run_spec.BUILT, "epochs": 1, **changes})


def test_the_architecture_of_a_run_is_read_once_however_many_runs_there_are(
    found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page lists all runs, and keeps fewer architectures and samples than there may be."""
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path))
    for number in range(60):
        shutil.copytree(FOLDERS[found], tmp_path / f"20260101-0000{number:02}-my_net")
    reads: list[Path] = []
    read = decoding.read_bytes
    monkeypatch.setattr(decoding, "read_bytes", lambda path, *most: reads.append(path) or read(path, *most))
    assert len(runs.finished()) == 60
    assert len(reads) >= 60
    reads.clear()
    assert len(runs.finished()) == 60
    assert reads == []
    (tmp_path / "20260101-000007-my_net" / "my_net.architecture.json").write_text("{}")
    assert len(runs.finished()) == 59
