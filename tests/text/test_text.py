"""Texts: both languages complete, every key used, every used key there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import streamlit

from cnnviz.arithmetic.kernels import CLASSIC
from cnnviz.components import FRONTEND
from cnnviz.data.cifar10 import CLASSES
from cnnviz.data.idx import PUBLISHED
from cnnviz.data.imagenet import IMAGENET, PHOTOGRAPHS
from cnnviz.data.registry import DATA_SETS
from cnnviz.explain import lecture
from cnnviz.explain.programs import PARTS
from cnnviz.figures import architecture, training_curves
from cnnviz.layers.registry import kinds
from cnnviz.networks import builder, famous, zoo
from cnnviz.networks.recipe import Recipe
from cnnviz.pages.model_views import FACTS, IMAGES
from cnnviz.pages.navigation import MAP_PAGES, PAGES
from cnnviz.text import LANGUAGES, SHARED, section, topics, translate

ROOT = Path(__file__).resolve().parents[2]
PLACES = re.compile(r"\{(\w+)\}")
HANGUL = re.compile("[가-힣]")
IN_THE_BROWSER = (
    "stepper",
    "feature_grid",
    "dense_view",
    "shifts",
    "pixel_numbers",
    "reshape_slip",
    "stack_editor",
    "learning_view",
    "exercise_view",
    "loss_view",
    "weight_gradient",
    "playground",
    "heat_map",
    "descent",
    "fooling_view",
    "ascent_view",
    "batch_view",
    "layer_overview",
    "crop_picker",
    "room",
    "network_map",
)
BESIDE = {"feature_grid": ("joins", "drill"), "dense_view": ("dense_view_pooled",)}
"""Topics of texts that travel to a component only when it needs them."""
PLOTLY = "chart"
MADE = "exercise"
"""The topic of texts that exercises are made of; tests/explain/exercises/test_base.py makes each."""
STREAMLIT = "surroundings"
"""The topic of texts that replace Plotly's own."""
# the same in both languages: names and formulas
UNTRANSLATED = {
    "comparison.title",
    "descent.rule_rmsprop",
    "descent.rule_sgd",
    "frame.page_comparison",
    "frame.page_relu",
    "layer.layer_option",
    "lecture.chapter_keras",
    "models.short_alexnet",
    "models.short_resnet",
    "models.short_vgg",
    "kind.relu",
    "pooling.padding_same",
    "fooling_view.size",
    "reasons.method_grad_cam",
    "reasons.method_smooth_grad",
    "reshape_slip.position",
}


def keys(topic: str) -> list[str]:
    return [f"{topic}.{name}" for name in section(topic, "en")]


KEYS = [key for topic in topics() for key in keys(topic)]


@dataclass(frozen=True)
class Call:
    """A text asked for in the source: a pattern of its key, or of its family's, and the values given."""

    pattern: str
    values: frozenset[str]

    def means(self, key: str) -> bool:
        return self.matcher.fullmatch(key) is not None

    @cached_property
    def matcher(self) -> re.Pattern[str]:
        return re.compile(self.pattern)


def _calls(node: ast.AST, *names: str) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in names


@cache
def calls() -> list[Call]:
    """Return every `t` and `translate` in the pages, and in what is taken along."""
    found = []
    for path in [
        ROOT / "app.py",
        ROOT / "cnnviz/components/layer_overview.py",
        ROOT / "cnnviz/components/network_map.py",
        ROOT / "cnnviz/explain/step.py",
        *(ROOT / "cnnviz/export").glob("*.py"),
        ROOT / "cnnviz/text/parameters.py",
        *(ROOT / "cnnviz/pages").glob("*.py"),
        *(ROOT / "cnnviz/hosting").glob("*.py"),
    ]:
        tree = ast.parse(path.read_text("utf-8"))
        # explain/step.py puts more than words into a text: _line(translate(key, language), n=...)
        lines = {id(n.args[0]): n for n in ast.walk(tree) if _calls(n, "_line") and n.args}
        for node in ast.walk(tree):
            if not _calls(node, "t", "translate"):
                continue
            filled = lines.get(id(node), node)
            values = frozenset(keyword.arg for keyword in filled.keywords if keyword.arg)
            match node.args[0]:
                case ast.Constant(value=str(key)):
                    found.append(Call(re.escape(key), values))
                case ast.JoinedStr(values=parts):
                    words = [re.escape(p.value) if isinstance(p, ast.Constant) else r"\w+" for p in parts]
                    found.append(Call("".join(words), values))
    return found


