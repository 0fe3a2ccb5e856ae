"""Upload: a multipart body → a file on disk and the options beside it, never more of it in memory than a block."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request

from service.body import ClientGoneError, parse_json
from service.errors import Fault, ServiceError
from service.jobs.folder import JobFolder
from service.jobs.options import JobOptions, read_options, suffix_of

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_BLOCK_BYTES: Final = 1 << 20
_MAX_OPTIONS_BYTES: Final = 64 << 10
# What boundaries and headers of the parts may add to the file.
_FRAME_BYTES: Final = 128 << 10


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived whole; `name` is its name in the job's folder."""

    options: JobOptions
    name: str
    sha256: str


async def read_upload(request: Request, folder: JobFolder, *, max_bytes: int, stall_seconds: float) -> Upload:
    """Write the part `file` into the folder, first as a draft; the part `options` is JSON and may be missing.

    Errors: ServiceError 408 where it stalls, 413 too large, 422 no such form, 507 disk full; ClientGoneError.
    """
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > max_bytes + _FRAME_BYTES + _MAX_OPTIONS_BYTES:
        raise _too_large(max_bytes)
    try:
        with folder.draft.open("wb") as file:
            form = _Form(file, max_bytes=max_bytes)
            parser = _parser(request, form)
            async for chunk in _chunks(request, stall_seconds=stall_seconds):
                parser.write(chunk)
                await form.flush()
            await form.finish()
    except FormParserError:
        raise _bad_form("the body is no multipart form; send the parts file and options") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ServiceError(507, "disk_full", "there is no room for the file; ask the service's operators") from None
        raise
    upload = form.upload()
    folder.draft.rename(folder.path / upload.name)
    return upload


class _Form:
    """What the parser's callbacks have gathered so far."""

    def __init__(self, file: BinaryIO, *, max_bytes: int) -> None:
        self._file = file
        self._max_bytes = max_bytes
        self._bytes = 0
        self._block = bytearray()
        self._options = bytearray()
        self._digest = hashlib.sha256()
        self._header = bytearray()
        self._value = bytearray()
        self._part = ""
        self._seen: set[str] = set()
        self._suffix = ""
        self._ended = False

    def callbacks(self) -> MultipartCallbacks:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._check_part,
            "on_part_data": self._take,
            "on_end": self._end,
        }

    async def flush(self, *, least_bytes: int = _BLOCK_BYTES) -> None:
        """Write out what has come together, where it is enough."""
        if len(self._block) >= least_bytes:
            block, self._block = bytes(self._block), bytearray()
            await asyncio.to_thread(self._write, block)

    async def finish(self) -> None:
        """Everything is on disk. Errors: ServiceError 422 where the form ended early."""
        if not self._ended:
            raise _bad_form("the form ended early; send it again")
        await self.flush(least_bytes=1)
        self._file.flush()
        await asyncio.to_thread(os.fsync, self._file.fileno())

    def upload(self) -> Upload:
        """What has arrived. Errors: ServiceError 422."""
        if not self._bytes:
            raise _bad_form("the part file is missing or empty; send -F file=@NAME")
        options = read_options(JobOptions, parse_json(bytes(self._options)) if self._options else {})
        return Upload(options, f"source{self._suffix}", self._digest.hexdigest())

    def _write(self, block: bytes) -> None:
        self._file.write(block)
        self._digest.update(block)

    def _begin_part(self) -> None:
        self._part = ""
        self._header.clear()
        self._value.clear()

    def _end_header(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._part = options.get(b"name", b"").decode("utf-8", "replace")
            if self._part == "file":
                self._suffix = suffix_of(options.get(b"filename", b"").decode("utf-8", "replace"), place="file")
        self._header.clear()
        self._value.clear()

    def _check_part(self) -> None:
        if self._part not in ("file", "options") or self._part in self._seen:
            raise _bad_form("the form has another part than one file and one options; leave it out")
        self._seen.add(self._part)

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._part == "options":
            self._options += data[start:end]
            if len(self._options) > _MAX_OPTIONS_BYTES:
                raise ServiceError(413, "body_too_large", f"the part options exceeds {_MAX_OPTIONS_BYTES} bytes")
            return
        self._block += data[start:end]
        self._bytes += end - start
        if self._bytes > self._max_bytes:
            raise _too_large(self._max_bytes)

    def _end(self) -> None:
        self._ended = True


def _parser(request: Request, form: _Form) -> MultipartParser:
    _, options = parse_options_header(request.headers.get("content-type", ""))
    if not options.get(b"boundary"):
        raise _bad_form("the Content-Type names no boundary; let your client write it")
    return MultipartParser(options[b"boundary"], form.callbacks())


async def _chunks(request: Request, *, stall_seconds: float) -> AsyncIterator[bytes]:
    stream = aiter(request.stream())
    try:
        while True:
            async with asyncio.timeout(stall_seconds):
                chunk = await anext(stream)
            yield chunk
    except StopAsyncIteration:
        return
    except TimeoutError:
        detail = f"nothing of the body arrived for {stall_seconds:g} s; send it without pauses"
        raise ServiceError(408, "body_timeout", detail) from None
    except ClientDisconnect:
        raise ClientGoneError from None


def _too_large(max_bytes: int) -> ServiceError:
    return ServiceError(
        413, "upload_too_large", f"the file exceeds {max_bytes} bytes; compress it, or send parts of it"
    )


def _bad_form(detail: str) -> ServiceError:
    return ServiceError(422, "form_invalid", detail, faults=[Fault(("body",), "form_invalid", detail)])
