"""What all pages share: language, navigation, sidebar with model and image, common widgets, errors."""

from __future__ import annotations

import copy
import functools
import itertools
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args
from urllib.parse import unquote, urlsplit

import numpy as np
import streamlit as st
from PIL import Image

from cnnviz import settings, tokens
from cnnviz.arithmetic.window import Window
from cnnviz.colours import SCALES, ScaleName
from cnnviz.components.crop_picker import crop_picker
from cnnviz.components.dense_view import owner
from cnnviz.components.document import document
from cnnviz.components.feature_grid import MapCell
from cnnviz.components.file_types import file_types
from cnnviz.components.navigation import Menu, PageLink, Words, navigation
from cnnviz.components.picture_picker import picture_picker
from cnnviz.components.pixel_numbers import NEAREST, Channel, PixelView, Unit, pixel_numbers
from cnnviz.components.stepper import Selection, stepper
from cnnviz.data import picture_decoder, registry
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import UNKNOWN, DataSet, Samples, Split, as_rgb
from cnnviz.data.unlabelled import PREFIX
from cnnviz.data.upload import MAX_BYTES, Crop, Upload, decode_upload
from cnnviz.errors import CnnvizError
from cnnviz.explain import lecture
from cnnviz.explain.exercises import grids
from cnnviz.explain.scene import Scene
from cnnviz.explain.snippet_data import Activation, Origin, Picture, Pixels
from cnnviz.figures.enlarged import enlarged
from cnnviz.hosting import script_turns
from cnnviz.hosting.metrics import ERRORS
from cnnviz.hosting.uploads import SMALL_MB
from cnnviz.networks import cards, graph, network, store, zoo
from cnnviz.networks.graph import LayerInfo
from cnnviz.pages import cache, link
from cnnviz.text import LANGUAGES, classes, keys, kinds, numbers, section, translate
from cnnviz.text.links import unlinked
from cnnviz.text.parameters import parameters as parameters_text
from cnnviz.text.rounding import percent
from cnnviz.training import runs

_log = logging.getLogger(__name__)
FOLDER = Path(__file__).parent
MENU = {
    "": ("network", "lecture", "convolution", "pooling", "relu", "dense", "layer", "comparison", "exercises"),
    "networks": ("architectures", "models", "builder", "reasons", "opening"),
    "training": ("training", "learning", "backpropagation", "loss", "why_relu", "optimisers"),
    "more": ("data", "signals", "code", "join"),
}
"""The navigation: {menu: pages}; the pages of the first entry are at the top level."""
PAGES = tuple(page for pages in MENU.values() for page in pages)
"""All pages; the first is the home page."""
MAP_PAGES = ("convolution", "pooling", "relu")
"""Pages about one kind of layer, on maps; only networks with such a layer can be picked there."""
FILTER_PAGES = ("comparison", "learning", "backpropagation", "reasons")
"""Pages on which only networks with convolution filters can be picked."""
TRAINED_PAGES = ("models", "training", "learning", "backpropagation")
"""Pages on which only networks that are trained here can be picked."""
CONTROL_PAGES = ("convolution", "pooling", "relu", "dense", "layer", "comparison", "reasons", "signals")
"""Pages with controls of their own above what they show."""
CARRIED = ("lang", "colours", "chart", "room", "model", "picture", "crop", "lecture", "present", "notes")
"""Choices that a link to another page carries."""
CHART_PAGES = (
    "pooling",
    "relu",
    "comparison",
    "architectures",
    "models",
    "builder",
    "training",
    "backpropagation",
    "data",
    "signals",
)
WEIGHTS_PAGES = ("network", *MAP_PAGES, "dense", "layer", *FILTER_PAGES, "models", "exercises", "loss")
"""Pages whose numbers depend on the network's weights; their links contain a digest of the weights."""
BASELINE = "mlp"
"""The fully connected network that CNNs are compared with."""
THUMBNAILS = 20
LISTED_RUNS = 20
"""Number of runs in the menu of networks, the newest ones; an older one can be opened by its link."""
LENT, LEADS = "room.picture", "room.leads"
"""In the session's state: an upload that a room's lecturer has sent; and whether the visitor leads one."""
MAX_PICTURES = 1_000_000
"""Limit of image indices in links."""
CHART_FORMATS = ("png", "svg")
DIGEST_DIGITS = 8
"""Hexadecimal digits of the weights' sha256 in a link."""
EVERY_CLASS = "all"
"""The choice of no class, in links."""
FEW_CLASSES, LISTED_CLASSES = 24, 12
"""So many classes are all listed; of more, so many. As in frontend/shared/values.js."""
SMALL_GRID = 12
"""Outputs of at most this side are stepped through from the first cell; larger ones from the middle."""


@dataclass(frozen=True)
class Picked:
    """The selected network and image.

    Attributes:
        model: name of the network.
        image: uint8 [H, W, C].
        label: the true class, or None if it is not known, as that of an upload.
        caption: description of the image in the visitor's language.
        named: the image's identity for code snippets.
    """

    model: str
    image: np.ndarray
    label: int | None
    caption: str
    named: Picture


@dataclass(frozen=True)
class Offered:
    """Images to pick from: those of `images` at `indices`; `origin` is that of links."""

    images: Samples
    origin: str
    indices: list[int]


def language() -> str:
    """Return the visitor's language: chosen, from the link, from the browser, or English."""
    if link.asked("lang"):  # as a rule, and texts ask a hundred times a run
        return str(link.current("lang"))
    browser = (st.context.locale or "")[:2]
    return str(link.value("lang", browser if browser in LANGUAGES else "en", _language, always=True))


def t(key: str, **values: object) -> str:
    """Return a text in the visitor's language."""
    return translate(key, language(), **values)


