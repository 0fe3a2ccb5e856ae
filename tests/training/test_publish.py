"""What is published says how it is to be read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from models.manifest import BundleManifest, Figure, TaskSpec, TrainingData
from models.taxonomy import Category, Taxonomy
from training.config import HeadConfig, TrainConfig
from training.heads import HeadSpec
from training.labels import Labels
from training.publish import task_of, write_card, write_draft

BASE = Path(__file__).parents[2] / "models" / "store" / "base"


def test_the_manifest_says_that_tags_were_learnt_given_the_one_before() -> None:
    spans = HeadSpec(HeadConfig(name="spans", kind="spans"), ("time",))
    single = HeadSpec(HeadConfig(name="type", kind="single"), ("投诉", "咨询"))
    assert [task_of(head).tagging for head in (spans, single)] == ["markov", "independent"]


def test_the_card_speaks_of_the_heads_of_this_bundle_and_of_the_rows_that_it_was_measured_on() -> None:
    figure = Figure(value=0.8, low=0.7, high=0.9, count=60)
    manifest = BundleManifest(
        name="my-city", version="1.0.0", created_at=datetime(2026, 11, 1, tzinfo=UTC), window=128, vocabulary=300,
        tasks=(TaskSpec(name="departments", kind="single", labels=("cgw", "jd")),),
        precision="int8", files={}, metrics={"departments.accuracy": figure},
    )  # fmt: skip
    card = write_card(manifest, {}, measured_on="last_month.csv", about="Labels of our own staff.")
    assert card.startswith("# my-city@1.0.0\n")
    assert "(12345): lead unit.\n" in card
    assert "On last_month.csv, with" in card
    assert "| departments.accuracy | 0.800 | 0.700–0.900 | 60 |  |" in card
    assert "Labels of our own staff." in card
    assert "annotators" not in card


def test_a_bundle_with_a_tree_of_its_own_leaves_the_rules_of_the_standards_tree_out(tmp_path: Path) -> None:
    head = HeadConfig(name="category", kind="tree", taxonomy="data")
    standard = Taxonomy.open(Path(TrainConfig(heads=(head,)).folder_of_city() / "taxonomy.json"))
    own = Taxonomy((Category("交通", ("交通",)), Category("住房", ("住房",))))
    held = {}
    for name, tree in (("own", own), ("standard", standard)):
        labels = Labels((HeadSpec(head, tuple(tree.by_code)),), tree)
        folder = tmp_path / name
        folder.mkdir()
        write_draft(
            folder, config=TrainConfig(heads=(head,)), labels=labels, tokenizer=BASE / "tokenizer.json",
            training=TrainingData(sha256="0" * 64, rows=1, labelled={}), window=128,
        )  # fmt: skip
        held[name] = {file.name for file in folder.iterdir()}
    assert held["standard"] - held["own"] == {"profile.toml"}
