"""Curve: the loss lines of pre-training → one picture, drawn anew at every checkpoint.

python -m training.curve runs/pretrain/loss.jsonl loss.svg
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

_SMOOTHED = 10  # lines of the log


def draw_curve(logs: Sequence[Path], picture: Path) -> None:
    """Loss against steps, as it was logged and smoothed; several logs follow one another."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "suqiu"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 3.5), layout="constrained")
    steps: list[int] = []
    losses: list[float] = []
    for log in logs:
        before = steps[-1] if steps else 0
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        steps += [before + line["step"] for line in lines]
        losses += [line["loss"] for line in lines]
        if before:
            axes.axvline(before, color="#c7ced8", linewidth=0.8)
    smooth = [
        sum(losses[max(0, i - _SMOOTHED) : i + 1]) / len(losses[max(0, i - _SMOOTHED) : i + 1])
        for i in range(len(losses))
    ]
    axes.plot(steps, losses, color="#c9d8ee", linewidth=0.8)
    axes.plot(steps, smooth, color="#2f6ab8", linewidth=1.4)
    axes.set(xlabel="step", ylabel="loss (nats)")
    axes.grid(color="#eef1f5")
    figure.savefig(picture, format="svg", metadata={"Date": None})
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("logs", type=Path, nargs="+", help="loss.jsonl of one run, or of runs that followed each other")
    parser.add_argument("picture", type=Path)
    given = parser.parse_args()
    draw_curve(given.logs, given.picture)


if __name__ == "__main__":
    main()