def class_names(of: DataSet | None = None) -> list[str]:
    """Return the names of a data set's classes in the visitor's language; None = the picked network's."""
    own = (of or data_set()).classes
    named = registry.names_of(own)
    return [classes.class_name(name, language(), named) for name in own]


def class_choices() -> list[str]:
    """Return what links call the picked network's classes: by their names, but none as `EVERY_CLASS`."""
    return [f"={name}" if name.lstrip("=") == EVERY_CLASS else name for name in data_set().classes]


def your_label(picked: Picked) -> int:
    """Draw a menu in which the visitor says what is on a picture of unknown class, and return the class."""
    own = data_set().classes
    many = len(own) > FEW_CLASSES
    best = own[int(class_probabilities(picked).argmax())] if many else None
    options = dict(zip(own, class_names(), strict=True))
    return own.index(link.option(t("data.your_label"), "data_label", options, default=best))


def listed_classes(chances: np.ndarray, *always: int) -> list[int]:
    """Return the classes that are listed: all of a few, of many the most probable ones and `always`."""
    if len(chances) <= FEW_CLASSES:
        return list(range(len(chances)))
    return sorted({*np.argsort(-chances, kind="stable")[:LISTED_CLASSES].tolist(), *always})


def note_on_classes() -> None:
    """Say, where there are many classes, that components list the most probable ones only."""
    count = len(data_set().classes)
    if count > FEW_CLASSES:
        st.caption(t("frame.some_classes", count=f"{count:,}"))


def layer_names(infos: Iterable[LayerInfo]) -> dict[str, str]:
    """Return {name in code: "Convolution 1"} of a network's layers, in the visitor's language."""
    return kinds.layer_names({info.name: info.kind for info in infos}, language())


def layer_values(picked: Picked, source: str) -> np.ndarray:
    """Return what a layer makes of the selected image, or the preprocessed image, without a batch axis."""
    if source == graph.IMAGE:
        return data_set().preprocess(picked.image)
    return cache.activations(picked.model, picked.image)[source]


def map_code(picked: Picked, source: str, index: int) -> Pixels | Activation:
    """Return, for code, one map of a layer, or one channel of the image."""
    channels = range(index, index + 1)
    if source == graph.IMAGE:
        return Pixels(picked.named, channels=channels)
    return Activation(picked.model, source, picked.named, channels)


def class_probabilities(picked: Picked) -> np.ndarray:
    """Return the class probabilities of the selected network for the selected image, float32 [classes]."""
    return cache.activations(picked.model, picked.image)[zoo.get(picked.model).graph.output.name]


def data_set() -> DataSet:
    """Return the data set of the selected network."""
    if link.asked("model"):  # by the sidebar
        return zoo.get(str(link.current("model"))).data_set
    # a fragment runs alone, or the sidebar has not asked yet, which says so if there is no such network
    try:
        return zoo.get(str(link.stored("model"))).data_set
    except CnnvizError:
        return zoo.get(zoo.names()[0]).data_set


def data_set_title(of: DataSet | None = None, *, capital: bool = False) -> str:
    """Return the title of a data set, by default the picked network's, in the visitor's language.

    Args:
        of: the data set. capital: whether it begins with a capital, on a button.
    """
    of = of or data_set()
    if of.name.startswith(PREFIX):
        return t("frame.set_unknown")
    key = f"frame.set_{of.name}"
    title = t(key) if key in keys() else of.title
    return title[:1].upper() + title[1:] if capital else title


def picture_size() -> str:
    """Return the size of the pictures of the picked network's data set: "32×32"."""
    rows, cols = data_set().size
    return f"{rows}×{cols}"


def model_name(model: str) -> str:
    """Return the display name of a network, with the start time if a run trained it."""
    architecture, run = zoo.split(model)
    words = untimed_name(model)
    if not run:
        return words
    found = zoo.get(model)
    data_set = found.data_set
    if found.title:
        words = t("frame.model_on_set", name=words, set=data_set_title(data_set))
    elif architecture not in zoo.names() or data_set != zoo.get(architecture).data_set:
        short = f"models.short_{architecture}"  # the long names tell of CIFAR-10
        words = t(short) if short in keys() else words
        words = t("frame.model_on_set", name=words, set=data_set_title(data_set))
    return t("frame.model_of_run", name=words, time=run_time(model))


def untimed_name(model: str) -> str:
    """Return what a network is called, whichever run trained it: its title, or its architecture's name."""
    return zoo.get(model).title or architecture_name(zoo.split(model)[0])


def architecture_name(architecture: str) -> str:
    """Return the display name of an architecture, if the texts have one, or the name itself."""
    key = f"frame.model_{architecture}"
    return t(key) if key in keys() else architecture


def run_time(model: str) -> str:
    """Return the start time of a network's run as text, to the second, so that it is unique."""
    moment = runs.start_time(model)
    month = t("frame.months").split(", ")[moment.month - 1]
    return t("frame.run_time", day=moment.day, month=month, clock=f"{moment:%H:%M:%S}")


@functools.cache
def _style() -> str:
    return f"<style>{tokens.style_sheet()}{(FOLDER / 'frame.css').read_text('utf-8')}</style>"


def style() -> None:
    """Give the page the design tokens and its style."""
    st.html(_style())


def script(page: str) -> Path:
    """Return the absolute path of a page's script."""
    return FOLDER / f"{page}.py"


@functools.cache
def _page(name: str, title: str) -> Any:
    """Return a page, the same for all visitors: Streamlit gets copies, as it changes them."""
    home = name == PAGES[0]
    return st.Page(script(name), title=title, url_path="" if home else name, default=home)


