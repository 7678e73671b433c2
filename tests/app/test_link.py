"""What a link carries, apart from any page."""

from __future__ import annotations

from cnnviz.text import translate
from tests.app.test_pages import open_page


def test_a_language_from_the_link_stays_in_it_on_the_next_page() -> None:
    app = open_page("comparison", lang="en")
    assert app.query_params["lang"] == "en"
    app.switch_page("cnnviz/pages/relu.py").run()
    assert app.query_params["lang"] == "en"


def test_the_first_page_keeps_the_address_it_was_called_by() -> None:
    app = open_page("network")
    assert not app.query_params
    assert app.title[0].value == translate("network.title", "en")


def test_a_choice_that_is_impossible_here_is_kept_for_where_it_is_possible() -> None:
    app = open_page(
        "convolution", model="tensorflow_lecture", convolution_layer="conv3", map="100", lang="en"
    )
    assert app.number_input(key="map").value == 100
    app.selectbox(key="convolution_layer").set_value("conv1").run()
    assert app.number_input(key="map").value == 0  # conv1 has 32 filters
    assert "map" not in app.query_params
    app.selectbox(key="convolution_layer").set_value("conv3").run()
    assert app.number_input(key="map").value == 100
    assert app.query_params["map"] == "100"


def test_a_mistake_in_typing_leaves_the_other_choices_in_the_link() -> None:
    app = open_page("convolution", kernel="typed", input="grid", stride_rows="3", cell="1,2", lang="en")
    before = dict(app.query_params)
    app.text_area(key="weights").set_value("1 x").run()
    assert [error.value for error in app.error] == [translate("error.grid_number", "en")]
    assert dict(app.query_params) == before | {"weights": "1 x"}
    assert app.number_input(key="stride_rows").value == 3  # the controls still stand
