"""Training: the loop and what it leaves behind, how good a network is, and runs as processes."""
