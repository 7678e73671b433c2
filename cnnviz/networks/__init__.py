"""The networks: their layers and shapes, their weights and model cards, stacks that visitors build."""
