"""Trial: what the service says of a bundle's city files before the bundle is published or becomes current.

Profile, form, gazetteer and signals are read by the service alone, and this room knows no other. So the service is
asked by its command, in a process of its own, and only where what serving needs is installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from models.errors import RefusedError

_ROOMS = Path(__file__).parents[1]
_SECONDS = 300  # a load takes one or two; what takes this long would hang the service, too


def can_serve() -> bool:
    """Whether the service can be asked here: what only the extra `serve` brings is installed."""
    return find_spec("uvicorn") is not None


def try_city(folder: Path) -> None:
    """Let the service open the city files of a bundle, or of a draft that has no model yet.

    Errors: RefusedError with the service's own reason.
    """
    # Not from the working folder, which may hold a folder `service` of its own.
    command = [sys.executable, "-P", "-m", "service.cli", "--check-city", str(folder.resolve())]
    path = os.pathsep.join([str(_ROOMS), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path}
    try:
        asked = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise RefusedError(
            f"the service was not done with the city files of {folder.name} after {_SECONDS} s; look for a pattern "
            "that repeats what repeats, such as (a+)+"
        ) from error
    if asked.returncode:
        reason = next(reversed(asked.stderr.strip().splitlines()), f"status {asked.returncode}")
        raise RefusedError(f"the service refuses it: {reason}")
