"""The page architectures: every network with its numbers, and the link."""

from __future__ import annotations

from typing import Any

import pytest

from cnnviz.networks import famous, zoo
from cnnviz.text import translate
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
    assert list(table["layer"]) == [info.name for info in infos]
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
    rows = {row["layer"]: row for _, row in app.dataframe[0].value.iterrows()}
    conv, pool = rows["conv2"], rows["pool1"]
    assert (conv["window"], conv["stride"], conv["padding"]) == ("3×3", 1, "1")
    assert (pool["window"], pool["stride"], pool["padding"]) == ("2×2", 2, "0")
    assert (conv["sees (px)"], conv["jump"], conv["start"]) == (8, 2, -3)
    assert conv["how they are counted"] == "3×3×32×64"  # the lecture's model has no biases


def test_the_choice_is_in_the_link_and_nonsense_in_it_is_not_taken() -> None:
    app = open_page("architectures", lang="en")
    assert metrics(app)["Parameters"] == "62,378,344"
    app.selectbox(key="architectures_network").set_value("vgg19").run()
    assert app.query_params["architectures_network"] == "vgg19"
    assert metrics(app)["Parameters"] == "143,667,240"
    assert metrics(open_page("architectures", architectures_network="../vgg", lang="en")) == metrics(
        open_page("architectures", lang="en")
    )
