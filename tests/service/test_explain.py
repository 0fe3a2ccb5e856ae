"""The words that decided: clauses, their places, and what the score loses without them."""

from __future__ import annotations

from models.document import Document, Segment
from service.explain import MAX_CLAUSES, cut_clauses, leave_out
from service.form.field import Place
from service.reading import BundleReader
from tests.service.conftest import Doors, OpenDoors


def test_clauses_are_the_citizens_and_cover_what_was_said() -> None:
    document = Document((Segment("您好，请讲", "agent"), Segment("小区楼下，油烟太大！管管")))
    assert sorted(cut_clauses(document), key=lambda place: place.start) == [
        Place(1, 0, 4),
        Place(1, 5, 9),
        Place(1, 10, 12),
    ]


def test_a_long_text_has_no_more_clauses_than_the_limit() -> None:
    text = "小区，" * 500
    places = cut_clauses(Document.of(text))
    assert 1 < len(places) <= MAX_CLAUSES
    covered = {at for place in places for at in range(place.start, place.end)}
    assert len(covered) > len(text) * 0.9


def test_a_clause_is_left_out_of_its_own_segment_only() -> None:
    document = Document((Segment("a，b"), Segment("c", "agent")), title="t")
    assert leave_out(document, Place(0, 2, 3)) == Document((Segment("a，"), Segment("c", "agent")), title="t")


def test_an_explanation_comes_only_when_asked_and_points_into_the_text(doors: Doors) -> None:
    text = "小区楼下烧烤店，油烟往上排😀，请问电话。路灯"
    assert doors.post("/v1/category", {"text": text}).json()["explanation"] is None
    reply = doors.post("/v1/category", {"text": text, "options": {"explain": True}})
    explanation = reply.json()["explanation"]
    assert explanation
    weights = [evidence["weight"] for evidence in explanation]
    assert weights == sorted(weights, reverse=True)
    assert all(text[e["span"]["start"] : e["span"]["end"]] in text for e in explanation)
    assert "explain;dur=" in reply.headers["server-timing"]


def test_a_text_of_one_clause_rests_on_it_whole(doors: Doors) -> None:
    reply = doors.post("/v1/category", {"text": "小区", "options": {"explain": True}}).json()
    (evidence,) = reply["explanation"]
    assert evidence == {"span": {"start": 0, "end": 2}, "weight": reply["candidates"][0]["score"]}


def test_the_unit_is_explained_beside_the_category(open_doors: OpenDoors) -> None:
    real = open_doors(open_reader=BundleReader.open)
    text = "小区楼下烧烤店，油烟往上排😀，请问电话。路灯"
    reply = real.post("/v1/intake", {"text": text, "options": {"explain": True}}).json()
    assert reply["category"]["explanation"]
    assert reply["dispatch"]["explanation"]
    first = reply["dispatch"]["function"][0]["score"]
    assert all(0 < evidence["weight"] <= first for evidence in reply["dispatch"]["explanation"])
    alone = real.post("/v1/dispatch", {"text": text, "options": {"explain": True}}).json()
    assert alone["explanation"] == reply["dispatch"]["explanation"]
    assert real.post("/v1/dispatch", {"text": text}).json()["explanation"] is None


def test_a_dispatch_without_history_of_returns_says_so(open_doors: OpenDoors) -> None:
    reply = open_doors(open_reader=BundleReader.open).post("/v1/dispatch", {"text": "小区楼下烧烤店"}).json()
    assert reply["return_risk"] is None
    assert "无退单历史" in reply["return_reason"]
    (issue,) = reply["issues"]
    assert issue["lead"] == reply["lead"]
    assert len(issue["category"]["path"]) == 3