def pages() -> dict[str, list[Any]]:
    """Return {menu: pages} for `st.navigation`; the home page is the first."""
    return {
        t(f"frame.menu_{menu}") if menu else "": [
            copy.copy(_page(name, t(f"frame.page_{name}"))) for name in names
        ]
        for menu, names in MENU.items()
    }


def navigate() -> Any:
    """Return the visitor's page, as `st.navigation` does; `draw_navigation` draws the way to the others.

    An address that is no page's leads to the home page, with a sentence: Streamlit's own dialog would be in
    English and stay open over the pages that follow. The home page's name is an address of it, too.
    """
    menu, asked = pages(), unquote(urlsplit(st.context.url or "").path.rstrip("/").rpartition("/")[2])
    if asked.strip() and "/" not in asked and asked not in PAGES[1:]:
        menu[""].append(st.Page(lambda: None, title=asked, url_path=asked, visibility="hidden"))
    page = st.navigation(menu, position="hidden")
    if page.url_path not in ("", *PAGES[1:]):
        st.session_state["frame.no_page"] = page.url_path != PAGES[0]
        st.switch_page(script(PAGES[0]), query_params=st.query_params.to_dict())
    if st.session_state.pop("frame.no_page", False):
        st.toast(t("frame.no_page"), icon=":material/info:")
    return page


def draw_navigation(name: str) -> None:
    """Draw the links to all pages, in the visitor's language.

    Args:
        name: the current page.
    """
    # known before its menu is drawn, too; a picture's tile closes the drawer itself, an upload keeps it
    model = st.session_state.get("model") or link.stored("model") or network.model_names()[0]
    links = {
        page: PageLink(page, t(f"frame.page_{page}"), page if page != PAGES[0] else "") for page in PAGES
    }
    navigation(
        [
            Menu(t(f"frame.menu_{menu}") if menu else "", [links[page] for page in names])
            for menu, names in MENU.items()
        ],
        links[name],
        Words(t("frame.pages"), t("frame.more_pages"), t("frame.picture"), t("frame.adjust")),
        carried=CARRIED,
        controls=name in CONTROL_PAGES,
        choice=f"{language()} {model}",
    )


def controls() -> Any:
    """Return the container of a page's own controls; on a narrow screen it is a drawer."""
    return st.container(key="controls")


def configure_page(page: Any) -> None:
    """Set the title, icon and layout of the page, the document's language and the colour scale.

    Args:
        page: from `st.navigation`.
    """
    name, step = page.url_path or PAGES[0], lecture_step()
    shown = lecture.title(step.name, language()) if step is not None and step.page == name else page.title
    st.set_page_config(
        page_title=f"{shown} · CNNViz",
        page_icon=icon(),
        layout="wide",
        initial_sidebar_state=320,
    )
    st.logo(word_mark(dark()), size="medium")
    with st.sidebar:  # mounted even if the other controls are in a closed popover
        document(language(), colour_scale(), dark())


def icon() -> str:
    """Return the mark, a kernel on a grid, as SVG; it follows the theme of the browser that shows it."""
    light, dark = (
        f".kernel {{ fill: {tokens.colour('accent', dark)} }} "
        f".grid {{ fill: {tokens.colour('series_soft', dark)} }}"
        for dark in (False, True)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 20 20">'
        f"<style>{light} @media (prefers-color-scheme: dark) {{ {dark} }}</style>{_mark()}</svg>"
    )


def _mark() -> str:
    """Return the cells of the mark, 20 x 20: the kernel's and the grid's."""
    return "".join(
        f'<rect class="{"kernel" if row < 2 and col < 2 else "grid"}" '
        f'x="{7 * col}" y="{7 * row}" width="6" height="6" rx="1"/>'
        for row in range(3)
        for col in range(3)
    )


def word_mark(dark: bool) -> str:
    """Return the app's name as SVG, beside the mark."""
    accent, text, quiet = (tokens.colour(name, dark) for name in ("accent", "text", "series_soft"))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="112" height="26" viewBox="0 0 112 26">'
        f"<style>.kernel {{ fill: {accent} }} .grid {{ fill: {quiet} }}</style>"
        f'<g transform="translate(2 3)">{_mark()}</g>'
        f'<text x="30" y="20" font-family="Source Sans 3, Noto Sans, Arial, sans-serif" '
        f'font-size="19" font-weight="700" fill="{text}">CNN<tspan fill="{accent}">Viz</tspan></text></svg>'
    )


def heading(page: str, *, lead: bool = True) -> None:
    """Draw a page's title and lead, unless a step of the lecture shows the page with its own title."""
    if not in_lecture(page):
        st.title(t(f"{page}.title"), anchor=False)
        if lead:
            own = data_set()
            st.markdown(t(f"{page}.lead", set=data_set_title(own), classes=f"{len(own.classes):,}"))
    wish, model = str(link.wish("model")), str(link.current("model"))
    if page in TRAINED_PAGES and wish in _known_models() and zoo.get(wish).recipe is None:
        words = t("frame.lacks_training", name=model_name(wish), other=model_name(model))
        st.info(words, icon=":material/info:")
        return
    if st.session_state.get("frame.trained_again") == (page, model):
        st.info(t("frame.trained_again", name=model_name(model)), icon=":material/history:")
    if unsuited(page) is not None:
        lacking = page if page in (*MAP_PAGES, "dense") else "convolution"
        if page == "comparison" and baseline(wish) is None:
            lacking = "baseline"
        st.info(
            t(
                f"frame.lacks_{lacking}",
                name=model_name(wish),
                other=model_name(model),
                set=data_set_title(zoo.get(wish).data_set),
            ),
            icon=":material/info:",
        )


