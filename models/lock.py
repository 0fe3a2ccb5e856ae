"""Lock: a folder that is one process's for a while.

The lock stands on the folder itself and the system drops it whatever its process dies of: none is ever stale, and
nothing is left to be cleared away.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[bool]:
    """For the block nobody else holds the folder; False where its file system has no locks, and so anyone may.

    Over NFS a lock holds among the processes of one machine. Errors: BlockingIOError where another process holds it
    and `wait` is not said; OSError where the folder cannot be opened.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield _lock(descriptor, wait=wait)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, *, wait: bool) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True
