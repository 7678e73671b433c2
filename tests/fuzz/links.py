"""Links: choices that were tampered with, of another page, impossible together, or nothing like a choice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from streamlit.testing.v1 import AppTest

from cnnviz.data.cifar10 import CLASSES
from cnnviz.explain import lecture
from cnnviz.explain.attribution import registry as attribution
from cnnviz.explain.exercises import registry
from cnnviz.networks import builder, famous, zoo
from cnnviz.pages.navigation import PAGES
from cnnviz.text import LANGUAGES, translate
from tests.fuzz import hostile
from tests.fuzz.visitor import outcome, visit

LAYERS = ("conv1", "conv2_2", "relu1", "conv1_relu", "pool1", "max_pool1", "flatten", "dense1", "softmax")
WHOLE = ("0", "1", "2", "3", "5", "9")
SWITCH = ("0", "1")
STACKS = (*map(builder.write, builder.PRESETS.values()), "c8k3s1same-b-r-m2-f-d10-x", "x", "c1k1s1valid")
EXERCISES = tuple(kind.name for kind in registry.kinds())
KEYS: dict[str, tuple[str, ...]] = {
    "architectures_network": (*famous.names(), *zoo.names()),
    "ask": SWITCH,
    "augment_cutout": ("0", "8", "16"),
    "augment_flip": SWITCH,
    "augment_seed": (*WHOLE, "999"),
    "augment_shift": ("0", "2", "3", "6"),
    "augment_variant": (*WHOLE, "12"),
    "back_channel": ("own", *WHOLE),
    "back_filter": ("own", *WHOLE),
    "back_label": ("own", *WHOLE),
    "back_layer": LAYERS,
    "back_place": ("0,0", "3,4", "31,31"),
    "back_rate": ("0.0001", "0.1", "10"),
    "back_scope": ("kernel", "all"),
    "back_steps": (*WHOLE, "19", "20"),
    "back_weight": ("0,0", "2,2", "4,1"),
    "builder_code": ("all", *LAYERS),
    "builder_data": ("digits", "cifar10", "mnist"),
    "builder_name": ("my first", "우리 반 2", "x", "<b>"),
    "builder_seed": (*WHOLE, "9999"),
    "builder_stack": STACKS,
    "cell": ("0,0", "3,4", "31,31"),
    "channel": WHOLE,
    "chart": ("png", "svg"),
    "class": ("all", *CLASSES),
    "classic": ("laplacian", "sobel_x", "blur"),
    "code_library": ("numpy", "tensorflow", "keras"),
    "code_operation": ("max", "average", "dense", "softmax", "descent"),
    "code_part": ("all", "model", "data"),
    "colours": ("orange_blue", "grey"),
    "comparison_class": WHOLE,
    "comparison_col": WHOLE,
    "comparison_cover": (*WHOLE, "24"),
    "comparison_cut": (*WHOLE, "12"),
    "comparison_grey": SWITCH,
    "comparison_group": WHOLE,
    "comparison_mirror": SWITCH,
    "comparison_row": WHOLE,
    "comparison_shift": ("0,0", "2,-1", "-6,6"),
    "convolution_layer": LAYERS,
    "crop": ("0,0,16", "40,3,200", "9999,9999,9999"),
    "data_class": ("all", *CLASSES),
    "data_label": CLASSES,
    "data_page": WHOLE,
    "data_pixel": ("right,3,4", "wrong,31,0"),
    "data_set": ("sample", "test", "train"),
    "data_view": ("pictures", "numbers", "one_hot", "order", "augmentation"),
    "dense_entry": (*WHOLE, "8191"),
    "dense_layer": LAYERS,
    "dense_temperature": ("0.1", "1", "2.5", "10"),
    "dense_unit": ("auto", *WHOLE, "511"),
    "descent_rate": ("small", "right", "large"),
    "descent_rule": ("sgd", "momentum", "rmsprop"),
    "descent_start": ("0.1,-0.2", "-0.58,0.58"),
    "descent_steps": (*WHOLE, "60"),
    "dilation": WHOLE,
    "drill": SWITCH,
    "exercise": EXERCISES,
    "exercise_level": ("1", "2", "3"),
    "exercise_seed": (*WHOLE, "9999"),
    "from": WHOLE,
    "gif_speed": ("1", "2", "5", "10", "25"),
    "gif_steps": ("every", "rows"),
    "input": ("grey", "colour", "grid"),
    "journey": SWITCH,
    "kernel": ("trained", "classic", "typed"),
    "lang": ("en", "ko"),
    "learning_filter": WHOLE,
    "layer_batch": SWITCH,
    "layer_batch_place": ("0,3,4", "19,31,31", "0,0", "7,7,7"),
    "layer_batch_stage": ("mean", "variance", "normalise", "scale"),
    "layer_batch_way": ("training", "inference"),
    "layer_name": LAYERS,
    "lead": ("abcdefgh01234567", "short"),
    "learning_layer": LAYERS,
    "learning_relu": SWITCH,
    "learning_scale": ("training", "moment"),
    "learning_step": (*WHOLE, "1563"),
    "lecture": tuple(step.name for step in lecture.steps()),
    "loss_p": ("0.62", "0.001", "0.999"),
    "network_map": ("all", "0-3,3-7"),
    "network_map_layer": ("conv2", "block1_add"),
    "architecture_map": ("all", "0-3"),
    "architecture_map_layer": ("conv1",),
    "look": ("conv2,7,1,2", "softmax,0,0,3"),
    "map": (*WHOLE, "31"),
    "model": (*zoo.names(), "vgg@20260101-120000", "mlp@", "@", "keras_lecture@20260230-000061"),
    "notes": SWITCH,
    "numbers": ("3 1 0\n0 2 5\n1 4 2", "1/2 -0.5; 3 4"),
    "order": ("relu_first", "pool_first"),
    "pad_cols": WHOLE,
    "pad_rows": WHOLE,
    "padding": ("same", "valid", "custom"),
    "picture": ("sample-3", "test-417", "train-42", "upload"),
    "pixel_across": ("3", "8.5", "32"),
    "pixel_cell": ("3,4", "31,31"),
    "pixel_channel": ("all", "red", "green", "blue"),
    "pixel_plain": SWITCH,
    "pixel_unit": ("byte", "share"),
    "play_points": ("ring", "xor", "spiral"),
    "play_seed": (*WHOLE, "999"),
    "play_steps": (*WHOLE, "600"),
    "pool_padding": ("same", "valid"),
    "pool_size": WHOLE,
    "pool_stride": WHOLE,
    "pooling_layer": LAYERS,
    "predict": EXERCISES,
    "present": SWITCH,
    "reasons_among": ("samples", "train"),
    "reasons_ascent": (*WHOLE, "11"),
    "reasons_cell": ("0,0", "3,4", "31,31"),
    "reasons_class": WHOLE,
    "reasons_filter": (*WHOLE, "127"),
    "reasons_filter_layer": LAYERS,
    "reasons_layer": LAYERS,
    "reasons_method": tuple(attribution.names()),
    "reasons_opacity": ("0", "35", "100"),
    "reasons_patch": WHOLE,
    "reasons_sanity": SWITCH,
    "reasons_step": ("0", "2", "32"),
    "reasons_toward": WHOLE,
    "reasons_view": ("map", "fooling", "filters"),
    "relu_layer": LAYERS,
    "revealed": ("all",),
    "room": ("K7M2QX", "k7m-2qx", "K7M2Q0"),
    "scale": ("layer", "map"),
    "signal": ("numbers", "speech", "text"),
    "signal_padding": ("same", "valid", "causal"),
    "signal_turn": SWITCH,
    "split": ("test", "train"),
    "stride_cols": WHOLE,
    "stride_rows": WHOLE,
    "training_batch": ("0", "16", "32", "128"),
    **{f"training_epochs_{name}": (*WHOLE, "100") for name in zoo.trained_names()},
    "training_data": ("digits", "cifar10", "samples", "mnist"),
    "training_epochs_built": (*WHOLE, "100"),
    "training_name": ("my first", "우리 반 2", "x", "<b>"),
    "training_network": (*zoo.trained_names(), "built"),
    "training_stack": STACKS,
    "training_percent": ("1", "10", "100"),
    "training_rate": ("0.1", "1", "10"),
    "training_validation": ("0", "10", "20", "7"),
    "training_show": ("last", "picked"),
    "worksheet": ("7~next_cell.1x3~output_size.2x2", "0~next_cell.3x1", "7~next_cell.1x99", "7~x.1x1"),
    "weights": ("1 0 -1\n2 0 -2\n1 0 -1", "1/9"),
}
"""Every choice that a link can carry, with texts that are right for it, somewhere."""
COMMON = ("lang", "model", "picture", "lecture", "present", "map", "cell", "channel")
MAX_CHOICES = 6


@dataclass(frozen=True)
class Case:
    """A link: the page, and the choices in its query."""

    page: str
    query: dict[str, str]


def cases(generator: random.Random) -> Iterator[Case]:
    """Yield links with one to six choices."""
    while True:
        page = generator.choice(PAGES)
        keys = list(KEYS)
        own = [key for key in keys if key.startswith(page[:4])] or keys
        query = {}
        for _ in range(generator.randint(1, MAX_CHOICES)):
            key = generator.choice(generator.choice((keys, own, COMMON)))
            query[key] = _text(key, generator)
        yield Case(page, query)


def _text(key: str, generator: random.Random) -> str:
    choice = generator.random()
    if choice < 0.45:
        return generator.choice(KEYS[key])
    if choice < 0.6:
        return generator.choice(KEYS[generator.choice(list(KEYS))])
    if choice < 0.8:
        return generator.choice((*hostile.TEXTS, *map(str, hostile.NUMBERS)))
    return hostile.changed_text(generator.choice(KEYS[key]), generator)


def is_computing(app: AppTest) -> bool:
    """Return whether a page shows the progress of what it has not computed yet."""
    loading = {translate("reasons.loading", language) for language in LANGUAGES}
    return bool(app.get("progress")) or any(each.value in loading for each in app.caption)


def check(case: Case) -> str | None:
    """Open the link; and open the one that the page then writes into the address, which is to stay so."""
    app = visit(case.page, case.query)
    refused = outcome(app)
    while refused is None and is_computing(app):  # until the page is whole, the link keeps what it was given
        app = visit(case.page, case.query)
        refused = outcome(app)
    again = visit(case.page, app.query_params)
    outcome(again)
    if refused is None and "lecture" not in case.query:  # a step begins anew where only it is named
        assert again.query_params == app.query_params, f"{app.query_params} became {again.query_params}"
    return refused
