"""Words of a title are found where they were said, and entities of another set's labels mark nothing."""

from __future__ import annotations

from models.document import Document, Segment
from training.config import HeadConfig
from training.marks import find_words, marks_of

TITLE = HeadConfig(name="title", kind="spans", labels=("title",), column="ticket_title")
ADDRESS = HeadConfig(name="address", kind="spans", labels=("town", "road"), column="entities", publish=False)


def test_words_of_a_title_are_marked_in_the_turns_that_said_them() -> None:
    document = Document(
        (Segment("小区楼下烧烤店"), Segment("烧烤店油烟吗", "agent"), Segment("对，油烟特别大，晚上噪音扰民"))
    )
    found = list(find_words(document, "烧烤店油烟噪音扰民", kind="title"))
    texts = [document.segments[one.segment].text[one.start : one.end] for one in found]
    assert texts == ["烧烤店", "油烟", "噪音扰民"]
    assert {one.segment for one in found} == {0, 2}


def test_a_text_column_marks_words_and_a_list_marks_entities() -> None:
    document = Document.of("龙山镇海丰北路")
    row = {"ticket_title": "海丰北路", "entities": [{"start": 0, "end": 3, "label": "town"}]}
    marks = marks_of(row, document, [TITLE, ADDRESS])
    assert [(one.start, one.end, one.kind) for one in marks["title"]] == [(3, 7, "title")]
    assert [(one.start, one.end, one.kind) for one in marks["address"]] == [(0, 3, "town")]


def test_rows_with_labels_of_another_set_or_none_are_not_labelled() -> None:
    document = Document.of("浙商银行")
    for entities in ([{"start": 0, "end": 4, "label": "company"}], [], None):
        assert marks_of({"entities": entities}, document, [ADDRESS]) == {}


def test_the_form_of_a_call_marks_where_its_values_were_said() -> None:
    document = Document((Segment("银座公寓 交了三千 退两千"), Segment("银座公寓是吧", "agent")))
    head = HeadConfig(name="form", kind="spans", labels=("form_poi", "form_amount"), column="form_fields")
    fields = [
        {"f": "poi", "v": "银座公寓", "m": [[0, "银座公寓"], [1, "银座公寓"]]},
        {"f": "amount", "v": "2000", "m": [[0, "两千"]]},
        {"f": "caller_gender", "v": "女", "m": [[0, "退"]]},
        {"f": "amount", "v": "5", "m": [[7, "没有这轮"]]},
    ]
    marks = marks_of({"form_fields": fields}, document, [head])["form"]
    assert [(one.segment, one.start, one.end, one.kind) for one in marks] == [
        (0, 0, 4, "form_poi"),
        (1, 0, 4, "form_poi"),
        (0, 11, 13, "form_amount"),
    ]
    assert marks_of({"form_fields": []}, document, [head]) == {"form": ()}
