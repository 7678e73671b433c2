"""The kinds of layers, one file each; `registry` finds them."""
