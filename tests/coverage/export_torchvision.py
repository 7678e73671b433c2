"""Export architectures of torchvision to ONNX, with random weights, for `tests/coverage/onnx_models.py`.

    python tests/coverage/export_torchvision.py FOLDER [NAME ...]

It needs torch and torchvision (and onnx), which nothing else here does: run it in an environment of its own.
Beside each NAME.onnx it writes NAME.json: torchvision's documented counts, and the counts of the module.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SIZE = 224
NAMES = (
    "alexnet", "vgg11", "resnet18", "densenet121", "squeezenet1_1", "googlenet", "inception_v3",
    "mobilenet_v2", "mobilenet_v3_small", "shufflenet_v2_x1_0", "mnasnet0_5", "efficientnet_b0",
    "regnet_y_400mf", "resnext50_32x4d", "convnext_tiny",
)  # fmt: skip


def export(name: str, folder: Path, *, fused: bool = False) -> None:
    """Write NAME.onnx and NAME.json; `fused`: with batch normalisation in the convolutions, as by default."""
    import torch
    import torchvision

    torch.manual_seed(0)
    size = 299 if name == "inception_v3" else SIZE
    more: dict[str, Any] = {"init_weights": True} if name in ("googlenet", "inception_v3") else {}
    if more:
        more |= {"aux_logits": False}
    model = torchvision.models.get_model(name, weights=None, **more).eval()
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # statistics as after training, not 0 and 1
            module.running_mean.normal_(0, 0.2, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
    x = torch.randn(1, 3, size, size, generator=generator)
    counted = {"multiply_accumulates": 0}

    def count(module: torch.nn.Module, _: Any, output: torch.Tensor) -> None:
        numel = output.numel() if isinstance(module, torch.nn.Linear) else output[0].numel()
        counted["multiply_accumulates"] += numel * module.weight[0].numel()

    handles = [
        module.register_forward_hook(count)
        for module in model.modules()
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear)
    ]
    with torch.no_grad():
        model(x)
    for handle in handles:
        handle.remove()
    stem = f"{name}_fused" if fused else name
    torch.onnx.export(
        model,
        (x,),
        str(folder / f"{stem}.onnx"),
        dynamo=False,
        opset_version=17,
        training=torch.onnx.TrainingMode.EVAL if fused else torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=fused,
        input_names=["image"],
        output_names=["logits"],
    )
    trained = sum(each.numel() for each in model.parameters())
    statistics = sum(each.numel() for each in model.buffers() if each.ndim)
    documented = torchvision.models.get_model_weights(name).DEFAULT.meta
    about = {
        "name": f"torchvision {name}" + (", fused" if fused else ""),
        "parameters": None if fused else trained + statistics,
        "trained_parameters": trained,
        "documented_parameters": documented["num_params"],
        "documented_giga_multiply_accumulates": documented["_ops"],
        **counted,
    }
    (folder / f"{stem}.json").write_text(json.dumps(about, indent=1), "utf-8")
    print(name, about, flush=True)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for each in sys.argv[2:] or NAMES:
        export(each, target)
        if each == "resnet18":
            export(each, target, fused=True)
