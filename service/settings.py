"""Settings: what an operator may choose, read from the environment (`SUQIU_…`) once, when the service is created."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

import models
from models.registry import Registry
from models.session import Provider
from service.processors import count_processors

Digest = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]
Digests = Annotated[tuple[Digest, ...], NoDecode]


def _shipped_bundle() -> Path:
    return Path(next(iter(models.__path__))) / "store" / "default"


class Settings(BaseSettings):
    """Every limit of the service. Names carry their units."""

    model_config = SettingsConfigDict(env_prefix="SUQIU_", extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    bundle: Path = Field(default_factory=_shipped_bundle)
    registry: Path | None = None
    """Where set, the registry's current bundle is served instead of `bundle`."""

    workers: Annotated[int, Field(ge=1, le=256)] = Field(default_factory=count_processors)
    """Runs of the model at the same time, on one shared session."""
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    """Threads within one run."""
    provider: Provider = "cpu"
    """What computes the runs; others than the processor need a build of onnxruntime of their own."""

    max_characters: Annotated[int, Field(ge=1)] = 100_000
    """Longer tickets are refused; beyond the bundle's own limit a text is read in part and marked `truncated`."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 16 * 1024 * 1024
    max_bodies_bytes: Annotated[int, Field(ge=1024)] = 64 * 1024 * 1024
    """Of all tickets that are being read or answered, together; parsed, they take several times as much memory."""
    body_seconds: Annotated[float, Field(gt=0)] = 15.0
    max_tickets_in_flight: Annotated[int, Field(ge=1)] = 1024
    max_queue_tokens: Annotated[int, Field(ge=1024)] = 131_072
    max_wait_ms: Annotated[int, Field(ge=1)] = 4_000
    """A single ticket that would wait longer for a worker is refused at the door."""
    deadline_ms: Annotated[int, Field(ge=1)] = 10_000
    batch_deadline_ms: Annotated[int, Field(ge=1)] = 120_000
    retry_after_seconds: Annotated[int, Field(ge=1)] = 2

    max_live_calls: Annotated[int, Field(ge=0)] = 256
    """Running calls that are followed at the same time over /v1/live."""
    live_idle_seconds: Annotated[float, Field(gt=0)] = 900.0
    """After so long without a word a session is closed."""
    live_message_bytes: Annotated[int, Field(ge=1024)] = 256 * 1024

    drain_seconds: Annotated[float, Field(ge=0)] = 20.0
    """From SIGTERM to the end, whatever happens."""
    drain_notice_seconds: Annotated[float, Field(ge=0)] = 2.0
    """Of these, how long the service still accepts while /readyz already says no."""

    api_key_sha256: Digests = ()
    """Without any, everyone who reaches the port may ask."""
    admin_key_sha256: Digests = ()
    """Without any, nobody may reload by HTTP (SIGHUP remains)."""

    jobs_folder: Path | None = None
    """Where jobs keep their files, and their state unless `jobs_database` says otherwise; without it, no jobs."""
    jobs_database: str | None = Field(None, pattern=r"^(sqlite:///.|postgresql(\+psycopg)?://)", repr=False)
    """A URL: sqlite:///… or postgresql://…; processes that share it share `jobs_folder` too."""
    jobs_roots: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders whose files a job may name by path, split by commas; without any, files can only be uploaded."""
    jobs_workers: Annotated[int, Field(ge=1, le=256)] = 1
    """Processes of one job."""
    jobs_at_once: Annotated[int, Field(ge=0, le=64)] = 1
    """Jobs that this process carries out at the same time; 0 leaves them to the others."""
    jobs_per_key: Annotated[int, Field(ge=1)] = 4
    """Jobs of one key that are queued, running, or being uploaded."""
    jobs_max_upload_bytes: Annotated[int, Field(ge=1024)] = 2 * 1024**3
    jobs_keep_days: Annotated[float, Field(gt=0)] = 7.0
    """From a job's end until it and its files are removed."""
    jobs_lease_seconds: Annotated[float, Field(ge=1)] = 15.0
    """After so long without a sign of life of the process that carries it out, a job is taken over."""

    @field_validator("jobs_folder", "jobs_database", mode="before")
    @classmethod
    def _unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("api_key_sha256", "admin_key_sha256", "jobs_roots", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("api_key_sha256", "admin_key_sha256")
    @classmethod
    def _in_small_letters(cls, value: Digests) -> Digests:
        return tuple(digest.lower() for digest in value)

    def bundle_place(self) -> Path:
        """Folder of the bundle to serve. Errors: BundleError where the registry has no current one."""
        return self.bundle if self.registry is None else Registry(self.registry).current()
