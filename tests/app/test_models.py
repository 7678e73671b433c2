"""The page models: the charts' words, the table, picking, and cards that lack what newer ones have."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.data.cifar10 import CIFAR10
from cnnviz.networks import cards, graph, network, zoo
from cnnviz.networks.network import trained_names
from cnnviz.pages import model_cache
from cnnviz.text import translate
from cnnviz.training.runs import read_card
from tests.app.test_pages import open_page, words
from tests.thorough import either

CARDS = {name: read_card(name) for name in trained_names() if zoo.get(name).data_set == CIFAR10}
CONFUSION = np.full((10, 10), 4)
np.fill_diagonal(CONFUSION, 464)
CONFUSION[3, 3], CONFUSION[3, 5] = 364, 104  # cats taken for dogs: 20.8 % of 500


def with_cards(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Let the page read other cards: {name: entries of its "test"}."""
    real = model_cache.card

    def changed(name: str) -> Any:
        card = copy.deepcopy(real(name))
        card["test"].pop("confusion", None)
        card["test"] |= changes.get(name, {})
        card["sha256"] += repr(changes.get(name))  # figures are kept by it
        return card

    monkeypatch.setattr(model_cache, "card", changed)


def test_the_claim_is_what_the_cards_say() -> None:
    plain, cnn = cards.cnn_with_fewer_parameters(CARDS) or pytest.fail("no claim")
    said = words(open_page("models", lang="en"))
    for name in (plain, cnn):
        assert translate(f"models.short_{name}", "en") in said
        assert f"{100 * CARDS[name]['test']['accuracy']:.1f}%" in said
        assert f"{CARDS[name]['parameters']:,}" in said


@pytest.mark.parametrize("language", either(0))
def test_the_table_has_every_network_and_every_number(language: str) -> None:
    app = open_page("models", lang=language)
    table = app.table[-1].value
    assert list(table.columns)[1:] == [translate(f"models.short_{name}", language) for name in CARDS]
    facts = dict(zip(table.iloc[:, 0], table.iloc[:, 1:].values.tolist(), strict=True))
    row = {
        name: translate(f"models.row_{name}", language)
        for name in ("test_accuracy", "parameters", "trainable", "non_trainable", "epochs")
    }
    assert facts[row["test_accuracy"]] == [f"{100 * c['test']['accuracy']:.1f}%" for c in CARDS.values()]
    networks = [zoo.get(name).layers for name in CARDS]
    assert facts[row["parameters"]] == [f"{graph.total_parameters(layers):,}" for layers in networks]
    assert facts[row["trainable"]] == [f"{c['parameters']:,}" for c in CARDS.values()]
    assert facts[row["non_trainable"]] == [f"{sum(i.non_trainable for i in layers):,}" for layers in networks]
    assert facts[row["epochs"]] == [str(c["epochs"]) for c in CARDS.values()]
    assert facts[translate("models.row_images_validation", language)] == ["0"] * len(CARDS)
    assert translate("models.row_validation_accuracy", language) not in facts
    assert facts["Keras"] == [c["versions"]["keras"] for c in CARDS.values()]


@pytest.mark.parametrize("name", CARDS)
def test_the_shipped_note_on_the_data_is_in_both_languages(name: str) -> None:
    assert CARDS[name]["data"]["note"] == translate("models.note_jpeg", "en")
    for page in ("models", "network"):
        said = words(open_page(page, lang="ko", model=name))
        assert translate("models.note_jpeg", "ko") in said
        assert translate("models.note_jpeg", "en") not in said


@pytest.mark.parametrize("name", CARDS)
def test_overfitting_is_named_where_it_is(name: str) -> None:
    said = words(open_page("models", lang="en", model=name))
    gap = cards.generalization_gap(CARDS[name])
    assert f"**{100 * gap:.1f} points**" in said
    assert (translate("models.overfits", "en") in said) == (gap >= 0.05)
    assert (translate("models.overfits_little", "en") in said) == (gap < 0.05)
    losses = [row["test_loss"] for row in CARDS[name]["history"]]
    risen = translate("models.risen_test", "en", epoch=1 + losses.index(min(losses)))
    assert (risen in said) == (losses[-1] > 1.05 * min(losses))


@pytest.mark.parametrize(
    ("name", "language", "said"),
    [
        ("keras_lecture", "en", ["gap_opens epoch=3 first=3.2 last=29.4"]),
        ("resnet", "ko", ["gap_opens epoch=2 first=13.9 last=5.2", "gap_widest epoch=13 gap=37.3"]),
    ],
)
def test_where_the_gap_opens_is_said_and_marked(name: str, language: str, said: list[str]) -> None:
    app = open_page("models", lang=language, model=name)
    for key, *numbers in map(str.split, said):
        values = dict(number.split("=") for number in numbers)
        assert translate(f"models.{key}", language, **values) in words(app)
        if key == "gap_opens":
            mark = translate("models.opens", language, epoch=values["epoch"])
            (accuracy,) = [
                chart for k in range(len(app.get("plotly_chart"))) if mark in str(chart := spec(app, k))
            ]
            (line,) = accuracy["layout"]["shapes"]
            assert line["x0"] == line["x1"] == int(values["epoch"])
    assert ("37.3" in words(app)) == (len(said) > 1)
    assert translate("models.validation", language) in words(app)


