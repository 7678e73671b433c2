"""The design tokens: contrast, colours that differ in grey, and one file of colours."""

from __future__ import annotations

import re
import tomllib
from itertools import combinations
from pathlib import Path

import pytest

import cnnviz
from cnnviz import tokens
from cnnviz.layers.registry import GROUPS, kinds
from cnnviz.resources import root
from tests.test_colours import contrast, lightness

THEMES = pytest.mark.parametrize("dark", [False, True])
GROUNDS = ("background", "surface")
WORDS = (
    "text",
    "quiet",
    "accent",
    "good",
    "bad",
    "code_keyword",
    "code_string",
    "code_number",
    "code_function",
)
LITERAL = re.compile(r"(?<!\w)#(?:[0-9a-f]{3,4}){1,2}\b(?![-\w(])|\b(?:rgb|hsl)a?\(\s*\d", re.IGNORECASE)
DOCTESTS = re.compile(r">>> .*\n.*")


def colour(name: str, dark: bool) -> tuple[int, int, int]:
    return tokens.rgb(tokens.colour(name, dark))


def tint(name: str, ground: str, share: float, dark: bool) -> tuple[int, int, int]:
    red, green, blue = (
        round(below + (above - below) * share)
        for above, below in zip(colour(name, dark), colour(ground, dark), strict=True)
    )
    return red, green, blue


@THEMES
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_words_are_readable(word: str, ground: str, dark: bool) -> None:
    assert contrast(colour(word, dark), colour(ground, dark)) >= 4.5  # WCAG 1.4.3


@THEMES
def test_words_on_the_accent_and_the_accent_on_its_tint(dark: bool) -> None:
    assert contrast(colour("on_accent", dark), colour("accent", dark)) >= 4.5
    for ground in GROUNDS:  # a selected segment
        assert contrast(colour("accent", dark), tint("accent", ground, 0.1, dark)) >= 4.5


@THEMES
def test_groups_stand_out_from_the_page_and_differ_in_grey(dark: bool) -> None:
    drawn = {group: tokens.rgb(tokens.group_colour(group, dark)) for group in GROUPS}
    for own in drawn.values():
        assert contrast(own, colour("background", dark)) >= 3  # WCAG 1.4.11
        assert contrast(own, colour("surface", dark)) >= 3
    for one, other in combinations(drawn.values(), 2):
        assert abs(float(lightness(one)) - float(lightness(other))) >= 4
    assert {kind.group for kind in kinds().values()} <= drawn.keys()
    assert tokens.group_colour("a group of one's own", dark) == tokens.group_colour("other", dark)


@THEMES
def test_lines_of_charts_stand_out_from_the_page(dark: bool) -> None:
    for name in ("series", "series_soft", "accent", "quiet"):
        assert contrast(colour(name, dark), colour("background", dark)) >= 3


