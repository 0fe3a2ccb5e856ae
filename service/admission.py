"""Admission: bounded tickets and bytes in the house at once, and a bounded wait for those who come one by one.

Whoever comes on top is refused at the door, at once: before a byte of the body is read, or with the byte that is too
many.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.errors import ServiceError

Count = Callable[[int], None]


class Admission:
    """Counts tickets, not connections: idle sockets and probes never take a place."""

    def __init__(
        self,
        *,
        max_tickets: int,
        max_wait_s: float,
        wait_s: Callable[[], float],
        retry_after_seconds: int,
        changed: Callable[[int], None],
        max_bytes: int,
        bytes_changed: Callable[[int], None],
    ) -> None:
        self._max_tickets = max_tickets
        self._max_wait_s = max_wait_s
        self._wait_s = wait_s
        self._retry_after_seconds = retry_after_seconds
        self._changed = changed
        self._max_bytes = max_bytes
        self._bytes_changed = bytes_changed
        self.in_flight = 0
        self.bytes_held = 0

    @contextmanager
    def admit(self, tickets: int) -> Iterator[None]:
        """Hold places for so many tickets. Errors: ServiceError 429 at once where there are none.

        A batch larger than the house is let in when the house is empty.
        """
        if self.in_flight and self.in_flight + tickets > self._max_tickets:
            raise self._full()
        self._set(self.in_flight + tickets)
        try:
            yield
        finally:
            self._set(self.in_flight - tickets)

    @contextmanager
    def hold_body(self) -> Iterator[Count]:
        """Count a body from its first byte to its answer: it is called with the size of each piece that comes.

        Bytes are counted as they come, not as they are announced: an announcement costs nothing. A body that is larger
        than the room is let in when the room is empty. Calling it raises ServiceError 429 where there is no room.
        """
        held = 0

        def count(size: int) -> None:
            nonlocal held
            if self.bytes_held > held and self.bytes_held + size > self._max_bytes:
                raise ServiceError(
                    429,
                    "too_many_bytes",
                    f"more than {self._max_bytes} bytes are being read and answered; send fewer or smaller requests",
                    retry_after_seconds=self._retry_after_seconds,
                )
            held += size
            self._set_bytes(self.bytes_held + size)

        try:
            yield count
        finally:
            self._set_bytes(self.bytes_held - held)

    def check(self) -> None:
        """Refuse where not even one ticket has a place. Errors: ServiceError 429."""
        if self.in_flight >= self._max_tickets:
            raise self._full()

    def check_wait(self) -> None:
        """Refuse whoever would wait too long, and for nothing if his patience ends before. Errors: ServiceError 503."""
        if (wait_s := self._wait_s()) > self._max_wait_s:
            raise ServiceError(
                503,
                "overloaded",
                f"an answer would take more than {self._max_wait_s:g} s; try again later",
                retry_after_seconds=max(self._retry_after_seconds, math.ceil(wait_s)),
            )

    def _full(self) -> ServiceError:
        return ServiceError(
            429,
            "too_many_tickets",
            f"{self._max_tickets} tickets are being answered already; send fewer at once",
            retry_after_seconds=self._retry_after_seconds,
        )

    def _set_bytes(self, size: int) -> None:
        self.bytes_held = size
        self._bytes_changed(size)

    def _set(self, tickets: int) -> None:
        self.in_flight = tickets
        self._changed(tickets)
