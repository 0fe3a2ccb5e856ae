"""What is published says how it is to be read."""

from __future__ import annotations

from datetime import UTC, datetime

from models.manifest import BundleManifest, Figure, TaskSpec
from training.config import HeadConfig
from training.heads import HeadSpec
from training.publish import task_of, write_card


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
