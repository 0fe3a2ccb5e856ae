"""Category: candidates, their paths, and when the first may stand unseen."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models.document import Document, Segment
from models.errors import BundleError
from models.manifest import TaskSpec, Thresholds
from models.prediction import Answer, Prediction
from models.taxonomy import Taxonomy
from service.alarm import open_default_rules
from service.category import CategoryReading, read_category
from service.city import DEFAULT_CITY
from service.contrast import Contrast
from service.reading import BundleReader
from service.ticket import Ticket

NOON = datetime.fromisoformat("2025-06-03T12:00:00+08:00")
TICKET = Ticket(Document.of("小区楼下烧烤店油烟扰民"), NOON)
TREE = Taxonomy.open(DEFAULT_CITY / "taxonomy.json")
CODES = ("040202", "030705", "040201")


def predict(*scores: float, codes: tuple[str, ...] = CODES, truncated: bool = False, kind: bool = True) -> Prediction:
    """A prediction of category and, if wanted, type."""
    thresholds = Thresholds(auto={"040202": 0.6}, abstain=0.2)
    task = TaskSpec(name="category", kind="tree", labels=codes, thresholds=thresholds)
    answers = {"category": Answer(task, np.array(scores, dtype=np.float32))}
    if kind:
        labels = TaskSpec(name="type", kind="single", labels=("投诉", "咨询"))
        answers["type"] = Answer(labels, np.array([0.9, 0.1], dtype=np.float32))
    return Prediction(answers, (), truncated=truncated)


def read(ticket: Ticket, prediction: Prediction, *, top_k: int = 5) -> CategoryReading:
    contrast = open_default_rules().contrast
    return read_category(ticket, prediction, taxonomy=TREE, contrast=contrast, top_k=top_k)


def test_candidates_come_best_first_with_the_path_of_their_code() -> None:
    reading = read(TICKET, predict(0.3, 0.5, 0.2), top_k=2)
    assert [candidate.code for candidate in reading.candidates] == ["030705", "040202"]
    assert reading.candidates[0].path == ("城乡建设", "街面秩序", "露天烧烤")
    assert reading.margin == pytest.approx(0.2)


def test_more_candidates_than_there_are_is_all_of_them() -> None:
    assert len(read(TICKET, predict(0.3, 0.5, 0.2), top_k=99).candidates) == 3


def test_type_and_its_confidence_are_read_beside() -> None:
    reading = read(TICKET, predict(0.3, 0.5, 0.2))
    assert reading.type == "投诉"
    assert reading.type_confidence == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("scores", "decision"), [((0.7, 0.2, 0.1), "auto"), ((0.5, 0.3, 0.2), "suggest"), ((0.19, 0.15, 0.1), "abstain")]
)
def test_the_decision_follows_the_thresholds_of_the_best_leaf(scores: tuple[float, ...], decision: str) -> None:
    assert read(TICKET, predict(*scores)).decision == decision


def test_a_cut_text_is_never_decided_unseen() -> None:
    assert read(TICKET, predict(0.9, 0.1, 0.0, truncated=True)).decision == "suggest"


def test_what_is_denied_beside_what_is_asked_is_not_decided_unseen() -> None:
    ticket = Ticket(Document.of("单位没有少发过奖金，我问的是产假有几天"), NOON)
    assert read(ticket, predict(0.9, 0.1, 0.0)).decision == "suggest"


def test_the_words_of_a_contrast_are_the_citys() -> None:
    ticket = Ticket(Document.of("唔系投诉，我想问下点样续证"), NOON)
    assert read(ticket, predict(0.9, 0.1, 0.0)).decision == "auto"
    rules = open_default_rules().model_copy(
        update={"contrast": Contrast(short_text=0, said=("唔系.+我想问",), turned=())}
    )
    city: Any = SimpleNamespace(alarms=rules)
    unused: Any = None
    reader = BundleReader(filler=unused, dispatcher=city, taxonomy=TREE)
    reading = reader.read(ticket, predict(0.9, 0.1, 0.0), turns={}, parts=("category",), top_k=3)
    assert reading.category is not None
    assert reading.category.decision == "suggest"


def test_a_call_in_which_nothing_was_said_is_not_decided_by_the_agents_words() -> None:
    segments = (Segment("您好这里是市民热线请问您要反映什么", "agent"), Segment("喂。"))
    ticket = Ticket(Document(segments), NOON, is_dialogue=True)
    assert read(ticket, predict(0.9, 0.1, 0.0)).decision == "abstain"


def test_a_bundle_without_the_heads_answers_nothing_and_does_not_fail() -> None:
    reading = read(TICKET, Prediction({}, (), truncated=False))
    assert (reading.candidates, reading.type, reading.decision, reading.margin) == ((), None, "abstain", 0.0)


def test_a_missing_type_head_leaves_the_category() -> None:
    reading = read(TICKET, predict(0.7, 0.2, 0.1, kind=False))
    assert reading.type is None
    assert reading.candidates


def test_a_code_that_the_tree_lacks_is_named() -> None:
    with pytest.raises(BundleError, match="555555"):
        read(TICKET, predict(0.9, 0.1, codes=("555555", "040202")))


def test_the_shipped_tree_is_the_standard_with_three_names_to_every_leaf() -> None:
    assert [len(TREE.level(depth).nodes) for depth in (1, 2, 3)] == [14, 99, 515]
    codes = [leaf.code for leaf in TREE.categories]
    # The standard's own table prints 090499 twice; 其他民族宗教 is 090599.
    assert codes == sorted(set(codes))
    assert TREE.by_code["090599"].path[1] == "民族宗教"
    assert all(len(leaf.path) == 3 and all(leaf.path) for leaf in TREE.categories)
