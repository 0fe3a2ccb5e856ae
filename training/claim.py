"""Claim: the folder of a run belongs to one run, and to one process at a time."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from evaluation.report import write_whole
from models.lock import locked
from training.config import ConfigError, TrainConfig
from training.dataset import Example, digest_of

_ANY = {"name", "version", "about"}  # nothing that is learnt depends on them
_TOLD = 5


@contextmanager
def claimed(out: Path, config: TrainConfig, examples: Sequence[Example], held_out: Sequence[Example]) -> Iterator[None]:
    """For the block the folder is this run's alone.

    Errors: ConfigError where another run, of other rows or settings, stands in it, or another process is at work there.
    """
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        # Of a run on several GPUs, or machines, whose processes share the folder, the first one holds it.
        if os.environ.get("RANK", "0") == "0":
            try:
                held.enter_context(locked(out))
            except BlockingIOError as error:
                raise ConfigError(
                    f"another suqiu-train is at work in {out}; wait until it ends, or choose another --out"
                ) from error
        _mark(out, config, examples, held_out)
        yield


def _mark(out: Path, config: TrainConfig, examples: Sequence[Example], held_out: Sequence[Example]) -> None:
    settings = config.model_dump_json(exclude=_ANY)
    key = {
        "settings": hashlib.sha256(settings.encode()).hexdigest(),
        "rows": digest_of(examples),
        "evaluated rows": digest_of(held_out),
    }
    kept = out / "run.json"
    before = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else key
    told = {
        "settings": f"settings ({_changes(out / 'config.json', config)})",
        "rows": "rows",
        "evaluated rows": "rows to measure on",
    }
    if changed := [told[name] for name, value in key.items() if before.get(name) != value]:
        raise ConfigError(
            f"{out} holds a run with other {' and other '.join(changed)}; choose another --out, or empty it"
        )
    write_whole(kept, json.dumps(key, indent=1))
    write_whole(out / "config.json", config.model_dump_json(indent=1))


def _changes(kept: Path, config: TrainConfig) -> str:
    """What the run in the folder has otherwise, as it is written in a configuration: `finetune.epochs was 2, is 3`."""
    if not kept.exists():
        return "which ones is not known: its config.json is gone"
    old, new = (
        dict(_flat(values)) for values in (json.loads(kept.read_text("utf-8")), json.loads(config.model_dump_json()))
    )
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name) and name not in _ANY]
    lines = [f"{name} was {_spell(old.get(name))}, is {_spell(new.get(name))}" for name in changed[:_TOLD]]
    more = len(changed) - len(lines)
    return "; ".join([*lines, *([f"and {more} more"] if more else [])]) or "by another release of suqiu"


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, list) and name == "heads":
            value = {head["name"]: head for head in value}
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _spell(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if value is not None else "not set"
    return text if len(text) <= 60 else text[:57] + "…"
