"""Pages with a network of 1,000 classes, on photographs of 224x224 whose classes nobody knows."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.imagenet import CLASSES
from cnnviz.explain.exercises import registry
from cnnviz.pages import data_sets
from cnnviz.pages.activation_cache import LayerValues
from cnnviz.pages.data_sets import LISTED_CLASSES
from cnnviz.pages.large_networks import is_large
from cnnviz.pages.navigation import TRAINED_PAGES
from cnnviz.text import translate
from cnnviz.text.classes import korean
from tests.app.test_pages import open_page, words

pytestmark = pytest.mark.slow
NAME = "efficientnet_lite0"
COFFEE = {"model": NAME, "picture": "sample-1"}


def everything(app: AppTest) -> str:
    said = [str(button.label) for button in app.button] + [str(box.value) for box in app.selectbox]
    return "\n".join([words(app), *said, *(str(each.value) for each in app.sidebar.caption)])


VIEWS = [
    ("network", "ko", {}),
    ("data", "en", {}),
    ("data", "ko", {"data_view": "one_hot"}),
    ("data", "en", {"data_view": "augmentation"}),
    ("data", "ko", {"data_view": "resolution"}),
    ("loss", "ko", {}),
    ("dense", "en", {}),
    ("reasons", "ko", {}),
    ("reasons", "en", {"reasons_view": "filters"}),
    ("layer", "ko", {"layer_name": "block5_depthwise_conv"}),
    ("architectures", "en", {"architectures_network": NAME}),
]


@pytest.mark.parametrize(("page", "language", "query"), VIEWS)
def test_pages_take_a_thousand_classes_and_an_unknown_one(
    page: str, language: str, query: dict[str, str]
) -> None:
    app = open_page(page, lang=language, **COFFEE | query)
    assert not app.error
    said = everything(app)
    assert CLASSES[-1] not in said  # the label -1 is no index
    percent = translate("frame.accuracy_published", language, percent="75.1%", set="", parameters="")
    assert percent.split("75.1%")[0] + "75.1%" in said
    assert translate("frame.sample_imagenet_1", language) in said
    name = translate(f"frame.model_{NAME}", language)
    suited = {
        "network",
        "dense",
        "loss",
        "layer",
        "architectures",
        "data",
        "reasons",
    }  # by a kind of exercise at least
    none_here = bool(registry.of_page(page)) and page not in suited
    assert (translate("exercises.none_here", language, name=name) in said) == none_here


@pytest.mark.parametrize("page", TRAINED_PAGES)
def test_pages_about_training_say_that_it_was_not_trained_here(page: str) -> None:
    app = open_page(page, lang="en", model=NAME)
    assert not app.error
    other = translate("frame.model_keras_lecture", "en")
    name = translate(f"frame.model_{NAME}", "en")
    assert translate("frame.lacks_training", "en", name=name, other=other) in [i.value for i in app.info]


def test_in_korean_classes_have_korean_names_and_the_card_says_how_many() -> None:
    app = open_page("network", lang="ko", **COFFEE)
    named = translate("network.class_names", "ko", named=len(korean("imagenet")), count="1,000")
    assert named in [caption.value for caption in app.caption]
    menu = next(
        box for box in open_page("loss", lang="ko", **COFFEE).selectbox if "에스프레소" in box.options
    )
    assert {"금붕어", "tench"} <= set(menu.options)
    app = open_page("network", lang="en", **COFFEE)
    assert "Korean" not in everything(app)


def test_another_data_set_with_the_same_classes_calls_them_the_same() -> None:
    def script() -> None:
        from dataclasses import replace

        import streamlit as st

        from cnnviz.data.imagenet import IMAGENET
        from cnnviz.pages import data_sets, link

        link.begin()
        for classes in (IMAGENET.classes, ("espresso", "crane")):
            st.markdown(", ".join(data_sets.class_names(replace(IMAGENET, name="of_mine", classes=classes))))

    app = AppTest.from_function(script, default_timeout=180)
    app.query_params["lang"] = "ko"
    app.run()
    assert not app.exception
    same, other = (each.value for each in app.markdown)
    assert {"금붕어", "에스프레소"} <= set(same.split(", "))
    assert other == "espresso, crane"  # not ImageNet's


@pytest.mark.parametrize(("view", "choice"), [("map", "reasons_class"), ("fooling", "reasons_toward")])
def test_a_class_that_another_network_does_not_have_is_that_of_its_answer(view: str, choice: str) -> None:
    app = open_page("reasons", lang="en", reasons_view=view, **{choice: "999"}, **COFFEE)
    app.selectbox(key="model").set_value("keras_lecture").run()
    assert not app.exception
    assert not app.error
    assert choice not in app.query_params


def test_the_numbers_of_the_picture_are_scaled_as_the_network_takes_them() -> None:
    app = open_page("data", lang="en", data_view="numbers", **COFFEE)
    why = translate("data.scaling_why_own", "en", bytes="150,528", floats="602,112")
    assert why.strip() in [str(each.value).strip() for each in app.markdown]
    assert "- 127) \\div 128" in str(app.latex[0].value)


def test_the_most_probable_classes_and_the_chosen_one_are_listed() -> None:
    chances = np.zeros(1000)
    chances[[7, 900]] = 0.6, 0.3
    shown = data_sets.listed_classes(chances, 999)
    assert {7, 900, 999} <= set(shown)
    assert shown == sorted(shown)
    assert len(shown) == LISTED_CLASSES + 1
    assert data_sets.listed_classes(np.zeros(10), 3) == list(range(10))


def test_what_is_on_a_picture_of_unknown_class_is_what_the_network_says_until_the_visitor_does() -> None:
    app = open_page("loss", lang="en", **COFFEE)
    (menu,) = (box for box in app.selectbox if box.label == translate("data.your_label", "en"))
    assert menu.value == "espresso"
    app = open_page("loss", lang="en", data_label="cup", **COFFEE)
    (menu,) = (box for box in app.selectbox if box.label == translate("data.your_label", "en"))
    assert menu.value == "cup"


def test_layers_of_a_large_network_are_computed_when_they_are_looked_up() -> None:
    assert is_large(NAME)
    assert not is_large("vgg")
    values = LayerValues(NAME, np.zeros((224, 224, 3), np.uint8))
    assert len(values) == 144
    assert values["stem_conv"].shape == (112, 112, 32)
    with pytest.raises(KeyError):
        values["conv1"]


@pytest.mark.parametrize(("model", "answer"), [("mlp", "espresso"), (NAME, "missile")])
def test_a_small_copy_of_a_photograph_is_read_otherwise(model: str, answer: str) -> None:
    app = open_page("data", lang="en", data_view="resolution", model=model, picture="sample-2")
    assert not app.error
    large, back, small = (table.value for table in app.table)
    assert large.iloc[0, 0] == answer
    assert back.iloc[0, 0] != answer
    reader = model if model == "mlp" else "keras_lecture"
    assert small.columns[0] == translate(f"frame.model_{reader}", "en")
    assert set(small.iloc[:, 0]) <= {translate(f"class.{name}", "en") for name in CIFAR10.classes}
    assert "2.0%" in words(app)


def test_the_convolution_page_says_what_the_layer_itself_does() -> None:
    one, two = (translate("convolution.departs", "en", stride=k, padding="same") for k in (1, 2))
    own = {"convolution_layer": "stem_conv", "stride_rows": "2", "stride_cols": "2"}
    other = own | {"stride_cols": "1"}
    assert two not in words(open_page("convolution", lang="en", **COFFEE | own))
    assert two in words(open_page("convolution", lang="en", **COFFEE | other))
    assert one in words(open_page("convolution", lang="en", stride_rows="3"))
    assert one not in words(open_page("convolution", lang="en"))


def test_samples_of_unknown_class_are_called_by_what_they_show() -> None:
    def script() -> None:
        from dataclasses import replace

        import numpy as np
        import streamlit as st

        from cnnviz.data.imagenet import IMAGENET
        from cnnviz.pages import data_sets, link

        link.begin()
        labelled = replace(IMAGENET.samples(), labels=np.array([285, -1, -1]))
        for index in (0, 2):
            st.markdown(data_sets.sample_name(labelled, index))

    app = AppTest.from_function(script, default_timeout=180)
    app.query_params["lang"], app.query_params["model"] = "en", NAME
    app.run()
    assert not app.exception
    shown = ["Egyptian cat", translate("frame.sample_imagenet_2", "en")]
    assert [each.value for each in app.markdown] == shown
