"""Every page in both languages, and what controls, links and errors do, without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz import settings
from cnnviz.colours import SCALES
from cnnviz.data import cifar10
from cnnviz.hosting import cpu_seconds
from cnnviz.networks import cards
from cnnviz.networks.network import trained_names
from cnnviz.pages import model_cache, sidebar
from cnnviz.pages.navigation import PAGES
from cnnviz.text import LANGUAGES, translate
from tests.data.test_cifar10 import make_folder
from tests.hosting.test_cpu_seconds import spin
from tests.thorough import either, thorough

APP = str(Path(__file__).resolve().parents[2] / "app.py")
HANGUL = re.compile("[가-힣]")


def open_page(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    if page != PAGES[0]:
        app.switch_page(f"cnnviz/pages/{page}.py")
    app.run()
    assert not app.exception, [problem.message for problem in app.exception]
    return app


def words(app: AppTest) -> str:
    kinds = (app.title, app.header, app.markdown, app.caption, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


COUNTS = {
    "en": "{} parameters ({} trainable, {} non-trainable)",
    "ko": "파라미터 {}개(학습 가능 {}개, 학습 불가 {}개)",
}
ALEXNET = ("2,303,434", "2,302,026", "1,408")
UNLIKE = ("mlp", "resnet", "digits")
"""Networks without maps, with joins, and of pictures of another size."""
ALIKE = [name for name in trained_names() if name not in UNLIKE]
EVERY = [
    (page, model, LANGUAGES[(number + other) % 2])
    for number, page in enumerate(PAGES)
    for other, model in enumerate(
        trained_names() if thorough() else (*UNLIKE, ALIKE[number // 2 % len(ALIKE)])
    )
]
"""Every page with every network of a sort of its own and, by turns, one of the others; in both languages."""


@pytest.mark.parametrize(("page", "model", "language"), EVERY)
def test_every_page_runs_with_every_network(page: str, model: str, language: str) -> None:
    app = open_page(page, lang=language, model=model)
    assert app.title[0].value == translate(f"{page}.title", language)
    assert not app.error
    korean = HANGUL.search(words(app))
    assert bool(korean) == (language == "ko")
    if model == "alexnet":
        (caption,) = (each.value for each in app.sidebar.caption if "5,000" in each.value)
        assert caption.endswith(COUNTS[language].format(*ALEXNET))


@pytest.mark.parametrize("language", either(0))
def test_network_counts_parameters_as_keras_prints_them(language: str) -> None:
    app = open_page("network", lang=language, model="alexnet")
    table = app.table[0].value
    columns = [translate(f"network.column_{count}", language) for count in ("trainable", "non_trainable")]
    rows = table[[translate("network.column_parameters", language), *columns]].to_numpy()
    totals = [sum(int(cell.replace(",", "")) for cell in column) for column in rows.T]
    assert totals == [2_303_434, 2_302_026, 1_408]
    assert words(app).count(COUNTS[language].format(*ALEXNET)) == 2  # in the sidebar, and under the table


@pytest.mark.parametrize("language", either(1))
def test_the_builder_counts_as_the_summary_of_its_code_does(language: str) -> None:
    app = open_page("builder", lang=language, builder_stack="c8k3s1same-b-r-m2-f-d10-x")
    assert COUNTS[language].format("20,746", "20,730", "16") in words(app)


def test_the_browser_decides_the_language_until_a_link_does() -> None:
    # AppTest's browser says nothing of its language
    assert open_page("relu").title[0].value == translate("relu.title", "en")
    assert open_page("relu", lang="xx").title[0].value == translate("relu.title", "en")


def test_choices_go_into_the_link_and_come_back_from_it() -> None:
    app = open_page("convolution", kernel="classic", lang="en")
    app.selectbox(key="classic").set_value("laplacian").run()
    app.number_input(key="stride_rows").set_value(3).run()
    assert app.query_params["classic"] == "laplacian"
    assert app.query_params["stride_rows"] == "3"
    again = open_page("convolution", **app.query_params)
    assert again.selectbox(key="classic").value == "laplacian"
    assert again.number_input(key="stride_rows").value == 3


@pytest.mark.parametrize(
    "query",
    [
        {"model": "../../etc/passwd", "map": "-5", "cell": "99999,-3", "stride_rows": "0"},
        {"picture": "sample-999999999999", "map": "1e99", "cell": "x", "channel": "77777"},
        {"picture": "train-0 OR 1=1", "convolution_layer": "<script>", "padding": "custom", "pad_rows": "99"},
        {"picture": "upload"},
        {"kernel": "typed", "weights": "__import__('os')"},
        {"lang": "\u0000"},
    ],
)
def test_a_tampered_link_breaks_nothing(query: dict[str, str]) -> None:
    for page in ("network", "convolution"):
        assert open_page(page, **query).title


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("1 2\n3", "grid_rows"),
        ("a b c\n1 2 3\n4 5 6", "grid_number"),
        ("1 2\n3 4", "grid_size"),
        ("", "grid_rows"),
        ("1e400", "grid_number"),
        ("1/0", "grid_number"),
        ("nan", "grid_number"),
    ],
)
@pytest.mark.parametrize("language", either(1))
def test_a_kernel_that_cannot_work_gets_one_sentence(typed: str, reason: str, language: str) -> None:
    app = open_page("convolution", kernel="typed", lang=language)
    app.text_area(key="weights").set_value(typed).run()
    assert [error.value for error in app.error] == [translate(f"error.{reason}", language)]
    assert app.text_area(key="weights").value == typed  # nothing typed is lost
    app.text_area(key="weights").set_value("0 1 0\n1 -4 1\n0 1 0").run()
    assert not app.error


def test_a_window_that_does_not_fit_gets_one_sentence() -> None:
    app = open_page(
        "convolution", kernel="classic", classic="gaussian", input="grid", padding="valid", lang="en"
    )
    app.number_input(key="dilation").set_value(8).run()
    assert [error.value for error in app.error] == [translate("error.window_too_large", "en")]


def test_the_output_size_formula_has_the_numbers_in_it() -> None:
    app = open_page(
        "convolution", padding="custom", pad_rows="2", pad_cols="1", stride_rows="3", stride_cols="2"
    )
    formula = app.latex[0].value
    assert r"\frac{32 + 2 + 2 - 3}{3}" in formula
    assert "+ 1 = 12" in formula  # floor(33 / 3) + 1
    assert r"\frac{32 + 1 + 1 - 3}{2}" in formula
    assert "+ 1 = 16" in formula  # floor(31 / 2) + 1


def test_pooling_proves_that_order_matters_for_the_average_only() -> None:
    text = words(open_page("pooling", lang="en"))
    assert "the largest difference over 256 cells is 0." in text
    differing, largest = re.search(r"(\d+) of 256 cells differ, by up to ([\d.]+)\.", text).groups()  # type: ignore[union-attr]
    assert int(differing) > 0
    assert float(largest) > 0


def test_a_local_set_can_be_browsed_by_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, labels = make_folder(tmp_path, rows=40)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    app = AppTest.from_file(APP, default_timeout=120)
    app.session_state["source"] = "cifar"
    app.query_params["split"] = "train"
    app.query_params["class"] = "bird"
    app.query_params["picture"] = "train-150"
    app.run()
    assert not app.exception
    assert app.selectbox(key="class").value == "bird"
    assert app.number_input(key="from").max == (labels == 2).sum() - 1
    assert app.query_params["picture"] == "train-150"


@pytest.mark.parametrize("language", either(0))
@pytest.mark.parametrize("origin", ["test", "train"])
def test_a_link_behind_the_end_of_a_set_that_is_here_says_so(
    origin: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, *_ = make_folder(tmp_path)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    count = len(cifar10.load_split("train" if origin == "train" else "test", folder))
    app = open_page("network", picture=f"{origin}-{count}", lang=language)
    words = translate("frame.no_image", language, number=count, count=f"{count:,}", set="CIFAR-10")
    assert [toast.value for toast in app.toast] == [words]
    assert "picture" not in app.query_params
    assert not open_page("network", picture=f"{origin}-{count - 1}", lang=language).toast


def test_a_link_to_a_picture_that_is_not_here_says_so() -> None:
    app = open_page("network", picture="train-150", lang="en")
    assert [toast.value for toast in app.toast] == [translate("frame.needs_data", "en", set="CIFAR-10")]
    assert "picture" not in app.query_params


@pytest.mark.parametrize(
    ("page", "number"),
    [
        ("pooling", r"\d+ of 256 cells differ"),
        ("architectures", r"Most parameters: .* \d"),
        ("models", r"After epoch 10: training \d"),
    ],
)
def test_a_chart_is_described_with_its_numbers(page: str, number: str) -> None:
    charts = open_page(page, lang="en", model="keras_lecture").get("plotly_chart")
    assert any(re.search(number, chart.proto.alt) for chart in charts)


@pytest.mark.parametrize("text", ["nan,0.1", "0.1,nan", "9,0", "0.1"])
def test_a_start_that_is_none_is_ignored(text: str) -> None:
    app = open_page("optimisers", descent_start=text)
    assert not app.error
    assert "descent_start" not in app.query_params


def test_a_card_may_have_no_note(monkeypatch: pytest.MonkeyPatch) -> None:
    card = model_cache.card("digits")
    without = {**card, "data": {key: value for key, value in card["data"].items() if key != "note"}}
    cards.validate(without, 10)
    monkeypatch.setattr(model_cache, "card", lambda name: without)
    assert not open_page("network", lang="en", model="digits").error


@pytest.mark.parametrize("page", ["pooling", "relu"])
def test_who_sees_the_same_gets_the_same_chart_and_nobody_else_does(page: str) -> None:
    def drawn(**query: str) -> str:
        (chart,) = open_page(page, **{"lang": "en", **query}).get("plotly_chart")
        return str(chart.proto.spec)

    first = drawn()
    assert drawn() == first
    others = ({"lang": "ko"}, {"map": "1"}, {"picture": "sample-2"}, {"colours": SCALES[1]})
    assert len({first, *(drawn(**query) for query in others)}) == 1 + len(others)


@pytest.mark.parametrize("language", either(1))
def test_a_page_that_computes_too_long_on_a_public_server_says_so(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_HOSTED", "1")
    monkeypatch.setattr(settings, "CPU_SECONDS", lambda: 0)
    monkeypatch.setattr(cpu_seconds, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(sidebar, "draw", lambda *given: spin())
    app = open_page("relu", lang=language)
    assert not app.exception
    assert [each.value for each in app.error] == [translate("error.cpu_seconds", language, count=0)]
