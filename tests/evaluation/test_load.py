"""Load: the client counts what it got, the contenders take turns, and the service is ended with the measurement."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from evaluation.client import ask_all, write_ticket
from evaluation.errors import EvaluationError
from evaluation.load import (
    CONNECTIONS,
    FLOOR,
    ROUTES,
    line_up,
    pad_batches,
    pick_documents,
    take_turns,
    time_one,
    waits_by_clients,
)
from evaluation.server import Server, serve
from models.document import Document, Segment
from models.predictor import Predictor
from tests.evaluation.listener import listening

DOCUMENTS = [Document.of("小区楼下烧烤店" + "油烟" * number, title="油烟") for number in range(12)]

# A service that only says that it is ready, on the port that it was given.
READY = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["SUQIU_PORT"])), Handler).serve_forever()
"""


def busy(body: bytes) -> int:
    return 503 if "占线" in json.loads(body).get("text", "") else 200


def test_every_ticket_is_asked_once_and_refusals_are_errors() -> None:
    bodies = [write_ticket(Document.of("占线" if number % 5 == 0 else "好")) for number in range(40)]
    with listening(busy) as url:
        sample = ask_all(f"{url}/v1/intake", bodies, connections=4, limit_s=10)
    assert (sample.tickets, sample.errors, len(sample.waits_ms)) == (32, 8, 32)
    assert sample.rate > 0


def test_the_loop_ends_at_its_limit() -> None:
    with listening() as url:
        sample = ask_all(url, [b"{}"] * 1_000_000, connections=2, limit_s=0.2)
    assert 0 < sample.tickets < 1_000_000
    assert sample.seconds < 5


def test_nobody_there_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="nothing answered"):
        ask_all("http://127.0.0.1:9", [b"{}"], connections=1, limit_s=1)


def test_a_dialogue_is_sent_with_its_roles() -> None:
    document = Document((Segment("您好", "agent"), Segment("路灯不亮")))
    assert json.loads(write_ticket(document)) == {
        "dialogue": [{"role": "agent", "text": "您好"}, {"role": "caller", "text": "路灯不亮"}]
    }
    assert json.loads(write_ticket(Document.of("路灯不亮", title="路灯"))) == {"text": "路灯不亮", "title": "路灯"}


def test_batches_keep_every_row_and_their_limit(predictor: Predictor) -> None:
    windows = [window for encoded in predictor.encode(DOCUMENTS) for window in encoded.windows]
    batches = pad_batches(windows, max_tokens=64)
    assert sum(len(feeds["input_ids"]) for feeds in batches) == len(windows)
    assert all(feeds["input_ids"].size <= 64 or len(feeds["input_ids"]) == 1 for feeds in batches)
    assert sum(int(feeds["attention_mask"].sum()) for feeds in batches) == sum(window.width for window in windows)
    assert all(len(feeds["input_ids"]) == 1 for feeds in pad_batches(windows, max_tokens=1))


def test_contenders_take_turns_and_onnxruntime_is_the_yardstick(predictor: Predictor) -> None:
    turns: list[str] = []
    with listening() as url:
        contenders = line_up(predictor, DOCUMENTS, threads=1, server=Server(url), limit_s=5)
        results = take_turns(contenders, rounds=2, limit_s=60, advance=turns.append)
    assert len(results) == len(ROUTES) * (3 + len(CONNECTIONS))
    assert turns[len(results) :] == turns[: len(results)][::-1]
    for result in results:
        assert (result.tickets, result.errors) == (2 * len(DOCUMENTS), 0)
        assert (result.ratio == 1) == (result.name == FLOOR)
        assert (result.p99_ms is not None) == result.name.startswith("HTTP")
    curves = waits_by_clients(results, route="intake")
    assert [clients for clients, _ in curves["p99"]] == list(CONNECTIONS)
    assert waits_by_clients(results[:2], route="intake") == {}


def test_no_round_begins_after_the_limit(predictor: Predictor) -> None:
    contenders = line_up(predictor, DOCUMENTS, threads=1, server=None, limit_s=1)
    results = take_turns(contenders, rounds=50, limit_s=0)
    assert {result.tickets for result in results} == {len(DOCUMENTS)}


def test_documents_are_picked_for_the_time_without_empty_ones(predictor: Predictor) -> None:
    picked = pick_documents([*DOCUMENTS, Document.of(" ")], predictor, seconds=0.01)
    assert len(picked) >= 32
    assert Document.of(" ") not in picked


def test_one_ticket_is_timed_alone_and_over_http(predictor: Predictor) -> None:
    with listening() as url:
        results = time_one(predictor, server=Server(url), times=5)
    assert [result.name for result in results] == ["predictor", "HTTP × 1, intake", "HTTP × 1, category"]
    assert all(result.p50_ms is not None and result.p50_ms > 0 for result in results)


def test_the_service_is_started_watched_and_ended(tmp_path: Path) -> None:
    script = tmp_path / "ready.py"
    script.write_text(READY, encoding="utf-8")
    with serve(f"{sys.executable} {script}", bundle=tmp_path) as server:
        assert server.pid is not None
        assert (server.cpu_seconds() or 0) >= 0
        assert Path(f"/proc/{server.pid}").exists()
    assert not Path(f"/proc/{server.pid}").exists()


def test_a_service_that_ends_or_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="status 3"), serve(f"{sys.executable} -c exit(3)", bundle=tmp_path):
        pass
    with pytest.raises(EvaluationError, match="no command"), serve("no-such-command", bundle=tmp_path):
        pass
