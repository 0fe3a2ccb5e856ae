"""Version: which release of the service runs, as /openapi.json, /metrics and the log tell it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """Version of the installed package; `0` where it runs from files that nobody installed."""
    try:
        return version("suqiu")
    except PackageNotFoundError:
        return "0"
