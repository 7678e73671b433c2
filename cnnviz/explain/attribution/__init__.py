"""Attribution: which parts of a picture a network's answer rests on, one file a method.

Each method is a module in this package with one `Method`; `registry` lists them. A method computes a heat
map of a picture for a class (`compute`), keeps the parts of the map, and takes one cell of it apart into
the terms that add up to it (`take_apart`).
"""
