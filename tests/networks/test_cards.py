"""Tables of model cards: hand-made cards, and the bundled ones."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from cnnviz import CnnvizError
from cnnviz.networks import cards
from cnnviz.networks.network import read_weights, trained_names

NAMES = trained_names()


def card(kind: str = "conv", parameters: int = 100, test: float = 0.5, train: float = 0.6) -> dict[str, Any]:
    return {
        "architecture": [{"kind": kind}, {"kind": "dense"}],
        "parameters": parameters,
        "train": {"accuracy": train},
        "test": {"accuracy": test},
    }


def confused(counts: object) -> dict[str, Any]:
    return {"test": {"confusion": counts}}


def random_counts(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 90, (10, 10))


def test_class_accuracies() -> None:
    counts = random_counts()
    shares = cards.class_accuracies(counts)
    np.testing.assert_allclose(shares, [row[k] / sum(row) for k, row in enumerate(counts)])
    # weighted by their images, the classes' accuracies are the accuracy of all
    assert (shares * counts.sum(axis=1)).sum() == pytest.approx(np.trace(counts))


def test_class_without_images_has_nan_accuracy() -> None:
    counts = random_counts()
    counts[3] = 0
    assert np.isnan(cards.class_accuracies(counts)).tolist() == [k == 3 for k in range(10)]


def test_most_confused_sorts_by_share_of_the_true_class() -> None:
    counts = np.zeros((10, 10), int)
    np.fill_diagonal(counts, 500)
    counts[3, 5], counts[5, 3] = 60, 80  # of 560 cats, of 580 dogs
    counts[8] = 0
    counts[8, 8], counts[8, 0] = 6, 4  # few ships, but two in five
    found = cards.most_confused(counts)
    assert [(m.true, m.predicted, m.count) for m in found] == [(8, 0, 4), (5, 3, 80), (3, 5, 60)]
    assert [m.share for m in found] == pytest.approx([4 / 10, 80 / 580, 60 / 560])
    assert len(cards.most_confused(random_counts(), 5)) == 5
    assert cards.most_confused(np.eye(10, dtype=int)) == []


@pytest.mark.parametrize(
    "counts",
    [
        None,
        [],
        "cat",
        {"cat": 3},
        np.full((10, 9), 1).tolist(),
        np.zeros((10, 10), int).tolist(),
        np.full((10, 10), -1).tolist(),
        [[1] * 10] * 9 + [[1] * 9],
        [[10**30] * 10] * 10,
        [[None] * 10] * 10,
    ],
)
def test_confusion_of_invalid_counts_is_none(counts: object) -> None:
    assert cards.confusion(confused(counts)) is None


def test_confusion_is_optional() -> None:
    assert cards.confusion(card()) is None
    counts = random_counts()
    np.testing.assert_array_equal(cards.confusion(confused(counts.tolist())), counts)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_bundled_confusion_adds_up_to_the_accuracy(name: str) -> None:
    _, bundled = read_weights(name)
    counts = cards.confusion(bundled)
    if counts is None:
        pytest.skip("not measured yet")
    assert counts.sum() == bundled["data"]["test"]
    assert np.trace(counts) / counts.sum() == pytest.approx(bundled["test"]["accuracy"], abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_bundled_cards_are_valid(name: str) -> None:
    _, bundled = read_weights(name)
    cards.validate(bundled, 10)
    cards.validate({**bundled, "history": [], "of a later version": {"any": "thing"}}, 10)


def test_a_layer_of_no_known_kind_is_refused() -> None:
    _, bundled = read_weights("mlp")
    with pytest.raises(CnnvizError, match=r"`card\.architecture.*kind` must be a kind of layer"):
        cards.validate({**bundled, "architecture": [{"kind": "carrot"}]}, 10)


def entries(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every entry of a card that pages read, of lists the first."""
    found = [] if path in ((), ("seed",), ("name",)) else [path]
    if isinstance(value, dict):
        return found + [deeper for key in value for deeper in entries(value[key], (*path, key))]
    return found + (entries(value[0], (*path, 0)) if isinstance(value, list) and value else [])


def changed(value: Any, path: tuple[Any, ...], to: Any) -> Any:
    """Return a copy of a card with another entry at a path."""
    if not path:
        return to
    copied = copy.copy(value)
    copied[path[0]] = changed(value[path[0]], path[1:], to)
    return copied


UNREAD = {("versions",), ("data", "set"), ("shifts", "range"), ("shifts", "border")}
UNREAD |= {("recipe", "epochs")} | {
    ("architecture", 0, key) for key in ("name", "output_shape", "parameters")
}
UNREAD |= {("architecture", 0, "output_shape", 0)}
CARD = read_weights("alexnet")[1]
PATHS = [path for path in entries(CARD) if path not in UNREAD]
NONSENSE = (None, {"a": 1}, [[]], float("nan"), float("inf"), -(10**400), "\ud800", "x" * 10_000, -1e300)


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_entry_of_a_wrong_type_raises(path: tuple[Any, ...]) -> None:
    for nonsense in NONSENSE:
        with pytest.raises(CnnvizError, match=r"^`card\."):
            cards.validate(changed(CARD, path, nonsense), 10)


@pytest.mark.parametrize("key", ["sha256", "architecture", "parameters", "epochs", "history", "data", "test"])
def test_missing_entry_raises(key: str) -> None:
    with pytest.raises(CnnvizError, match=f"must have {key}"):
        cards.validate({other: value for other, value in CARD.items() if other != key}, 10)


