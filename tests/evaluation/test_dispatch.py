"""Dispatch: figures of units and hosts, the worth of rules, and what a changed profile moves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluation.cli import FAILED, app
from evaluation.dispatch import build_dispatch
from evaluation.dispatch_page import render_dispatch
from evaluation.errors import EvaluationError
from evaluation.orders import Order, Replayed, UnitShare
from evaluation.units import Gold, UnitNames, read_gold
from models.taxonomy import Department, open_departments
from service.city import DEFAULT_CITY

RUNNER = CliRunner()
RULE = '\n[[rules]]\nid = "ours"\nwhen.words = ["烧烤"]\nthen.lead = "rq"\n'


def order(lead: str = "cgw", *, first: str = "cgw", score: float = 0.9, **changes: object) -> Order:
    """An order whose model answers `first`, and 热线办 and 水务局 behind it."""
    function = (UnitShare(first, first, score), UnitShare("zwb", "热线办", 0.05), UnitShare("sw", "水务局", 0.04))
    values: dict[str, object] = {
        "lead_name": lead, "ground": "function", "rules": (), "decision": "suggest", "hosted": False, "placed": True,
        "transfer": None,
    }  # fmt: skip
    return Order(lead=lead, function=function, **{**values, **changes})  # type: ignore[arg-type]


def row(number: int, *orders: Order) -> Replayed:
    return Replayed(number, f"t{number}", orders)


def test_units_and_hosts_are_counted_on_the_rows_that_people_labelled() -> None:
    rows = [row(1, order()), row(2, order(first="ga")), row(3, order(first="ga", hosted=True, ground="territory"))]
    gold = [Gold(("cgw",), hosted=False), Gold(("sw", "ga"), hosted=True), Gold((), hosted=True)]
    figures = build_dispatch(rows, gold, bundle="b", data="d").figures
    assert (figures["function"]["top1"].value, figures["function"]["top1"].count) == (0.5, 2)
    assert figures["function"]["top3"].value == 1.0
    assert figures["function"]["accepted"].value == 1.0
    assert figures["hosted"]["accuracy"].value == pytest.approx(2 / 3)
    assert figures["hosted"]["accuracy"].count == 3
    assert figures["lead"]["top1"].count == 1


def test_a_unit_that_answers_most_rows_does_not_hide_the_others() -> None:
    rows = [row(n, order()) for n in range(8)] + [row(n, order()) for n in range(8, 10)]
    gold = [Gold(("cgw",))] * 8 + [Gold(("sw",))] * 2
    figures = build_dispatch(rows, gold, bundle="b", data="d").figures
    assert figures["function"]["top1"].value == 0.8
    assert (figures["function without cgw"]["top1"].value, figures["function without cgw"]["top1"].count) == (0.0, 2)


def test_a_rule_is_weighed_against_the_model_alone() -> None:
    led = order("ga", ground="rule", rules=("lead", "help"))
    rows = [row(1, led), row(2, led), row(3, order(rules=("help",)))]
    report = build_dispatch(rows, [Gold(("ga",)), Gold(("cgw",)), Gold(("cgw",))], bundle="b", data="d")
    worth = {one.rule: one for one in report.rules}
    assert (worth["lead"].matched, worth["lead"].led, worth["lead"].right, worth["lead"].right_without) == (2, 2, 1, 1)
    assert (worth["help"].matched, worth["help"].led) == (3, 0)


def test_an_order_that_goes_out_unseen_must_go_to_the_territory_that_hosts() -> None:
    auto = order(decision="auto", hosted=True, ground="territory")
    rows = [row(1, auto), row(2, order(decision="auto")), row(3, order())]
    gold = [Gold(("cgw",), hosted=True), Gold(("cgw",), hosted=True), Gold(("cgw",), hosted=False)]
    figures = build_dispatch(rows, gold, bundle="b", data="d").figures["auto"]
    assert figures["share"].value == pytest.approx(2 / 3)
    assert (figures["precision"].value, figures["precision"].count) == (0.5, 2)


def test_what_moves_is_told_by_pair_with_ids_rules_and_whether_it_is_better() -> None:
    moved = order("ga", ground="rule", rules=("ours",), decision="auto")
    rows = [
        row(1, order(), moved),
        row(2, order(), moved),
        row(3, order(), order()),
        Replayed(4, "", (), "text_missing"),
    ]
    gold = [Gold(("ga",)), Gold(("cgw",)), Gold(("cgw",)), Gold()]
    report = build_dispatch(rows, gold, bundle="b", data="d", profile="new.toml")
    assert report.what_if is not None
    assert (report.what_if.tickets, report.what_if.moved, report.flawed) == (3, 2, 1)
    (move,) = report.what_if.moves
    assert (move.before, move.after, move.count, move.samples) == ("cgw cgw", "ga ga", 2, ("t1", "t2"))
    assert (move.rules, move.judged, move.right_before, move.right_after) == (("ours",), 2, 1, 1)
    (change,) = report.what_if.changes
    assert (change.what, change.before, change.after, change.count) == ("decision", "suggest", "auto", 2)
    page = render_dispatch(report)
    assert "2 of 3 tickets move" in page
    assert "t1, t2" in page


@pytest.mark.parametrize(
    ("after", "what", "before_is", "after_is"),
    [
        ({"assist": ("rq", "sw")}, "assist", "sw", "rq sw"),
        ({"assist": ()}, "assist", "sw", "–"),
        ({"assist": ("sw",), "transfer": "119+120"}, "transfer", "None", "119+120"),
    ],
)
def test_what_changes_without_moving_a_lead_is_told(
    after: dict[str, object], what: str, before_is: str, after_is: str
) -> None:
    rows = [row(1, order(assist=("sw",)), order(**after)), row(2, order(), order())]  # type: ignore[arg-type]
    report = build_dispatch(rows, [], bundle="b", data="d", profile="new.toml")
    assert report.what_if is not None
    assert report.what_if.moves == ()
    (change,) = report.what_if.changes
    assert (change.what, change.before, change.after, change.samples) == (what, before_is, after_is, ("t1",))
    assert "No lead moves" in render_dispatch(report)


def test_helpers_in_another_order_are_no_change() -> None:
    rows = [row(1, order(assist=("sw", "rq")), order(assist=("rq", "sw")))]
    report = build_dispatch(rows, [], bundle="b", data="d", profile="new.toml")
    assert report.what_if is not None
    assert report.what_if.changes == ()
    assert "Nothing moves" in render_dispatch(report)


def test_the_ranking_is_measured_beside_model_and_lead_on_tickets_left_to_a_function() -> None:
    ranked = (UnitShare("ga", "ga", 0.8), UnitShare("cgw", "cgw", 0.2))
    rows = [row(1, order(candidates=ranked)), row(2, order(candidates=ranked)), row(3, order(candidates=ranked))]
    gold = [Gold(("ga",), hosted=False), Gold(("cgw",), hosted=False), Gold(("ga",), hosted=True)]
    figures = build_dispatch(rows, gold, bundle="b", data="d").figures["candidates"]
    assert (figures["top1"].value, figures["top3"].value, figures["top1"].count) == (0.5, 1.0, 2)
    # Each of two bins holds one answer: 0.8 against right, and against wrong.
    assert figures["calibration_error"].value == pytest.approx(0.5)


def test_names_on_the_page_are_escaped() -> None:
    rows = [row(1, order(lead_name="<b>"), order("ga"))]
    report = build_dispatch(rows, [], bundle="b", data="d", profile="p")
    assert "<b>" not in render_dispatch(report)
    assert report.figures == {}


def test_labels_of_another_number_than_the_rows_are_refused() -> None:
    with pytest.raises(EvaluationError, match="2 labels for 1 rows"):
        build_dispatch([row(1, order())], [Gold(("cgw",))] * 2, bundle="b", data="d")


@pytest.mark.parametrize(
    ("cell", "units"),
    [
        ("市人力社保局", ("rsj",)),
        ("北京市政务服务局", ("zwb",)),
        ("市公安局公安交通管理局", ("jg",)),
        ("公交集团公司,市公安局", ("gj", "ga")),
        ("海淀区", ("qxz",)),
        ("新城街道办事处", ("jd",)),
        ("市重大办", ()),
    ],
)
def test_a_unit_is_known_by_the_name_that_an_export_gives_it(cell: str, units: tuple[str, ...]) -> None:
    assert UnitNames(open_departments(DEFAULT_CITY / "departments.json")).find_all(cell) == units


def test_a_column_of_names_becomes_gold_and_a_missing_one_is_named(tmp_path: Path) -> None:
    names = UnitNames({"sw": Department("sw", "水务局", "", ("供排水处",))})
    path = tmp_path / "rows.csv"
    path.write_text("text,承办单位\n路灯,水务局\n路灯,别处\n", encoding="utf-8-sig")
    assert read_gold(path, column="承办单位", names=names) == [Gold(("sw",)), Gold()]
    with pytest.raises(EvaluationError, match="has no column 'unit'"):
        read_gold(path, column="unit", names=names)


def test_one_command_previews_a_changed_profile_on_a_plain_export(tiny_bundle: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text(
        "工单编号,诉求内容,承办单位\nT1,小区楼下烧烤店油烟,市公安局\nT2,路灯,市公安局\nT3,,\n", encoding="utf-8"
    )
    profile = tmp_path / "changed.toml"
    profile.write_text('city = "试"\nversion = "2"\nfallback = "zwb"\n' + RULE, encoding="utf-8")
    options = ["--bundle", str(tiny_bundle), "--data", str(export), "--units", "承办单位", "--threads", "1"]
    result = RUNNER.invoke(app, ["dispatch", *options, "--profile", str(profile), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    stored = json.loads((tmp_path / "out" / "dispatch.json").read_text(encoding="utf-8"))
    assert (stored["documents"], stored["flawed"]) == (3, 1)
    assert stored["figures"]["function"]["top1"]["count"] == 2
    moves = [move for move in stored["what_if"]["moves"] if move["rules"] == ["ours"]]
    assert [move["samples"] for move in moves] == [["T1"]]
    assert moves[0]["after"] == "rq 燃气公司"
    for file in ("dispatch.json", "dispatch.html"):
        assert "烧烤" not in (tmp_path / "out" / file).read_text(encoding="utf-8")


def test_columns_of_an_export_may_have_any_name(tiny_bundle: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text("号,来信,承办\nT1,小区楼下烧烤店油烟,市公安局\n", encoding="utf-8")
    options = ["--bundle", str(tiny_bundle), "--data", str(export), "--units", "承办", "--threads", "1"]
    call = ["dispatch", *options, "--out", str(tmp_path / "out")]
    result = RUNNER.invoke(app, call)
    assert result.exit_code == FAILED
    assert "--column text=NAME" in " ".join(result.output.split())
    assert RUNNER.invoke(app, [*call, "--column", "text=来信", "--column", "id=号"]).exit_code == 0
    stored = json.loads((tmp_path / "out" / "dispatch.json").read_text(encoding="utf-8"))
    assert (stored["documents"], stored["flawed"]) == (1, 0)


def test_a_broken_profile_is_one_line_with_its_place(tiny_bundle: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.jsonl"
    export.write_text('{"text": "小区楼下烧烤店"}\n', encoding="utf-8")
    profile = tmp_path / "changed.toml"
    profile.write_text('city = "试"\nversion = "2"\n' + RULE.replace("rq", "gx"), encoding="utf-8")
    options = ["--bundle", str(tiny_bundle), "--data", str(export), "--threads", "1", "--out", str(tmp_path / "out")]
    result = RUNNER.invoke(app, ["dispatch", *options, "--profile", str(profile)])
    assert result.exit_code == FAILED
    assert "changed.toml, line 7: rules[1].then.lead: 'gx'" in result.output.replace("\n", " ")


def test_a_file_without_labels_needs_a_profile_to_try(tiny_bundle: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.jsonl"
    export.write_text('{"text": "路灯"}\n', encoding="utf-8")
    options = ["--bundle", str(tiny_bundle), "--data", str(export), "--out", str(tmp_path / "out")]
    result = RUNNER.invoke(app, ["dispatch", *options])
    assert result.exit_code == FAILED
    assert "--units" in result.output


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (("飞船局", "星际移民局"), "none of the 2 names of units is known: 星际移民局、飞船局; make them aliases"),
        (("", ""), "column '承办' is empty in every row; name another with --units"),
    ],
)
def test_units_that_nobody_knows_are_no_measure(
    tiny_bundle: Path, tmp_path: Path, cells: tuple[str, str], told: str
) -> None:
    export = tmp_path / "export.csv"
    export.write_text("工单导出表\n内容,承办\n" + "".join(f"路灯不亮,{cell}\n" for cell in cells), encoding="utf-8")
    options = ["--data", str(export), "--units", "承办", "--out", str(tmp_path / "out")]
    result = RUNNER.invoke(app, ["dispatch", "--bundle", str(tiny_bundle), *options], env={"COLUMNS": "300"})
    assert result.exit_code == FAILED
    assert told in result.output


def test_a_unit_is_known_by_its_id_too() -> None:
    assert UnitNames({"sw": Department("sw", "水务局", "")}).find_all("sw、水务局") == ("sw",)
