"""The words that decided: clauses, their places, and what the score loses without them."""

from __future__ import annotations

from typing import Any

import pytest

from models.document import Document, Segment
from models.errors import DeadlineError
from service.engine import Engine
from service.errors import ServiceError
from service.explain import MAX_CLAUSES, MAX_PIECES, TITLE, Evidence, cut_clauses, cut_pieces, leave_out, narrow
from service.form.field import Place
from service.queue import RowQueue
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


def test_the_title_has_clauses_of_its_own_and_can_be_left_out() -> None:
    document = Document.of("管管", title="楼下烧烤，油烟")
    assert cut_clauses(document) == [Place(TITLE, 0, 4), Place(TITLE, 5, 7), Place(0, 0, 2)]
    assert leave_out(document, Place(TITLE, 0, 4)) == Document.of("管管", title="，油烟")


def test_speech_without_punctuation_is_no_single_clause() -> None:
    places = cut_clauses(Document.of("楼下那个烧烤店每天晚上都开到两三点钟" * 5))
    assert len(places) == 4
    assert max(place.end - place.start for place in places) <= 24
    assert sorted(at for place in places for at in range(place.start, place.end)) == list(range(90))


@pytest.mark.parametrize("lengths", [[4], [5], [24], [24] * 4, [24] * 40])
def test_pieces_cover_the_heaviest_clauses_and_stay_within_the_limit(lengths: list[int]) -> None:
    answers = [[Evidence(Place(number, 3, 3 + length), 0.5)] for number, length in enumerate(lengths)]
    document = Document(tuple(Segment("这" * (3 + length)) for length in lengths))  # a word at each place
    pieces = cut_pieces(answers, document)
    assert len(pieces) <= MAX_PIECES
    for number in {piece.segment for piece in pieces}:
        covered = [at for piece in pieces if piece.segment == number for at in range(piece.start, piece.end)]
        assert covered == list(range(3, 3 + lengths[number]))
    assert bool(pieces) is (lengths != [4])


def test_only_the_heaviest_clauses_of_an_answer_are_cut_and_each_once() -> None:
    clauses = [Evidence(Place(0, start, start + 8), 0.3) for start in (0, 10, 20)]
    assert cut_pieces([clauses, clauses[:1]], Document.of("这" * 28)) == [
        Place(0, 0, 4), Place(0, 4, 8), Place(0, 10, 14), Place(0, 14, 18)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("clause", "pieces"),
    [
        ("就是退税款怎么查呀这周没到", ["就是退税款", "怎么查呀", "这周没到"]),
        ("店家不是不开票也没有乱收钱", ["店家", "不是不开票", "也没有乱收钱"]),
        ("水果摊凌晨叫卖", []),
    ],
)
def test_a_clause_is_cut_where_words_meet_and_nowhere_else(clause: str, pieces: list[str]) -> None:
    answers = [[Evidence(Place(0, 0, len(clause)), 0.5)]]
    assert [clause[one.start : one.end] for one in cut_pieces(answers, Document.of(clause))] == pieces


def test_a_question_that_the_caller_only_said_yes_to_is_weighed() -> None:
    turns = (
        Segment("您好，请讲", "agent"),
        Segment("喂你好我这边楼下"),
        Segment("是夜市油烟吗", "agent"),
        Segment("是的"),
    )
    assert {place.segment for place in cut_clauses(Document(turns))} == {1, 2, 3}


def test_a_clause_gives_way_to_its_pieces_unless_none_spoke_alone() -> None:
    first, second = Evidence(Place(0, 0, 8), 0.4), Evidence(Place(0, 9, 17), 0.2)
    piece = Evidence(Place(0, 4, 8), 0.1)
    assert narrow((first, second), (piece,)) == (second, piece)
    assert narrow((first, second), ()) == (first, second)


