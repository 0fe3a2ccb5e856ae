"""Errors of this room. Each message gives place, fact and remedy, and never a citizen's words."""

from __future__ import annotations


class EvaluationError(Exception):
    """A file or a request that cannot be evaluated."""


class LabelError(EvaluationError):
    """A labelled row that is not of the shape that `evaluation.labelled` describes."""