def test_streamlits_theme_has_the_tokens() -> None:
    theme = tomllib.loads((root() / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    names = {
        "primaryColor": "accent",
        "backgroundColor": "background",
        "secondaryBackgroundColor": "surface",
        "textColor": "text",
        "codeTextColor": "text",
        "grayTextColor": "quiet",
    }
    for name, dark in (("light", False), ("dark", True)):
        written = {key: value for key, value in theme.pop(name).items() if key.endswith("Color")}
        assert written == {key: tokens.colour(token, dark) for key, token in names.items()}
    assert not LITERAL.search(str(theme))


def test_the_style_sheet_has_every_token_once() -> None:
    sheet = tokens.style_sheet()
    names = re.findall(r"^ {2}(--[a-z-]+): ", sheet, re.MULTILINE)
    assert len(names) == len(set(names))
    for name in ("quiet", "on_accent"):
        pair = f"light-dark({tokens.colour(name)}, {tokens.colour(name, dark=True)})"
        assert f"  --{name.replace('_', '-')}: {pair};\n" in sheet
    assert f"  --radius-card: {tokens.size('radius', 'card'):g}px;\n" in sheet


def test_styles_use_only_properties_that_exist() -> None:
    folder = Path(cnnviz.__file__).parent
    known = set(re.findall(r"--[\w-]+(?=:)", tokens.style_sheet()))
    ours = [path for ending in ("css", "js", "py") for path in folder.rglob(f"*.{ending}")]
    known |= {
        name
        for path in ours
        for name in re.findall(r"(--[\w-]+)[\"'`]?(?=[:,\)]\s)", path.read_text("utf-8"))
    }
    for path in folder.rglob("*.css"):
        used = set(re.findall(r"var\((--[\w-]+)", path.read_text("utf-8")))
        missing = {name for name in used - known if not name.startswith(("--st-", "--signed-"))}
        assert not missing, path.name


def test_colours_are_written_in_one_file() -> None:
    folder = Path(cnnviz.__file__).parent
    found = []
    for ending in ("py", "js", "css", "html"):
        for path in sorted(folder.rglob(f"*.{ending}")):
            words = DOCTESTS.sub("", path.read_text("utf-8")) if ending == "py" else path.read_text("utf-8")
            found += [f"{path.relative_to(folder)}: {hit[0]}" for hit in LITERAL.finditer(words)]
    assert not found


STYLES = sorted(Path(cnnviz.__file__).parent.rglob("*.css"))


def declared(properties: str) -> list[tuple[str, str, str]]:
    """Return (file, property, value) of what styles say of some properties, but for the page's own type."""
    rule = re.compile(rf"(?<![\w-])({properties}):\s*([^;}}]+)")
    return [
        (path.name, *hit)
        for path in STYLES
        for hit in rule.findall(re.sub(r":root[^{]*\{[^}]*\}", "", path.read_text("utf-8")))
    ]


def test_styles_take_sizes_of_type_from_the_scale() -> None:
    """A part of the stage's height, or of the type round it, is no size of its own."""
    own = [each for each in declared("font-size") if re.search(r"\d(rem|px|pt)\b", each[2])]
    assert not own


def test_styles_take_durations_from_the_tokens() -> None:
    timed = declared("transition(?:-duration)?|animation(?:-duration)?")
    assert timed
    assert not [each for each in timed if re.search(r"[\d.]m?s\b", each[2])]


def test_styles_take_corners_that_the_scale_has_from_it() -> None:
    scale = {f"{px:g}px" for px in scales()["radius"].values()}
    own = [each for each in declared("border-radius") if {"0"} != set(each[2].split()) <= {*scale, "0"}]
    assert not own


CALCULATED = re.compile(r"(?:calc|clamp)\((?:[^()]|\([^()]*\))*\)")
LAID_OUT_BY_SCRIPTS = {
    ("dense_view.css", "26px"),  # GAP.units
    ("dense_view.css", "-32px"),  # a caption may be wider than its column
    ("feature_grid.css", "7px"),  # CARD_PADDING
    ("feature_grid.css", "14px"),  # CARD_GAP
    ("drill.css", "36px"),  # LINE
    ("drill.css", "48px"),  # GAP
    ("stack_editor.css", "7px"),  # between the lines of skip connections
}
NO_SPACE = {
    ("button_bar.css", "-1px"),  # buttons share a border
    ("frame.css", "9rem"),  # the height of what lies over the page
}


def test_styles_take_space_from_the_scale() -> None:
    """A share of the screen or of the type, and what is calculated from others, is no size of its own."""
    found = {
        (file, size)
        for file, _, value in declared(r"gap|row-gap|column-gap|(?:padding|margin)(?:-\w+)*")
        for size in re.findall(r"(?<![\w.-])-?[\d.]+(?:px|rem)\b", CALCULATED.sub("", value))
    }
    assert found == LAID_OUT_BY_SCRIPTS | NO_SPACE


def scales() -> dict[str, dict[str, float]]:
    written = tomllib.loads((Path(cnnviz.__file__).parent / "tokens.toml").read_text("utf-8"))
    return {kind: written[kind] for kind in ("type", "space", "radius")}


def test_each_scale_rises() -> None:
    for sizes in scales().values():
        assert list(sizes.values()) == sorted(set(sizes.values()))


def test_charts_and_canvases_take_sizes_of_type_from_the_scale() -> None:
    folder = Path(cnnviz.__file__).parent
    figures = [path.read_text("utf-8") for path in (folder / "figures").glob("*.py")]
    assert not [hit for text in figures for hit in re.findall(r'font"?(?:=|: )\{"size": [\d.]+', text)]
    scripts = [path.read_text("utf-8") for path in (folder / "components").rglob("*.js")]
    assert not [hit for text in scripts for hit in re.findall(r"\.font = [`'\"][\d ]*\b\d+px.*", text)]
