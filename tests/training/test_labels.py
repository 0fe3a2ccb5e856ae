"""Which labels a head learns: an export's own names are understood, and what nobody knows is told, not guessed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from evaluation.labelled import label_ticket
from training.config import ConfigError, HeadConfig, TrainConfig
from training.dataset import Example
from training.labels import count_unknown, resolve_labels, reword

TREE = HeadConfig(name="category", kind="tree")
UNITS = HeadConfig(name="departments", kind="single")
TYPE = HeadConfig(name="type", kind="single", labels=("咨询", "投诉"))
RISKS = HeadConfig(name="risks", kind="multi", labels=("群体",))
TEXT = "楼下的烧烤店油烟直往楼上排"


def config(*heads: HeadConfig) -> TrainConfig:
    return TrainConfig(heads=heads)


def examples(*rows: dict[str, object]) -> list[Example]:
    return [Example(label_ticket({"text": TEXT, **row})) for row in rows]


def labels_of(found: Sequence[Example], head: str) -> list[str | None]:
    return [one.label(head) for one in found]


def test_names_of_leaves_and_units_become_codes_and_ids() -> None:
    rows = examples({"category": "露天烧烤", "departments": ["城管局"]}, {"category": "城乡建设/街面秩序/店外经营"})
    found = reword(config(TREE, UNITS), rows)
    assert labels_of(found, "category") == ["030705", "030703"]
    assert found[0].labelled.departments == ("cgw",)


def test_where_the_classes_of_the_data_are_the_tree_they_stay_as_they_are() -> None:
    own = config(HeadConfig(name="category", kind="tree", taxonomy="data"))
    assert labels_of(reword(own, examples({"category": "露天烧烤"})), "category") == ["露天烧烤"]


def test_labels_that_a_head_has_not_are_counted_by_name() -> None:
    rows = examples(
        {"category": "030705", "type": "投诉", "risks": ["群体"], "departments": ["cgw"]},
        {"category": "飞碟", "type": "吐槽", "risks": ["群体", "外星人"], "departments": ["cgw", "飞船局"]},
        {"category": "飞碟"},
    )
    heads = resolve_labels(config(TREE, UNITS, TYPE, RISKS), rows).heads
    assert count_unknown(rows, heads) == {
        "category": {"飞碟": 2},
        "departments": {"飞船局": 1},
        "type": {"吐槽": 1},
        "risks": {"外星人": 1},
    }


@pytest.mark.parametrize(
    ("head", "row", "remedy"),
    [
        (TREE, {"category": "飞碟"}, "bring the city folder with your tree"),
        (UNITS, {"departments": ["飞船局"]}, "bring the city folder with your units"),
        (TYPE, {"type": "吐槽"}, "write the labels of the data into the configuration"),
    ],
)
def test_a_head_none_of_whose_labels_occurs_is_refused_and_not_trained_on_nothing(
    head: HeadConfig, row: dict[str, object], remedy: str
) -> None:
    with pytest.raises(ConfigError, match=f"head '{head.name}': none of the labels in the data .*{remedy}"):
        resolve_labels(config(head), examples(row))


def test_a_head_without_any_labelled_row_is_left_out() -> None:
    assert [head.name for head in resolve_labels(config(TREE, TYPE), examples({"type": "投诉"})).heads] == ["type"]


def test_rows_without_any_label_are_refused() -> None:
    with pytest.raises(ConfigError, match="no row has a label of any head; map a column"):
        resolve_labels(config(TREE, TYPE), examples({}))
