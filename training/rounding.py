"""Rounding: what a graph computes on real rows → int8 matrices that answer nearer to the trained ones.

Three corrections, all from rows without a label, none of which needs a step of training:

- channels of activations that reach far take the scale of a whole row for themselves; they are divided by what the
  matrix behind them is multiplied by (SmoothQuant, Xiao et al. 2023);
- a matrix is rounded input by input, and the error of each is made good by those still to come (GPTQ, Frantar et al.
  2023);
- what rounding adds on average is taken off the bias (Nagel et al. 2019).

docs/decisions/0009 has what each is worth.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper
from scipy.linalg import cholesky

from models.encoding import Window
from models.session import Session

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

LEVELS = 64  # 7 bits: processors without VNNI add pairs of products in 16 bits, which 8-bit weights overflow
_SHARE = 0.7  # of a far channel's reach that the matrix takes over; 0.85 and 1 left more error
_MOST = 2.0  # times that a near channel is multiplied; without a limit the error was no smaller
_DAMPING = 0.01
_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Product:
    """A product of activations and a constant matrix, and the constant that is added to it, if there is one."""

    output: str
    source: str
    weight: str
    bias: str | None


@dataclass(frozen=True, slots=True)
class Rounded:
    """A matrix in int8.  Shapes: values (inputs, outputs), scales (outputs,)."""

    values: npt.NDArray[np.int8]
    scales: Floats

    @property
    def restored(self) -> Doubles:
        """The matrix that is served.  Shape: (inputs, outputs)."""
        restored: Doubles = self.values.astype(np.float64) * self.scales
        return restored


class _Seen:
    """What a product's input was on the rows seen: sums of its outer products, of itself and of its rounding error."""

    def __init__(self, channels: int) -> None:
        self.outer: Doubles = np.zeros((channels, channels))
        self.total: Doubles = np.zeros(channels)
        self.drift: Doubles = np.zeros(channels)
        self.tokens = 0

    def add(self, values: Floats) -> None:
        """Take in one row.  Shape: (tokens, channels)."""
        self.outer += values.T @ values
        self.total += values.sum(axis=0)
        self.drift += (round_row(values) - values).sum(axis=0)
        self.tokens += len(values)


def round_products(graph: onnx.ModelProto, windows: Sequence[Window]) -> dict[str, Rounded]:
    """Prepare a graph for int8, in place, and round its matrices; → int8 form of each, by name of the weight.

    Changed are the inputs of products (evened out), their matrices (to match) and their biases (the mean error of
    serving is taken off). The graph answers as before, but for the biases. Errors: ValueError without windows.
    """
    if not windows:
        raise ValueError("rounding needs rows to see what the graph computes; give some of the training rows")
    products = find_products(graph)
    if not products:
        return {}
    even_out(graph, products, windows)
    products = find_products(graph)
    seen: dict[str, _Seen] = {}
    for found in _observe(graph, products, windows):
        for source, values in found.items():
            seen.setdefault(source, _Seen(values.shape[1])).add(values)
    tensors = {tensor.name: tensor for tensor in graph.graph.initializer}
    rounded = {}
    for source, one in seen.items():
        order = RoundingOrder.of(one.outer)
        for product in products:
            if product.source != source:
                continue
            matrix = numpy_helper.to_array(tensors[product.weight]).astype(np.float64)
            rounded[product.weight] = made = round_matrix(matrix, order)
            if product.bias is not None:
                error = (one.total + one.drift) @ made.restored - one.total @ matrix
                bias = numpy_helper.to_array(tensors[product.bias])
                _set(tensors[product.bias], bias - error / one.tokens)
    return rounded


def find_products(graph: onnx.ModelProto) -> list[Product]:
    """Products over tokens with a matrix of their own. One that is used twice is left to plain rounding."""
    tensors = {tensor.name: tensor for tensor in graph.graph.initializer}
    readers: dict[str, list[onnx.NodeProto]] = defaultdict(list)
    for node in graph.graph.node:
        for name in node.input:
            readers[name].append(node)
    found = []
    for node in graph.graph.node:
        if node.op_type != "MatMul" or node.input[1] not in tensors or len(readers[node.input[1]]) > 1:
            continue
        if len(tensors[node.input[1]].dims) != 2:
            continue
        after = readers[node.output[0]]
        added = [name for name in after[0].input if name in tensors] if [n.op_type for n in after] == ["Add"] else []
        own = added and len(readers[added[0]]) == 1 and list(tensors[added[0]].dims) == [tensors[node.input[1]].dims[1]]
        found.append(Product(node.output[0], node.input[0], node.input[1], added[0] if own else None))
    return found


