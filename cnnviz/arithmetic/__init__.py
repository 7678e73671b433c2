"""The arithmetic of a CNN, in NumPy: windows that slide, what layers compute, kernels, moved images."""
