"""Canary: a dozen sentences and the logits that a bundle gave when it was published; opening a bundle asks them again.

A bundle that answers otherwise is torn, was built for another runtime, or was tampered with in a way that a hash
cannot show (a swapped runtime, for one).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.bundle import Bundle
from models.document import Document
from models.encoding import Encoder
from models.errors import BundleError, CanaryError
from models.manifest import BundleManifest
from models.session import Session

if TYPE_CHECKING:
    from models.predictor import Predictor

# Processors with and without VNNI or AVX-512 add up int8 products in other orders and widths.
TOLERANCE = 0.05

# Written for this project. Short and long, written and spoken, each about something else.
SENTENCES = (
    "小区楼下的烧烤店每天营业到凌晨两点，油烟直接往楼上排，希望城管部门管一管。",
    "公司拖欠我们三个月工资，一共二十多个人，请劳动监察部门帮忙要回来。",
    "请问新生儿落户需要带哪些材料，可以在网上办理吗？",
    "喂你好 我们这边从昨天晚上就停水了 整栋楼都没水 啥时候能来啊",
    "建议在实验小学门口增加一个人行横道和红绿灯，孩子过马路太危险。",
    "有人在河边偷排污水，水都变成黑色的了，味道特别难闻。",
    "感谢社区工作人员帮我母亲联系医院，服务态度非常好。",
    "楼道里有很重的煤气味，家里有老人和小孩，不知道是不是泄漏了！",
    "我家的房产证办了五年还没下来，开发商一直推脱。",
    "公交车司机不按站停靠，我招手了他看见也不停。",
    "医保报销的钱到现在没有到账，打电话问了好几次都说在处理。",
    "对面工地每天晚上施工到十二点，孩子马上高考了，根本没法睡觉。",
)


def canary_of(predictor: Predictor) -> str:
    """The text of `canary.json` for a bundle that is about to be published."""
    logits = _ask(predictor)
    rows = [{head: values.round(5).tolist() for head, values in row.items()} for row in logits]
    return json.dumps({"tolerance": TOLERANCE, "sentences": SENTENCES, "logits": rows}, ensure_ascii=False)


def check_canary(predictor: Predictor) -> None:
    """Ask the canary again. Errors: CanaryError, naming head and sentence."""
    path = predictor.bundle.file("canary.json")
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        tolerance = float(stored["tolerance"])
        rows = [{head: np.array(row, dtype=np.float32) for head, row in given.items()} for given in stored["logits"]]
        answers = _ask(predictor, [str(sentence) for sentence in stored["sentences"]])
        drifts = [
            (number, head, _drift(values, expected[head]))
            for number, (expected, row) in enumerate(zip(rows, answers, strict=True))
            for head, values in row.items()
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CanaryError(f"canary.json: sentences, logits and heads do not fit ({error}); publish again") from error
    if not drifts:
        raise CanaryError("canary.json asks nothing; publish again")
    number, head, drift = max(drifts, key=lambda entry: entry[2])
    if not drift <= tolerance:
        raise CanaryError(
            f"head '{head}' answers canary sentence {number} with logits {drift:.3g} off what was published; "
            "the bundle or its runtime has changed: publish again, or roll back"
        )


def _drift(values: npt.NDArray[np.float32], expected: npt.NDArray[np.float32]) -> float:
    if values.shape != expected.shape or not np.isfinite(expected).all():
        return float("inf")
    return float(np.abs(values - expected).max())


def check_shapes(manifest: BundleManifest, *, encoder: Encoder, session: Session) -> None:
    """Heads, their widths and the vocabulary are what the manifest says. Errors: BundleError."""
    if encoder.vocabulary != manifest.vocabulary:
        raise BundleError(
            f"tokenizer.json has {encoder.vocabulary} tokens, the manifest says {manifest.vocabulary}; export again"
        )
    for task in manifest.tasks:
        shape = session.outputs.get(task.name)
        if shape is None:
            raise BundleError(f"model.onnx has no head '{task.name}', which the manifest lists; export again")
        expected = [len(task.labels), 3] if task.kind == "spans" else [len(task.labels)]
        if list(shape[-len(expected) :]) != expected:
            raise BundleError(
                f"head '{task.name}' has outputs {list(shape)}, the manifest lists {len(task.labels)} labels; "
                "export again"
            )


def check_labels(bundle: Bundle) -> None:
    """Category labels are the taxonomy's leaves, in order. Errors: BundleError."""
    for task in bundle.manifest.tasks:
        if task.kind == "tree" and task.labels != tuple(leaf.code for leaf in bundle.taxonomy.categories):
            raise BundleError(f"head '{task.name}' and taxonomy.json list different leaves; export again")


def _ask(predictor: Predictor, sentences: Sequence[str] = SENTENCES) -> list[dict[str, npt.NDArray[np.float32]]]:
    # Span logits are left out: twelve sentences of them would outweigh everything else in the file.
    heads = [task.name for task in predictor.bundle.manifest.tasks if task.kind != "spans"]
    encoded = predictor.encode([Document.of(sentence) for sentence in sentences])
    return [dict(predictor.run(one, heads)) for one in encoded]
