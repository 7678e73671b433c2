"""A network of a visitor's own: on every page, in the list, and when it is not there any more."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from cnnviz.networks import architecture_file, network, store, zoo
from cnnviz.networks.opening.isolated import add_to_store
from cnnviz.pages.navigation import PAGES, TRAINED_PAGES
from cnnviz.text import translate
from tests.app.test_pages import HANGUL, open_page, words
from tests.networks.opening.keras2 import classifier


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Open a network once; Keras compiles it in the background while this module's tests run."""
    folder = tmp_path_factory.mktemp("opened")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNVIZ_NETWORKS", str(folder / "networks"))
        opened(folder, "mine")
        yield folder


def opened(folder: Path, name: str) -> None:
    path = classifier(folder / "x.h5", channels=1)
    add_to_store(path, title="[My](http://x) Net.h5", name=name, classes=["cat", "<b>dog</b>", "새"])


@pytest.mark.parametrize("page", PAGES)
def test_it_is_on_every_page_or_a_sentence_says_why_not(page: str) -> None:
    language = ("en", "ko")[PAGES.index(page) % 2]
    app = open_page(page, lang=language, model="mine")
    assert not [each.value for each in app.error]
    assert app.title[0].value == translate(f"{page}.title", language)
    if page in TRAINED_PAGES:
        (said,) = (each.value for each in app.info if "mine" in each.value)
        assert bool(HANGUL.search(said)) == (language == "ko")
    elif page != "comparison":  # needs a fully connected network for the same pictures
        assert app.sidebar.selectbox[0].value == "mine"


def test_its_arithmetic_stands_beside_that_of_the_others() -> None:
    app = open_page("architectures", lang="ko", architectures_network="mine")
    assert not app.exception
    assert app.selectbox(key="architectures_network").value == "mine"
    # 3x3x1x4 + 4 and 4x3 + 3
    assert "55" in [metric.value for metric in app.metric]
    assert list(app.dataframe[1].value[translate("architectures.network", "ko")])[-1] == "mine"


def test_what_is_known_about_it_is_said_and_it_can_be_removed(folder: Path) -> None:
    opened(folder, "other")
    app = open_page("opening", lang="en")
    said = words(app)
    assert "6 layers" in said
    assert "\\[My\\]\\(http\\:\u2060//x\\) Net.h5" in said  # no link of a stranger's
    assert translate("opening.unknown", "en") in said
    assert translate("opening.scaling_guessed", "en") in said
    app.button(key="opening_remove_other").click().run()
    assert not app.exception
    assert store.names() == ["mine"]
    assert "**other**" not in words(app)


def test_a_file_is_dropped_and_opened(folder: Path) -> None:
    app = open_page("opening", lang="en")
    content = classifier(folder / "Birds 2.h5").read_bytes()
    app.file_uploader[0].set_value(("Birds 2.h5", content, "")).run()
    assert app.text_input[0].value == "birds_2"
    app.text_area(key="opening_classes").set_value("새\n[x](http://a.b)")
    press(app, "en")
    counted = translate("error.network_classes", "en", count="3", size="2")
    assert [each.value for each in app.error] == [counted]
    app.text_area(key="opening_classes").set_value("새\n[x](http://a.b)\ncat")
    press(app, "en")
    assert not app.error
    assert [each.value for each in app.success] == [translate("opening.done", "en", name="birds_2")]
    assert app.sidebar.selectbox[0].value == "birds_2"
    assert zoo.get("birds_2").data_set.classes == ("새", "x (http://a.b)", "cat")
    store.remove("birds_2")


def test_a_file_with_a_korean_name_is_called_so_everywhere(folder: Path) -> None:
    app = open_page("opening", lang="en")
    content = classifier(folder / "x.h5").read_bytes()
    file_name = unicodedata.normalize("NFD", "강아지*고양이_(최종).h5")  # as macOS spells it
    app.file_uploader[0].set_value((file_name, content, "")).run()
    assert app.text_input[0].value == "강아지 고양이 최종"
    app.text_input[0].set_value("[개](http://a.b)").run()
    press(app, "en")
    assert [each.value for each in app.error] == [translate("error.title", "en")]
    app.text_input[0].set_value("강아지와 고양이").run()
    press(app, "en")
    assert [each.value for each in app.success] == [translate("opening.done", "en", name="강아지와 고양이")]
    assert app.sidebar.selectbox[0].value == "network"
    assert "강아지와 고양이" in app.sidebar.selectbox[0].options
    assert "**강아지와 고양이**" in words(app)
    again = unicodedata.normalize("NFD", "강아지와_고양이.h5")
    app.file_uploader[0].set_value((again, content, "")).run()
    assert app.text_input[0].value == "강아지와 고양이 2"
    app.text_input[0].set_value("강아지와 고양이").run()
    press(app, "en")
    assert [each.value for each in app.error] == [translate("error.network_name", "en")]
    store.remove("network")


