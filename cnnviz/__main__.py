"""The command line: train, evaluate, data, activations. Run `python -m cnnviz --help`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from cnnviz import cifar, network, zoo
from cnnviz.errors import CnnvizError, as_integer, invalid


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the process's exit code. An input error is one sentence, no traceback."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (CnnvizError, OSError) as error:
        print(f"cnnviz: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ncnnviz: stopped; the last finished epoch is kept, --resume goes on from it", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cnnviz", description="CNNs on CIFAR-10, trained and laid open."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str, *, data: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        if data:
            sub.add_argument(
                "--data",
                metavar="DIR",
                help="folder with cifar-10-batches-py or -bin (or set CNNVIZ_DATA); default: download",
            )
        return sub

    train = command("train", _train, "Train a network of the zoo with its recipe.")
    train.add_argument("name", metavar="NAME", help=", ".join(zoo.names()))
    train.add_argument("--epochs", type=int, metavar="N", help="default: the recipe's")
    train.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    train.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="default: runs")
    train.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    train.add_argument("--note", default="", help="a remark on the data, kept on the model card")

    evaluate = command("evaluate", _evaluate, "Measure a trained network. The last line is JSON.")
    evaluate.add_argument("name", metavar="NAME", help=", ".join(zoo.names()))
    evaluate.add_argument("--split", choices=("test", "train"), default="test")
    evaluate.add_argument(
        "--weights", type=Path, default=network.WEIGHTS, metavar="DIR", help="default: the bundled weights"
    )
    evaluate.add_argument("--first", type=int, metavar="N", help="only the first N images; default: all")
    evaluate.add_argument(
        "--shifts",
        action="store_true",
        help="also measure all images shifted by -6..6 pixels each way, and write that into the model card",
    )

    command("data", _data, "Say which CIFAR-10 is found, and count its classes.")

    activations = command(
        "activations", _activations, "Write every activation of one sample as .npz.", data=False
    )
    activations.add_argument("name", metavar="NAME", help=", ".join(zoo.names()))
    activations.add_argument("--sample", type=int, default=0, metavar="N", help="bundled sample; default: 0")
    activations.add_argument("--out", type=Path, default=Path("activations.npz"), metavar="FILE")
    return parser


def _train(options: argparse.Namespace) -> None:
    from cnnviz.training import Progress, train

    zoo.get(options.name)  # an unknown name is said before anything is read or downloaded
    train_set, test_set = (cifar.load_split(split, options.data) for split in ("train", "test"))

    def show(progress: Progress) -> None:
        share = progress.step / progress.steps
        bar = "█" * round(20 * share) + "·" * (20 - round(20 * share))
        left = (1 - share) * len(train_set) / max(progress.images_per_second, 1e-9)
        line = (
            f"epoch {progress.epoch:>2}/{progress.epochs} {bar} loss {progress.loss:.4f} "
            f"accuracy {progress.accuracy:.4f}  {progress.images_per_second:,.0f} images/s"
        )
        tail = f"  {left:.0f} s left" if progress.test is None else f"  test {progress.test['accuracy']:.4f}"
        if progress.test is not None or sys.stderr.isatty():
            end = "\n" if progress.test is not None else ""
            print(f"\r{line}{tail:<16}", end=end, file=sys.stderr, flush=True)

    card = train(
        options.name,
        train_set,
        test_set,
        options.out,
        epochs=options.epochs,
        seed=options.seed,
        resume=options.resume,
        note=options.note,
        report=show,
    )
    print(json.dumps({"model": card["name"], "split": "test", "n": len(test_set), **card["test"]}))


def _evaluate(options: argparse.Namespace) -> None:
    from cnnviz.training import evaluate, evaluate_shifts

    if options.shifts and options.split != "test":
        raise invalid("split", 'must be "test" for what goes on the model card', options.split)
    trained = network.load(options.name, options.weights)
    images = cifar.load_split(options.split, options.data)
    if options.first is not None:
        first = as_integer("first", options.first, minimum=1)
        images = cifar.Samples(images.images[:first], images.labels[:first])
    result: dict[str, object] = {"n": len(images), **evaluate(trained, images)}
    if options.shifts:

        def show(done: int, of: int) -> None:
            if sys.stderr.isatty() or done == of:
                print(f"\rshift {done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)

        result["shifts"] = evaluate_shifts(trained, images, report=show)
        network.complete_card(options.name, {"shifts": result["shifts"]}, options.weights)
    print(json.dumps({"model": options.name, "split": options.split, **result}))


def _data(options: argparse.Namespace) -> None:
    folder = cifar.find_folder(options.data)
    print(f"bundled samples: {len(cifar.samples())}")
    print(f"full set: {folder or 'the keras.datasets download'}")
    for split in ("train", "test"):
        labels = cifar.load_split(split, options.data).labels
        counts = np.bincount(labels, minlength=10)
        print(
            f"{split}: {len(labels)} images; "
            + ", ".join(f"{count} {name}" for name, count in zip(cifar.CLASSES, counts, strict=True))
        )


def _activations(options: argparse.Namespace) -> None:
    samples = cifar.samples()
    if not 0 <= options.sample < len(samples):
        raise CnnvizError(f"`sample` must be in 0..{len(samples) - 1}. Received: sample={options.sample}.")
    activations = network.load(options.name).activations(samples.images[options.sample])
    np.savez_compressed(options.out, **activations)  # type: ignore[arg-type]
    for name, array in activations.items():
        print(
            f"{name:<14} {'x'.join(map(str, array.shape)):<12} min {array.min():9.4f}  max {array.max():9.4f}"
        )


if __name__ == "__main__":
    sys.exit(main())
