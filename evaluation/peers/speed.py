"""Speed: suqiu-serve and one peer side by side, the same tickets, ratios from one run. README.md here has the commands.

    python -m evaluation.peers.speed --peer litserve --python /tmp/peers/litserve/bin/python --model /tmp/peers/model \
        --bundle models/store/default --data annotated_dev.jsonl --out litserve.json
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import cycle, islice
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from tokenizers import Tokenizer

from evaluation.client import write_ticket
from evaluation.errors import EvaluationError
from evaluation.labelled import LabelledDocument, read_labelled
from evaluation.peers.duel import Outcome, Side, fight
from evaluation.peers.lineup import PEERS, Tuning, serve_peer, write_body
from evaluation.report import write_whole
from evaluation.server import serve
from evaluation.tables import show_progress
from models.document import Document

FAILED: Final = 2
CLIENTS: Final = (1, 8, 16, 32)
MAX_TOKENS: Final = 510  # what fits between [CLS] and [SEP] of a row of 512
_OURS: Final = {"category": 1, "intake": 4}  # tasks that a route answers; a peer's head is one
_TUNING: Final = Tuning()

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@app.command()
def speed(
    peer: Annotated[str, typer.Option(help=f"One of {', '.join(PEERS)}.")],
    python: Annotated[Path, typer.Option(help="Interpreter of the environment that holds the peer.")],
    model: Annotated[Path, typer.Option(help="Folder that evaluation.peers.stand_in wrote.", file_okay=False)],
    bundle: Annotated[Path, typer.Option(help="Folder of a bundle.", exists=True, file_okay=False)],
    data: Annotated[Path, typer.Option(help="Labelled JSONL file.", exists=True, dir_okay=False)],
    tickets: Annotated[int, typer.Option(help="Tickets of a block.", min=1)] = 200,
    clients: Annotated[list[int] | None, typer.Option(help="Clients at a time; may be repeated.", min=1)] = None,
    rounds: Annotated[int, typer.Option(min=1)] = 4,
    limit_s: Annotated[float, typer.Option(help="A block ends after this, answered or not.")] = 60.0,
    workers: Annotated[int, typer.Option(help="The peer's processes.", min=1)] = _TUNING.workers,
    batch: Annotated[int, typer.Option(help="Rows that the peer may join.", min=1)] = _TUNING.batch,
    wait_ms: Annotated[float, typer.Option(help="How long it waits for more of them.", min=0)] = _TUNING.wait_ms,
    command: Annotated[str, typer.Option(help="How our own service is started.")] = "suqiu-serve",
    log: Annotated[Path | None, typer.Option(help="File for what the peer prints.", dir_okay=False)] = None,
    out: Annotated[Path | None, typer.Option(help="File for the result as JSON.", dir_okay=False)] = None,
) -> None:
    """Print rates, waits, processor time, memory and ratios of suqiu and a peer, measured in alternating blocks."""
    tuning = Tuning(workers=workers, batch=batch, wait_ms=wait_ms)
    with _failing_well(), contextlib.ExitStack() as stack:
        if peer not in PEERS:
            raise EvaluationError(f"there is no peer '{peer}'; name one of {', '.join(PEERS)}")
        theirs = stack.enter_context(serve_peer(PEERS[peer], python=python, model=model, tuning=tuning, log=log))
        ours = stack.enter_context(serve(command, bundle=bundle))
        tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        texts = pick_texts(read_labelled(data), tokenizer, count=tickets)
        own = [write_ticket(Document.of(text)) for text in texts]
        asked = [write_body(PEERS[peer], text) for text in texts]
        sides = [Side(f"suqiu {route}", ours, f"/v1/{route}", own, tasks=tasks) for route, tasks in _OURS.items()]
        sides.append(Side(peer, theirs, PEERS[peer].route, asked))
        counts = clients or list(CLIENTS)
        progress = stack.enter_context(show_progress())
        task = progress.add_task("blocks", total=rounds * len(sides) * len(counts))
        outcome = fight(
            sides,
            clients=counts,
            rounds=rounds,
            limit_s=limit_s,
            advance=lambda name: progress.update(task, advance=1, description=name),
        )
        if out is not None:
            how = {"peer": peer, "tuning": asdict(tuning), "cores": len(os.sched_getaffinity(0)), "rounds": rounds}
            write_whole(out, json.dumps(how | asdict(outcome), indent=1))
    Console().print(*tabulate(outcome), sep="\n")


def pick_texts(documents: Sequence[LabelledDocument], tokenizer: Tokenizer, *, count: int) -> list[str]:
    """So many texts in a fixed random order, each one cut to what every peer reads. All differ, if there are enough."""
    known = dict.fromkeys("\n".join(part.text for part in one.document.segments).strip() for one in documents)
    cut = [cap(text, tokenizer) for text in known if text]
    if not cut:
        raise EvaluationError("the data hold no text; name a labelled file of tickets")
    random.Random(0).shuffle(cut)
    return list(islice(cycle(cut), count))


def cap(text: str, tokenizer: Tokenizer, *, max_tokens: int = MAX_TOKENS) -> str:
    """The beginning of a text that is at most so many tokens."""
    # A text that was cut may be split differently at its end: it is counted again, and keeps a token less each time.
    for kept in range(max_tokens, 0, -1):
        encoding = tokenizer.encode(text, add_special_tokens=False)
        if len(encoding) <= max_tokens:
            break
        text = text[: encoding.offsets[kept - 1][1]]
    return text


def tabulate(outcome: Outcome) -> tuple[Table, Table]:
    """All sides, and the ratios."""
    sides = _table("side", "clients", "rate/s", "p50 ms", "p95", "p99", "CPU ms", "idle", "MiB", "n", "errors")
    for one in outcome.standings:
        waits = (f"{wait:.1f}" for wait in (one.p50_ms, one.p95_ms, one.p99_ms))
        used = (_tell(one.cpu_ms, 1), _tell(one.idle_cores, 2), _tell(one.memory_mib, 0))
        sides.add_row(one.name, str(one.clients), f"{one.rate:.1f}", *waits, *used, str(one.tickets), str(one.errors))
    ratios = _table("tasks per second", "clients", "ratio", "lowest", "highest")
    for share in outcome.ratios:
        told = (f"{value:.2f}" for value in (share.median, share.low, share.high))
        ratios.add_row(f"{share.name} / {share.over}", str(share.clients), *told)
    return sides, ratios


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table


def _tell(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


@contextlib.contextmanager
def _failing_well() -> Iterator[None]:
    # Told to stop, it still ends the services that it started.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    except EvaluationError as error:
        Console(stderr=True).print(str(error), style="red", highlight=False, markup=False)
        raise typer.Exit(FAILED) from error


if __name__ == "__main__":
    app()
