"""A wrong label is found where the others agree against it, and the page for people is safe to open."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from evaluation.labelled import LabelledDocument
from models.document import Document
from models.taxonomy import Category, Taxonomy
from training.audit import audit, dispute, write_audit
from training.config import HeadConfig
from training.dataset import Example
from training.heads import HeadSpec

HEAD = HeadSpec(HeadConfig(name="category", kind="tree"), ("a", "b", "c"))
TREE = Taxonomy((Category("a", ("甲", "一")), Category("b", ("乙", "二")), Category("c", ("丙", "三"))))


def _example(number: int, label: str) -> Example:
    document = Document.of(f"=第{number}行", title="题")
    return Example(LabelledDocument(id=f"r{number}", document=document, labels={"category": label}))


def test_a_label_is_disputed_where_another_is_as_probable_as_it_usually_is() -> None:
    given = np.array([0, 0, 0, 1, 1])
    shares = np.array([[0.9, 0.05, 0.05], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.2, 0.7, 0.1], [0.45, 0.5, 0.05]])
    (found,) = dispute(HEAD, given, np.arange(5), shares.astype(np.float32))
    assert (found.row, found.label, found.suggested) == (2, "a", "b")


def test_a_label_that_no_row_carries_is_never_suggested() -> None:
    shares = np.array([[0.1, 0.1, 0.8], [0.9, 0.05, 0.05]], dtype=np.float32)
    assert dispute(HEAD, np.array([0, 0]), np.arange(2), shares) == []


def test_the_files_name_rows_and_pairs(tmp_path: Path) -> None:
    examples = [_example(n, label) for n, label in enumerate("aaabb")]
    logits = np.log(
        np.array([[0.9, 0.05, 0.05], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1]], np.float32)
    )
    write_audit(tmp_path, examples, audit(examples, [HEAD], {"category": logits}), TREE)
    with (tmp_path / "audit.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["id"], row["label_name"], row["suggested_name"], row["text"]) == (
        "r2",
        "甲 / 一",
        "乙 / 二",
        "\t=第2行",
    )
    with (tmp_path / "confused.csv").open(encoding="utf-8-sig", newline="") as file:
        (pair,) = csv.DictReader(file)
    assert (pair["label"], pair["suggested"], pair["rows"]) == ("a", "b", "1")
