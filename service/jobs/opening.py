"""Opening: whether this service has jobs — a desk where a folder is set and the extra installed, else a closed one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from service.errors import ServiceError
from service.settings import Settings
from service.telemetry import Log, Metrics

if TYPE_CHECKING:
    from service.jobs.desk import Desk


# What the extra brings and a job needs, here or in its own process.
_EXTRA: Final = ("sqlalchemy", "alembic", "psycopg", "python_multipart", "openpyxl", "pyarrow", "rich", "xlsxwriter")


@dataclass(frozen=True, slots=True)
class ClosedDesk:
    """No jobs here; `remedy` says what would change that."""

    remedy: str

    def begin(self) -> None:
        """Nothing to start."""

    def begin_stop(self) -> None:
        """Nothing to stop."""

    async def close(self) -> None:
        """Nothing to wait for."""

    def refusal(self) -> ServiceError:
        """What everyone is told who asks for jobs."""
        return ServiceError(501, "jobs_disabled", f"this service has no jobs; {self.remedy}")


def open_desk(
    settings: Settings, *, bundle: Callable[[], Path | None], log: Log, metrics: Metrics
) -> Desk | ClosedDesk:
    """The desk of a service. SQLAlchemy and the rest of the extra are loaded only where jobs were set up."""
    if settings.jobs_folder is None:
        return ClosedDesk("set SUQIU_JOBS_FOLDER, and install 'suqiu[relabel]'")
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        log.warn("jobs_disabled", missing=missing)
        return ClosedDesk(f"{missing[0]} is not installed; pip install 'suqiu[relabel]'")
    from service.jobs.desk import Desk

    return Desk(settings, root=settings.jobs_folder.resolve(), bundle=bundle, log=log, metrics=metrics)
