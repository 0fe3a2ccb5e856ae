"""Export: the trained network → one model.onnx, without paths or stack traces of the machine that made it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from models.encoding import Window
from models.session import INPUTS, Session
from training.heads import TicketModel
from training.parity import ParityError

_TOLERANCE = 1e-3  # the same arithmetic in another order of additions


class _Outputs(nn.Module):
    """The model with its published heads in a fixed order, as graph outputs need them."""

    def __init__(self, model: TicketModel, heads: Sequence[str]) -> None:
        super().__init__()
        self.model = model
        self.names = tuple(heads)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_types: Tensor) -> tuple[Tensor, ...]:
        logits = self.model(input_ids, attention_mask, token_types)
        return tuple(logits[name] for name in self.names)


def export(model: TicketModel, heads: Sequence[str], target: Path) -> None:
    """Write the graph in fp32 with free batch and width. Auxiliary heads stay behind."""
    model.eval()
    model.keep(heads)
    rows, width = torch.export.Dim("rows", min=1, max=4096), torch.export.Dim("width", min=2, max=4096)
    # Three tensors of their own: the exporter takes one object given twice for one input.
    ids, mask, types = (torch.ones(2, 24, dtype=torch.int64) for _ in INPUTS)
    shapes = {name: {0: rows, 1: width} for name in INPUTS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            _Outputs(model, heads),
            (ids * 300, mask, types),
            input_names=list(INPUTS),
            output_names=list(heads),
            dynamic_shapes=shapes,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    program.save(str(target), external_data=False)
    graph = onnx.load(str(target))
    strip(graph)
    onnx.checker.check_model(graph)
    onnx.save(graph, str(target))
    check_export(model, heads, target)


def check_export(model: TicketModel, heads: Sequence[str], target: Path) -> None:
    """The graph answers as the network on rows of every token type. Errors: ParityError naming the head."""
    session = Session(target, threads=1)
    generator = torch.Generator().manual_seed(1)
    for width in (2, 40):
        ids = torch.randint(5, 300, (1, width), generator=generator)
        types = torch.arange(width)[None] % 3
        with torch.no_grad():
            expected = model(ids, torch.ones_like(ids), types)
        window = Window(ids=ids[0].numpy(), types=types[0].numpy(), body_at=1, first=0, body_tokens=width - 1)
        for head, values in session.run(window, heads).items():
            drift = float((torch.from_numpy(values) - expected[head][0]).abs().max())
            if not drift < _TOLERANCE:
                raise ParityError(f"head '{head}': the exported graph is {drift:.3g} off the network; export again")


def strip(graph: onnx.ModelProto) -> None:
    """Remove what the exporter noted of its machine: documentation strings, metadata, source locations."""
    graph.doc_string = ""
    graph.producer_name, graph.producer_version = "suqiu", ""
    del graph.metadata_props[:]
    graph.graph.doc_string = ""
    del graph.graph.metadata_props[:]
    parts = [*graph.graph.node, *graph.graph.input, *graph.graph.output, *graph.graph.value_info]
    for part in [*parts, *graph.graph.initializer, *graph.functions]:
        part.doc_string = ""
        del part.metadata_props[:]
