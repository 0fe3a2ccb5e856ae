"""Memory: the C library told to give large blocks back, before the first is asked for.

A run's activations are blocks of megabytes whose sizes change with every ticket. glibc keeps freed blocks for later, in
an arena for every thread, and raises the size from which it would return them to the system: after an hour of tickets
of all lengths a service holds four times what it needs. Two arenas, and a fixed size from which a block is returned,
hold it near what it needs.
"""

from __future__ import annotations

import ctypes
import os

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # of malloc.h
_LARGE = 4 * 1024 * 1024  # bytes
_ARENAS = 2


def return_large_blocks() -> bool:
    """Whether the C library took the advice. An operator's own MALLOC_… settings are left as they are."""
    if any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return False
    try:
        advise = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False  # another C library, which has its own ways
    return all([advise(_ARENA_MAX, _ARENAS) == 1, advise(_MMAP_THRESHOLD, _LARGE) == 1])
