"""The names of classes in Korean."""

from __future__ import annotations

import re
from collections import Counter

from cnnviz.data.imagenet import CLASSES
from cnnviz.text.classes import class_name, korean

HANGUL = re.compile("[가-힣]")


def test_each_name_is_of_one_class_and_differs_from_all_others() -> None:
    names, count = korean("imagenet"), Counter(CLASSES)
    assert all(count[name] == 1 for name in names)  # "crane" is a bird and a machine
    assert len(set(names.values())) == len(names)
    assert all(HANGUL.search(word) and word == word.strip() for word in names.values())


def test_what_the_shipped_photographs_are_said_to_be_has_a_name() -> None:
    best = [285, 282, 281, 287, 967, 504, 968, 550, 657, 744, 812]
    assert all(HANGUL.search(class_name(CLASSES[k], "ko", "imagenet")) for k in best)


def test_other_names_stay_as_they_are() -> None:
    assert class_name("espresso", "en", "imagenet") == "espresso"
    assert class_name("mouse", "ko", "cifar100") == "mouse"  # the animal
    assert class_name("crane", "ko", "imagenet") == "crane"
