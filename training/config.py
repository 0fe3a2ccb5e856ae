"""Configuration: everything that a run of training is a function of, read from one TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class ConfigError(Exception):
    """A configuration that cannot be used; the message names file, key, fact and remedy."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HeadConfig(_Strict):
    """One head. `labels` is a list, a file of the city folder, or is learnt from the data where absent.

    `column` names where an auxiliary head's labels stand. For a head of spans that is a list of {start, end, label}
    (rows with a label of another set are left out), or a text made of the ticket's words, which are then marked.

    A tree's leaves come from the city's taxonomy.json, or, with `taxonomy = "data"`, are the labels that occur.
    `publish = false` makes the head an auxiliary task: it shapes the encoder and is left out of the bundle.
    """

    name: str
    kind: Literal["single", "tree", "multi", "spans"]
    labels: tuple[str, ...] | None = None
    taxonomy: Literal["city", "data"] = "city"
    column: str | None = None
    weight: float = 1.0
    publish: bool = True


class DataConfig(_Strict):
    """Where rows come from. `columns` maps our names (text, title, category, …) to those of the files."""

    columns: dict[str, str] = {}
    validation_share: Annotated[float, Field(gt=0, lt=0.5)] = 0.1
    split_by: Literal["similarity", "time"] = "similarity"
    rare_below: int = 5
    limit: int | None = None


class FinetuneConfig(_Strict):
    """The fine-tuning loop. `row_tokens` is the padded size of a batch; rates are peaks of a linear schedule.

    Where some rows are a teacher's or `train_only`, `finish_epochs` follow on the others, and those that
    are `lasting`, alone. Calls are few beside
    written messages and spoken differently: an epoch reads each of them `call_repeats` times. Where output goes to a
    file instead of a terminal, a line every `tell_every` steps stands for the progress bar.
    """

    epochs: Annotated[float, Field(gt=0)] = 8
    finish_epochs: Annotated[float, Field(ge=0)] = 1
    call_repeats: Annotated[int, Field(ge=1)] = 1
    row_tokens: int = 4096
    window: int = 512
    encoder_rate: float = 4e-4
    table_rate: float = 2e-4
    head_rate: float = 1.5e-3
    layer_decay: float = 0.85
    warmup_share: float = 0.06
    weight_decay: float = 0.02
    dropout: float = 0.15
    label_smoothing: float = 0.05
    average: float = 0.995
    drop_title: float = 0.1
    drop_punctuation: float = 0.1
    shared_size: int = 384
    token_size: int = 256
    save_every: int = 200
    tell_every: Annotated[int, Field(ge=1)] = 50
    threads: int | None = None


class LexicalConfig(_Strict):
    """The linear path beside the encoder (docs/decisions/0003).

    `most_rows` bounds its time, the cube of the rows, and its memory, their square: 16,000 take 12 minutes and 15 GB.
    """

    enabled: bool = True
    rank: int = 320
    most_rows: int = 16_000


class QuantiseConfig(_Strict):
    """What is served: fp32, or int8 weights with activations quantised per row (docs/decisions/0002, 0009).

    `largest_drop` is the share of held-back answers that this may cost a head (training.parity).
    """

    precision: Literal["fp32", "int8"] = "int8"
    largest_drop: float = 0.003


class TrainConfig(_Strict):
    """One run, from labelled rows to a bundle. `about` is what its card says of the labels."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] = "suqiu-base"
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.-]+)?$")] = "0.1.0"
    base: str = "default"
    city: str = "default"
    seed: int = 7
    about: str = ""
    data: DataConfig = DataConfig()
    heads: tuple[HeadConfig, ...]
    finetune: FinetuneConfig = FinetuneConfig()
    lexical: LexicalConfig = LexicalConfig()
    quantise: QuantiseConfig = QuantiseConfig()

    def folder_of_city(self) -> Path:
        """Taxonomy, departments, gazetteer, form, signals and profile that go into the bundle."""
        return _store() / "city" if self.city == "default" else Path(self.city)

    def base_name(self) -> str:
        """Folder of the shipped base, another folder, or a hub name."""
        return str(_store() / "base") if self.base == "default" else self.base


def _store() -> Path:
    import models

    return Path(str(models.__file__)).parent / "store"


def read_config(path: Path) -> TrainConfig:
    """Parse and check a configuration. Errors: ConfigError with file and key."""
    try:
        return check_config(tomllib.loads(path.read_text(encoding="utf-8")), place=str(path))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}); name an existing TOML file") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}; mend the TOML") from error


def check_config(values: dict[str, object], *, place: str) -> TrainConfig:
    """Check a configuration. Errors: ConfigError with place and key."""
    try:
        return TrainConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{place}: {key}: {first['msg']}; see training/configs/base.toml") from error
