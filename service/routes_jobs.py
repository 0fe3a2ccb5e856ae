"""Job routes: a file in, its state, its result, and taking it back."""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import orjson
from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from service.body import read_json
from service.border import record_of
from service.errors import Fault, ServiceError
from service.house import House, house_of
from service.jobs.job import JOB_ID, Job, NewJob
from service.jobs.opening import ClosedDesk
from service.jobs.options import PathBody, format_of, read_options, suffix_of
from service.jobs.replies import JobAnswer, JobPage, job_reply
from service.jobs.source import resolve_source
from service.openapi import describe_download, describe_jobs
from service.routes_tickets import require_key
from service.security import read_key

if TYPE_CHECKING:
    from service.jobs.desk import Caller, Desk
    from service.jobs.folder import JobFolder

_LIMIT: Final = re.compile(r"[1-9][0-9]?|100", re.ASCII)
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_DAY_MS: Final = 86_400_000
# The summary brings its own style, and no script.
_PAGE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def job_routes() -> APIRouter:
    """POST and GET /v1/jobs, GET and DELETE /v1/jobs/{id}, and the files of a result."""
    router = APIRouter(prefix="/v1/jobs", tags=["jobs"], dependencies=[Depends(require_key)])
    add = router.add_api_route
    add("", create_job, methods=["POST"], status_code=202, **describe_jobs("create"))
    add("", list_jobs, methods=["GET"], **describe_jobs("list"))
    add("/{job_id}", tell_job, methods=["GET"], **describe_jobs("tell"))
    add("/{job_id}", delete_job, methods=["DELETE"], status_code=204, **describe_jobs("delete"))
    add("/{job_id}/result", send_result, methods=["GET"], **describe_download("result"))
    add("/{job_id}/quarantine", send_quarantine, methods=["GET"], **describe_download("quarantine"))
    add("/{job_id}/summary", send_summary, methods=["GET"], **describe_download("summary"))
    return router


async def create_job(request: Request) -> Response:
    """Queue a job over an uploaded file, or over a file that the service can read."""
    desk, caller = _desk_of(request), _caller_of(request)
    job = uuid4().hex
    async with desk.hand_in(job, caller) as folder:
        new = await _read_new(request, folder, job=job, caller=caller)
        created = await desk.enter(new)
    location = f"{request.scope.get('root_path', '')}/v1/jobs/{created.job.id}"
    headers = {"Location": location} | ({"Idempotent-Replayed": "true"} if created.replayed else {})
    return _send_job(request, created.job, status=202, headers=headers)


async def list_jobs(request: Request) -> Response:
    """The caller's jobs, newest first."""
    limit, after = request.query_params.get("limit", "20"), request.query_params.get("after")
    if not _LIMIT.fullmatch(limit):
        raise _bad_query("limit", "limit must be a whole number from 1 to 100")
    if after is not None and not JOB_ID.fullmatch(after):
        raise _bad_query("after", "after must be the id of a job, as `next` gives it")
    jobs = await _desk_of(request).page(_owner_of(request), limit=int(limit) + 1, after=after)
    shown = jobs[: int(limit)]
    page = JobPage(
        jobs=[job_reply(job, keep_ms=_keep_ms(house_of(request))) for job in shown],
        next=shown[-1].id if len(jobs) > len(shown) else None,
        request_id=record_of(request).request_id,
    )
    return _send(page)


async def tell_job(request: Request) -> Response:
    """How a job stands."""
    return _send_job(request, await _find(request))


async def delete_job(request: Request) -> Response:
    """Cancel a job, or forget one that has ended."""
    await _desk_of(request).remove(_id_of(request), _owner_of(request))
    return Response(status_code=204)


async def send_result(request: Request) -> Response:
    """The rows with predictions beside them."""
    job = await _find(request)
    return await _send_file(request, job, "", name=f"suqiu-{job.id[:8]}.{job.format}")


async def send_quarantine(request: Request) -> Response:
    """The rows that could not be answered, each with the reason; empty where there are none."""
    job = await _find(request)
    name = f"suqiu-{job.id[:8]}.quarantine.jsonl"
    if job.state == "done" and not job.quarantined:
        return Response(b"", media_type="application/jsonl", headers=_attached(name))
    return await _send_file(request, job, ".quarantine.jsonl", name=name)


