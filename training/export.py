"""Export: the trained network → one model.onnx, without paths or stack traces of the machine that made it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from models.session import INPUTS
from training.heads import TicketModel


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
    example = torch.ones(2, 24, dtype=torch.int64)
    shapes = {name: {0: rows, 1: width} for name in INPUTS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            _Outputs(model, heads),
            (example * 300, example, example),
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