CORE = "".join(path.read_text("utf-8") for path in (ROOT / "cnnviz").rglob("*.py"))
READABLE = [each.name for each in DATA_SETS if each.readable]
BUNDLED = [each.name for each in DATA_SETS if each.bundled]
ELSEWHERE = [name for name in READABLE if name not in BUNDLED]
FAMILIES: dict[str, Iterable[str]] = {
    "class.": (
        *CLASSES,
        *(name for _, _, names, _ in PUBLISHED.values() for name in names if not name.isdigit()),
    ),
    "error.": re.findall(r"reason(?:: str)? ?= ?\"(\w+)\"", CORE),
    "kind.": tuple(kinds()),
    "layer_name.": ("max_pool", "dropout"),
    "frame.model_": (*zoo.names(), "of_run"),
    "frame.page_": PAGES,
    "frame.set_": BUNDLED,
    "frame.samples_note_": READABLE,
    "frame.no_data_": ELSEWHERE,
    "data.samples_note_": ELSEWHERE,
    "data.balance_note_": BUNDLED,
    "data.lead_": [f"pictures_{name}" for name in READABLE],
    "frame.lacks_": (*MAP_PAGES, "dense", "convolution", "baseline", "training"),
    "frame.sample_": [f"{IMAGENET.name}_{k}" for k in range(len(PHOTOGRAPHS))],
    "convolution.classic_": CLASSIC,
    "lecture.chapter_": lecture.chapters(),
    "pooling.": ("max", "average"),
    "data.set_": ("sample", "test", "train"),
    "data.bars_": ("sample", "test", "train"),
    "architectures.network_": famous.names(),
    "architectures.about_": [*famous.names(), *zoo.names()],
    "architectures.group_": architecture.GROUPS,
    "models.short_": zoo.trained_names(),
    "models.row_": [*FACTS, *(f"images_{split}" for split in IMAGES)],
    "builder.start_": builder.PRESETS,
    "builder.order_": ("max", "average", "no_negative"),
    "learning.look_": ("first", "first_grey", "deeper", "whitened", "handed_on"),
    "training.line_": training_curves.COLOURS,
    "training.optimizer_": ("sgd", "sgd_nesterov", "rmsprop"),
    "training.schedule_": ("constant", *get_args(get_type_hints(Recipe)["schedule"])),
    "code.about_": PARTS,
    "code.part_": PARTS,
    "code.operation_": ("max", "average", "dense", "softmax"),
    "animation.": ("conv", "max", "average"),
}
MEMBERS = {f"{family}{name}" for family, names in FAMILIES.items() for name in names}


def browser_source(topic: str) -> str:
    components = ROOT / "cnnviz/components"
    files = [components / f"{topic}.py", *(components / "frontend" / topic).glob("*.js")]
    own = "\n".join(path.read_text("utf-8") for path in files)
    shared = sorted({*re.findall(r'"\.\./shared/(\w+\.js)"', own)} - {"numbers.js"})  # any text
    return "\n".join([own, *((components / "frontend/shared" / name).read_text("utf-8") for name in shared)])


def browser_texts(topic: str) -> set[str]:
    return {name for one in (topic, *BESIDE.get(topic, ())) for name in section(one, "en")}


def placeholders(key: str, language: str = "en") -> set[str]:
    return set(PLACES.findall(translate(key, language)))


@pytest.mark.parametrize("topic", topics())
def test_texts_exist_in_both_languages(topic: str) -> None:
    for key in keys(topic):
        english, korean = (translate(key, language) for language in LANGUAGES)
        assert english.strip(), key
        assert korean.strip(), key
        assert placeholders(key, "en") == placeholders(key, "ko"), key
        assert not HANGUL.search(english), key
        if key not in UNTRANSLATED and re.search("[a-z]{2}", PLACES.sub("", english)):
            assert HANGUL.search(korean), key


ONLY_WITH_A_MOUSE = re.compile(r"\bhover|(?<!tap or )\bpoint(ing)? at\b|\bclick|마우스|클릭", re.IGNORECASE)


def test_no_text_asks_for_a_mouse() -> None:
    """A finger taps: it neither hovers nor points. Plotly speaks of double clicks itself."""
    assert ONLY_WITH_A_MOUSE.search("Point at a cell")
    assert not ONLY_WITH_A_MOUSE.search("Tap or point at a cell")
    for key in KEYS:
        if not key.startswith((f"{PLOTLY}.", f"{STREAMLIT}.")):
            for language in LANGUAGES:
                assert not ONLY_WITH_A_MOUSE.search(translate(key, language)), key


def test_what_follows_a_bold_value_lets_it_be_bold() -> None:
    """In Markdown `**5%**였` shows its stars: a sign before them and a letter after them."""
    for key in KEYS:
        assert not re.search(r"[}%)]\*\*[가-힣]", translate(key, "ko")), key


PARTICLE = re.compile(r"\{(\w+)\}[*”]*(?:은|는|이|가|을|를|와|과|으로|로|라고|이라고)(?=[\s.,*<:]|$)")
READ_ALIKE = {  # percentages, and the name of a JSON file: the particle fits, whatever the number
    "architectures.shares weights", "architectures.shares work", "backpropagation.loss p",
    "builder.save_help file", "code.about_summary percent", "comparison.accuracy plain_far",
    "comparison.accuracy cnn_far", "comparison.accuracy plain_kept", "comparison.accuracy cnn_kept",
    "dense.cost_convolutions share", "heat_map.lost lost", "network.total share", "relu.note percent",
    "training.modes_batch_norm left", "training.validation_share share",
}  # fmt: skip


