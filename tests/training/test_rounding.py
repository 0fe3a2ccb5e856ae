"""Rounded with sight of its rows, a graph stays nearer to what it was than rounded blindly, and is the same graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest

from models.encoding import Window
from models.session import INPUTS, Session
from training.quantise import quantise
from training.rounding import (
    LEVELS,
    RoundingOrder,
    even_out,
    find_products,
    put_rounded,
    round_matrix,
    round_products,
    round_row,
)

WIDTH, INNER, LABELS = 48, 96, 6
IDS = 200


def network(seed: int = 0, *, activation: str = "Gelu") -> onnx.ModelProto:
    """Look-up, norm with far channels that two products and a residual read, a product behind them, and a mean."""
    rng = np.random.default_rng(seed)
    gain = np.ones(WIDTH)
    gain[:3] = 25.0  # as trained encoders have them: a few channels reach far
    tensors = {
        "table": rng.normal(size=(IDS, WIDTH)),
        "gain": gain,
        "shift": rng.normal(size=WIDTH) * 0.1,
        "w0": rng.normal(size=(WIDTH, WIDTH)) * 0.1,
        "w1": rng.normal(size=(WIDTH, INNER)) * 0.1,
        "b1": rng.normal(size=INNER) * 0.1,
        "w2": rng.normal(size=(INNER, LABELS)) * 0.1,
        "b2": np.zeros(LABELS),
    }
    make = onnx.helper.make_node
    nodes = [
        make("Gather", ["table", "input_ids"], ["rows"], name="look"),
        make("LayerNormalization", ["rows", "gain", "shift"], ["normed"], name="norm"),
        make("MatMul", ["normed", "w0"], ["p0"]),  # exporters need not name their nodes
        make("Add", ["p0", "normed"], ["residual"]),
        make("MatMul", ["normed", "w1"], ["p1"]),
        make("Add", ["p1", "b1"], ["s1"], name="add1"),
        make(activation, ["s1"], ["inner"], name="gelu"),
        make("MatMul", ["inner", "w2"], ["p2"], name="second"),
        make("Add", ["p2", "b2"], ["s2"], name="add2"),
        make("ReduceMean", ["residual", "last"], ["side"], keepdims=1),
        make("Add", ["s2", "side"], ["s3"]),
        make("ReduceMean", ["s3", "axes"], ["head"], name="mean", keepdims=0),
        make("Cast", ["attention_mask"], ["unused1"], name="c1", to=onnx.TensorProto.FLOAT),
        make("Cast", ["token_types"], ["unused2"], name="c2", to=onnx.TensorProto.FLOAT),
    ]
    inputs = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.INT64, [1, "width"]) for name in INPUTS]
    outputs = [onnx.helper.make_tensor_value_info("head", onnx.TensorProto.FLOAT, [1, LABELS])]
    constants = [onnx.numpy_helper.from_array(value.astype(np.float32), name) for name, value in tensors.items()]
    constants += [onnx.numpy_helper.from_array(np.array([axis]), name) for name, axis in (("axes", 1), ("last", 2))]
    graph = onnx.helper.make_graph(nodes, "g", inputs, outputs, constants)
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=9)


def windows(count: int, seed: int) -> list[Window]:
    rng = np.random.default_rng(seed)
    rows = [rng.integers(0, IDS, size=int(rng.integers(20, 60))) for _ in range(count)]
    return [Window(ids=row, types=np.ones_like(row), body_at=1, first=0, body_tokens=len(row) - 1) for row in rows]


def answers(path: Path, rows: list[Window]) -> npt.NDArray[np.float32]:
    session = Session(path, threads=1)
    return np.stack([session.run(row, ["head"])["head"] for row in rows])


def constant(graph: onnx.ModelProto, name: str) -> npt.NDArray[np.float32]:
    found: npt.NDArray[np.float32] = onnx.numpy_helper.to_array(
        next(one for one in graph.graph.initializer if one.name == name)
    )
    return found


def inner_of(graph: onnx.ModelProto, row: Window) -> npt.NDArray[np.float32]:
    import onnxruntime

    opened = onnx.ModelProto()
    opened.CopyFrom(graph)
    source = next(product.source for product in find_products(graph) if product.weight == "w2")
    opened.graph.output.append(onnx.helper.make_empty_tensor_value_info(source))
    feeds = {name: np.asarray(value)[None] for name, value in zip(INPUTS, (row.ids, row.types, row.types), strict=True)}
    found: npt.NDArray[np.float32] = onnxruntime.InferenceSession(opened.SerializeToString()).run([source], feeds)[0][0]
    return found


def blindly(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        str(source),
        str(target),
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        op_types_to_quantize=["MatMul"],
    )


def test_evened_out_the_graph_answers_as_before(tmp_path: Path) -> None:
    graph, rows = network(), windows(6, seed=1)
    onnx.save(graph, str(tmp_path / "before.onnx"))
    far = np.abs(constant(graph, "w1")).max()
    even_out(graph, find_products(graph), rows)
    onnx.save(graph, str(tmp_path / "after.onnx"))
    before, after = (answers(tmp_path / name, rows) for name in ("before.onnx", "after.onnx"))
    assert np.abs(before - after).max() < 1e-5
    assert np.abs(constant(graph, "w1")).max() > far
    # One for the two products that read the norm, one for the third; the residual reads what it read.
    assert sum(node.op_type == "Mul" for node in graph.graph.node) == 2
    assert next(node for node in graph.graph.node if node.output[0] == "residual").input[1] == "normed"


def test_served_it_is_nearer_than_by_plain_rounding(tmp_path: Path) -> None:
    source, seen, unseen = tmp_path / "model.onnx", windows(30, seed=2), windows(40, seed=3)
    onnx.save(network(), str(source))
    blindly(source, tmp_path / "plain.onnx")
    quantise(source, tmp_path / "rounded.onnx", seen)
    right = answers(source, unseen)
    plain, rounded = (answers(tmp_path / name, unseen) - right for name in ("plain.onnx", "rounded.onnx"))
    assert np.abs(rounded).mean() < np.abs(plain).mean() / 3


def test_the_mean_error_is_taken_off_the_biases() -> None:
    graph, rows = network(), windows(30, seed=2)
    before = constant(graph, "b2")
    rounded = round_products(graph, rows)
    matrix, drifts = constant(graph, "w2"), []
    for row in rows:
        inner = inner_of(graph, row)
        served = round_row(inner).astype(np.float64) @ rounded["w2"].restored + constant(graph, "b2")
        drifts.append((served - inner @ matrix - before).sum(axis=0))
    uncorrected = np.abs(np.sum(drifts, axis=0) + (before - constant(graph, "b2")) * sum(len(row.ids) for row in rows))
    # Not to nothing: the bias before it has moved, too.
    assert np.abs(np.sum(drifts, axis=0)).max() < uncorrected.max() / 5


def test_a_channel_that_comes_on_later_does_not_drown_the_row() -> None:
    graph = network(activation="Relu")
    bias = next(one for one in graph.graph.initializer if one.name == "b1")
    values = constant(graph, "b1").copy()
    values[5] = -100.0  # silent in every row that is seen
    bias.CopyFrom(onnx.numpy_helper.from_array(values, "b1"))
    evened = onnx.ModelProto()
    evened.CopyFrom(graph)
    even_out(evened, find_products(evened), windows(20, seed=2))
    factors = onnx.numpy_helper.to_array(next(t for t in evened.graph.initializer if t.name == "inner_factor"))
    assert factors[5] <= 2.0


def test_activations_are_rounded_as_onnxruntime_does() -> None:
    import onnxruntime

    make = onnx.helper.make_node
    nodes = [make("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]), make("DequantizeLinear", ["q", "s", "z"], ["y"])]
    floats = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None, None]) for name in ("x", "y")]
    model = onnx.helper.make_model(
        onnx.helper.make_graph(nodes, "g", floats[:1], floats[1:]),
        opset_imports=[onnx.helper.make_opsetid("", 20)],
        ir_version=9,
    )
    session = onnxruntime.InferenceSession(model.SerializeToString())
    rng = np.random.default_rng(6)
    for row in (rng.normal(size=(9, 7)), rng.normal(size=(9, 7)) + 5, -rng.random((3, 4)), np.zeros((2, 2))):
        values = row.astype(np.float32)
        assert np.abs(session.run(None, {"x": values})[0] - round_row(values)).max() < 1e-5


def test_errors_are_made_good_by_inputs_that_go_along() -> None:
    rng = np.random.default_rng(4)
    inputs = rng.normal(size=(400, 8)) @ rng.normal(size=(8, 40)) + rng.normal(size=(400, 40)) * 0.1
    matrix = rng.normal(size=(40, 5))
    rounded = round_matrix(matrix, RoundingOrder.of(inputs.T @ inputs))
    plain = np.round(matrix / rounded.scales) * rounded.scales
    assert np.abs(rounded.values).max() <= LEVELS
    assert np.square(inputs @ (rounded.restored - matrix)).mean() < np.square(inputs @ (plain - matrix)).mean() / 3


def test_a_channel_that_was_never_on_harms_nothing() -> None:
    rng = np.random.default_rng(5)
    inputs, matrix = rng.normal(size=(100, 12)), rng.normal(size=(12, 4))
    inputs[:, 3] = 0.0
    rounded = round_matrix(matrix, RoundingOrder.of(inputs.T @ inputs))
    assert np.isfinite(rounded.restored).all()
    assert np.abs(rounded.restored - matrix).max() < np.abs(matrix).max() / 4


def test_a_matrix_that_is_used_twice_is_left_alone() -> None:
    graph = network()
    graph.graph.node.append(onnx.helper.make_node("MatMul", ["normed", "w1"], ["again"], name="again"))
    assert [product.weight for product in find_products(graph)] == ["w0", "w2"]


def test_a_weight_without_an_int8_form_is_named() -> None:
    with pytest.raises(ValueError, match="w1"):
        put_rounded(network(), {"w1": round_matrix(np.eye(3), RoundingOrder.of(np.eye(3)))})


def test_without_rows_it_says_so() -> None:
    with pytest.raises(ValueError, match="training rows"):
        round_products(network(), [])
