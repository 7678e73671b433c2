"""Training: the loop and its files, evaluation, and runs as processes."""
