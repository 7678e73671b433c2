"""Texts of parameter counts, counted as in Keras."""

from __future__ import annotations

from cnnviz.text import translate


def parameters(trainable: int, non_trainable: int, language: str, *, brief: bool = False) -> str:
    """Return the parameter counts at the end of Keras' `model.summary()` as text.

    Args:
        trainable, non_trainable: the counts.
        brief: whether to omit the remark that all are trainable.

    >>> parameters(20_730, 16, "en")
    '20,746 parameters (20,730 trainable, 16 non-trainable)'
    >>> parameters(896, 0, "en"), parameters(896, 0, "en", brief=True), parameters(0, 0, "en")
    ('896 parameters, all trainable', '896 parameters', 'no parameters')
    """
    total, kept = f"{trainable + non_trainable:,}", f"{non_trainable:,}"
    if total == "0":
        return translate("parameters.none", language)
    if not non_trainable and brief:
        return translate("parameters.total", language, total=total)
    if not non_trainable:
        return translate("parameters.all_trainable", language, total=total)
    return translate("parameters.both", language, total=total, trainable=f"{trainable:,}", non_trainable=kept)