def unsuited(page: str) -> str | None:
    """Return the network that was asked for if it lacks a kind of layer that the page is about, else None."""
    wish = str(link.wish("model"))
    about_layers = page in (*MAP_PAGES, *FILTER_PAGES, "dense")
    return wish if about_layers and wish in _known_models() and not suits(wish, page) else None


def in_lecture(page: str) -> bool:
    """Return whether the current step of the lecture is on this page."""
    step = lecture_step()
    return step is not None and step.page == page


def presenting() -> bool:
    """Return whether the lecture is shown in the presenter layout."""
    return lecture_step() is not None and bool(link.value("present", False, link.truth))


def is_about(heading: str) -> bool:
    """Return whether the lecture's step is about the part of the page with this heading (a text's key)."""
    step = lecture_step()
    return step is not None and step.look == heading


def lecture_step() -> lecture.Step | None:
    """Return the current step of the lecture, or None outside the lecture."""
    name = str(link.value("lecture", "", lambda name: lecture.find(name).name))
    return lecture.find(name) if name else None


def show_error(error: CnnvizError) -> None:
    """Show an error in the visitor's language; a public server's visitors see no folders of it."""
    ERRORS.add(of=error.reason)
    if settings.hosted() and error.reason == "data":
        _log.error("%s", error)
        st.error(t("error.data_public"), icon=":material/error:")
        return
    layer, count, size = (error.values.get(name) for name in ("layer", "count", "size"))
    kind, setting = (literal(str(error.values.get(name))) for name in ("kind", "setting"))
    if error.reason.startswith("network_"):  # a layer of a file that is not opened
        layer = literal(str(layer))
    elif layer is not None and link.asked("model"):
        layer = layer_names(zoo.get(str(link.current("model"))).layers).get(str(layer), layer)
    words = t(
        f"error.{error.reason}",
        detail=str(error),
        layer=layer,
        count=count,
        size=size,
        kind=kind,
        setting=setting,
        expected=error.values.get("expected"),
        found=error.values.get("found"),
    )
    st.error(words, icon=":material/error:")


def literal(text: str) -> str:
    r"""Escape text of anyone's file for Markdown, which would make a link of an escaped address, too.

    >>> literal("conv_1 [x](http://a.b)")
    'conv\\_1 \\[x\\]\\(http\\:\u2060//a.b\\)'
    """
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~$:&-])", r"\\\1", unlinked(text))


def open_map(opened: MapCell, model: str) -> None:
    """Switch to the page that explains a clicked cell of a feature map."""
    graph = zoo.get(model).graph
    layer, layers = graph[opened.layer], graph.layers
    page = layer.layer.page
    assert page is not None  # other layers cannot be clicked
    window = layer.window
    if page == "convolution":
        own_window = None if window is None else grids.convolution_choices(window)
    elif page == "pooling":
        own_window = None if window is None else _pooling_choices(window)
    else:
        own_window = {}
    # what the page about the kind cannot show as it is
    if own_window is None or (len(layer.output_shape) == 1 and page != "layer" and not suits(model, "dense")):
        page = "layer"
    if page == "layer":
        maps = len(layer.output_shape) == 3
        place = (opened.map, opened.row, opened.col) if maps else (opened.col, 0, 0)
        link.put(layer_name=opened.layer, map=place[0], cell=place[1:], channel=0)
        link.put(look=(opened.layer, opened.map, opened.row, opened.col))
        st.switch_page(script(page))
    if len(layer.output_shape) == 1:
        link.put(dense_layer=owner(layer.name, layers))
        if not layer.drawn:  # the grid has no place to return to
            link.put(dense_unit="auto", dense_entry=opened.col)
        else:
            link.put(dense_unit=str(opened.col), look=(opened.layer, 0, 0, opened.col))
        st.switch_page(script("dense"))
    choices: dict[str, Any] = {
        "map": opened.map,
        "cell": (opened.row, opened.col),
        "channel": 0,
        f"{page}_layer": opened.layer,
    }
    # the layer's settings instead of earlier choices on that page
    if page == "convolution":
        choices["kernel"] = "trained"
    elif page == "pooling":
        choices["order"] = "relu_first"
    for key, text in (own_window or {}).items():
        choices[key] = int(text) if text.isdigit() else text
    link.put(look=(opened.layer, opened.map, opened.row, opened.col), **choices)
    st.switch_page(script(page))


def _pooling_choices(window: Window) -> dict[str, str] | None:
    """Return the choices of the pooling page for a layer's window, or None if it has none for it."""
    (rows, cols), (down, right) = window.size, window.stride
    padding = "valid" if window.padding == ((0, 0), (0, 0)) else window.padding
    if rows != cols or down != right or not isinstance(padding, str):
        return None
    return {"pool_size": str(rows), "pool_stride": str(down), "pool_padding": padding}


