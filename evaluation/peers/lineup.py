"""Lineup: the tools that suqiu is measured against, how each is started and how it is asked."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

from evaluation.errors import EvaluationError
from evaluation.server import Server, free_port, listen

_SERVERS: Final = Path(__file__).resolve().parent / "servers"
_READY_S: Final = 180.0
# No tool may ask a hub or tell its makers that it runs.
_OFFLINE: Final = MappingProxyType(
    {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "DO_NOT_TRACK": "1", "BENTOML_DO_NOT_TRACK": "True"}
)


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a peer may use the machine: processes, rows that it may join, and how long it waits for more of them.

    A tool reads what it knows of this; the naive peer nothing.
    """

    workers: int = 1
    batch: int = 16
    wait_ms: float = 2.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool: its command, where it says that it is ready, where it classifies, and what it wants to be sent.

    The command runs in the model's folder; {python}, {tools} (where its environment keeps commands), {servers},
    {port} and the tuning's names are filled in.
    """

    command: str
    body: Callable[[str], object]
    ready: str = "/health"
    route: str = "/classify"


def _infinity(engine: str) -> Peer:
    # A model that is named by a whole path makes it look for the ONNX file at that path twice over, hence the dot.
    command = "{tools}/infinity_emb v2 --model-id . --device cpu --batch-size {batch} --host 127.0.0.1 --port {port}"
    return Peer(f"{command} --log-level warning --engine {engine}", lambda text: {"input": [text]})


PEERS: Final[Mapping[str, Peer]] = MappingProxyType(
    {
        "naive": Peer("{python} {servers}/naive.py", lambda text: {"text": text}),
        "litserve": Peer("{python} {servers}/lit.py", lambda text: {"text": text}, route="/predict"),
        "bentoml": Peer(
            "{python} -m bentoml serve bento:Category --working-dir {servers} --host 127.0.0.1 --port {port}",
            lambda text: {"texts": [text]},
            ready="/readyz",
        ),
        "infinity-torch": _infinity("torch"),
        # Its warm-up sends rows longer than the model's positions, and this engine does not cut them.
        "infinity-onnx": _infinity("optimum --no-model-warmup"),
    }
)


@contextmanager
def serve_peer(peer: Peer, *, python: Path, model: Path, tuning: Tuning, log: Path | None = None) -> Iterator[Server]:
    """Start a peer in the environment of that interpreter, and end it at last.

    Errors: EvaluationError where the interpreter or the model is missing, or the tool is not ready in three minutes.
    """
    for needed, remedy in (
        (python, "see evaluation/peers/README.md"),
        (model, "write it by evaluation.peers.stand_in"),
    ):
        if not needed.exists():
            raise EvaluationError(f"{needed} is missing; {remedy}")
    port = free_port()
    settings = {f"PEER_{name.upper()}": str(value) for name, value in asdict(tuning).items()}
    settings |= {"PEER_MODEL": str(model.resolve()), "PEER_PORT": str(port)}
    # The interpreter's link is not followed: the folder in which it lies is what makes the environment.
    places = {"python": python.absolute(), "tools": python.absolute().parent, "servers": _SERVERS, "port": port}
    command = [part.format(**places, **asdict(tuning)) for part in shlex.split(peer.command)]
    with TemporaryDirectory() as home:
        # Caches and homes of the tools lie in a folder that goes with the measurement.
        environment = os.environ | _OFFLINE | settings | {"HF_HOME": home, "BENTOML_HOME": home}
        with listen(
            command,
            port=port,
            environment=environment,
            ready=peer.ready,
            ready_s=_READY_S,
            folder=model,
            log=log,
        ) as server:
            yield server


def write_body(peer: Peer, text: str) -> bytes:
    """The request by which this peer classifies a text."""
    return json.dumps(peer.body(text), ensure_ascii=False).encode()