async def send_summary(request: Request) -> Response:
    """What came of it: a page for a browser, JSON for a program; `?format=html` or `json` decides."""
    wanted = request.query_params.get("format")
    if wanted not in (None, "html", "json"):
        raise _bad_query("format", "format must be html or json")
    html = wanted == "html" or (wanted is None and "text/html" in request.headers.get("accept", ""))
    job = await _find(request)
    headers = {"Vary": "Accept"} | ({"Content-Security-Policy": _PAGE_POLICY} if html else {})
    return await _send_file(request, job, ".summary.html" if html else ".summary.json", headers=headers)


async def _read_new(request: Request, folder: JobFolder, *, job: str, caller: Caller) -> NewJob:
    """The job that a request asks for, its file in the folder. Errors: ServiceError; ClientGoneError."""
    from service.jobs.upload import read_upload

    settings = house_of(request).settings
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == "multipart/form-data":
        upload = await read_upload(
            request, folder, max_bytes=settings.jobs_max_upload_bytes, stall_seconds=settings.body_seconds
        )
        options, source, told = upload.options, upload.name, upload.sha256
    elif media == "application/json":
        body = read_options(PathBody, await read_json(request, settings))
        private = _desk_of(request).root
        path = await asyncio.to_thread(resolve_source, body.path, settings.jobs_roots, private=private)
        options, source, told = body.options(), str(path), str(path)
    else:
        detail = "send multipart/form-data with a file, or application/json with a path"
        raise ServiceError(415, "content_type_unsupported", detail)
    result = options.format or format_of(suffix_of(source, place="path"))
    asked = orjson.dumps([options.model_dump(), source, told], option=orjson.OPT_SORT_KEYS)
    return NewJob(
        id=job,
        owner=caller.owner,
        options=options,
        format=result,
        source=source,
        uploaded=media == "multipart/form-data",
        fingerprint=hashlib.sha256(asked).hexdigest(),
        idempotency=caller.idempotency,
    )


def _desk_of(request: Request) -> Desk:
    desk = house_of(request).jobs
    if isinstance(desk, ClosedDesk):
        raise desk.refusal()
    return desk


def _caller_of(request: Request) -> Caller:
    from service.jobs.desk import Caller

    given = request.headers.get("idempotency-key")
    if given is not None and not _TOKEN.fullmatch(given):
        detail = "Idempotency-Key must be 1 to 255 visible ASCII characters; a UUID is best"
        raise ServiceError(422, "idempotency_key_invalid", detail)
    return Caller(_owner_of(request), None if given is None else hashlib.sha256(given.encode()).hexdigest())


def _owner_of(request: Request) -> str:
    """The SHA-256 of the caller's key, which was checked; empty where the service has none."""
    if not house_of(request).settings.api_key_sha256:
        return ""
    return hashlib.sha256(read_key(request).encode("utf-8", "surrogateescape")).hexdigest()


def _id_of(request: Request) -> str:
    job: str = request.path_params["job_id"]
    return job if JOB_ID.fullmatch(job) else "none"


async def _find(request: Request) -> Job:
    return await _desk_of(request).find(_id_of(request), _owner_of(request))


def _keep_ms(house: House) -> int:
    return round(house.settings.jobs_keep_days * _DAY_MS)


def _send_job(request: Request, job: Job, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    reply = job_reply(job, keep_ms=_keep_ms(house_of(request)))
    answer = JobAnswer(**reply.model_dump(), request_id=record_of(request).request_id)
    return _send(answer, status=status, headers=headers)


def _send(reply: BaseModel, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(reply.model_dump_json(), status_code=status, headers=headers, media_type="application/json")


async def _send_file(request: Request, job: Job, suffix: str, *, name: str | None = None, **given: Any) -> Response:
    path: Path = await _desk_of(request).file(job, suffix)
    if not await asyncio.to_thread(path.is_file):
        raise ServiceError(404, "job_unknown", "the job and its files were just removed")
    return FileResponse(path, filename=name, **given)


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _bad_query(place: str, detail: str) -> ServiceError:
    return ServiceError(422, "query_invalid", detail, faults=[Fault(("query", place), "query_invalid", detail)])
