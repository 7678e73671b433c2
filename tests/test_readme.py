"""The README says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnnviz.networks import graph, zoo
from cnnviz.networks.network import read_weights, trained_names

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", trained_names())
def test_the_table_of_networks_says_what_the_cards_say(name: str) -> None:
    _, card = read_weights(name)
    layers = zoo.get(name).layers
    row = next(line for line in README.splitlines() if line.startswith(f"| `{name}`"))
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[2:] == [
        f"{graph.total_parameters(layers):,}",
        f"{card['parameters']:,}",
        f"{graph.total_parameters(layers) - card['parameters']:,}",
        f"{card['train']['accuracy']:.4f}",
        f"{card['test']['accuracy']:.4f}",
    ]


def test_pictures_and_files_it_names_exist() -> None:
    for name in re.findall(r"\]\((assets/[^)]+)\)", README):
        assert (ROOT / name).is_file(), name
    code = README.split("## How the code is laid out")[1].split("## The networks")[0]
    for name in re.findall(r"^      (\w+\.py|\w+/)", code, re.MULTILINE):
        assert (ROOT / "cnnviz" / name).exists(), name
