"""Errors of this room. Each message gives place, fact and remedy."""

from __future__ import annotations


class ModelError(Exception):
    """Anything that a bundle or an input did wrong."""

    code = "model_error"


class BundleError(ModelError):
    """A bundle that cannot be opened or written: torn, tampered, of another format, or at odds with itself."""

    code = "bundle_invalid"


class CanaryError(BundleError):
    """A bundle whose answers to its own canary sentences are not the ones it was published with."""

    code = "bundle_canary_failed"


class RefusedError(BundleError):
    """A bundle that is whole, and that the service refuses for what its city files say."""

    code = "bundle_refused"


class TextError(ModelError):
    """A text that cannot be read: lone surrogates, or nothing left after folding."""

    code = "text_invalid"


class DeadlineError(ModelError):
    """A run that was stopped because its deadline passed."""

    code = "deadline_exceeded"


class NonFiniteError(ModelError):
    """A model that answered with NaN or infinity."""

    code = "model_not_finite"