def test_words_of_the_title_are_told_as_such(doors: Doors) -> None:
    body = {"text": "路灯", "title": "小区楼下烧烤店", "options": {"explain": True}}
    explanation = doors.post("/v1/category", body).json()["explanation"]
    assert {"title", "span", "weight"} == explanation[0].keys()
    assert all((one["span"] is None) is (one["title"] is not None) for one in explanation)


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


def test_a_heavy_clause_is_told_by_its_pieces(doors: Doors) -> None:
    text = "小区楼下烧烤店油烟往上排路灯"
    explanation = doors.post("/v1/category", {"text": text, "options": {"explain": True}}).json()["explanation"]
    assert explanation
    assert all(one["span"]["end"] - one["span"]["start"] <= 4 for one in explanation)


def test_a_text_of_one_clause_rests_on_it_whole(doors: Doors) -> None:
    reply = doors.post("/v1/category", {"text": "小区", "options": {"explain": True}}).json()
    (evidence,) = reply["explanation"]
    assert evidence == {"span": {"start": 0, "end": 2}, "title": None, "weight": reply["candidates"][0]["score"]}


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


LONG = "".join(f"小区{n}号楼下烧烤店油烟往上排，路灯不亮。" for n in range(12))


def test_a_text_whose_copies_are_more_than_the_queue_holds_is_explained_all_the_same(open_doors: OpenDoors) -> None:
    small = open_doors(max_queue_tokens=1024)
    reply = small.post("/v1/category", {"text": LONG, "options": {"explain": True}})
    assert reply.status_code == 200
    assert reply.json()["explanation"]
    roomy = open_doors().post("/v1/category", {"text": LONG, "options": {"explain": True}})
    assert reply.json()["explanation"] == roomy.json()["explanation"]


@pytest.mark.parametrize(
    "refusal", [ServiceError(503, "overloaded", "the queue is full"), DeadlineError("the deadline passed")]
)
def test_an_answer_that_cannot_be_explained_comes_without_reasons(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    async def refuse(*_: Any, **__: Any) -> None:
        raise refusal

    monkeypatch.setattr(RowQueue, "wait_for_room", refuse)
    reply = doors.post("/v1/category", {"text": "小区，路灯", "options": {"explain": True}})
    assert (reply.status_code, reply.json()["explanation"]) == (200, None)
    assert reply.json()["candidates"] == doors.post("/v1/category", {"text": "小区，路灯"}).json()["candidates"]


def test_where_there_is_no_time_for_pieces_the_clauses_stand_whole(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: list[int] = []
    run_each = Engine._run_each

    async def once(self: Engine, *given: Any) -> Any:
        cut.append(1)
        if len(cut) > 1:
            raise DeadlineError("the deadline passed")
        return await run_each(self, *given)

    monkeypatch.setattr(Engine, "_run_each", once)
    body = {"text": "小区楼下烧烤店油烟往上排，路灯", "options": {"explain": True}}
    explanation = doors.post("/v1/category", body).json()["explanation"]
    assert len(cut) == 2
    assert {(one["span"]["start"], one["span"]["end"]) for one in explanation} <= {(0, 12), (13, 15)}


def test_what_could_not_be_explained_in_time_is_not_tried(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RowQueue, "takes_s", lambda queue, tokens: float(tokens))
    reply = doors.post("/v1/category", {"text": LONG, "options": {"explain": True}})
    assert (reply.status_code, reply.json()["explanation"]) == (200, None)
    short = doors.post("/v1/category", {"text": "路灯", "options": {"explain": True}})
    assert short.json()["explanation"]


def test_a_dispatch_without_history_of_returns_says_so(open_doors: OpenDoors) -> None:
    reply = open_doors(open_reader=BundleReader.open).post("/v1/dispatch", {"text": "小区楼下烧烤店"}).json()
    assert reply["return_risk"] is None
    assert "无退单历史" in reply["return_reason"]
    (issue,) = reply["issues"]
    assert issue["lead"] == reply["lead"]
    assert len(issue["category"]["path"]) == 3