@pytest.mark.parametrize(
    "damage",
    [
        {"parameters": True},
        {"architecture": []},
        {"history": [{"loss": 1.0}]},
        {"train": {"accuracy": 1.5, "loss": 0.1}},
        {"training_seconds": -1},
        {"recipe": {**CARD["recipe"], "optimizer": "rmsprop"}},  # with nesterov
        {"test": {**CARD["test"], "confusion": np.zeros((10, 10), int).tolist()}},
        {"test": {key: value for key, value in CARD["test"].items() if key != "mistakes"}},
        {"shifts": {"n": 1, "accuracy": [[0.5]]}},
        {"validation": {"accuracy": 0.5, "loss": 1.0}},
        {"data": {**CARD["data"], "validation": 10}},
        {"history": [*CARD["history"][:-1], {**CARD["history"][-1], "validation_loss": 1.0}]},
    ],
)
def test_inconsistent_entries_raise(damage: dict[str, Any]) -> None:
    with pytest.raises(CnnvizError, match=r"^`card\."):
        cards.validate({**CARD, **damage}, 10)


def test_a_card_may_have_validation_images_throughout() -> None:
    measured = {"validation_accuracy": 0.5, "validation_loss": 1.0}
    card = {
        **CARD,
        "validation": {"accuracy": 0.5, "loss": 1.0},
        "data": {**CARD["data"], "validation": 10},
        "history": [{**row, **measured} for row in CARD["history"]],
    }
    cards.validate(card, 10)
    for path in (("validation", "accuracy"), ("data", "validation"), ("history", 0, "validation_loss")):
        for nonsense in NONSENSE:
            with pytest.raises(CnnvizError, match=r"^`card\."):
                cards.validate(changed(card, path, nonsense), 10)


@pytest.mark.parametrize("nonsense", [None, [], "card", 3])
def test_non_object_raises(nonsense: object) -> None:
    with pytest.raises(CnnvizError, match="`card` must be an object"):
        cards.validate(nonsense, 10)


def test_shifts_of_other_weights_are_not_the_cards() -> None:
    measured = {"n": 3, "accuracy": [[0.5] * 13] * 13}
    assert cards.shifts({"sha256": "a"}) is None
    assert cards.shifts({"sha256": "a", "shifts": measured}) == measured  # of before they named weights
    assert cards.shifts({"sha256": "a", "shifts": {**measured, "sha256": "a"}}) is not None
    assert cards.shifts({"sha256": "a", "shifts": {**measured, "sha256": "b"}}) is None


def test_generalization_gap() -> None:
    assert cards.generalization_gap(card(train=0.984, test=0.681)) == pytest.approx(0.303)


@pytest.mark.parametrize(
    ("gaps", "opens"),
    [
        ([0.1], 1),
        ([-0.1], None),
        ([0.0], None),
        ([-0.2, -0.1, 0.1, 0.3], 3),
        ([0.3, -0.1, 0.1, 0.2], 3),  # opened once before, and closed again
        ([0.3, 0.1, -0.1], None),
        ([-0.1, -0.1, 0.2], 3),
    ],
)
def test_the_gap_opens_at_the_epoch_from_which_on_it_stays_open(gaps: list[float], opens: int | None) -> None:
    history = [{"accuracy": 0.5 + gap, "test_accuracy": 0.5} for gap in gaps]
    assert cards.accuracy_gaps(history) == pytest.approx(gaps)
    assert cards.gap_opens(history) == opens


def test_best_epoch_counts_from_one() -> None:
    assert cards.best_epoch([{"test_loss": loss} for loss in (0.5, 0.7, 0.9)]) == 1
    assert cards.best_epoch([{"test_loss": loss} for loss in (0.9, 0.7, 0.5)]) == 3
    assert cards.best_epoch(read_weights("keras_lecture")[1]["history"]) == 4


def test_cnn_with_fewer_parameters() -> None:
    plain = card("dense", 1000, 0.54)
    small, best, large = card("conv", 900, 0.7), card("conv", 500, 0.8), card("conv", 2000, 0.9)
    zoo = {"large": large, "plain": plain, "small": small, "best": best}
    assert cards.cnn_with_fewer_parameters(zoo) == ("plain", "best")
    assert cards.cnn_with_fewer_parameters({"plain": plain, "large": large}) is None  # more parameters
    assert cards.cnn_with_fewer_parameters({"plain": plain, "worse": card("conv", 900, 0.5)}) is None
    assert cards.cnn_with_fewer_parameters({"small": small, "best": best}) is None
    assert cards.cnn_with_fewer_parameters({}) is None
    thin = card("depthwise_conv", 50, 0.8)
    assert cards.cnn_with_fewer_parameters({"plain": plain, "thin": thin}) == ("plain", "thin")


def test_bundled_cnn_beats_a_larger_mlp() -> None:
    bundled = {name: read_weights(name)[1] for name in NAMES}
    pair = cards.cnn_with_fewer_parameters(bundled)
    assert pair is not None
    assert pair[0] == "mlp"
    assert bundled[pair[1]]["parameters"] < bundled["mlp"]["parameters"]


def test_card_of_a_network_trained_elsewhere_has_no_training_at_all() -> None:
    _, bundled = read_weights("efficientnet_lite0")
    cards.validate(bundled, 1000)
    assert not cards.was_trained_here(bundled)
    assert cards.confusion(bundled) is None
    with pytest.raises(CnnvizError, match="must have"):
        cards.validate({**bundled, "epochs": 3}, 1000)
    published = {**bundled["published"], "accuracy": 75.1}
    with pytest.raises(CnnvizError, match=r"`card.published.accuracy` must be a finite number in 0..1"):
        cards.validate({**bundled, "published": published}, 1000)
