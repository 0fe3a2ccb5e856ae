"""Engine: tickets → readings, through one pass of the encoder, with the bundle that is loaded at that moment."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import Any, Final, TypeVar

from models.bundle import Bundle
from models.canary import SENTENCES
from models.decoding import Logits
from models.document import Document
from models.encoding import Encoded
from models.errors import DeadlineError, ModelError
from models.prediction import Prediction
from models.predictor import Predictor
from service.asks import Ask, EncodedAsk, encode_asks, encode_each
from service.errors import ServiceError
from service.explain import Claim, Evidence, cut_clauses, cut_pieces, leave_out, narrow, weigh_clauses
from service.form.field import Form, Place
from service.live import LiveCall
from service.processors import give_way
from service.queue import Order, RowQueue
from service.reading import PARTS, TURN_HEADS, BundleReader, Part, Reader, Reading, heads_of, list_claims, parts_of
from service.sentiment import Sentiment
from service.settings import Settings
from service.telemetry import Log, Metrics
from service.ticket import CHINA, Ticket

_CHUNK_TICKETS = 32
LIVE_PARTS: Final[tuple[Part, ...]] = ("form", "sentiment")  # of the latter what is urgent

T = TypeVar("T")
OpenReader = Callable[[Bundle], Reader]


@dataclass(frozen=True, slots=True)
class Answers:
    """One reading or error per ticket, in order, the bundle that gave them, and how long each step took."""

    bundle: str
    parts: tuple[Part, ...]
    outcomes: tuple[Reading | BaseException, ...]
    timings_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """The form of a running call and how urgent it is, the bundle that read it, and how long each step took."""

    bundle: str
    form: Form
    sentiment: Sentiment | None
    timings_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Loaded:
    predictor: Predictor
    reader: Reader

    @property
    def bundle(self) -> Bundle:
        return self.predictor.bundle


class Engine:
    """Holds the loaded bundle, the queue and the executor in which all computing is done."""

    def __init__(
        self, settings: Settings, *, log: Log, metrics: Metrics, open_reader: OpenReader = BundleReader.open
    ) -> None:
        self._settings = settings
        self._log = log
        self._metrics = metrics
        self._open_reader = open_reader
        # Rows have threads of their own: encoding and composing go on beside them, and hold no row up.
        self._runs = ThreadPoolExecutor(settings.workers, thread_name_prefix="suqiu-run", initializer=give_way)
        self._executor = ThreadPoolExecutor(settings.workers, thread_name_prefix="suqiu")
        self._queue = RowQueue(
            self._runs,
            workers=settings.workers,
            max_queue_tokens=settings.max_queue_tokens,
            retry_after_seconds=settings.retry_after_seconds,
            gauges=metrics,
        )
        self._loaded: _Loaded | None = None
        self._loading = asyncio.Lock()
        self._closed: ServiceError | None = None

    @property
    def bundle(self) -> str | None:
        """Label of the bundle that answers; None while the first one is loading."""
        return self._loaded.bundle.manifest.label if self._loaded else None

    @property
    def wait_s(self) -> float:
        """How long a ticket that comes now would wait until it is read."""
        return self._queue.wait_s

    async def load(self) -> str:
        """Open the bundle that the settings name and let it answer from now on; returns its label.

        Requests under way finish with the bundle that they began with.
        Errors: ModelError, with the earlier bundle still answering.
        """
        async with self._loading:
            try:
                self._loaded = await self._run(self._open)
                # What was just loaded stays. Looked through again at every full collection, its two hundred thousand
                # objects would hold up every ticket for a tenth of a second.
                gc.collect()
                gc.freeze()
            except ModelError as error:
                self._metrics.loads.labels("refused").inc()
                self._log.warn("bundle_refused", code=error.code, reason=str(error), still=self.bundle)
                raise
            label = self._loaded.bundle.manifest.label
            self._metrics.bundle_loaded(label)
            self._log.tell("bundle_loaded", bundle=label)
            return label

    async def answer(
        self, asks: Sequence[Ask], parts: tuple[Part, ...], *, deadline_ms: int, bulk: bool = False
    ) -> Answers:
        """Answer tickets; a failure of one is its own outcome and leaves the others alone.

        Errors: ServiceError 503 while loading, 501 where the bundle can answer none of the parts.
        """
        loaded = self._loaded
        if loaded is None:
            raise ServiceError(503, "loading", "the bundle is still loading; try again", retry_after_seconds=2)
        able = parts_of(loaded.bundle, parts)
        expires_at = asyncio.get_running_loop().time() + deadline_ms / 1000
        rounds = _Round(loaded, able, expires_at, bulk)
        try:
            for first in range(0, len(asks), _CHUNK_TICKETS):
                began = perf_counter()
                chunk = asks[first : first + _CHUNK_TICKETS]
                encoded = await self._encode(rounds, chunk)
                rounds.took(encode=perf_counter() - began)
                for one in encoded:
                    rounds.tasks.append(asyncio.create_task(self._finish(rounds, await self._submit(rounds, one))))
            outcomes = await asyncio.gather(*rounds.tasks, return_exceptions=True)
        finally:
            rounds.cancel()
        return Answers(loaded.bundle.manifest.label, able, tuple(outcomes), rounds.timings_ms)

    async def follow(self, call: LiveCall, *, deadline_ms: int, whole: bool = False) -> LiveAnswer:
        """Read what is new in a running call (`whole`: all of it once more), fill its form and hear its emergencies.

        Errors: ServiceError, DeadlineError; the call keeps what was said, and the next time reads it.
        """
        loaded = self._loaded
        if loaded is None:
            raise ServiceError(503, "loading", "the bundle is still loading; try again", retry_after_seconds=2)
        rounds = _Round(loaded, LIVE_PARTS, asyncio.get_running_loop().time() + deadline_ms / 1000, bulk=False)
        try:
            async with asyncio.timeout_at(rounds.expires_at):
                if (passage := call.passage(whole=whole)) is not None:
                    call.learn(passage, await self._read(rounds, passage.document))
                ticket, prediction = call.ticket(), call.prediction()
                work = partial(loaded.reader.read, ticket, prediction, turns={}, parts=LIVE_PARTS, top_k=1)
                began = perf_counter()
                reading = await self._run(work)
                rounds.took(compose=perf_counter() - began)
        except TimeoutError:
            raise DeadlineError("the deadline passed before the form was filled; send the next turn") from None
        finally:
            rounds.cancel()
        assert reading.form is not None
        return LiveAnswer(loaded.bundle.manifest.label, reading.form, reading.sentiment, rounds.timings_ms)

    async def _read(self, rounds: _Round, document: Document) -> Prediction | None:
        """One document's prediction; None where it holds no readable character."""
        began = perf_counter()
        predictor = rounds.loaded.predictor
        (encoded,) = await self._run(partial(encode_each, predictor, [document]))
        if not isinstance(encoded, Encoded):
            return None
        between = perf_counter()
        (future,) = await self._order(rounds, [Order(encoded, rounds.heads)], bulk=rounds.bulk)
        logits = await future
        rounds.took(encode=between - began, model=perf_counter() - between)
        return predictor.decode(encoded, logits)

    def close(self, error: ServiceError) -> None:
        """End what is still under way with this error, and take no more."""
        self._closed = error
        self._queue.fail_all(error)
        for executor in (self._executor, self._runs):
            executor.shutdown(wait=False, cancel_futures=True)

    async def _encode(self, rounds: _Round, asks: Sequence[Ask]) -> list[EncodedAsk | ModelError]:
        try:
            async with asyncio.timeout_at(rounds.expires_at):
                return await self._run(partial(encode_asks, rounds.loaded.predictor, asks, turns=rounds.reads_turns))
        except TimeoutError:
            return [DeadlineError("the deadline passed before the text was read; send fewer texts")] * len(asks)

    async def _submit(self, rounds: _Round, one: EncodedAsk | ModelError) -> _Queued | Exception:
        if isinstance(one, ModelError):
            return one
        orders = [Order(one.whole, rounds.heads), *(Order(turn, rounds.turn_heads) for turn in one.turns.values())]
        try:
            return _Queued(one, await self._order(rounds, orders, bulk=rounds.bulk))
        except (ServiceError, ModelError) as error:
            return error

    async def _order(self, rounds: _Round, orders: Sequence[Order], *, bulk: bool) -> list[asyncio.Future[Logits]]:
        """Queue documents; in bulk they wait until there is room. Errors: ServiceError, DeadlineError."""
        if bulk:
            tokens = sum(order.encoded.padded_tokens for order in orders)
            await self._queue.wait_for_room(tokens, expires_at=rounds.expires_at)
        if self._closed is not None:
            raise self._closed
        futures = self._queue.submit(rounds.loaded.predictor, orders, expires_at=rounds.expires_at, bulk=bulk)
        rounds.futures += futures
        return futures

    async def _finish(self, rounds: _Round, queued: _Queued | Exception) -> Reading:
        if isinstance(queued, Exception):
            raise queued
        began = perf_counter()
        try:
            async with asyncio.timeout_at(rounds.expires_at):
                logits = await asyncio.gather(*queued.futures)
                between = perf_counter()
                reading = await self._run(partial(_compose, rounds, queued.encoded, logits))
                rounds.took(model=between - began, compose=perf_counter() - between)
        except TimeoutError:
            raise DeadlineError("the deadline passed before the answer was ready; send fewer texts") from None
        ask = queued.encoded.ask
        return await self._explain(rounds, ask, reading) if ask.explain else reading

    async def _explain(self, rounds: _Round, ask: Ask, reading: Reading) -> Reading:
        """The reading with the clauses that decided, the heaviest by their pieces.

        An answer is worth more than its reasons: where there is no time or room to weigh the clauses it comes without
        them, and where there is none to weigh the pieces, with whole clauses.
        """
        claims = list_claims(reading)
        document = ask.ticket.document
        began = perf_counter()
        clauses = await self._weigh(rounds, document, cut_clauses(document), claims) if claims else None
        if clauses is None:
            return reading
        pieces = await self._weigh(rounds, document, cut_pieces(clauses.values(), document), claims) or {}
        rounds.took(explain=perf_counter() - began)
        found = {head: narrow(clauses[head], pieces.get(head, ())) for head in claims}
        return replace(reading, evidence=found.get("category"), unit_evidence=found.get("departments"))

    async def _weigh(
        self, rounds: _Round, document: Document, places: Sequence[Place], claims: Mapping[str, Claim]
    ) -> dict[str, tuple[Evidence, ...]] | None:
        """What each claim loses without each place; None where that cannot be had before the deadline."""
        predictor = rounds.loaded.predictor
        documents = [leave_out(document, place) for place in places]
        try:
            async with asyncio.timeout_at(rounds.expires_at):
                encoded = await self._run(partial(encode_each, predictor, documents)) if documents else []
                logits = await self._run_each(rounds, [one for one in encoded if isinstance(one, Encoded)], claims)
        except (TimeoutError, DeadlineError, ServiceError):
            return None
        rows = iter(logits)
        predictions = [predictor.decode(one, next(rows)) if isinstance(one, Encoded) else None for one in encoded]
        return {head: weigh_clauses(claim, places, predictions) for head, claim in claims.items()}

    async def _run_each(self, rounds: _Round, encoded: Sequence[Encoded], heads: Iterable[str]) -> list[Logits]:
        """Logits of documents that are queued one by one: together they may be more than the queue holds.

        In bulk, since there are many of them: whoever waits for an answer goes before these reasons.
        Errors: DeadlineError, at once where the time left is too short for them; ServiceError.
        """
        left_s = rounds.expires_at - asyncio.get_running_loop().time()
        if self._queue.takes_s(sum(one.padded_tokens for one in encoded)) > left_s:
            raise DeadlineError("the time left is too short for an explanation; send a shorter text")
        futures: list[asyncio.Future[Logits]] = []
        try:
            for one in encoded:
                futures += await self._order(rounds, [Order(one, tuple(heads))], bulk=True)
            return await asyncio.gather(*futures)
        finally:
            _drop(futures)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._closed is not None:
            raise self._closed
        running = asyncio.get_running_loop().run_in_executor(self._executor, work)
        try:
            return await running
        except asyncio.CancelledError:
            # Closing drops what waits for a thread: its caller is told so, and not just cut off.
            if self._closed is not None and running.cancelled():
                raise self._closed from None
            raise

    def _open(self) -> _Loaded:
        # The tokenizer's own threads would compete with the runs, and hang in a forked child.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        settings = self._settings
        predictor = Predictor.open(settings.bundle_place(), threads=settings.threads, provider=settings.provider)
        reader = self._open_reader(predictor.bundle)
        # Patterns are compiled when they are first asked for: not by the first citizen.
        document = Document.of(SENTENCES[0])
        ticket = Ticket(document, received_at=datetime.now(CHINA))
        reader.read(
            ticket, predictor.predict([document])[0], turns={}, parts=parts_of(predictor.bundle, PARTS), top_k=1
        )
        return _Loaded(predictor, reader)


