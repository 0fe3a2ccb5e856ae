"""What is published says how it is to be read."""

from __future__ import annotations

from training.config import HeadConfig
from training.heads import HeadSpec
from training.publish import task_of


def test_the_manifest_says_that_tags_were_learnt_given_the_one_before() -> None:
    spans = HeadSpec(HeadConfig(name="spans", kind="spans"), ("time",))
    single = HeadSpec(HeadConfig(name="type", kind="single"), ("投诉", "咨询"))
    assert [task_of(head).tagging for head in (spans, single)] == ["markov", "independent"]
