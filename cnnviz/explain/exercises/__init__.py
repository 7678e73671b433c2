"""Exercises: questions about the picture and the network on a page, checked and diagnosed at once.

Each kind is one module in this package; `registry` finds it. `base` is shared by all.
"""
