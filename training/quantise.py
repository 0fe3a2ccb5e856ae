"""Quantise: model.onnx in fp32 → matrix products in int8, embedding tables as int8 rows with a scale each."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from models.encoding import Window
from training.export import strip
from training.rounding import put_rounded, round_products

_LARGE_TABLE = 500_000  # values; smaller tables are not worth an operation more


def quantise(source: Path, target: Path, windows: Sequence[Window]) -> None:
    """Write the int8 form of a graph. `windows` are rows as it will read them: they say which errors matter.

    Weights of matrix products: int8 per output channel; activations: quantised as they come, over one row of a
    document (a session runs one row at a time, see docs/decisions/0002). Tables that are looked up: int8 per row.
    """
    logging.getLogger().setLevel(logging.WARNING)
    graph = onnx.load(str(source))
    kept = _document_products(graph)
    rounded = round_products(graph, windows)
    shrink_tables(graph)
    onnx.save(graph, str(target))
    quantize_dynamic(
        str(target),
        str(target),
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,  # 7 bits, as training.rounding has them
        op_types_to_quantize=["MatMul"],
        nodes_to_exclude=kept,
    )
    graph = onnx.load(str(target))
    put_rounded(graph, rounded)
    strip(graph)
    onnx.save(graph, str(target))


def _document_products(graph: onnx.ModelProto) -> list[str]:
    """Products over a document rather than its tokens: they cost no time, and stand where rounding decides."""
    # Only they have a matrix of two dimensions to multiply, which the exporter writes as Gemm; the quantiser first
    # makes a MatMul of it, under this name.
    return [f"{node.name}_MatMul" for node in graph.graph.node if node.op_type == "Gemm"]


def shrink_tables(graph: onnx.ModelProto) -> None:
    """Replace large looked-up tables by int8 rows and their scales, and integer ones by 16 bits, inside the graph."""
    tables = {tensor.name: tensor for tensor in graph.graph.initializer}
    nodes = []
    for node in graph.graph.node:
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or int(np.prod(table.dims)) < _LARGE_TABLE:
            nodes.append(node)
            continue
        values = numpy_helper.to_array(table)
        replacement = _narrow_integers(node, values) if values.dtype.kind == "i" else _narrow_rows(node, values)
        nodes += replacement.nodes
        for tensor in replacement.tensors:
            if tensor.name not in tables:
                tables[tensor.name] = tensor
                graph.graph.initializer.append(tensor)
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
    used = {name for node in graph.graph.node for name in node.input}
    kept = [tensor for tensor in graph.graph.initializer if tensor.name in used]
    del graph.graph.initializer[:]
    graph.graph.initializer.extend(kept)


class _Replacement:
    """Nodes and tensors that take the place of one look-up."""

    def __init__(self, nodes: list[onnx.NodeProto], tensors: list[onnx.TensorProto]) -> None:
        self.nodes = nodes
        self.tensors = tensors


def _narrow_integers(node: onnx.NodeProto, values: npt.NDArray[np.int64]) -> _Replacement:
    if values.min() < 0 or values.max() > np.iinfo(np.uint16).max:
        return _Replacement([node], [])
    name, output = f"{node.input[0]}_u16", node.output[0]
    kind = onnx.TensorProto.INT32 if values.dtype == np.int32 else onnx.TensorProto.INT64
    axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
    look_up = helper.make_node("Gather", [name, node.input[1]], [f"{output}_u16"], axis=axis)
    widen = helper.make_node("Cast", [f"{output}_u16"], [output], to=kind)
    return _Replacement([look_up, widen], [numpy_helper.from_array(values.astype(np.uint16), name)])


def _narrow_rows(node: onnx.NodeProto, values: npt.NDArray[np.float32]) -> _Replacement:
    axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
    if axis != 0 or values.ndim != 2:
        return _Replacement([node], [])
    name, output = node.input[0], node.output[0]
    scales = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-9) / 127
    narrow = np.round(values / scales).astype(np.int8)
    nodes = [
        helper.make_node("Gather", [f"{name}_i8", node.input[1]], [f"{output}_i8"], axis=0),
        helper.make_node("Cast", [f"{output}_i8"], [f"{output}_f32"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Gather", [f"{name}_scale", node.input[1]], [f"{output}_scale"], axis=0),
        helper.make_node("Mul", [f"{output}_f32", f"{output}_scale"], [output]),
    ]
    tensors = [
        numpy_helper.from_array(narrow, f"{name}_i8"),
        numpy_helper.from_array(scales.astype(np.float32), f"{name}_scale"),
    ]
    return _Replacement(nodes, tensors)
