"""Session: one token row → logits of the asked heads. The only import of onnxruntime."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
import onnxruntime as ort

from models.encoding import Window
from models.errors import BundleError, DeadlineError, NonFiniteError
from models.spans import Floats

Provider = Literal["cpu", "cuda", "openvino"]
_PROVIDERS: Final[Mapping[Provider, str]] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
INPUTS: Final = ("input_ids", "attention_mask", "token_types")
# How ONNX writes the key of a tensor that is read from a path, which could lead anywhere (CVE-2022-25882 and kin).
_EXTERNAL: Final = b"\x0a\x08location\x12"


class Session:
    """An opened model.onnx.

    Threads are explicit, because onnxruntime counts the host's cores and not the container's share; spinning is off,
    because idle spinning starves the other process on a small machine; memory pattern and arena are off, because both
    keep memory for every shape ever seen, and the C library alone is faster (docs/decisions/0002).
    """

    def __init__(self, path: Path, *, threads: int, provider: Provider = "cpu") -> None:
        if _PROVIDERS[provider] not in ort.get_available_providers():
            raise BundleError(
                f"the installed onnxruntime has no {provider} provider; install the build that has it, or choose cpu"
            )
        if _EXTERNAL in path.read_bytes():
            raise BundleError(f"{path.name} keeps weights in another file, which no hash covers; export one file")
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.enable_mem_pattern = False
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        try:
            # Its one kernel for "add, then normalise" takes three times as long as the two (docs/decisions/0002).
            self._session = ort.InferenceSession(
                str(path),
                options,
                # What a provider cannot compute, the processor does.
                providers=list(dict.fromkeys([_PROVIDERS[provider], _PROVIDERS["cpu"]])),
                disabled_optimizers=["SkipLayerNormFusion"],
            )
        except Exception as error:  # onnxruntime raises a dozen types of its own
            raise BundleError(
                f"{path.name} cannot be opened by onnxruntime ({type(error).__name__}); export again"
            ) from error
        self._outputs = {output.name: output.shape for output in self._session.get_outputs()}
        names = {node.name for node in self._session.get_inputs()}
        if names != set(INPUTS):
            raise BundleError(f"{path.name} takes {sorted(names)}, expected {sorted(INPUTS)}; export again")

    @property
    def outputs(self) -> Mapping[str, Sequence[int | str]]:
        """Shape of each head's logits, symbolic dimensions by name."""
        return self._outputs

    def run(self, window: Window, heads: Sequence[str], *, stop: Stop | None = None) -> dict[str, Floats]:
        """Logits of the heads for one row, shape (labels,); spans (width, kinds, 3).

        One row a run, at its exact width: int8 activations are quantised over all that a run holds, so a row beside
        others would be answered a little otherwise than alone, and padding costs more than batching gains on a CPU
        (docs/decisions/0002). Only the part of the graph that the heads need is computed.
        Errors: DeadlineError if `stop` was set; NonFiniteError if a logit is no number.
        """
        feeds = {
            "input_ids": window.ids[None],
            "attention_mask": np.ones((1, window.width), dtype=np.int64),
            "token_types": window.types[None],
        }
        options = ort.RunOptions()
        options.only_execute_path_to_fetches = True
        if stop is not None and not stop.watch(options):
            raise DeadlineError("the deadline passed before the model ran; send fewer or shorter texts")
        try:
            values = self._session.run(list(heads), feeds, options)
        except Exception as error:
            if stop is not None and stop.is_set:
                raise DeadlineError("the run was stopped at its deadline; send fewer or shorter texts") from error
            raise
        finally:
            if stop is not None:
                stop.release()
        for head, value in zip(heads, values, strict=True):
            if not np.isfinite(value).all():
                raise NonFiniteError(f"head '{head}' answered with a value that is no number; roll the bundle back")
        return {head: value[0] for head, value in zip(heads, values, strict=True)}


class Stop:
    """A handle by which another thread ends a run at its deadline."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._options: ort.RunOptions | None = None
        self.is_set = False

    def watch(self, options: ort.RunOptions) -> bool:
        """Attach the options of the run that begins; False if it had better not begin."""
        with self._lock:
            if not self.is_set:
                self._options = options
            return not self.is_set

    def release(self) -> None:
        """The run has ended; a later `set` has nothing to stop."""
        with self._lock:
            self._options = None

    def set(self) -> None:
        """Stop the run that is going on, or the next one."""
        with self._lock:
            self.is_set = True
            if self._options is not None:
                self._options.terminate = True
