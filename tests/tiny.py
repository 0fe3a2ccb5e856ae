"""Tiny: a valid bundle with every head, written in a fraction of a second. Its weights are random."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex, Tokenizer, normalizers
from tokenizers.models import BPE

import models
from models.bundle import Bundle, write_bundle
from models.canary import canary_of
from models.encoding import Encoder
from models.manifest import BundleManifest, TaskSpec, Thresholds
from models.predictor import Predictor
from models.session import Session

# The units that the rules of any city speak of.
CITY = Path(next(iter(models.__path__))) / "store" / "city"
CATEGORIES = (
    ("080101", ("城市管理", "市容环境", "油烟噪音")),
    ("080102", ("城市管理", "市容环境", "垃圾清运")),
    ("080201", ("城市管理", "市政设施", "路灯照明")),
    ("030101", ("劳动保障", "工资待遇", "拖欠工资")),
    ("010101", ("科教文体", "科技事务", "科技服务")),
)
UNITS = ("cgw", "rsj", "ga", "sthj")
KINDS = (
    "caller_name",
    "contact_phone",
    "location",
    "time",
    "target_entity",
    "demand",
    "amount",
    "people_count",
    "plate_no",
    "ref_no",
    "id_no",
    "poi",
)
RISKS = ("人身安全", "群体", "欠薪", "上访", "未成年人", "弱势群体", "舆情", "违法犯罪", "重复反映")
CHARACTERS = (
    "的一是不我你们有人在小区楼下烧烤店每天营业到凌晨两点油烟往上排希望城管部门请问电话工资拖欠公司水路灯。，！？ "
    "0123456789abcdefghijklmnopqrstuvwxyz号市街道张王李"
)
WIDTH = 8
WINDOW = 128


def tiny_tasks() -> tuple[TaskSpec, ...]:
    """One specification per head of the contract."""
    thresholds = Thresholds(auto_default=0.9, abstain=0.05)
    return (
        TaskSpec(name="category", kind="tree", labels=tuple(c for c, _ in CATEGORIES), thresholds=thresholds),
        TaskSpec(name="type", kind="single", labels=("咨询", "求助", "投诉", "举报", "建议", "表扬", "其他")),
        TaskSpec(name="departments", kind="single", labels=UNITS, thresholds=thresholds),
        TaskSpec(name="territorial", kind="single", labels=("no", "yes")),
        TaskSpec(name="polarity", kind="single", labels=("负", "中", "正")),
        TaskSpec(name="emotion", kind="single", labels=("平静", "不满", "愤怒", "焦虑", "无助", "满意")),
        TaskSpec(name="intensity", kind="single", labels=("0", "1", "2", "3")),
        TaskSpec(name="urgency", kind="single", labels=("0", "1", "2")),
        TaskSpec(name="risks", kind="multi", labels=RISKS),
        TaskSpec(name="spans", kind="spans", labels=KINDS, tagging="markov"),
    )


def tiny_tokenizer() -> Tokenizer:
    """One token per character, bytes for the rest, folding inside: the shape of the shipped tokenizer."""
    characters = list(dict.fromkeys(CHARACTERS))
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"<0x{byte:02X}>" for byte in range(256)), *characters]
    tokenizer = Tokenizer(
        BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=[], unk_token="[UNK]", byte_fallback=True)
    )
    invisible = r"[\p{Cc}&&[^\t\n\r]]|\p{Cf}|[\x{FE00}-\x{FE0F}]|\x{FFFD}"
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(invisible), ""),
            normalizers.Replace(Regex(r"\s+"), " "),
        ]
    )
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return tokenizer


def tiny_model(vocabulary: int, tasks: Sequence[TaskSpec], *, seed: int = 0, poison: bool = False) -> onnx.ModelProto:
    """Embedding → mean over the mask → one linear layer per head; spans read each token alone.

    With `poison` every logit is NaN.
    """
    random = np.random.default_rng(seed)
    table = random.normal(0, 1, (vocabulary, WIDTH)).astype(np.float32)
    if poison:
        table[:] = np.nan
    weights = [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array([1]), "axis")]
    weights.append(numpy_helper.from_array(np.array([2]), "last"))
    types = random.normal(0, 0.3, (3, WIDTH)).astype(np.float32)
    weights.append(numpy_helper.from_array(types, "types"))
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("Gather", ["types", "token_types"], ["roles"]),
        helper.make_node("Add", ["words", "roles"], ["states"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide_mask"]),
        helper.make_node("Mul", ["states", "wide_mask"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "axis"], ["total"], keepdims=0),
        helper.make_node("ReduceSum", ["wide_mask", "axis"], ["count"], keepdims=0),
        helper.make_node("Div", ["total", "count"], ["pooled"]),
    ]
    outputs = []
    for task in tasks:
        linear = random.normal(0, 3, (WIDTH, task.outputs)).astype(np.float32)
        weights.append(numpy_helper.from_array(linear, f"{task.name}_weight"))
        if task.kind == "spans":
            shape = np.array([0, 0, len(task.labels), 3])
            weights.append(numpy_helper.from_array(shape, "span_shape"))
            nodes.append(helper.make_node("MatMul", ["states", f"{task.name}_weight"], ["flat"]))
            nodes.append(helper.make_node("Reshape", ["flat", "span_shape"], [task.name]))
            place: list[str | int] = ["rows", "width", len(task.labels), 3]
        else:
            nodes.append(helper.make_node("MatMul", ["pooled", f"{task.name}_weight"], [task.name]))
            place = ["rows", len(task.labels)]
        outputs.append(helper.make_tensor_value_info(task.name, TensorProto.FLOAT, place))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["rows", "width"])
        for name in ("input_ids", "attention_mask", "token_types")
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def write_tiny(
    target: Path, *, version: str = "1.0.0", seed: int = 0, poison: bool = False, without: Sequence[str] = ()
) -> Bundle:
    """Publish a tiny bundle; `poison` makes its model answer NaN, `without` leaves heads out."""
    tasks = tuple(task for task in tiny_tasks() if task.name not in without)
    tokenizer = tiny_tokenizer()

    def fill(draft: Path) -> BundleManifest:
        vocabulary = tokenizer.get_vocab_size()
        (draft / "model.onnx").write_bytes(tiny_model(vocabulary, tasks, seed=seed, poison=poison).SerializeToString())
        tokenizer.save(str(draft / "tokenizer.json"))
        _write(draft / "taxonomy.json", [{"code": code, "path": path} for code, path in CATEGORIES])
        (draft / "departments.json").write_bytes((CITY / "departments.json").read_bytes())
        manifest = BundleManifest(
            name="tiny",
            version=version,
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
            window=WINDOW,
            vocabulary=vocabulary,
            tasks=tasks,
            files={},
        )
        session = Session(draft / "model.onnx", threads=1)
        encoder = Encoder(tokenizer, window=WINDOW, max_characters=manifest.max_characters)
        predictor = Predictor(Bundle(draft, manifest), encoder=encoder, session=session)
        canary = '{"tolerance": 0.05, "sentences": [], "logits": []}' if poison else canary_of(predictor)
        (draft / "canary.json").write_text(canary, encoding="utf-8")
        return manifest

    return write_bundle(target, fill)


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