def test_a_gap_that_never_opened_is_said_to_be_none(folder: Path) -> None:
    epoch = {"loss": 1.0, "accuracy": 0.5, "test_loss": 0.9, "test_accuracy": 0.6}
    run = a_run(folder, "20261124-153012", epochs=2, history=[epoch, epoch])
    said = words(open_page("models", lang="en", model=run))
    assert translate("models.gap_never", "en") in said


def test_picking_here_picks_for_the_whole_app_and_goes_into_the_link() -> None:
    app = open_page("models", lang="en")
    title = translate("models.curves_title", "en", name=translate("models.short_mlp", "en"))
    assert title not in words(app)
    app.segmented_control(key="models_picked").set_value("mlp").run()
    assert not app.exception
    assert app.query_params["model"] == "mlp"
    assert app.selectbox(key="model").value == "mlp"
    assert title in words(app)
    app.selectbox(key="model").set_value("tensorflow_lecture").run()  # and the other way round
    assert app.segmented_control(key="models_picked").value == "tensorflow_lecture"
    assert title not in words(app)


def test_cards_without_counts_are_said_to_be_without(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cards(monkeypatch)
    app = open_page("models", lang="en")
    assert not app.error
    said = [info.value for info in app.info]
    short = translate("models.short_keras_lecture", "en")
    assert said == [
        translate("models.no_confusion", "en"),
        translate("models.no_confusion_of", "en", name=short),
    ]
    assert len(app.table) == 1


def test_a_network_that_is_nearly_always_right_is_not_said_to_be_always_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = np.diag([5000] * 10)
    counts[3, 3], counts[3, 5] = 4999, 1
    with_cards(monkeypatch, keras_lecture={"confusion": counts.tolist(), "accuracy": 0.99998})
    app = open_page("models", lang="en", model="keras_lecture")
    assert "on **>\xa099.9%** of the test images" in words(app)
    assert "cat is taken for dog: <\xa00.1% (1 images)" in words(app)
    classes, everything = app.table
    assert set(classes.value.iloc[:, 1]) == {"\\>\xa099.9%", "100%"}  # a cell is Markdown: ">" is escaped
    assert everything.value.iloc[0, 1] == "\\>\xa099.9%"
    assert translate(
        "frame.accuracy_real", "en", percent=">\xa099.9%", images="5,000", parameters="4,210,090"
    ) in words(app)


def test_one_card_with_counts_is_shown_and_the_others_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cards(monkeypatch, keras_lecture={"confusion": CONFUSION.tolist()})
    app = open_page("models", lang="en", model="keras_lecture")
    said = words(app)
    assert not app.info
    assert "1. cat is taken for dog: 20.8% (104 images)" in said
    assert "Hardest of all: **cat**, 72.8%–72.8% right" in said
    short = {name: translate(f"models.short_{name}", "en") for name in CARDS}
    others = ", ".join(short[name] for name in CARDS if name != "keras_lecture")
    assert translate("models.left_out", "en", networks=others) in said
    by_class = app.table[0].value
    assert list(by_class.columns) == [translate("models.class", "en"), short["keras_lecture"]]
    assert by_class.iloc[0].tolist() == ["cat", "72.8%"]
    other = open_page("models", lang="en", model="mlp")
    assert [info.value for info in other.info] == [
        translate("models.no_confusion_of", "en", name=short["mlp"])
    ]


def test_counts_of_every_network_need_no_excuse(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cards(monkeypatch, **{name: {"confusion": CONFUSION.tolist()} for name in CARDS})
    app = open_page("models", lang="ko")
    assert not app.info
    assert len(app.table[0].value.columns) == 1 + len(CARDS)
    assert len(app.table[0].value) == 10


def a_run(folder: Path, number: str, content: str | None = None, **entries: Any) -> str:
    """Make a finished run of the bundled weights, whose card has other entries, or is `content`."""
    place = folder / zoo.run_folder("keras_lecture", number)
    place.mkdir(parents=True)
    (place / "keras_lecture.npz").write_bytes((network.WEIGHTS / "keras_lecture.npz").read_bytes())
    card = json.dumps({**CARDS["keras_lecture"], **entries}) if content is None else content
    (place / "keras_lecture.json").write_text(card, "utf-8")
    return f"keras_lecture@{number}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path / "runs"))
    model_cache._card.clear()
    return tmp_path / "runs"


def spec(app: Any, index: int) -> dict[str, Any]:
    return dict(json.loads(app.get("plotly_chart")[index].proto.spec))


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Keras model · 24 Nov 15:30:12"), ("ko", "Keras 모델 · 11월 24일 15:30:12")],
)
def test_a_run_is_listed_beside_the_bundled_networks_and_can_be_picked(
    folder: Path, language: str, title: str
) -> None:
    run = a_run(folder, "20261124-153012", epochs=3, training_seconds=42)
    app = open_page("models", lang=language, model=run)
    assert not app.error
    points = spec(app, 0)["data"][0]
    assert [name for name, _ in points["customdata"]] == [*CARDS, run]
    assert points["text"][-1] == f"<b>{title}</b>"
    assert title in list(app.table[-1].value.columns)
    seconds = translate("models.seconds", language, seconds=42)
    assert seconds in app.table[-1].value[title].tolist()
    assert app.segmented_control(key="models_picked").value == run
    assert translate("models.measured_range", language) not in words(app)


def test_runs_on_other_images_are_said_to_be(folder: Path) -> None:
    a_run(folder, "20261124-153012", data={"set": "CIFAR-10", "train": 900, "test": 100, "note": "mine"})
    said = words(open_page("models", lang="en"))
    assert translate("models.measured_range", "en") in said
    assert "Data (Keras model · 24 Nov 15:30:12): mine" in said


def test_a_toy_is_looked_at_but_not_compared(folder: Path) -> None:
    toy = {"set": "CIFAR-10", "train": 20, "test": 20, "note": "", "toy": True}
    run = a_run(folder, "20261124-153012", data=toy, test={"accuracy": 1.0, "loss": 0.0})
    app = open_page("models", lang="en", model=run)
    assert not app.error
    assert [name for name, _ in spec(app, 0)["data"][0]["customdata"]] == [*CARDS]
    said = words(app)
    assert translate("models.toy", "en", networks="Keras model · 24 Nov 15:30:12") in said
    assert translate("models.curves_title", "en", name="Keras model · 24 Nov 15:30:12") in said


@pytest.mark.parametrize("language", either(1))
def test_validation_is_a_line_of_its_own_and_chooses_the_epoch(folder: Path, language: str) -> None:
    rows = [
        {"loss": 1.5, "accuracy": 0.5, "test_loss": 1.4, "test_accuracy": 0.5},
        {"loss": 0.9, "accuracy": 0.7, "test_loss": 1.1, "test_accuracy": 0.62},
        {"loss": 0.5, "accuracy": 0.8, "test_loss": 1.0, "test_accuracy": 0.64},
    ]
    kept = [(1.3, 0.52), (1.0, 0.63), (1.2, 0.61)]  # lowest loss after the second epoch
    history = [
        row | {"validation_loss": loss, "validation_accuracy": share}
        for row, (loss, share) in zip(rows, kept, strict=True)
    ]
    data = {"set": "CIFAR-10", "train": 45_000, "validation": 5_000, "test": 5_000, "note": ""}
    run = a_run(
        folder,
        "20261125-101010",
        epochs=3,
        data=data,
        history=history,
        validation={"loss": 1.2, "accuracy": 0.61},
    )
    app = open_page("models", lang=language, model=run)
    name = translate("training.line_validation", language)
    lines = [
        next(line for line in chart["data"] if line.get("name") == name)
        for chart in (spec(app, k) for k in range(len(app.get("plotly_chart"))))
        if any(line.get("name") == name for line in chart["data"])
    ]
    assert [line["y"] for line in lines] == [[52.0, 63.0, 61.0], [1.3, 1.0, 1.2]]
    assert translate("models.risen_validation", language, epoch=2) in words(app)
    assert translate("models.validation", language) not in words(app)


def test_of_many_runs_the_newest_are_shown_and_the_picked_one(folder: Path) -> None:
    listed = [a_run(folder, f"202611{day:02}-000000") for day in range(1, 9)]
    app = open_page("models", lang="en", model=listed[0])
    shown = [name for name, _ in spec(app, 0)["data"][0]["customdata"]]
    assert shown == [*CARDS, *reversed(listed[3:]), listed[0]]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"data": {"toy": true}}'])
def test_a_damaged_run_is_left_out_and_the_page_still_renders(folder: Path, content: str) -> None:
    a_run(folder, "20261124-153012", content)
    app = open_page("models", lang="en")
    assert not app.error
    assert len(app.table[-1].value.columns) == 1 + len(CARDS)


@pytest.mark.parametrize("model", ["keras_lecture@20000101-000000", "vgg@../../etc", "mlp@", "<b>x</b>"])
def test_a_link_to_no_network_gets_one_that_is_here(model: str) -> None:
    app = open_page("models", lang="en", model=model)
    assert not app.error
    assert re.search(r"<b>|\.\./", words(app)) is None
    assert app.segmented_control(key="models_picked").value == next(iter(CARDS))
