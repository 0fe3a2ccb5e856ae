"""Admission: a bounded number of tickets in the house at once; whoever comes on top is refused at the door, at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.errors import ServiceError


class Admission:
    """Counts tickets, not connections: idle sockets and probes never take a place."""

    def __init__(self, *, max_tickets: int, retry_after_seconds: int, changed: Callable[[int], None]) -> None:
        self._max_tickets = max_tickets
        self._retry_after_seconds = retry_after_seconds
        self._changed = changed
        self.in_flight = 0

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

    def check(self) -> None:
        """Refuse before a byte of a body is read, where not even one ticket has a place. Errors: ServiceError 429."""
        if self.in_flight >= self._max_tickets:
            raise self._full()

    def _full(self) -> ServiceError:
        return ServiceError(
            429,
            "too_many_tickets",
            f"{self._max_tickets} tickets are being answered already; send fewer at once",
            retry_after_seconds=self._retry_after_seconds,
        )

    def _set(self, tickets: int) -> None:
        self.in_flight = tickets
        self._changed(tickets)
