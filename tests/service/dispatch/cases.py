"""Cases: small cities, tickets and predictions that the tests of dispatch are built of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import numpy as np

from models.bundle import Bundle
from models.document import Document
from models.manifest import BundleManifest, TaskSpec, Thresholds
from models.prediction import Answer, Prediction
from service.dispatch.decide import Dispatcher
from service.form.field import Area, Field, Form, Place
from service.ticket import Ticket

DEPARTMENTS = [
    {"id": "cgw", "name": "城管局", "tier": "市级部门"},
    {"id": "sthj", "name": "生态环境局", "tier": "市级部门"},
    {"id": "zjw", "name": "住建局", "tier": "市级部门"},
    {"id": "rq", "name": "燃气公司", "tier": "公共服务企业"},
    {"id": "zwb", "name": "热线办", "tier": "市级部门"},
    {"id": "jd", "name": "街道办事处 / 乡镇人民政府", "tier": "属地"},
    {"id": "qxz", "name": "区（县）人民政府", "tier": "属地"},
]
LEAVES = [
    {"code": "040201", "path": ["自然资源与环境保护", "污染防治", "噪声污染"]},
    {"code": "090403", "path": ["民政社区", "生活服务", "水电气暖"]},
    {"code": "030705", "path": ["城乡建设", "街面秩序", "露天烧烤"]},
]
FUNCTIONS = ("cgw", "sthj", "zjw", "rq")
HEADER = 'city = "试验市"\nversion = "1"\nfallback = "zwb"\n'


def build_bundle(
    folder: Path, *, profile: str | None = None, returns: str | None = None, functions: tuple[str, ...] = FUNCTIONS
) -> Bundle:
    """A bundle that holds what dispatch reads, and no model."""
    folder.mkdir(exist_ok=True)
    files = {"departments.json": json.dumps(DEPARTMENTS), "taxonomy.json": json.dumps(LEAVES)}
    if profile is not None:
        files["profile.toml"] = profile
    if returns is not None:
        files["returns.toml"] = returns
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    manifest = BundleManifest(
        name="city",
        version="1.0.0",
        created_at=datetime.fromisoformat("2025-01-01T00:00:00+00:00"),
        window=64,
        vocabulary=10,
        tasks=(TaskSpec(name="departments", kind="single", labels=functions),),
        files=dict.fromkeys(files, "0" * 64),
    )
    return Bundle(folder, manifest)


def open_city(folder: Path, tables: str = "", *, returns: str | None = None) -> Dispatcher:
    """The dispatcher of a city whose profile holds these tables below the header, and which may know returns."""
    return Dispatcher.open(build_bundle(folder / "city", profile=HEADER + tables, returns=returns))


def ticket(text: str = "楼下烧烤店油烟大", *, at: str = "2025-06-03T12:00:00+08:00", area: str | None = None) -> Ticket:
    """A written message."""
    return Ticket(Document.of(text), datetime.fromisoformat(at), area=area)


def predict(
    *,
    function: tuple[float, ...] | None = (0.6, 0.3, 0.05, 0.05),
    hosted: float | None = None,
    category: tuple[float, ...] | None = None,
    auto: float = 1.01,
    abstain: float = 0.0,
    truncated: bool = False,
) -> Prediction:
    """A prediction: scores of FUNCTIONS, P(hosted), scores of LEAVES; `auto` is the threshold of the first two."""
    thresholds = Thresholds(auto_default=auto, abstain=abstain)
    answers = {}
    if function is not None:
        answers["departments"] = _answer("departments", FUNCTIONS, function, thresholds)
    if hosted is not None:
        answers["territorial"] = _answer("territorial", ("no", "yes"), (1 - hosted, hosted), thresholds)
    if category is not None:
        answers["category"] = _answer("category", tuple(str(leaf["code"]) for leaf in LEAVES), category, thresholds)
    return Prediction(answers, (), truncated=truncated)


def fill(
    values: Mapping[str, str] | None = None,
    *,
    status: str = "filled",
    confidence: float = 0.9,
    places: tuple[Place, ...] = (),
    area: Area | None = None,
) -> Form:
    """A form with these fields, all said at these places; `area` is telephony's."""
    fields = {
        name: Field(
            value=value,
            raw=value,
            places=places,
            confidence=confidence,
            status="filled" if status == "filled" else "conflict",
        )
        for name, value in (values or {}).items()
    }
    return Form(fields=fields, title="", content="", area=area)


def _answer(name: str, labels: tuple[str, ...], scores: tuple[float, ...], thresholds: Thresholds) -> Answer:
    return Answer(
        TaskSpec(name=name, kind="single", labels=labels, thresholds=thresholds), np.array(scores, dtype=np.float32)
    )
