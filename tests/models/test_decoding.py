"""Logits become scores, and one head of spans is read where there are two."""

from __future__ import annotations

from models.manifest import TaskSpec

TASK = TaskSpec(name="spans", kind="spans", labels=("time", "demand"))
