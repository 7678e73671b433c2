"""The arithmetic of a CNN in NumPy: window geometry, layer operations, kernels and image transforms."""
