"""Any common file of labelled tickets is read, what is wrong with it is said, and the split is fair."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas
import pytest

from evaluation.errors import LabelError
from training.config import DataConfig, HeadConfig
from training.dataset import Example, digest_of, find_leaks, group_similar, inspect, read_examples, split

CONFIG = DataConfig(columns={"text": "内容", "category": "分类", "departments": "单位", "received_at": "时间"})
ROWS = [
    {"内容": "小区门口的路灯坏了一个星期", "分类": "030101", "单位": "cgw；jd", "时间": "2026-01-02"},
    {"内容": "公司拖欠三个月工资", "分类": "080101", "单位": "rsj", "时间": "2026-01-01"},
]


def read(path: Path) -> list[Example]:
    return read_examples([path], CONFIG, [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_keeps_leading_zeros_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    pandas.DataFrame(ROWS).to_csv(path, index=False, encoding=encoding)
    first = read(path)[0]
    assert first.label("category") == "030101"
    assert first.labelled.departments == ("cgw", "jd")
    assert first.text == ROWS[0]["内容"]


def test_excel_and_parquet_say_the_same_as_csv(tmp_path: Path) -> None:
    pandas.DataFrame(ROWS).to_excel(tmp_path / "t.xlsx", index=False)
    pandas.DataFrame(ROWS).to_parquet(tmp_path / "t.parquet", index=False)
    assert [e.labelled for e in read(tmp_path / "t.xlsx")] == [e.labelled for e in read(tmp_path / "t.parquet")]


def test_a_file_without_text_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"content": "停水"}), encoding="utf-8")
    with pytest.raises(LabelError, match=r"t.jsonl: text is empty in every row; map the text column"):
        read_examples([path], DataConfig(), [])


def test_a_title_above_the_header_is_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("2025年9月工单导出表,,\n编号,内容,分类\n1,路灯不亮,照明\n", encoding="utf-8")
    told: list[str] = []
    rows = read_examples([path], DataConfig(columns={"id": "编号", "text": "内容"}), [], tell=told.append)
    assert [row.text for row in rows] == ["路灯不亮"]
    assert len(told) == 1
    assert "export.csv" in told[0]


def test_one_row_without_text_among_others_is_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    pandas.DataFrame([*ROWS, {**ROWS[0], "内容": " "}]).to_csv(path, index=False)
    examples = read(path)
    assert inspect(examples, [0, 1, 2], config=CONFIG).blank == ["t:3"]
    parts = split(examples, [0, 1, 2], CONFIG)
    assert {one.labelled.id for one in [*parts.train, *parts.validation]} == {"t:1", "t:2"}


def test_a_mapped_column_that_no_file_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    pandas.DataFrame(ROWS).to_csv(path, index=False)
    with pytest.raises(
        LabelError, match=r"--column type=类型: t.csv has no column '类型'; it has 内容, 分类, 单位, 时间"
    ):
        read_examples([path], CONFIG.model_copy(update={"columns": {**CONFIG.columns, "type": "类型"}}), [])


def test_an_error_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("text,urgency\n停水,1\n停电,很急\n", encoding="utf-8")
    with pytest.raises(LabelError, match=r"t.csv, line 3: 'urgency' is no whole number"):
        read_examples([path], DataConfig(), [])


def test_rows_without_an_id_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    pandas.DataFrame(ROWS).to_csv(path, index=False)
    assert [e.labelled.id for e in read(path)] == ["t:1", "t:2"]


def test_an_unknown_format_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "t.docx").write_bytes(b"")
    with pytest.raises(LabelError, match=r"t.docx is of no known format"):
        read(tmp_path / "t.docx")


def example(number: int, text: str, *, category: str = "030101", at: str | None = None) -> Example:
    row = {"id": str(number), "text": text, "category": category}
    from evaluation.labelled import label_ticket

    return Example(label_ticket(row), received_at=at)


BODY = "我家住在幸福路十二号院三单元，楼下的饭馆每天晚上营业到凌晨两点，油烟和噪音让人无法休息，希望有关部门管一管"


def test_near_duplicates_never_straddle_the_split() -> None:
    texts = [f"{BODY}，已经反映过{number}次了" for number in range(10)]
    others = [f"第{number}件完全不同的事情：{chr(0x4E00 + number * 7) * 20}" for number in range(200)]
    examples = [example(number, text) for number, text in enumerate([*texts, *others])]
    groups = group_similar(examples)
    assert len(set(groups[:10])) == 1
    parts = split(examples, groups, DataConfig(validation_share=0.2))
    sides = {e.labelled.id in {v.labelled.id for v in parts.validation} for e in examples[:10]}
    assert len(sides) == 1
    assert 0.1 < len(parts.validation) / len(examples) < 0.3


def test_a_grown_file_keeps_its_old_split() -> None:
    examples = [example(number, chr(0x4E00 + number * 11) * 15) for number in range(100)]
    few = split(examples[:60], list(range(60)), DataConfig(validation_share=0.3))
    many = split(examples, list(range(100)), DataConfig(validation_share=0.3))
    assert {e.labelled.id for e in few.validation} <= {e.labelled.id for e in many.validation}


def test_a_split_by_time_holds_the_latest_rows_back() -> None:
    examples = [example(n, chr(0x4E00 + n * 11) * 15, at=f"2026-01-{n + 1:02d}") for n in range(20)]
    parts = split(examples, list(range(20)), DataConfig(split_by="time", validation_share=0.25))
    assert {e.labelled.id for e in parts.validation} == {"15", "16", "17", "18", "19"}


def test_a_teachers_rows_are_never_held_back_and_give_way_to_peoples() -> None:
    rows = [example(number, f"{number}" * 30) for number in range(100, 200)]
    taught = [replace(row, soft={"type": {"投诉": 1.0}}) for row in rows]
    assert not split(taught, group_similar(taught), DataConfig()).validation
    both = [*rows, *taught]
    parts = split(both, group_similar(both), DataConfig())
    assert parts.validation
    assert not any(one.soft for one in [*parts.train, *parts.validation])


def test_rows_to_learn_from_only_are_never_held_back_nor_taught_beside_their_like() -> None:
    rows = [example(number, f"{number}" * 30) for number in range(100, 200)]
    alone = [replace(row, train_only=True) for row in rows]
    assert not split(alone, group_similar(alone), DataConfig()).validation
    twins = [replace(row, train_only=True, labelled=replace(row.labelled, id=f"{row.labelled.id}b")) for row in rows]
    both = [*rows, *twins]
    parts = split(both, group_similar(both), DataConfig())
    held = {one.labelled.id for one in parts.validation}
    assert held
    assert not any(identity.endswith("b") for identity in held)
    assert {one.labelled.id for one in parts.train} == {
        one.labelled.id for one in both if one.labelled.id.removesuffix("b") not in held
    }


def test_what_a_row_is_for_is_read_from_its_columns_and_counts_as_other_data(tmp_path: Path) -> None:
    told = ['"train_only": true, "lasting": true', '"train_only": true', '"note": 1']
    read = []
    for number, columns in enumerate(told):
        path = tmp_path / f"{number}.jsonl"
        path.write_text(f'{{"id": "a", "text": "小区楼下路灯坏了", "type": "投诉", {columns}}}\n', encoding="utf-8")
        read += read_examples([path], DataConfig(), [])
    assert [(one.train_only, one.lasting, one.is_checked) for one in read] == [
        (True, True, False), (True, False, False), (False, False, True),
    ]  # fmt: skip
    assert len({digest_of([one]) for one in read}) == 3


def test_a_teachers_row_gives_way_where_people_read_only_its_beginning() -> None:
    beginning = "物业公司把小区大门的门禁拆了以后外来车辆随意进出，晚上十一点还有人在楼下烧烤喝酒，"
    beginning += "邻居多次打电话都没有人来处理，希望有关部门查一查。"
    taught = replace(example(2, beginning + "另外还有别的事情。" * 40), soft={"type": {"投诉": 1.0}})
    other = replace(example(3, "公交站牌被撞倒了。" * 9), soft={"type": {"投诉": 1.0}})
    rows = [example(1, beginning), taught, other]
    parts = split(rows, [0, 1, 2], DataConfig())
    assert {one.labelled.id for one in [*parts.train, *parts.validation]} == {"1", "3"}


def test_conflicts_and_rare_and_unknown_labels_are_reported_without_any_text() -> None:
    examples = [example(1, BODY), example(2, BODY, category="040101"), example(3, "别的事情" * 5, category="停水")]
    report = inspect(examples, [0, 0, 2], unknown={"category": {"停水": 1}}, config=DataConfig())
    assert report.conflicts == [{"head": "category", "ids": "1, 2"}]
    assert report.rare["category"] == {"030101": 1, "040101": 1}
    assert report.labelled == {"category": 2}
    assert report.unknown == {"category": {"停水": 1}}
    assert BODY not in repr(report)


def test_rows_that_are_nearly_those_of_the_evaluation_file_are_on_no_side() -> None:
    others = [example(n, chr(0x4E00 + n * 11) * 15) for n in range(60)]
    near = [example(100, f"{BODY}，请尽快处理"), example(101, BODY[:30] + "一" * 200)]
    beginning = replace(example(102, f"{BODY * 2}，{'另外还有一件事情要反映' * 30}"), train_only=True)
    examples = [*others, *near, beginning]
    held_out = [example(9, BODY), example(9, BODY * 2)]
    everything = [*examples, *held_out]
    groups = group_similar(everything)
    leaks = find_leaks(everything, groups, held_out=len(held_out))
    assert {examples[place].labelled.id for place in leaks} == {"100", "102"}
    parts = split(examples, groups[: len(examples)], DataConfig(validation_share=0.4), leaks=leaks)
    left = {one.labelled.id for one in [*parts.train, *parts.validation]}
    assert left == {one.labelled.id for one in examples} - {"100", "102"}


def test_two_rows_of_one_id_are_not_taken_for_each_other() -> None:
    examples = [example(1, BODY), example(1, "路口的红绿灯不亮了，早高峰非常危险，希望尽快修复")]
    everything = [*examples, example(5, BODY)]
    leaks = find_leaks(everything, group_similar(everything), held_out=1)
    assert leaks == {0}
    assert split(examples, [0, 1], DataConfig(validation_share=0.01), leaks=leaks).train == [examples[1]]


def test_the_same_rows_make_the_same_groups_whichever_way_they_bridge() -> None:
    first = [f"{BODY}，{'甲' * 12}", f"{BODY}，{'乙' * 12}", f"{BODY}，{'甲' * 6}{'乙' * 6}"]
    groups = group_similar([example(n, text) for n, text in enumerate([*first, "另一件事情" * 8])])
    assert groups == [0, 0, 0, 3]


def test_half_of_what_is_held_back_is_measured_on_where_no_file_is() -> None:
    examples = [example(number, chr(0x4E00 + number * 11) * 15) for number in range(300)]
    whole = split(examples, list(range(300)), DataConfig(validation_share=0.4))
    parts = split(examples, list(range(300)), DataConfig(validation_share=0.4), measure=True)
    assert not whole.measured
    assert parts.train == whole.train
    ids = [{one.labelled.id for one in side} for side in (parts.validation, parts.measured, whole.validation)]
    assert ids[0] | ids[1] == ids[2]
    assert not ids[0] & ids[1]
    assert 0.3 < len(ids[1]) / len(ids[2]) < 0.7


def test_times_are_compared_as_times_and_asked_for_where_they_are_missing() -> None:
    config = DataConfig(split_by="time", validation_share=0.25)
    examples = [example(n, chr(0x4E00 + n * 11) * 15, at=f"2026/1/{n + 1}") for n in range(20)]
    parts = split(examples, list(range(20)), config)
    assert {one.labelled.id for one in parts.validation} == {"15", "16", "17", "18", "19"}
    with pytest.raises(LabelError, match="row 20 has no time that can be read"):
        split([*examples, example(20, "没有时间的一条")], list(range(21)), config)


@pytest.mark.parametrize("apart", [False, True])
def test_a_calls_mentions_teach_the_head_of_spoken_words_alone_where_there_is_one(tmp_path: Path, apart: bool) -> None:
    names = ("spans", "spoken") if apart else ("spans",)
    heads = [HeadConfig(name=name, kind="spans", labels=("phone",)) for name in names]
    gold = {"fields": [{"f": "contact_phone", "v": "13800001111", "m": [[0, "13800001111"]]}]}
    rows = [
        {"turns": [{"role": "caller", "text": "打13800001111"}], "gold": gold},
        {"text": "打13800002222", "spans": [{"kind": "phone", "start": 1, "end": 12}]},
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    call, message = read_examples([file], DataConfig(), heads)
    assert call.is_call
    assert not message.is_call
    marked = [[len(one.spans_of(name) or ()) for name in names] for one in (call, message)]
    assert marked == ([[0, 1], [1, 1]] if apart else [[1], [1]])
    assert call.labelled.spans  # what it is measured by stays
