"""The lecture's steps and texts: both languages complete, and no number that nothing vouches for."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import numpy as np
import pytest

from cnnviz import load, samples
from cnnviz.arithmetic.ops import conv2d
from cnnviz.arithmetic.transform import Edit, edit
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.errors import CnnvizError
from cnnviz.explain import lecture
from cnnviz.explain.attribution.occlusion import covered
from cnnviz.explain.fooling import fool, stepped
from cnnviz.explain.lecture import FOLDER, Step, Words, facts, find, steps, title, words
from cnnviz.explain.programs import pointed
from cnnviz.networks import zoo
from cnnviz.networks.cards import gap_opens
from cnnviz.networks.network import forward, read_weights, trained_names
from cnnviz.pages.navigation import PAGES
from cnnviz.text import LANGUAGES, translate

HANGUL = re.compile("[가-힣]")
PLACES = re.compile(r"\{(\w*)\}")
NUMBERS = re.compile(r"\d{1,3}(?:,\d{3})+")
NAMES = [step.name for step in steps()]
BOARD = np.array(
    [
        [3, 1, 0, 2, 1, 4],
        [0, 2, 5, 1, 0, 3],
        [1, 4, 2, 0, 2, 1],
        [2, 0, 1, 3, 5, 0],
        [4, 1, 0, 2, 1, 2],
        [0, 3, 2, 1, 0, 1],
    ]
)


def everything(said: Words) -> str:
    return " ".join((said.title, said.body, said.notes))


def sentences(text: str) -> int:
    return len(re.findall(r"[.?!](?=\s|$|\*)", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_has_a_text(language: str) -> None:
    assert {path.stem for path in (FOLDER / language).iterdir()} == set(NAMES)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_a_step_says_the_same_things_in_both_languages(name: str) -> None:
    english, korean = (words(name, language) for language in LANGUAGES)
    for said in (english, korean):
        assert said.title
        assert 2 <= sentences(said.body) <= 7
        assert 2 <= sentences(said.notes) <= 10
        assert "#" not in said.body + said.notes  # one title
        assert "\n---" not in said.notes  # one rule
    assert not HANGUL.search(everything(english))
    assert HANGUL.search(korean.body)
    assert HANGUL.search(korean.notes)
    for part in ("title", "body", "notes"):
        in_english, in_korean = getattr(english, part), getattr(korean, part)
        assert sorted(PLACES.findall(in_english)) == sorted(PLACES.findall(in_korean))
        assert set(re.findall(r"`[^`]+`", in_english)) == set(re.findall(r"`[^`]+`", in_korean))
    assert ("**Ask:**" in english.notes) == ("**질문:**" in korean.notes)
    assert english.notes.count("**Ask:**") == korean.notes.count("**질문:**")


def known_numbers() -> set[float]:
    """Return every large number that the lecture may name, computed or published."""
    known = {60_000, 50_000, 10_000, 6_000}  # CIFAR-10: Krizhevsky, 2009
    for name in ("keras_lecture", "tensorflow_lecture", "mlp"):
        infos = zoo.get(name).layers
        known |= {info.parameters for info in infos} | {sum(info.parameters for info in infos)}
        known |= {info.output_shape[0] for info in infos if info.kind == "flatten"}
    known |= {62_378_344, 60_965_224}  # AlexNet: the sum of its layers, and with its two groups
    known |= {138_357_544, 143_667_240}  # VGG-16 and VGG-19: keras.applications
    known |= {7 * 7 * 512 * 4096 + 4096}  # VGG-16's first fully connected layer
    known |= {32 * 32}  # pixels
    known |= {4_000, 3_000, 4_000 * 3_000 * 3 // 10_000}  # a phone's photograph; its numbers in 만
    known |= {round(32 * 32 * 32 * 512 / 10_000, -1)}  # weights without pooling, in 만
    known |= {-(-50_000 // 32), 50_000 // 128 * 128}  # steps an epoch; images in whole batches
    known |= {16_000}  # samples in a second of speech, as recognisers take it
    known |= {5_000}  # test images, in the cards
    return known


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_large_numbers_are_right(name: str, language: str) -> None:
    text = everything(words(name, language))
    assert {int(number.replace(",", "")) for number in NUMBERS.findall(text)} <= known_numbers()


@pytest.mark.parametrize("name", NAMES)
def test_a_paragraph_is_a_moment_short_enough_for_two_lines(name: str) -> None:
    english, korean = (words(name, language).paragraphs for language in ("en", "ko"))
    assert len(english) == len(korean) >= len(find(name).moments) >= 1
    for texts, most in ((english, 150), (korean, 95)):
        assert max(len(PLACES.sub("12,345", text)) for text in texts) <= most


def test_placeholders_are_filled_from_the_cards() -> None:
    values = facts(read_weights(name)[1] for name in trained_names())
    used = {place for name in NAMES for place in PLACES.findall(everything(words(name, "ko")))}
    assert used <= set(values)
    assert "keras_lecture_test" in used
    said = words("fit", "en", values).body
    card = read_weights("keras_lecture")[1]
    assert f"{100 * card['test']['accuracy']:.1f}%" in said
    assert "{" not in said


def test_the_networks_answer_on_changed_pictures_as_the_texts_say() -> None:
    cat, horse = CIFAR10.classes.index("cat"), CIFAR10.classes.index("horse")

    def answer(name: str, step: str) -> np.ndarray:
        choices = find(step).choices
        image = samples().images[int(choices["picture"].removeprefix("sample-"))]
        changes = Edit(cut=int(choices.get("comparison_cut", 0)), grey=choices.get("comparison_grey") == "1")
        return forward(name, read_weights(name)[0], edit(image, changes))["softmax"]

    assert answer("keras_lecture", "whole")[cat] < 0.5
    assert answer("mlp", "whole").argmax() != cat
    assert answer("keras_lecture", "grey").argmax() == horse
    assert answer("resnet", "grey").argmax() == cat


def test_model_cards_support_the_texts() -> None:
    cards = {name: read_weights(name)[1] for name in ("keras_lecture", "tensorflow_lecture")}
    losses = [epoch["test_loss"] for epoch in cards["keras_lecture"]["history"]]
    assert losses.index(min(losses)) == 3  # "lowest after four epochs and then rises"
    assert gap_opens(cards["keras_lecture"]["history"]) == 3  # "from epoch 3 on the curves part"
    assert losses[3:] == sorted(losses[3:])
    training = [epoch["loss"] for epoch in cards["keras_lecture"]["history"]]
    assert training == sorted(training, reverse=True)  # "in training it goes on falling"
    assert losses[-1] > losses[-2] > losses[-3]  # "the test loss has been rising for some epochs already"
    gaps = {name: card["train"]["accuracy"] - card["test"]["accuracy"] for name, card in cards.items()}
    assert gaps["tensorflow_lecture"] < gaps["keras_lecture"]
    assert cards["tensorflow_lecture"]["epochs"] == 50
    assert {card["data"]["train"] for card in cards.values()} == {50_000}
    weights, _ = read_weights("keras_lecture")
    images, labels = samples().images, samples().labels
    answers = [forward("keras_lecture", weights, image)["softmax"].argmax() for image in images]
    assert any(
        answer != label for answer, label in zip(answers, labels, strict=True)
    )  # "the network is wrong"


def test_the_shift_shows_what_is_said_of_it() -> None:
    image, label = samples().images[13], samples().labels[13]
    assert find("positions").choices["picture"] == "sample-13"
    dx, dy = (int(part) for part in find("positions").choices["comparison_shift"].split(","))
    padded = np.pad(image, ((dy, 0), (dx, 0), (0, 0)), mode="edge")
    moved = padded[: image.shape[0], : image.shape[1]]
    right = {}
    for name in ("mlp", "tensorflow_lecture", "keras_lecture"):
        weights, _ = read_weights(name)
        right[name] = [forward(name, weights, x)["softmax"].argmax() == label for x in (image, moved)]
    assert right == {"mlp": [True, False], "tensorflow_lecture": [True, True], "keras_lecture": [True, False]}


def test_relu_is_shown_a_clearly_positive_value_and_a_clearly_negative_one() -> None:
    step = find("relu")
    weights, _ = read_weights("keras_lecture")
    maps = forward("keras_lecture", weights, samples().images[0])["conv2"][..., int(step.choices["map"])]
    positive, negative = (
        maps[tuple(map(int, moment.cell.split(",")))] / maps.std() for moment in step.moments[1:3]
    )
    assert positive > 2
    assert negative < -2


def test_dropout_is_shown_a_map_in_which_all_units_are_on_and_some_go_dark() -> None:
    choices = find("dropout").choices
    layer = zoo.get(choices["model"]).graph[choices["layer_name"]].layer
    assert layer.call().args == (0.2,)  # "one in five", "divided by 0.8"
    x = forward(choices["model"], read_weights(choices["model"])[0], samples().images[0])["pool3"]
    _, off = layer.training_pass(x, np.random.default_rng(1))
    shown = int(choices["map"])
    assert (x[..., shown] > 0).all()
    assert 2 <= off[..., shown].sum() <= 5


def test_the_blackboard_comes_out_as_the_notes_say() -> None:
    x = BOARD[..., np.newaxis].astype(float)
    ones = np.ones((3, 3, 1, 1))
    assert conv2d(x, ones)[0, 0, 0] == 18
    sobel = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]], float)[..., np.newaxis, np.newaxis]
    assert conv2d(x, sobel).shape == (4, 4, 1)
    assert conv2d(x, sobel)[0, 0, 0] == -8
    assert conv2d(x, sobel, padding="same")[0, 0, 0] == -4
    assert [conv2d(x, sobel, stride=stride).shape[0] for stride in (1, 2, 3)] == [4, 2, 2]
    assert f"{CIFAR10.preprocess(np.full((32, 32, 3), 59, np.uint8))[0, 0, 0]:.3f}" == "0.231"


def test_the_largest_layer_has_the_share_that_is_said() -> None:
    infos = zoo.get("keras_lecture").layers
    largest = max(info.parameters for info in infos)
    assert f"{100 * largest / sum(info.parameters for info in infos):.1f}" == "99.6"
    slowed = 1 + 0.001 * 10 * -(-50_000 // 32)
    assert slowed == pytest.approx(17, abs=0.5)  # "about a seventeenth"


def test_the_chapters_stand_in_the_order_of_the_deck() -> None:
    assert list(lecture.chapters()) == ["cnn", "tensorflow", "keras"]
    assert [step for chapter in lecture.chapters().values() for step in chapter] == list(steps())
    for chapter in (
        "meaning eyes order region padding pooling relu flatten alexnet vgg",
        "dataset scaling one_hot graph initial three_convolutions loss rmsprop reshape loop",
        "keras_model sgd summary fit versus",
    ):
        for before, after in pairwise(chapter.split()):
            assert NAMES.index(before) < NAMES.index(after)


@pytest.mark.parametrize("step", steps(), ids=NAMES)
def test_a_step_shows_a_page_of_the_app(step: Step) -> None:
    assert step.page in PAGES
    assert not {"lecture", "lang", "present", "notes"} & set(step.choices)
    if step.look is not None:
        assert all(translate(step.look, language) for language in LANGUAGES)


def test_steps_point_at_lines_that_are_there_and_no_two_of_them_at_the_same() -> None:
    lines = {
        step.name: {
            (block, line)
            for moment in step.moments
            for block, found in map(pointed, moment.lines)
            for line in found
        }
        for step in steps()
    }
    assert {"graph", "initial", "rmsprop", "loop", "keras_model", "sgd"} <= {
        name for name in lines if lines[name]
    }
    for one, other in combinations([found for found in lines.values() if found], 2):
        assert not one & other
    for step in steps():
        if step.page == "code" and step.name != "versus":
            assert lines[step.name]


def test_unknown_step_raises() -> None:
    assert find("relu").page == "relu"
    with pytest.raises(
        CnnvizError, match=r"`name` must be a step of the lecture\. Received: name='nowhere'\."
    ):
        find("nowhere")


def test_a_title_needs_no_values() -> None:
    for language in LANGUAGES:
        for name in NAMES:
            assert not PLACES.search(title(name, language))


def test_the_covered_and_the_fooled_picture_get_the_answers_that_are_said() -> None:
    image, names = samples().images[0], samples().names

    def answer(name: str, picture: np.ndarray) -> str:
        found = forward(name, read_weights(name)[0], picture)["softmax"]
        return names[int(found.argmax())]

    reasons = find("reasons").choices
    row, col = map(int, reasons["reasons_cell"].split(","))
    assert answer(reasons["model"], image) == "cat"
    assert answer(reasons["model"], covered(image, row, col)) == "ship"
    assert "ship" in everything(words("reasons", "en"))
    step = fool(load("keras_lecture"), image)
    assert step.smallest == 3
    assert answer("keras_lecture", stepped(image, step.signs, 3)) == "horse"
    for part in ("at most 3 of 255", "horse"):
        assert part in everything(words("fooled", "en"))


def test_softmax_compares_two_classes_whose_logits_differ_by_one() -> None:
    step = find("softmax")
    assert step.choices["picture"] == "sample-0"
    logits = load("keras_lecture").activations(samples().images[0])["dense2"]
    bird, dog = (logits[samples().names.index(name)] for name in ("bird", "dog"))
    assert bird - dog == pytest.approx(1, abs=0.1)  # "about 2.7 times"
    for name in ("bird", "dog"):
        row = samples().names.index(name) + 1
        assert f":nth-child({row})" in step.moments[2].hide


def test_classes_of_which_there_is_no_sample_are_those_that_are_said() -> None:
    lacking = {name for k, name in enumerate(samples().names) if k not in samples().labels}
    assert lacking == {"bird", "deer"}
    assert "no bird and no deer" in words("dataset", "en").notes
