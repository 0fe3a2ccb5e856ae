"""The page's own reading of what was pasted, run in node; skipped where that is not installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from service.routes_pages import STATIC

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")

_WIRED = 'at("form").addEventListener'  # from here on the page is tied to what a browser shows


def run(expression: str) -> Any:
    """The value of an expression in the page."""
    view, page = (STATIC.joinpath(name).read_text(encoding="utf-8") for name in ("page-view.js", "page.js"))
    script = f"{view}\n{page.partition(_WIRED)[0]}\nconsole.log(JSON.stringify({expression}));"
    return run_script(script)


def run_script(script: str) -> Any:
    """What a script prints."""
    assert NODE is not None
    done = subprocess.run([NODE, "-e", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    return json.loads(done.stdout)


def read(text: str) -> list[tuple[str, str]] | None:
    """Roles and words of the turns that a text has; None for a message."""
    turns = run(f"readDialogue({json.dumps(text)})")
    return [(turn["role"], turn["text"]) for turn in turns] if turns else None


@pytest.mark.parametrize(
    "text",
    [
        "坐席：请讲\n来电人：水管爆了",
        "话务员2：请讲\n市民：水管爆了",
        "[00:01] 坐席：请讲\n[00:05] 市民：水管爆了",
        "受理员(308)：请讲\n赵女士：水管爆了",
        "A：请讲\nB：水管爆了",
        "客服:请讲\n反映人:水管爆了",
    ],
)
def test_a_call_is_told_by_its_speakers(text: str) -> None:
    assert read(text) == [("agent", "请讲"), ("caller", "水管爆了")]


def test_a_supervisor_who_takes_over_speaks_for_himself() -> None:
    text = "坐席：请讲\n来电人：水管爆了\n班长：我来说\n来电人：好"
    assert read(text) == [("agent", "请讲"), ("caller", "水管爆了"), ("agent", "我来说"), ("caller", "好")]


@pytest.mark.parametrize(
    "text", ["A：水管爆了\nB：灯坏了\nC：没人管", "A：水管爆了\nB：灯坏了", "水管爆了\n地址：河边路"]
)
def test_numbered_points_of_a_letter_are_no_call(text: str) -> None:
    assert read(text) is None


def test_a_line_without_a_speaker_goes_on_with_the_turn() -> None:
    assert read("坐席：请讲\n来电人：水管爆了\n地址：河边路") == [
        ("agent", "请讲"),
        ("caller", "水管爆了\n地址：河边路"),
    ]


def test_lines_of_the_citys_rules_are_shown_beside_those_of_the_words() -> None:
    reply = {
        "sentiment": {"transfer": {"to": "119", "reason": "words"}},
        "dispatch": {"transfers": [{"to": "119", "reason": "words"}, {"to": "120", "reason": "rule"}]},
    }
    assert [line["to"] for line in run(f"urgentLines({json.dumps(reply)})")] == ["119", "120"]
    assert run('urgentLines({sentiment: null, dispatch: {transfers: [{to: "110", reason: "r"}]}}).length') == 1
    assert run("urgentLines({sentiment: {transfer: null}, dispatch: null}).length") == 0


def tell_alarm(told: dict[str, Any]) -> tuple[str, bool]:
    """What the banner of a running call says, and whether it is hidden."""
    stubs = (
        "const NAMES = {}; const make = (tag, look, text) => text;"
        "const banner = { hidden: false, textContent: '',"
        " replaceChildren(...parts) { this.textContent = parts.join(''); } };"
        "const at = () => banner;"
    )
    view = STATIC.joinpath("page-live-view.js").read_text(encoding="utf-8")
    script = f"{stubs}\n{view}\ntellAlarm({json.dumps(told)}); console.log(JSON.stringify(banner));"
    banner = run_script(script)
    return banner["textContent"].strip(), banner["hidden"]


def test_a_running_calls_banner_tells_the_line_before_the_doubt() -> None:
    line = {"to": "119", "reason": "规则 fire"}
    assert tell_alarm({"transfer": line, "verify": "模型"}) == ("建议立即转 119\u3000规则 fire", False)
    assert tell_alarm({"transfer": None, "verify": "模型"}) == ("疑似紧急，立即核实\u3000模型", False)
    assert tell_alarm({"transfer": None, "verify": None})[1]