def test_weights_are_opened_beside_an_architecture() -> None:
    weights = network.read_weights("digits")[0]
    np.savez(stored := io.BytesIO(), **weights)  # type: ignore[arg-type]
    app = open_page("opening", lang="en")
    app.file_uploader[0].set_value(("mine too.npz", stored.getvalue(), "")).run()

    def layers() -> Selectbox:
        (found,) = (each for each in app.selectbox if each.label == translate("opening.layers", "en"))
        return found

    assert layers().value == "json"  # as an .npz holds no layers
    assert app.file_uploader[1].label == translate("opening.layers_upload", "en")
    layers().set_value("file").run()
    press(app, "en")
    assert [each.value for each in app.error] == [translate("error.network_only_weights", "en")]
    layers().set_value("mlp").run()
    press(app, "en")
    (said,) = (each.value for each in app.error)
    expected = zoo.get("mlp").graph.weight_shapes()
    key, shape = next((key, shape) for key, shape in expected.items() if key not in weights)
    assert said == translate("error.network_weights_missing", "en", layer=key, expected=str(shape))
    layers().set_value("json").run()
    described = json.dumps(architecture_file.to_json(zoo.get("digits"))).encode()
    app.file_uploader[1].set_value(("built.json", described[:-9], "")).run()
    press(app, "en")
    assert [each.value for each in app.error] == [translate("error.network_architecture", "en")]
    app.file_uploader[1].set_value(("built.json", described, "")).run()
    press(app, "en")
    assert not app.error
    assert [each.value for each in app.success] == [translate("opening.done", "en", name="mine_too")]
    assert zoo.get("mine_too").data_set == zoo.get("digits").data_set
    assert translate("opening.known", "en", data=translate("frame.set_digits", "en")) in words(app)
    for page in ("network", "models", "data", "layer", "predict"):
        if page in PAGES:
            assert not open_page(page, lang="en", model="mine_too").error
    store.remove("mine_too")


def press(app: AppTest, language: str) -> None:
    (button,) = (each for each in app.button if each.label == translate("opening.open", language))
    button.click().run()
    assert not app.exception


@pytest.mark.parametrize(
    ("content", "reason"), [(b"GIF89a", "network_format"), (b"PK\x03\x04damaged", "network_damaged")]
)
def test_a_file_that_cannot_be_opened_is_one_sentence(content: bytes, reason: str) -> None:
    app = open_page("opening", lang="en")
    app.file_uploader[0].set_value(("x.keras", content, "")).run()
    press(app, "en")
    assert [each.value for each in app.error] == [translate(f"error.{reason}", "en")]


def test_a_link_to_a_network_that_is_gone_says_so() -> None:
    app = open_page("layer", lang="en", model="gone")
    assert translate("error.network_gone", "en") in [each.value for each in app.toast]
    assert not [each.value for each in app.error]


def test_visitors_of_a_public_server_open_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_HOSTED", "1")
    app = open_page("opening", lang="en")
    assert translate("opening.off", "en") in [each.value for each in app.info]
    assert not [button for button in app.button if str(button.key).startswith("opening_remove")]
    monkeypatch.setenv("CNNVIZ_OPENING", "1")
    app.run()
    assert translate("opening.off", "en") not in [each.value for each in app.info]
    assert translate("opening.safe", "en") in words(app)


def test_a_damaged_network_of_the_store_breaks_no_page(folder: Path) -> None:
    opened(folder, "damaged")
    (folder / "networks" / "damaged.architecture.json").write_text("{}")
    try:
        app = open_page("opening", lang="en")
        assert "**mine**" in words(app)
        assert "**damaged**" not in words(app)
        open_page("layer", lang="en", model="damaged")
    finally:
        store.remove("damaged")


def test_the_list_reads_no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may have hundreds of megabytes, and each visit would read those of all networks."""
    read: list[str] = []
    weights_of = network.read_weights
    monkeypatch.setattr(
        network, "read_weights", lambda name, folder=None: read.append(name) or weights_of(name, folder)
    )
    said = words(open_page("opening", lang="en"))
    assert "6 layers" in said
    assert "mine" not in read
