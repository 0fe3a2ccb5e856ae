"""Hub: where a base comes from — a folder, the shipped one included, or a name that a hub of models knows."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

from rich.console import Console
from transformers import AutoConfig

from training.config import ConfigError
from training.network import Encoder, open_encoder
from training.parity import ParityError

_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)


def check_base(base: str) -> None:
    """Find out whether there is such a base before any time is spent. Errors: ConfigError."""
    place = Path(base)
    if (place / "config.json").is_file():
        return
    if place.exists():
        raise ConfigError(f"base {base} holds no config.json; name a folder with the files of a model")
    if _is_path(base):
        raise ConfigError(
            f"base {base}: there is no such folder{_suggest(place)}; name one with the files of a model, or a name "
            "that a hub knows, such as hfl/rbt3"
        )
    # Its library asks again and again before it gives up.
    asking = f"base {base} is no folder here: asking the hub (half a minute where it cannot be reached)"
    Console(stderr=True).print(asking, markup=False)
    try:
        AutoConfig.from_pretrained(base)
    except (OSError, ValueError) as error:
        raise _unknown(base) from error


def open_base(base: str) -> Encoder:
    """The encoder of a base. Errors: ConfigError where it cannot be read."""
    try:
        return open_encoder(base)
    except OSError as error:
        if Path(base).is_dir():
            raise ConfigError(f"base {base} cannot be read ({_first(error)}); copy it again") from error
        raise _unknown(base) from error


def find_tokenizer(base: str, folder: Path) -> Path:
    """The base's tokenizer.json; one that transformers has to make is written to `folder`. Errors: ParityError."""
    stored = Path(base) / "tokenizer.json"
    if stored.is_file():
        return stored
    from transformers import AutoTokenizer

    backend = getattr(AutoTokenizer.from_pretrained(base), "backend_tokenizer", None)
    if backend is None:
        raise ParityError(f"{base} has no fast tokenizer; choose a base with a tokenizer.json")
    target = folder / "base-tokenizer.json"
    backend.save(str(target))
    return target


def _is_path(base: str) -> bool:
    """Names of a hub have one stroke at most; what stands in a folder that is there is meant to be a folder, too."""
    return base.startswith((".", "/", "~")) or not _NAME.fullmatch(base) or ("/" in base and Path(base).parent.is_dir())


def _unknown(base: str) -> ConfigError:
    return ConfigError(
        f"base {base} is no folder here{_suggest(Path(base))}, and no hub gave it; correct the name, or where no hub "
        "can be reached, download it elsewhere and name its folder"
    )


def _suggest(place: Path) -> str:
    beside = [folder.name for folder in place.parent.iterdir() if folder.is_dir()] if place.parent.is_dir() else []
    near = get_close_matches(place.name, beside, n=1)
    return f" (did you mean {place.parent / near[0]}?)" if near else ""


def _first(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
