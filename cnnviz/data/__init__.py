"""Data sets of labelled images, and uploaded images."""
