"""Toy: a tree of four leaves, documents labelled at random, and predictions that are right as often as wanted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluation.labelled import GoldSpan, LabelledDocument
from models.document import Document
from models.manifest import TaskSpec, Thresholds
from models.prediction import Answer, Prediction, Span
from models.taxonomy import Category, Taxonomy

# A word that no report may hold. Written for these tests.
SECRET = "梧桐巷三号的张秀兰"

TAXONOMY = Taxonomy(
    (
        Category("010101", ("城建", "路灯", "不亮")),
        Category("010201", ("城建", "噪声", "施工")),
        Category("010202", ("城建", "噪声", "音响")),
        Category("020101", ("民生", "供水", "停水")),
    )
)
CODES = tuple(category.code for category in TAXONOMY.categories)
UNITS = ("cgw", "sthj", "sw")

TASKS = (
    TaskSpec(name="category", kind="tree", labels=CODES, thresholds=Thresholds(auto_default=0.9, abstain=0.3)),
    TaskSpec(name="departments", kind="single", labels=UNITS, thresholds=Thresholds(auto_default=0.9)),
    TaskSpec(name="type", kind="single", labels=("咨询", "投诉")),
    TaskSpec(name="risks", kind="multi", labels=("群体", "欠薪")),
    TaskSpec(name="spans", kind="spans", labels=("time", "demand")),
)


def label_some(count: int, *, seed: int = 0) -> list[LabelledDocument]:
    """Documents with every head labelled at random, each with one marked time."""
    generator = np.random.default_rng(seed)
    documents = []
    for number in range(count):
        unit = UNITS[generator.integers(len(UNITS))]
        documents.append(
            LabelledDocument(
                id=str(number),
                document=Document.of(f"昨天晚上，{SECRET}说路灯不亮。", title=SECRET),
                labels={
                    "category": CODES[generator.integers(len(CODES))],
                    "departments": unit,
                    "type": ("咨询", "投诉")[generator.integers(2)],
                },
                departments=(unit,),
                risks=frozenset({"群体"}) if generator.random() < 0.5 else frozenset(),
                spans=(GoldSpan(0, 0, 4, "time"),),
            )
        )
    return documents


def answer(task: TaskSpec, scores: Sequence[float]) -> Answer:
    """An answer with these scores."""
    return Answer(task, np.array(scores, dtype=np.float32))


def predict_well(documents: Sequence[LabelledDocument], *, share: float, seed: int = 1) -> list[Prediction]:
    """Predictions of which about this share is right, head by head."""
    generator = np.random.default_rng(seed)
    predictions = []
    for one in documents:
        answers = {
            task.name: _answer(task, one.labels[task.name], right=generator.random() < share)
            for task in TASKS
            if task.kind in ("tree", "single")
        }
        right = generator.random(2) < share
        wanted = ["群体" in (one.risks or ()), False]
        answers["risks"] = answer(TASKS[3], [0.9 if w == r else 0.1 for w, r in zip(wanted, right, strict=True)])
        end = 4 if generator.random() < share else 3
        predictions.append(Prediction(answers, (Span("time", 0, 0, end, 0.8),), truncated=False))
    return predictions


def _answer(task: TaskSpec, label: str, *, right: bool) -> Answer:
    place = task.labels.index(label)
    best = place if right else (place + 1) % len(task.labels)
    scores = np.full(len(task.labels), 0.05 / max(len(task.labels) - 1, 1), dtype=np.float32)
    scores[best] = 0.95
    return Answer(task, scores)
