"""Large blocks go back to the system, unless an operator said otherwise."""

import os
import platform
import subprocess
import sys

import pytest

# Frees three blocks above the limit that would else have been kept for later, and tells whether the memory is gone.
PROBE = """
import numpy as np
from service.memory import return_large_blocks
taken = return_large_blocks()
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
for megabytes in (8, 20, 30):
    np.ones(megabytes * 1024 * 1024, dtype=np.uint8)
before = resident()
blocks = [np.ones(24 * 1024 * 1024, dtype=np.uint8), np.ones(1024, dtype=np.uint8)]
del blocks[0]
print(taken, resident() - before < 4 * 1024 * 1024)
"""


def _run(**environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env={**clean, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc only")
def test_large_blocks_go_back() -> None:
    assert _run() == "True True"


def test_an_operators_own_setting_stands() -> None:
    assert _run(MALLOC_ARENA_MAX="4").startswith("False")
