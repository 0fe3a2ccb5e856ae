"""The graph that is served answers as the network that was trained, and carries nothing of the machine it came from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from models.encoding import Window
from models.session import Session
from models.taxonomy import Category, Taxonomy
from training.config import HeadConfig
from training.export import export
from training.heads import HeadSpec, TicketModel, tree_parents
from training.network import open_encoder
from training.quantise import quantise, shrink_tables

# The same arithmetic in another order of additions.
TOLERANCE = 1e-4
# int8 of a barely trained network of 32 dimensions; real bundles are held to figures on real rows (training.parity).
INT8_TOLERANCE = 0.2

TREE = Taxonomy((Category("a1", ("a", "a1")), Category("a2", ("a", "a2")), Category("b1", ("b", "b1"))))
HEADS = (
    HeadSpec(HeadConfig(name="category", kind="tree"), ("a1", "a2", "b1"), tree_parents(TREE)),
    HeadSpec(HeadConfig(name="type", kind="single"), ("投诉", "求助")),
    HeadSpec(HeadConfig(name="spans", kind="spans"), ("location", "time")),
    HeadSpec(HeadConfig(name="coarse", kind="single", publish=False), ("x", "y")),
)
PUBLISHED = ["category", "type", "spans"]


def trained(base: Path) -> TicketModel:
    torch.manual_seed(0)
    return TicketModel(open_encoder(str(base)), HEADS, shared=16, tokens=16, dropout=0.1).eval()


@pytest.fixture(scope="module")
def graph(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("graph") / "model.onnx"
    export(trained(base), PUBLISHED, target)
    return target


@pytest.mark.parametrize("width", [2, 17, 90])
def test_the_graph_answers_as_the_network(graph: Path, base: Path, width: int) -> None:
    ids = torch.randint(261, 300, (1, width), generator=torch.Generator().manual_seed(width))
    # All three token types: a graph that takes types for the mask would pass on citizens' words alone.
    mask, types = torch.ones_like(ids), torch.arange(width)[None] % 3
    with torch.no_grad():
        expected = trained(base)(ids, mask, types)
    session = Session(graph, threads=1)
    assert set(session.outputs) == set(PUBLISHED)
    answer = session.run(_window(ids, types), PUBLISHED)
    for head in PUBLISHED:
        assert np.abs(answer[head] - expected[head][0].numpy()).max() < TOLERANCE


def test_nothing_of_this_machine_is_in_the_file(graph: Path) -> None:
    content = graph.read_bytes()
    for trace in (str(Path(__file__).parent.parent.parent), "site-packages", "torch/", ".py"):
        assert trace.encode() not in content


def test_int8_stays_near(graph: Path, tmp_path: Path) -> None:
    quantise(graph, tmp_path / "int8.onnx", _rows(4))
    ids = torch.randint(261, 300, (1, 30), generator=torch.Generator().manual_seed(1))
    before, after = (Session(path, threads=1).run(_window(ids), PUBLISHED) for path in (graph, tmp_path / "int8.onnx"))
    for head in PUBLISHED:
        assert np.abs(before[head] - after[head]).max() < INT8_TOLERANCE


def test_tables_become_narrow_and_look_up_the_same() -> None:
    rng = np.random.default_rng(0)
    table, index = rng.normal(size=(70_000, 8)).astype(np.float32), rng.integers(0, 60_000, 600_000).astype(np.int32)
    nodes = [
        onnx.helper.make_node("Gather", ["index", "places"], ["rows"]),
        onnx.helper.make_node("Gather", ["table", "rows"], ["vectors"]),
    ]
    made = onnx.helper.make_graph(
        nodes,
        "g",
        [onnx.helper.make_tensor_value_info("places", onnx.TensorProto.INT64, [3])],
        [onnx.helper.make_tensor_value_info("vectors", onnx.TensorProto.FLOAT, [3, 8])],
        [onnx.numpy_helper.from_array(table, "table"), onnx.numpy_helper.from_array(index, "index")],
    )
    model = onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    size = model.ByteSize()
    shrink_tables(model)
    assert model.ByteSize() < size / 2
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString())
    places = np.array([5, 77, 599_999])
    expected = table[index[places]]
    found = session.run(None, {"places": places})[0]
    # Half a step of 1/127 of the largest value of the row.
    assert np.abs(found - expected).max() <= np.abs(expected).max() / 127 / 2 + 1e-6


def _rows(count: int) -> list[Window]:
    generator = torch.Generator().manual_seed(5)
    return [_window(torch.randint(261, 300, (1, 20 + 9 * row), generator=generator)) for row in range(count)]


def _window(ids: torch.Tensor, types: torch.Tensor | None = None) -> Window:
    row = ids[0].numpy()
    kinds = np.ones_like(row) if types is None else types[0].numpy()
    return Window(ids=row, types=kinds, body_at=1, first=0, body_tokens=len(row) - 1)
