"""Uploads that break off, stall, fill the disk, or are large: nothing stays behind, and memory stays flat."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from service.body import ClientGoneError
from service.errors import ServiceError
from service.jobs.folder import JobFolder
from service.jobs.upload import Upload, _Form, read_upload

HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.CSV.gz"\r\n\r\n'
TAIL = b'\r\n--b\r\nContent-Disposition: form-data; name="options"\r\n\r\n{"plain": true}\r\n--b--\r\n'
HANG, HANG_UP = None, b""


def read(chunks: Iterator[bytes | None], folder: Path, *, max_bytes: int = 1 << 40) -> Upload:
    """Read a body that arrives chunk by chunk."""

    async def receive() -> dict[str, Any]:
        chunk = next(chunks)
        if chunk is HANG:
            await asyncio.sleep(60)
        if chunk == HANG_UP:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": not (chunk or b"").endswith(b"--b--\r\n")}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", b"multipart/form-data; boundary=b")]}
    work = read_upload(Request(scope, receive), JobFolder(folder), max_bytes=max_bytes, stall_seconds=0.2)
    return asyncio.run(work)


def test_a_large_file_passes_through_in_little_memory_and_arrives_as_it_was(tmp_path: Path) -> None:
    block = bytes(range(256)) * 256
    tracemalloc.start()
    upload = read(iter([HEAD, *[block] * 1600, TAIL]), tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (upload.name, upload.options.plain) == ("source.csv.gz", True)
    assert (tmp_path / "source.csv.gz").stat().st_size == 1600 * len(block)
    assert upload.sha256 == hashlib.sha256(block * 1600).hexdigest()
    assert [path.name for path in tmp_path.iterdir()] == ["source.csv.gz"]
    assert peak < 8 << 20


def test_a_form_is_read_however_it_is_cut(tmp_path: Path) -> None:
    body = HEAD + b"a\r\n--\r\n-b" + TAIL
    read(iter([body[place : place + 1] for place in range(len(body) - 7)] + [body[-7:]]), tmp_path)
    assert (tmp_path / "source.csv.gz").read_bytes() == b"a\r\n--\r\n-b"


@pytest.mark.parametrize(
    ("last", "error", "code"),
    [
        (HANG, ServiceError, "body_timeout"),
        (HANG_UP, ClientGoneError, None),
        (b"x" * 99, ServiceError, "upload_too_large"),
    ],
)
def test_what_does_not_arrive_is_never_taken_for_a_file(
    tmp_path: Path, last: bytes | None, error: type[Exception], code: str | None
) -> None:
    with pytest.raises(error, match=code):
        read(iter([HEAD, b"text", last]), tmp_path, max_bytes=50)
    assert [path.name for path in tmp_path.iterdir()] == ["upload.draft"]


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_Form, "_write", fill)
    with pytest.raises(ServiceError) as caught:
        read(iter([HEAD, b"text", TAIL]), tmp_path)
    assert (caught.value.status, caught.value.code) == (507, "disk_full")
