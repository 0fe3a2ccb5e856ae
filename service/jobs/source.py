"""Source: a path that a caller named → a file that they may have relabelled, or a refusal that tells nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from service.errors import Fault, ServiceError


def resolve_source(path: str, roots: Sequence[Path], *, private: Path) -> Path:
    """The file behind a path, every link followed, if it lies under a root and not among the jobs' own files.

    What is found is opened later: whoever may write into a root could put a link in its place meanwhile.
    Errors: ServiceError 422, the same whether the file is missing, elsewhere, or no file.
    """
    try:
        found = Path(path).resolve(strict=True)
        allowed = any(found.is_relative_to(root.resolve()) for root in roots)
        if Path(path).is_absolute() and allowed and found.is_file() and not found.is_relative_to(private.resolve()):
            return found
    except (OSError, RuntimeError, ValueError):  # missing, a loop of links, a NUL
        pass
    detail = "the path is no file under one of SUQIU_JOBS_ROOTS; send an absolute path to one, or upload the file"
    raise ServiceError(422, "path_refused", detail, faults=[Fault(("path",), "path_refused", detail)])