def step_through(scene: Scene, *, input_name: str, output_name: str, rgb: bool = False) -> Selection:
    """Mount the stepper on a scene and store its cell and channel in the link.

    Large outputs start in the middle, small ones at the first cell.

    Args:
        scene: the scene. input_name, output_name: captions. rgb: whether the input is drawn as an image.

    Returns:
        The displayed cell and channel.
    """
    rows, cols = scene.output.shape
    start = (rows // 2, cols // 2) if min(rows, cols) > SMALL_GRID else (0, 0)
    row, col = link.value(
        "cell", start, cell, fit=lambda cell: (min(cell[0], rows - 1), min(cell[1], cols - 1))
    )
    channel = link.value("channel", 0, _index, fit=lambda channel: min(channel, scene.x.shape[2] - 1))
    stepper(
        scene,
        language=language(),
        cell=(row, col),
        channel=channel,
        input_name=input_name,
        output_name=output_name,
        rgb=rgb,
        whole=link.value("revealed", "", lambda text: _one_of(("all",), text)) == "all",
        key=f"stepper_{scene.name}",
        on_select=lambda chosen: link.put(cell=(chosen.row, chosen.column), channel=chosen.channel),
    )
    return Selection(row, col, channel)


def shared_chart(draw: Callable[[], Any], *values: Any, name: str, alt: str, **arguments: Any) -> None:
    """Draw a chart that is made once for all who see the same, as a class does.

    Args:
        draw: makes a figure of cnnviz.figures.
        values: what the figure depends on, beside language and colours; arrays count by their content.
        name, alt, arguments: as of `chart`.
    """
    look = (language(), colour_scale(), dark(), presenting(), _chart_ending())
    cache.chart((name, alt, *look, *values), lambda: chart(draw(), name=name, alt=alt, **arguments))


def chart(figure: Any, *, name: str, alt: str, **arguments: Any) -> Any:
    """Draw a Plotly figure that can be saved as PNG or SVG, as the visitor chose.

    Args:
        figure: from cnnviz.figures.
        name: part of the file name.
        alt: what the chart says, for those who hear the page: a sentence with its numbers, or where they are.
        arguments: further arguments of `st.plotly_chart`, whose result is returned.
    """
    ending = _chart_ending()
    camera = {"format": ending, "filename": f"cnnviz_{name}", "scale": 3 if ending == "png" else 1}
    if presenting():
        figure = enlarged(figure)
    figure.update_layout(dragmode=False)  # a finger scrolls; who wants to zoom picks the tool
    config = {"displaylogo": False, "toImageButtonOptions": camera, **_plotly_locale()}
    return st.plotly_chart(figure, config=config, alt=alt, **arguments)


def _chart_ending() -> str:
    """Return the format in which charts are saved, and keep it in the link."""
    return str(link.value("chart", "png", str, fit=lambda wish: wish if wish in CHART_FORMATS else "png"))


def _plotly_locale() -> dict[str, Any]:
    """Return the settings with which Plotly says everything around a chart in the visitor's language."""
    words = zip(section("chart", "en").values(), section("chart", language()).values(), strict=True)
    return {"locale": language(), "locales": {language(): {"dictionary": dict(words)}}}


def pixel_viewer(image: np.ndarray, key: str = "pixel_numbers") -> PixelView:
    """Mount the pixel viewer on an image and store its state in the link.

    Returns:
        The state in this run.
    """
    rows, cols = image.shape[:2]
    start = PixelView(min(15, rows - 1), min(15, cols - 1), float(cols))
    row, col = link.value("pixel_cell", (start.row, start.col), pixel, fit=within(image))
    view = PixelView(
        row,
        col,
        link.value("pixel_across", start.across, _visible_columns, fit=lambda across: min(across, cols)),
        link.value("pixel_channel", start.channel, lambda text: _one_of(get_args(Channel), text)),
        link.value("pixel_unit", start.unit, lambda text: _one_of(get_args(Unit), text)),
        bool(link.value("pixel_plain", 0, lambda text: ("0", "1").index(text))),
    )
    scaling = data_set().preprocessing
    pixel_numbers(image, scaling=scaling, language=language(), view=view, key=key, on_select=_put_pixel_view)
    return view


def _put_pixel_view(view: PixelView) -> None:
    link.put(
        pixel_cell=(view.row, view.col),
        pixel_across=view.across,
        pixel_channel=view.channel,
        pixel_unit=view.unit,
        pixel_plain=int(view.plain),
    )


def number(value: float) -> str:
    """Format a number as the stepper does, with up to three decimals."""
    return numbers.number(value, 3)


def parameters(infos: Sequence[LayerInfo]) -> str:
    """Return the parameters of layers as text: "20,746 parameters (20,730 trainable, 16 non-trainable)"."""
    trainable = graph.trainable_parameters(infos)
    return parameters_text(trainable, graph.total_parameters(infos) - trainable, language())


def parameter_formula(layer: LayerInfo) -> str:
    """Return the formula of a layer's number of parameters: "3×3×3×32 + 32"."""
    return " + ".join("×".join(map(str, shape)) for shape in layer.weight_shapes.values())


def dark() -> bool:
    """Return whether the visitor's theme is dark, for figures; components read it from CSS."""
    return bool(st.context.theme.type == "dark")


def colour_scale() -> ScaleName:
    """Return the visitor's colour scale of signed numbers: chosen, from the link, or the default."""
    return cast(ScaleName, link.value("colours", SCALES[0], lambda name: _one_of(SCALES, name)))


def picked() -> Picked:
    """Return the selected network and image; an image that does not exist here is replaced by a sample."""
    model = str(link.current("model"))  # chosen by the sidebar, which is drawn first
    origin, _, index = picture().partition("-")
    if origin == "upload" and (own := upload()) is not None:
        image = own.resized(data_set().shape, crop_in_link())
        named = Picture("upload", data_set=data_set().name, model=_source(model))
        caption = t("frame.lecturers_picture") if LENT in st.session_state else t("frame.your_picture")
        return Picked(model, image, None, caption, named)
    images = None if origin == "upload" else data_set().samples() if origin == "sample" else _split(origin)
    if images is None or int(index) >= len(images):  # a link from a server with more data
        if origin == "upload":
            words = t("frame.upload_gone")
        elif images is None:
            words = t("frame.needs_data", set=data_set_title())
        elif origin == "sample":
            words = t("frame.no_sample")
        else:
            count = f"{len(images):,}"
            words = t("frame.no_image", number=index, count=count, set=data_set_title())
        link.put(picture="sample-0")
        st.toast(words, icon=":material/info:")
        return picked()
    label, where = int(images.labels[int(index)]), _image_name(origin, index)
    named = Picture(cast(Origin, origin), int(index), data_set().name, _source(model))
    image = images.images[int(index)]
    if label == UNKNOWN:
        return Picked(model, image, None, sample_title(int(index)), named)
    return Picked(model, image, label, f"{class_names()[label]} · {where}", named)


def _source(model: str) -> str:
    """Return the network that code finds its pictures by, "" if their data set is known by its name."""
    return "" if any(data_set() == each for each in registry.DATA_SETS) else model


def sample_name(samples: Samples, index: int) -> str:
    """Return the name of a sample's class, or what the texts call the sample if nobody knows the class."""
    label = int(samples.labels[index])
    return sample_title(index) if label == UNKNOWN else class_names()[label]


def sample_title(index: int) -> str:
    """Return what the texts call a sample of unknown class."""
    key = f"frame.sample_{data_set().name}_{index}"
    return t(key) if key in keys() else t("frame.unknown_class")


def _image_name(origin: str, index: str) -> str:
    """Return the name of an image of the picked network's data set: "test image 3"."""
    if not data_set().bundled:
        return t(f"frame.{origin}_image", number=index)
    return (
        t("frame.bundled_train", number=index) if origin == "train" else t("frame.sample_image", number=index)
    )


def upload() -> Upload | None:
    """Return what the picture "upload" is: what a lecturer has lent, else the visitor's own; None without."""
    return st.session_state.get(LENT) or st.session_state.get("upload")


def crop_in_link() -> Crop | None:
    """Return which part of an uploaded picture is used; None = the central one."""
    numbers = link.value("crop", (), _crop)
    return Crop(*numbers) if numbers else None


def _crop(text: str) -> tuple[int, int, int]:
    left, top, height = (_index(part) for part in text.split(","))
    return left, top, height


def picture(*, always: bool = False) -> str:
    """Return the selected image as in the link: "sample-3"; `always` puts the first one there too."""
    return str(link.value("picture", "sample-0", parse_picture, always=always))


def sidebar(page: str, into: Any) -> None:
    """Draw the language switch, the menu of networks and the image picker.

    Args:
        page: the page's name. into: the container.
    """
    with into:
        _language_switch()
        compact = into is st.sidebar
        with (
            st.expander(t("frame.settings"), key="settings", icon=":material/tune:")
            if compact
            else nullcontext()
        ):
            offered = _settings(page)
        if offered is not None:
            _thumbnails(offered)
        shown = picked()
        if offered is None or not compact:
            st.image(enlarged_image(shown.image), width=160, alt=shown.caption)
        st.caption(shown.caption)


def _settings(page: str) -> Offered | None:
    """Draw what is set once in a while, and return the images to pick from; None if there is only one."""
    model = link.option(t("frame.model"), "model", {name: model_name(name) for name in _models(page)})
    if page in WEIGHTS_PAGES and lecture_step() is None:  # steps of the lecture work with any weights
        _put_weights_digest(page, model)
    st.caption(accuracy(model))
    sources = {
        "samples": t("frame.source_samples"),
        "cifar": data_set_title(capital=True),
        "upload": t("frame.source_upload"),
    }
    current = {"sample": "samples", "upload": "upload"}.get(picture().partition("-")[0], "cifar")
    if not data_set().readable:
        del sources["cifar"]
        current = "samples" if current == "cifar" else current
    if st.session_state.get("source", current) not in sources:  # chosen for another data set
        st.session_state["source"] = current
    st.session_state.setdefault("source", current)
    source = st.segmented_control(
        t("frame.picture"),
        list(sources),
        key="source",
        format_func=sources.__getitem__,
        required=True,
    )
    note = f"frame.samples_note_{data_set().name}"
    if source == "samples" and note in keys():
        st.caption(t(note))
    pickers = {"samples": _pick_sample, "cifar": _pick_cifar, "upload": _pick_upload}
    offered = pickers[str(source or current)]()  # `required` is enforced by the browser only
    if page in CHART_PAGES:
        link.option(
            t("take_along.chart"),
            "chart",
            {ending: ending.upper() for ending in CHART_FORMATS},
            draw=st.segmented_control,
            required=True,
            help=t("take_along.chart_help"),
        )
    _scale_switch()
    return offered


def accuracy(model: str) -> str:
    """Say how accurate a network is, as far as its card knows, and how many parameters it has."""
    card, counted = cache.weights(model)[1], parameters(zoo.get(model).layers)
    if cards.was_trained_here(card):
        return t(
            f"frame.accuracy_{'toy' if card['data'].get('toy') else 'real'}",
            percent=percent(card["test"]["accuracy"]),
            images=f"{card['data']['test']:,}",
            parameters=counted,
        )
    published = card.get("published")
    if published is None:
        return t("frame.accuracy_unknown", parameters=counted)
    share = percent(published["accuracy"])
    return t("frame.accuracy_published", percent=share, set=published["set"], parameters=counted)


def _put_weights_digest(page: str, model: str) -> None:
    """Put a digest of the weights into the link; note if the link was made with other weights."""
    named = st.query_params.get("model", zoo.names()[0])
    now = cache.reference(model).sha256[:DIGEST_DIGITS]
    made = link.tag("digest", now)
    if made and named == model and re.fullmatch(f"[0-9a-f]{{{DIGEST_DIGITS}}}", made) and made != now:
        st.session_state["frame.trained_again"] = (page, model)


def enlarged_image(image: np.ndarray) -> Image.Image:
    """Scale an image to a width of about 256 with nearest-neighbour interpolation."""
    rows, cols = image.shape[:2]
    times = max(1, 256 // cols)
    return Image.fromarray(as_rgb(image)).resize((times * cols, times * rows), Image.Resampling.NEAREST)


def _models(page: str) -> list[str]:
    """Return the networks that can be picked on a page: bundled ones, opened ones, then those of runs.

    If the link names one that does not exist, the first network is selected, with a message.
    """
    bundled = [*network.model_names(), *store.names()]
    of_runs = _known_models()[len(bundled) :]
    wish = str(link.value("model", bundled[0], str))
    if wish not in (*bundled, *of_runs) and ("@" in wish or store.NAME.fullmatch(wish)):
        link.put(model=bundled[0])
        st.toast(t("error.run_gone") if "@" in wish else t("error.network_gone"), icon=":material/info:")
    listed = [*bundled, *(run for k, run in enumerate(of_runs) if k < LISTED_RUNS or run == wish)]
    return [name for name in listed if suits(name, page)]


def baseline(model: str) -> str | None:
    """Return the fully connected network that a network is compared with, None if there is none.

    It takes images of the same data set: the bundled one, or else that of the newest run.
    """
    of_runs = (run.model for run in runs.finished() if zoo.split(run.model)[0] == BASELINE)
    data_set = zoo.get(model).data_set
    return next((name for name in (BASELINE, *of_runs) if zoo.get(name).data_set == data_set), None)


def _known_models() -> list[str]:
    """Return all networks: bundled ones, opened ones, then those of runs, the newest first."""
    return [*network.model_names(), *store.names(), *(run.model for run in runs.finished())]


def own_models() -> list[str]:
    """Return the networks of architectures that are not bundled: opened ones, then built and trained ones."""
    of_runs = (run.model for run in runs.finished() if zoo.split(run.model)[0] not in zoo.names())
    return [*store.names(), *itertools.islice(of_runs, LISTED_RUNS)]


def suits(model: str, page: str) -> bool:
    """Return whether a network has the layers that a page needs."""
    architecture = zoo.get(model)
    layers = architecture.layers
    if page in TRAINED_PAGES and architecture.recipe is None:
        return False
    if page == "comparison" and baseline(model) is None:
        return False
    if page in MAP_PAGES:
        return any(info.layer.page == page and len(info.output_shape) == 3 for info in layers)
    if page == "dense":
        return architecture.graph.ends_in_dense()
    return page not in FILTER_PAGES or any(info.layer.filters for info in layers)


def _language_switch() -> None:
    names = {"en": "English", "ko": "한국어"}
    st.session_state["language"] = language()
    st.segmented_control(
        "Language / 언어",
        LANGUAGES,
        key="language",
        format_func=names.__getitem__,
        on_change=link.take,
        args=("lang", "language"),
        required=True,
        label_visibility="collapsed",
    )


def _scale_switch() -> None:
    st.session_state["colour_scale"] = colour_scale()
    st.segmented_control(
        t("frame.colours"),
        SCALES,
        key="colour_scale",
        format_func=lambda name: t(f"frame.colours_{name}"),
        on_change=link.take,
        args=("colours", "colour_scale"),
        required=True,
        help=t("frame.colours_help"),
    )


def _pick_sample() -> Offered:
    samples = data_set().samples()
    return Offered(samples, "sample", list(range(len(samples))))


def _pick_cifar() -> Offered | None:
    try:
        folder = data_set().find(None)
    except CnnvizError as error:
        show_error(error)
        return None
    if folder is None:
        _offer_download()
        return None
    split = link.option(
        t("frame.split"),
        "split",
        {name: t(f"frame.split_{name}") for name in ("test", "train")},
        draw=st.segmented_control,
        required=True,
    )
    chosen = link.option(
        t("frame.class"),
        "class",
        {EVERY_CLASS: t("frame.class_all", count=len(data_set().classes))}
        | dict(zip(class_choices(), class_names(), strict=True)),
    )
    images = _split(split)
    if images is None:
        return None
    indices = np.arange(len(images))
    if chosen != EVERY_CLASS:
        indices = indices[images.labels == class_choices().index(chosen)]
    last = max(0, len(indices) - 1)
    first = link.whole(
        t("frame.from"), "from", 0, last, default=0, help=t("frame.from_help", last=f"{last:,}")
    )
    return Offered(images, split, [int(index) for index in indices[first : first + THUMBNAILS]])


def no_data() -> str:
    """Say that the whole data set is not here, and what helps."""
    if settings.hosted():
        return t("error.data_hosted")
    other = _set_of_variable()
    if other is not None and other != data_set():
        return t("frame.no_data_other", set=data_set_title(), other=data_set_title(other))
    key = f"frame.no_data_{data_set().name}"
    return t(key) if key in keys() else t("frame.no_data", set=data_set_title())


def _set_of_variable() -> DataSet | None:
    """Return the data set that the app was started with, by CNNVIZ_DATA; None if there is none."""
    try:
        return registry.find() if settings.DATA() else None
    except CnnvizError:  # which the page says where it reads the data
        return None


def _offer_download() -> None:
    if data_set() != CIFAR10:  # the one that can be downloaded here
        st.info(no_data())
        return
    download = cache.download()
    if download.running:
        _show_download()
        return
    if download.failed:
        st.error(t("frame.download_failed"))
    st.info(no_data())
    if not settings.hosted():
        st.button(t("frame.download"), on_click=download.start)


@st.fragment(run_every=1.0)
def _show_download() -> None:
    download = cache.download()
    if not download.running:
        st.rerun()
    st.progress(download.share, t("frame.downloading"))


def _thumbnails(offered: Offered) -> None:
    names, images = class_names(), offered.images
    current = picture()
    pictures = [f"{offered.origin}-{index}" for index in offered.indices]
    picture_picker(
        as_rgb(images.images[offered.indices]),
        [
            f"{sample_title(index) if label == UNKNOWN else names[label]} ({index})"
            for index in offered.indices
            for label in (int(images.labels[index]),)
        ],
        pictures.index(current) if current in pictures else None,
        label=t("frame.picture"),
        key=f"thumbnails_{offered.origin}",
        on_select=lambda pick: link.put(picture=pictures[pick]),
    )


def _pick_upload() -> None:
    way = st.segmented_control(
        t("frame.upload_way"),
        ("file", "camera"),
        key="upload_way",
        default="file",
        format_func=lambda name: t(f"frame.upload_{name}"),
        required=True,
        label_visibility="collapsed",
    )
    if way == "camera":
        file = st.camera_input(t("frame.upload_camera"), label_visibility="collapsed")
    else:
        file = st.file_uploader(
            t("frame.upload"), max_upload_size=SMALL_MB
        )  # of any suffix: the content tells
    file_types(kind for known in picture_decoder.FORMATS.values() for kind in (known.mime, *known.suffixes))
    formats, pixels = picture_decoder.format_names(), f"{picture_decoder.MAX_SIDE:,}"
    st.caption(t("frame.upload_help", formats=formats, megabytes=MAX_BYTES >> 20, pixels=pixels))
    if file is None:
        return
    if st.session_state.get("upload_id") != file.file_id:  # once per file, to keep later selections
        failed = None
        try:
            with st.spinner(t("frame.decoding")), script_turns.waiting():
                # accessing session state raises if the script run was cancelled
                st.session_state["upload"] = decode_upload(
                    file.getvalue(), on_poll=lambda: "upload" in st.session_state
                )
            link.put(picture="upload")
            st.session_state.pop(LENT, None)
            if "upload_id" in st.session_state:  # the crop of the link is for the first picture
                link.put(crop=())
        except CnnvizError as error:
            failed = error
        st.session_state["upload_id"], st.session_state["upload_error"] = file.file_id, failed
        if failed is None and LEADS in st.session_state:
            st.rerun()  # the room is drawn before, and shows it to the class
    if (failed := st.session_state.get("upload_error")) is not None:
        show_error(failed)
        if failed.reason == "upload_busy":
            st.button(t("frame.upload_again"), on_click=lambda: st.session_state.pop("upload_id", None))
        return
    crop_picker(
        st.session_state["upload"],
        data_set().size,
        crop_in_link(),
        language=language(),
        key="crop_picker",
        on_select=lambda crop: link.put(crop=tuple(crop)),
    )
    st.caption(t("frame.crop", size=picture_size()))
    if LEADS in st.session_state:
        st.caption(t("frame.upload_lent"))
    if (picture() != "upload" or LENT in st.session_state) and st.button(t("frame.use_upload")):
        st.session_state.pop(LENT, None)
        link.put(picture="upload")


def local_data_sets() -> dict[str, Samples]:
    """Return the available images by their origin in links: "sample", "test", "train".

    The samples are always available; a message says why a split is not.
    """
    found = {"sample": data_set().samples()}
    try:
        folder = data_set().find(None)
        if folder is not None:
            with st.spinner(t("frame.reading", set=data_set_title())):
                for split in ("test", "train"):
                    found[split] = cache.full_set(data_set(), split, str(folder))
        elif not in_lecture("data") and data_set().readable:
            st.caption(no_data())
    except CnnvizError as error:
        show_error(error)
    return found


def _split(name: str) -> Samples | None:
    """Return a split of the local data set, or None if there is none; shows an error if it is unreadable."""
    try:
        folder = data_set().find(None)
        split: Split = "train" if name == "train" else "test"
        return cache.full_set(data_set(), split, str(folder)) if folder else None
    except CnnvizError as error:
        show_error(error)
        return None


def _known_model(name: str) -> str:
    zoo.get(name)  # raises if there is none: the link's value is then ignored
    return name


def _language(code: str) -> str:
    return LANGUAGES[LANGUAGES.index(code)]


def _index(text: str) -> int:
    """Parse a non-negative integer of at most four digits."""
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise ValueError(text)
    return int(text)


def cell(text: str) -> tuple[int, int]:
    """Parse "3,4"."""
    row, col = (_index(part) for part in text.split(","))
    return row, col


def pixel(text: str) -> tuple[int, int]:
    """Parse a pixel of an image of the selected network's data set, "3,4"."""
    row, col = cell(text)
    rows, cols = data_set().size
    if not (0 <= row < rows and 0 <= col < cols):
        raise ValueError(text)
    return row, col


def within(image: np.ndarray) -> Callable[[tuple[int, int]], tuple[int, int]]:
    """Return what maps a pixel, perhaps of another network's larger image, to the nearest one of an image."""
    rows, cols = image.shape[:2]
    return lambda pixel: (min(pixel[0], rows - 1), min(pixel[1], cols - 1))


def _visible_columns(text: str) -> float:
    """Parse the number of visible columns of the pixel viewer."""
    if not NEAREST <= float(text) <= data_set().size[1]:
        raise ValueError(text)
    return float(text)


def _one_of(options: tuple[str, ...], text: str) -> str:
    return options[options.index(text)]


def parse_picture(text: str) -> str:
    """Parse "sample-3", "test-417", "train-42" or "upload" (available in its own session only)."""
    if text == "upload":
        return text
    origin, _, index = text.partition("-")
    if origin not in ("sample", "test", "train") or not 0 <= int(index) < MAX_PICTURES:
        raise ValueError(text)
    return f"{origin}-{int(index)}"
