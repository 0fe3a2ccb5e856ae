"""Processors: how many cores this process may use, and which of its threads go first on them.

By its affinity and its container's quota, not the host's count.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

_PROCESS = Path("/proc/self/cgroup")
_TREE = Path("/sys/fs/cgroup")
_GIVES_WAY = 5


def count_processors(*, process: Path = _PROCESS, tree: Path = _TREE) -> int:
    """Cores by affinity, lowered to the whole cores of the cgroup quota (v2 `cpu.max`, else v1); at least 1."""
    cores = len(os.sched_getaffinity(0))
    quota = read_quota(process=process, tree=tree)
    return max(1, cores if quota is None else min(cores, int(quota)))


def give_way() -> None:
    """Let the threads that answer go before this one, which computes: a refusal or a probe waits for none of its rows.

    Linux has a niceness per thread; elsewhere nothing happens.
    """
    with suppress(OSError, AttributeError):
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _GIVES_WAY)  # 19 at most


def read_quota(*, process: Path, tree: Path) -> float | None:
    """The smallest quota between the process's cgroup and the root, in cores; None where there is none."""
    folder = tree / _path_of(process)
    quotas = []
    for place in (folder, *folder.parents):
        if not place.is_relative_to(tree):
            break
        quotas += _quota_at(place)
    quotas += _quota_at(tree / "cpu")
    return min(quotas, default=None)


def _path_of(process: Path) -> str:
    try:
        lines = process.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return ""
    return next((line[3:].lstrip("/") for line in lines if line.startswith("0::")), "")


def _quota_at(folder: Path) -> list[float]:
    try:
        if (folder / "cpu.max").is_file():
            limit, period = (folder / "cpu.max").read_text(encoding="ascii").split()
        else:
            limit, period = (
                (folder / f"cpu.cfs_{name}_us").read_text(encoding="ascii") for name in ("quota", "period")
            )
        return [int(limit) / int(period)] if int(limit) > 0 else []
    except (OSError, ValueError, ZeroDivisionError):
        return []