def test_no_korean_particle_depends_on_a_value() -> None:
    """The right particle depends on the value's pronunciation: 3으로 (삼), 4로 (사)."""
    found = {f"{key} {name}" for key in KEYS for name in PARTICLE.findall(translate(key, "ko"))}
    assert found == READ_ALIKE
    for key in KEYS:
        assert not re.search(r"[을은이와]\([를는가과]\)|\(으\)로", translate(key, "ko")), key


def test_untranslated_texts_are_equal_in_both_languages() -> None:
    for key in UNTRANSLATED:
        assert not HANGUL.search(translate(key, "ko")), key


@pytest.mark.parametrize(
    "topic",
    sorted({*topics()} - {PLOTLY, STREAMLIT, MADE, SHARED, *IN_THE_BROWSER, *sum(BESIDE.values(), ())}),
)
def test_texts_are_used_with_their_values(topic: str) -> None:
    for key in keys(topic):
        exact = [call for call in calls() if call.pattern == re.escape(key)]
        families = [call for call in calls() if call.means(key)]
        # a family that is all of its topic would count every text as used: there its members are counted
        narrow = [call for call in families if call.pattern != rf"{topic}\.\w+"]
        assert exact or key in MEMBERS or narrow, key
        for call in exact or families:
            assert call.values >= placeholders(key), key


@pytest.mark.parametrize("name", section(SHARED, "en"))
def test_shared_texts_are_those_that_several_topics_take(name: str) -> None:
    said = [translate(f"{SHARED}.{name}", language) for language in LANGUAGES]
    takers = {
        key for key in KEYS if key.endswith(f".{name}") and [translate(key, of) for of in LANGUAGES] == said
    }
    assert len(takers - {f"{SHARED}.{name}"}) > 1


def test_used_texts_exist() -> None:
    for call in calls():
        asked_for = [key for key in KEYS if call.means(key)]
        assert asked_for, call
        assert call.values <= set().union(*map(placeholders, asked_for)), call  # no value is for nothing


def test_every_member_of_a_family_exists() -> None:
    assert set(KEYS) >= MEMBERS


def test_names_of_streamlits_widgets_are_all_looked_up() -> None:
    source = (FRONTEND / "document" / "names.js").read_text("utf-8")
    patterns = re.findall(r'/, "(\w+)"\]', source)
    words = re.findall(r'^  (?:\w+|"[^"]+"):\s+"(\w+)",$', source, re.MULTILINE)
    assert {*patterns, *words} == set(section(STREAMLIT, "en"))


@pytest.mark.parametrize(("name", "text"), section(PLOTLY, "en").items())
def test_texts_of_charts_are_in_plotlys_own_words(name: str, text: str) -> None:
    assert re.search(rf"[`\"']{re.escape(text)}[`\"']", plotly_source())


@cache
def plotly_source() -> str:
    (bundle,) = (Path(streamlit.__file__).parent / "static/static/js").glob("PlotlyChart.*.js")
    return bundle.read_text("utf-8")


@pytest.mark.parametrize("topic", IN_THE_BROWSER)
def test_texts_and_components_agree(topic: str) -> None:
    source, names = browser_source(topic), browser_texts(topic)
    asked = set(re.findall(r"(?<!cnnviz\.)\btext\.([a-z_]+)\b", source)) - {
        "data"
    }  # text.data is a DOM node's
    families = re.findall(r"text\[`(\w+)\$\{", source)
    assert asked <= names
    unused = {name for name in names - asked if not name.startswith(tuple(families or ["-"]))}
    assert not unused


@pytest.mark.parametrize("topic", IN_THE_BROWSER)
def test_components_fill_every_placeholder(topic: str) -> None:
    # fill(text.name, { a, b: ... }) with the values spelled out on the spot
    filled = re.findall(r"\bfill\((?:\w+\.)?text\.(\w+), \{ ?(\w[^}]*?) ?\}\)", browser_source(topic))
    assert filled
    for name, values in filled:
        given = set(re.findall(r"(?:^|, )(\w+)(?=:|,|$)", re.sub(r"\([^()]*\)", "", values)))
        of = next(one for one in (topic, *BESIDE.get(topic, ())) if name in section(one, "en"))
        assert given >= placeholders(f"{of}.{name}"), name


def test_languages_are_listed_once() -> None:
    listed = re.compile(r"""["']en["'],? ["']ko["']|"en".*"ko":|\bko[:,]|한국어""")
    sources = [path for ending in ("py", "js") for path in (ROOT / "cnnviz").rglob(f"*.{ending}")]
    assert [path.name for path in sources if listed.search(path.read_text("utf-8"))] == ["__init__.py"]
