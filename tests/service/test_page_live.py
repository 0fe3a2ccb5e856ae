"""The live view, as somebody at a browser sees it; skipped where no Chromium is installed."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from service.app import create_app
from service.settings import Settings
from service.telemetry import Log
from tests.service.browser import PROGRAM, Page, open_page

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")

KEY = "k/E+y (1)=="  # neither "/", nor " ", nor "(", nor "=" may stand in a subprotocol
IDLE = "live.state === 'open' && !live.pending.length"


@dataclass(frozen=True)
class Served:
    """A service that listens, and its log."""

    url: str
    stream: io.StringIO

    @property
    def sessions(self) -> list[dict[str, Any]]:
        """The log's lines about sessions that have ended."""
        return [event for event in map(json.loads, self.stream.getvalue().splitlines()) if event.get("method") == "WS"]


@pytest.fixture
def serve(tiny_bundle: Path) -> Iterator[Callable[..., Served]]:
    """Starts services with given settings; all are stopped at the end of the test."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(_served(Settings(bundle=tiny_bundle, workers=1, **settings)))


@contextmanager
def _served(settings: Settings) -> Iterator[Served]:
    stream = io.StringIO()
    app = create_app(settings, log=Log(stream=stream))
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="websockets-sansio", log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started or app.state.house.state == "loading":
        time.sleep(0.01)
    yield Served(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", stream)
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with open_page(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(browser: Page) -> Iterator[Page]:
    """Its policy must refuse nothing, and no error go uncaught, whatever the test does."""
    browser.faults.clear()
    yield browser
    assert browser.faults == []


def play(page: Page, text: str, *, speed: str = "10") -> None:
    """Put a call into the page and start it by the keyboard."""
    page.ask(f"at('text').value = {text}; at('text').dispatchEvent(new Event('input'))")
    page.ask(f"at('live-speed').value = '{speed}'; at('play').focus()")
    page.enter()


def test_a_call_is_played_spoken_into_and_ended(page: Page, serve: Callable[..., Served]) -> None:
    served = serve(api_key_sha256=hashlib.sha256(KEY.encode()).hexdigest())
    page.open(served.url)
    page.ask(f"at('key').value = {json.dumps(KEY)}")
    play(page, "EXAMPLES.call")
    page.wait("live.turns.length >= 2")

    page.ask("at('live-words').focus()")
    page.type("我姓覃")
    page.wait(IDLE)
    spoken = page.ask("live.turns.length")
    time.sleep(0.8)  # at this speed two more would have come
    assert page.ask("live.turns.length") == spoken, "a draft holds the call back"
    page.enter()
    page.wait(f"live.turns.length > {spoken}")
    assert page.ask(f"live.turns[{spoken}].role + live.turns[{spoken}].text") == "caller我姓覃"
    assert page.ask("document.querySelector('#live-fields [data-field=caller_name]').textContent").startswith("来电人")

    page.wait(f"{IDLE} && !live.script.length")
    assert page.ask("document.querySelectorAll('#live-said .turn').length") == 11
    assert "13800138000" in page.ask("document.querySelector('#live-fields [data-field=contact_phone]').textContent")
    page.ask("document.querySelector('#live-fields [data-field=contact_phone]').click()")
    lit = page.ask("[...document.querySelectorAll('#live-said mark.lit')].map((mark) => mark.textContent).join('')")
    assert lit.startswith("幺三八")
    assert page.ask("[...document.querySelectorAll('.took')].every((took) => / ms$/.test(took.textContent))")
    assert page.ask("at('live-ask').textContent")
    page.ask("at('live-end').focus()")
    page.enter()
    page.wait("live.state === 'over'")
    assert "通话结束" in page.ask("at('live-state').textContent")

    page.wait("document.activeElement.id === 'live-whole'")
    page.enter()
    page.wait("!at('result').hidden")
    assert page.ask("at('live').hidden && at('text').value.includes('来电人：我姓覃')")
    (line,) = served.sessions
    assert (line["status"], line["code"], line["failed_tickets"]) == (101, None, 0)
    assert not any(words in served.stream.getvalue() for words in ("覃", "烧烤", "13800138000", KEY))


def test_a_call_can_be_stepped_through_and_typed_from_nothing(page: Page, serve: Callable[..., Served]) -> None:
    page.open(serve().url)
    play(page, "EXAMPLES.call", speed="1")
    page.wait("live.turns.length === 1")
    page.ask("at('live-step').click()")
    page.wait("live.turns.length === 2")
    assert page.ask("at('live-state').textContent") == "已暂停"

    play(page, "''")
    page.wait("live.state === 'open'")
    assert page.ask("document.activeElement.id") == "live-words"
    page.ask("document.querySelector('[name=role][value=agent]').click(); at('live-words').focus()")
    page.type("您好")
    page.enter()
    page.wait("live.turns.length === 1")
    assert page.ask("document.querySelector('#live-said .turn.agent .words').textContent") == "您好"


def test_an_emergency_stands_above_the_form_while_the_caller_speaks(page: Page, serve: Callable[..., Served]) -> None:
    page.open(serve().url)
    play(page, "'坐席：您好\\n来电人：我家厨房着火了\\n坐席：几楼\\n来电人：哦没事了，灭了'")
    page.wait("live.turns.length === 2 && !at('live-alarm').hidden")
    assert page.ask("at('live-alarm').textContent").startswith("建议立即转 119")
    page.wait("live.turns.length === 4 && at('live-alarm').hidden")


def test_a_refused_turn_is_told_and_the_call_goes_on(page: Page, serve: Callable[..., Served]) -> None:
    page.open(serve(max_characters=50).url)
    play(page, f"'来电人：我姓覃\\n来电人：{'字' * 60}\\n坐席：好'")
    page.wait("live.turns.length === 1 && !at('live-fault').hidden")
    assert "没有收下" in page.ask("at('live-fault').textContent")
    assert page.ask("document.querySelectorAll('.turn.refused').length") == 1
    page.ask("at('live-step').click()")
    page.wait("live.turns.length === 2 && at('live-fault').hidden")


@pytest.mark.parametrize(
    ("settings", "phone", "text", "words"),
    [
        ({"api_key_sha256": "0" * 64}, "", "来电人：我姓覃", "访问密钥"),
        ({"max_live_calls": 0}, "", "来电人：我姓覃", "通话太多"),
        ({}, "1" * 40, "来电人：我姓覃", "来电号码"),
        ({"live_idle_seconds": 0.2}, "", "", "太久没有人说话"),
    ],
)
def test_why_a_session_ends_is_told_in_chinese(
    page: Page, serve: Callable[..., Served], settings: dict[str, Any], phone: str, text: str, words: str
) -> None:
    page.open(serve(**settings).url)
    page.ask(f"at('phone').value = '{phone}'")
    play(page, f"'{text}'")
    page.wait("live.state === 'broken' && !at('live-fault').hidden")
    assert words in page.ask("at('live-fault').textContent")
    assert page.ask("at('live-controls').hidden")


def test_a_ticket_takes_the_place_of_a_running_call(page: Page, serve: Callable[..., Served]) -> None:
    served = serve()
    page.open(served.url)
    play(page, "EXAMPLES.call", speed="1")
    page.wait("live.turns.length === 1")
    page.ask("at('send').click()")
    page.wait("live === null && at('live').hidden && !at('result').hidden")
    while not served.sessions:
        time.sleep(0.02)
    assert served.sessions[0]["code"] == "client_gone"


def test_the_documentation_shows_the_session(page: Page, serve: Callable[..., Served]) -> None:
    page.open(f"{serve().url}/docs")
    page.wait("document.body.textContent.includes('/v1/live')")
    page.wait("document.body.textContent.includes('LiveNews')")
