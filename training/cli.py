"""The command `suqiu-train`: from a city's labelled export to a published bundle, or to a proposed profile."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(
    add_completion=False,
    help="Train a bundle from labelled tickets (the command when none is named), or propose a profile from a history.",
)
_CONSOLE = Console()
_COMMANDS = ("train", "profile")


@app.command()
def train(
    data: Annotated[list[Path], typer.Option(help="Labelled rows: CSV, JSONL, Excel or Parquet; repeatable.")],
    out: Annotated[Path, typer.Option(help="Folder of the run; the same folder goes on after a kill.")],
    config: Annotated[Path, typer.Option(help="TOML; see training/configs.")] = Path("training/configs/base.toml"),
    evaluate: Annotated[Path | None, typer.Option(help="Rows to report on; else the held-back share.")] = None,
    column: Annotated[list[str] | None, typer.Option(help="OUR_NAME=THEIR_COLUMN, for example text=content.")] = None,
    base: Annotated[str | None, typer.Option(help="Base encoder: a folder or a hub name.")] = None,
    current: Annotated[Path | None, typer.Option(help="Bundle to beat; the gate refuses what is worse.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the bundle.")] = None,
    version: Annotated[str | None, typer.Option(help="Version of the bundle.")] = None,
) -> None:
    """Check the data, fine-tune, export, quantise, compare, evaluate, publish, and hold against the current bundle."""
    from evaluation.cells import read_pairs
    from evaluation.errors import EvaluationError
    from models.errors import ModelError
    from training.config import ConfigError, check_config, read_config
    from training.parity import ParityError
    from training.pipeline import run_pipeline

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    try:
        read = read_config(config)
        values = read.model_dump()
        values["data"]["columns"] |= read_pairs(column or [])
        values |= {key: value for key, value in (("base", base), ("name", name), ("version", version)) if value}
        read = check_config(values, place="command line")
        outcome = run_pipeline(read, train=data, evaluate=evaluate, out=out, current=current)
    except (ConfigError, EvaluationError, ModelError, ParityError) as error:
        _CONSOLE.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from error
    table = Table("head", "figure", "value", "95 %", "n", "SVM")
    for head in outcome.report.heads:
        for key, figure in head.figures.items():
            other = outcome.report.baseline.get(head.head, {}).get(key)
            beside = f"{other.value:.3f}" if other else ""
            interval = f"{figure.low:.3f}–{figure.high:.3f}"
            table.add_row(head.head, key, f"{figure.value:.3f}", interval, str(figure.count), beside)
    _CONSOLE.print(table)
    _CONSOLE.print(f"bundle: {outcome.bundle}")
    if outcome.gate is not None and not outcome.gate.accepted:
        _CONSOLE.print("the gate refuses it:", *outcome.gate.reasons, sep="\n", style="red", markup=False)
        raise typer.Exit(3)
    if outcome.gate is not None and outcome.gate.unjudged:
        _CONSOLE.print(f"not judged, for want of labelled rows: {', '.join(outcome.gate.unjudged)}", markup=False)
    _CONSOLE.print(f"next: suqiu-models --root REGISTRY add {shlex.quote(str(outcome.bundle))}", markup=False)


@app.command()
def profile(
    history: Annotated[Path, typer.Option("--from", help="Past decisions: CSV, JSONL, Excel, Parquet.")],
    out: Annotated[Path, typer.Option(help="Folder for profile.toml, returns.toml and report.json.")],
    column: Annotated[list[str] | None, typer.Option(help="OUR_NAME=THEIR_COLUMN; levels as a+b.")] = None,
    district: Annotated[str | None, typer.Option(help="The district, where no column tells it.")] = None,
    city: Annotated[str, typer.Option(help="Name of the city in the profile.")] = "本市",
    departments: Annotated[Path | None, typer.Option(help="Units that are known; default: those of any city.")] = None,
    bundle: Annotated[
        Path | None, typer.Option(help="Bundle that will read the profile: its units, and its tree of categories.")
    ] = None,
    min_support: Annotated[int, typer.Option(min=1, help="Fewer orders than these are no precedent.")] = 3,
    held_back: Annotated[float, typer.Option(min=0.05, max=0.5, help="Share that the check is made on.")] = 0.2,
) -> None:
    """Propose a city profile from past decisions, and tell how much of held-back decisions it explains."""
    from evaluation.cells import read_pairs
    from evaluation.errors import EvaluationError
    from models.bundle import Bundle
    from models.errors import ModelError
    from models.taxonomy import open_departments
    from training.proposal import DEPARTMENTS, propose
    from training.telling import tell_proposed

    try:
        columns = read_pairs(column or [])
        opened = Bundle.open(bundle) if bundle else None
        own = opened.departments if opened and not departments else open_departments(departments or DEPARTMENTS)
        proposed = propose(
            history, out, columns=columns, district=district, city=city, departments=own,
            min_support=min_support, held_back=held_back, taxonomy=opened.taxonomy if opened else None,
            tell=lambda line: _CONSOLE.print(line, markup=False),
        )  # fmt: skip
    except (EvaluationError, ModelError) as error:
        _CONSOLE.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from error
    for part in tell_proposed(proposed):
        _CONSOLE.print(part, markup=False)
    _CONSOLE.print(f"proposed: {out / 'profile.toml'}; read it, then try it: suqiu-evaluate dispatch … --profile")


def main() -> None:
    """Entry point of the console script. Without the name of a command, the options are those of `train`."""
    sys.exit(app(name_command(sys.argv[1:])))


def name_command(arguments: list[str]) -> list[str]:
    """`--data …` is `train --data …`: training was the only command once, and is called so in scripts."""
    if arguments[:1] and (arguments[0] in _COMMANDS or arguments[0] == "--help"):
        return arguments
    return ["train", *arguments]


if __name__ == "__main__":
    main()
