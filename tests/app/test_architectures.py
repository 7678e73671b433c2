"""The page architectures: every network with its numbers, and the link."""

from __future__ import annotations

from typing import Any

import pytest

from cnnviz.networks import famous, zoo
from cnnviz.text import translate
from cnnviz.text.kinds import layer_names
from tests.app.test_pages import open_page, words


def metrics(app: Any) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize("name", [*famous.names(), *zoo.names()])
def test_every_network_shows_its_numbers(name: str) -> None:
    app = open_page("architectures", architectures_network=name, lang="en")
    infos = famous.describe(name)
    shown = metrics(app)
    trained, kept = (sum(getattr(i, count) for i in infos) for count in ("parameters", "non_trainable"))
    assert shown["Parameters"] == f"{trained + kept:,}"
    counted = next(metric.delta for metric in app.metric if metric.label == "Parameters")
    assert counted == f"{trained:,} trainable, {kept:,} non-trainable"
    assert shown["Multiply-accumulates"] == f"{sum(info.multiply_accumulates for info in infos):,}"
    table = app.dataframe[0].value
    assert list(table["layer"]) == list(layer_names({i.name: i.kind for i in infos}, "en").values())
    assert list(table["in code"]) == [info.name for info in infos]
    assert list(table["parameters"]) == [info.total_parameters for info in infos]
    assert list(table["trainable"]) == [info.parameters for info in infos]
    assert list(table["non-trainable"]) == [info.non_trainable for info in infos]
    assert translate(f"architectures.about_{name}", "en") in words(app)
    comparison = app.dataframe[1].value
    assert len(comparison) == len(famous.names()) + len(zoo.names())
    row = comparison[
        comparison[translate("architectures.network", "en")] == translate("frame.model_alexnet", "en")
    ].iloc[0]
    assert list(row[["Parameters", "Trainable", "Non-trainable"]]) == [2_303_434, 2_302_026, 1_408]
    assert not app.error


def test_the_table_says_window_padding_and_receptive_field() -> None:
    app = open_page("architectures", architectures_network="tensorflow_lecture", lang="en")
    rows = {row["in code"]: row for _, row in app.dataframe[0].value.iterrows()}
    conv, pool = rows["conv2"], rows["pool1"]
    assert (conv["window"], conv["stride"], conv["padding"]) == ("3×3", 1, "1")
    assert (pool["window"], pool["stride"], pool["padding"]) == ("2×2", 2, "0")
    assert (conv["sees (px)"], conv["jump"], conv["start"]) == (8, 2, -3)
    assert conv["how they are counted"] == "3×3×32×64"  # the lecture's model has no biases


def test_skip_connections_are_explained_with_the_networks_numbers() -> None:
    app = open_page("architectures", architectures_network="resnet", lang="en")
    table = app.dataframe[0].value.set_index("in code")["takes"]
    assert table["conv1"] == translate("architectures.input_name", "en")
    assert table["block2_shortcut"] == "ReLU 3"
    assert table["block2_add"] == "Batch normalisation 5 + Batch normalisation 6"
    said = words(app)
    assert translate("architectures.drawing_note_skips", "en") in said
    for key, values in {
        "skips_learn": {"joins": 4, "convolutions": 2, "channels": 32},
        "skips_gradient": {"first": "Convolution 1", "longest": 9, "shortest": 4},
        "skips_fit": {
            "count": 3,
            "target": "Addition 2",
            "layer": "Convolution 6",
            "before": "32×32×32",
            "after": "16×16×128",
            "kernel": "1×1",
            "stride": 2,
            "maps": 32,
            "made": 128,
            "weights": "4,096",  # 32 x 128
            "others": "184,320",  # 3 x 3 x 32 x 128 + 3 x 3 x 128 x 128
        },
    }.items():
        assert translate(f"architectures.{key}", "en", **values) in said


def test_a_straight_network_says_nothing_of_skip_connections() -> None:
    app = open_page("architectures", architectures_network="vgg", lang="en")
    assert "takes" not in app.dataframe[0].value
    assert translate("architectures.drawing_note_skips", "en") not in words(app)
    assert translate("architectures.skips_title", "en") not in words(app)


def test_the_choice_is_in_the_link_and_nonsense_in_it_is_not_taken() -> None:
    app = open_page("architectures", lang="en")
    assert metrics(app)["Parameters"] == "62,378,344"
    app.selectbox(key="architectures_network").set_value("vgg19").run()
    assert app.query_params["architectures_network"] == "vgg19"
    assert metrics(app)["Parameters"] == "143,667,240"
    assert metrics(open_page("architectures", architectures_network="../vgg", lang="en")) == metrics(
        open_page("architectures", lang="en")
    )