@dataclass(slots=True)
class _Round:
    """One request's tickets on their way."""

    loaded: _Loaded
    parts: tuple[Part, ...]
    expires_at: float
    bulk: bool
    tasks: list[asyncio.Task[Reading]] = field(default_factory=list)
    futures: list[asyncio.Future[Logits]] = field(default_factory=list)
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def heads(self) -> tuple[str, ...]:
        return heads_of(self.loaded.bundle, self.parts)

    @property
    def turn_heads(self) -> tuple[str, ...]:
        return tuple(head for head in TURN_HEADS if self.loaded.bundle.manifest.has(head))

    @property
    def reads_turns(self) -> bool:
        return "sentiment" in self.parts

    def took(self, **seconds: float) -> None:
        """Of steps that run side by side, the longest counts."""
        for step, value in seconds.items():
            self.timings_ms[step] = max(self.timings_ms.get(step, 0.0), value * 1000)

    def cancel(self) -> None:
        _drop(self.tasks)
        _drop(self.futures)


@dataclass(frozen=True, slots=True)
class _Queued:
    encoded: EncodedAsk
    futures: list[asyncio.Future[Logits]]


def _drop(futures: Iterable[asyncio.Future[Any]]) -> None:
    """Wait for none of these any more."""
    for future in futures:
        if future.done() and not future.cancelled():
            future.exception()  # else asyncio prints what nobody came for
        future.cancel()


def _compose(rounds: _Round, encoded: EncodedAsk, logits: Sequence[Logits]) -> Reading:
    decode = rounds.loaded.predictor.decode
    whole = decode(encoded.whole, logits[0])
    turns = {turn: decode(one, values) for (turn, one), values in zip(encoded.turns.items(), logits[1:], strict=True)}
    ask = encoded.ask
    return rounds.loaded.reader.read(ask.ticket, whole, turns=turns, parts=rounds.parts, top_k=ask.top_k)