def even_out(graph: onnx.ModelProto, products: Sequence[Product], windows: Sequence[Window]) -> None:
    """Divide far channels of every product's input and multiply near ones, the matrix's rows the other way round.

    The graph answers as before.
    """
    peaks: dict[str, Floats] = {}
    for found in _observe(graph, products, windows):
        for source, values in found.items():
            highest = np.abs(values).max(axis=0)
            peaks[source] = np.maximum(peaks.get(source, highest), highest)
    tensors = {tensor.name: tensor for tensor in graph.graph.initializer}
    scales = {}
    for source, peak in peaks.items():
        matrices = [numpy_helper.to_array(tensors[one.weight]) for one in products if one.source == source]
        largest = np.max([np.abs(matrix).max(axis=1) for matrix in matrices], axis=0)
        scale = np.maximum(peak, 1e-3) ** _SHARE / np.maximum(largest, 1e-3) ** (1 - _SHARE)
        scale = scale / np.exp(np.log(scale).mean())
        # A channel that these rows hardly switch on may be far on the next.
        scales[source] = np.maximum(scale, 1 / _MOST).astype(np.float32)
    for one in products:
        _set(tensors[one.weight], numpy_helper.to_array(tensors[one.weight]) * scales[one.source][:, None])
    _divide(graph, {one.output: one.source for one in products}, scales)


def _divide(graph: onnx.ModelProto, sources: Mapping[str, str], scales: Mapping[str, Floats]) -> None:
    """Put one division before the products, by their outputs, that read a source; other readers keep what they read."""
    nodes: list[onnx.NodeProto] = []
    divided: dict[str, str] = {}
    for node in graph.graph.node:
        source = sources.get(node.output[0])
        if source is not None:
            if source not in divided:
                divided[source], factor = f"{source}_evened", f"{source}_factor"
                graph.graph.initializer.append(numpy_helper.from_array(1 / scales[source], factor))
                nodes.append(helper.make_node("Mul", [source, factor], [divided[source]], name=divided[source]))
            node.input[0] = divided[source]
        nodes.append(node)
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)


def _observe(
    graph: onnx.ModelProto, products: Sequence[Product], windows: Sequence[Window]
) -> Iterator[dict[str, Floats]]:
    """Inputs of the products, row by row.  Shape of each: (tokens, channels)."""
    sources = list(dict.fromkeys(product.source for product in products))
    opened = onnx.ModelProto()
    opened.CopyFrom(graph)
    known = {output.name for output in graph.graph.output}
    opened.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in sources if name not in known)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "opened.onnx"
        onnx.save(opened, str(path))
        session = Session(path, threads=2)
        for window in windows:
            found = session.run(window, sources)
            yield {name: values.reshape(-1, values.shape[-1]) for name, values in found.items()}


def round_row(values: Floats) -> Floats:
    """A row's activations as they are served: 8 bits between the least and the greatest of them, zero included."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    step = max((high - low) / 255, 1e-12)
    zero = np.round(-low / step)
    rounded: Floats = ((np.clip(np.round(values / step) + zero, 0, 255) - zero) * step).astype(np.float32)
    return rounded


@dataclass(frozen=True, slots=True)
class RoundingOrder:
    """In which order the inputs of a matrix are rounded, and how those still to come make errors good.

    Shapes: places (inputs,), upper (inputs, inputs): the Cholesky factor of their inverse outer products.
    """

    places: npt.NDArray[np.intp]
    upper: Doubles

    @classmethod
    def of(cls, outer: Doubles) -> RoundingOrder:
        """Of inputs whose outer products sum up to `outer`; those with most weight in the rows come first."""
        energy = np.diag(outer)
        places = np.argsort(-energy, kind="stable")
        damped = outer[np.ix_(places, places)] + np.eye(len(energy)) * max(_DAMPING * float(energy.mean()), 1e-9)
        return cls(places, cholesky(np.linalg.inv(damped), lower=False))


def round_matrix(matrix: Doubles, order: RoundingOrder) -> Rounded:
    """Round a matrix, shape (inputs, outputs); what rounding an input changes is made good by those that follow it."""
    scales = np.maximum(np.abs(matrix).max(axis=0), 1e-9) / LEVELS
    places, upper = order.places, order.upper
    left = matrix[places].copy()
    values = np.zeros(matrix.shape, dtype=np.int8)
    for first in range(0, len(left), _BLOCK):
        end = min(first + _BLOCK, len(left))
        errors = np.zeros((end - first, matrix.shape[1]))
        for place in range(first, end):
            steps = np.clip(np.round(left[place] / scales), -LEVELS, LEVELS)
            values[places[place]] = steps
            errors[place - first] = (left[place] - steps * scales) / upper[place, place]
            left[place + 1 : end] -= np.outer(upper[place, place + 1 : end], errors[place - first])
        left[end:] -= upper[first:end, end:].T @ errors
    return Rounded(values, scales.astype(np.float32))


def put_rounded(graph: onnx.ModelProto, rounded: Mapping[str, Rounded]) -> None:
    """Write rounded matrices over those that onnxruntime's quantiser made of the same weights.

    Errors: ValueError where the graph has no int8 form of a weight.
    """
    tensors = {tensor.name: tensor for tensor in graph.graph.initializer}
    uses = Counter(name for node in graph.graph.node for name in node.input)
    for weight, one in rounded.items():
        values, scales = tensors.get(f"{weight}_quantized"), tensors.get(f"{weight}_scale")
        if values is None or scales is None or not uses[values.name]:
            raise ValueError(f"the quantised graph has no int8 form of {weight}; leave it out of the rounding")
        _set(values, one.values)
        _set(scales, one.scales)


def _set(tensor: onnx.TensorProto, values: npt.NDArray[np.generic]) -> None:
    kind = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values.astype(kind)), tensor.name))
