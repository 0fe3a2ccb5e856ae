"""Smoke: a base encoder small enough for tests, and the forty calls, written for this project, that it learns from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas

from training.config import TrainConfig, read_config
from training.corpus import prepare_corpus
from training.lexicon import build_lexicon
from training.pipeline import Outcome, run_pipeline
from training.pretrain import PretrainConfig, Shape, Stage

CALLS = Path(__file__).parent / "examples" / "calls.jsonl"
CONFIG = Path(__file__).parent.parent / "training" / "configs" / "smoke.toml"
COLUMNS = {
    "id": "工单编号", "text": "诉求内容", "category": "分类", "type": "类型", "departments": "承办单位",
    "emotion": "情绪", "urgency": "紧急",
}  # fmt: skip

SMOKE = PretrainConfig(
    shape=Shape(layers=2, hidden=32, heads=2, feed_forward=64, embedding=16, positions=96, lexicon_rows=300),
    stages=(Stage(steps=6, width=32, rows=8, domain_share=0.5, lr_from=1e-3, lr_to=1e-3),),
    log_every=2,
    save_every=2,
)


def call_rows() -> list[dict[str, object]]:
    """The forty calls."""
    return [json.loads(line) for line in CALLS.read_text(encoding="utf-8").splitlines()]


def prepare_smoke_corpus(folder: Path) -> Path:
    """Token arrays, vocabulary and lexicon of the calls' turns, in `folder`."""
    texts = folder / "texts.jsonl"
    turns = [{"text": turn["text"]} for row in call_rows() for turn in row["turns"]]  # type: ignore[attr-defined]
    texts.write_text("\n".join(json.dumps(turn, ensure_ascii=False) for turn in turns), encoding="utf-8")
    prepare_corpus([texts], [texts], folder, processes=1)
    build_lexicon(folder, rows=300, dim=16, sample_tokens=5_000)
    return folder


@dataclass(frozen=True, slots=True)
class Story:
    """A city's export, the settings of its run, and what came of it."""

    export: Path
    config: TrainConfig
    outcome: Outcome

    @property
    def run(self) -> Path:
        """Folder of the run."""
        return self.outcome.bundle.parent.parent


def live_story(base: Path, folder: Path) -> Story:
    """Train on the calls as a city exports them."""
    export = folder / "calls.csv"
    write_export(export)
    config = read_config(CONFIG)
    data = config.data.model_copy(update={"columns": COLUMNS})
    config = config.model_copy(update={"base": str(base), "data": data})
    return Story(export, config, run_pipeline(config, train=[export], evaluate=None, out=folder / "run", current=None))


def write_export(path: Path) -> None:
    """An export as a city has it: one row per call, its own column names, lists in cells."""
    rows = []
    for row in call_rows():
        gold, turns = row["gold"], row["turns"]
        assert isinstance(gold, dict)
        assert isinstance(turns, list)
        rows.append(
            {
                "工单编号": row["id"],
                "诉求内容": "\n".join(turn["text"] for turn in turns if turn["role"] == "caller"),
                "分类": gold["cat"],
                "类型": gold["type"],
                "承办单位": ";".join(gold["dept"]),
                "情绪": gold["emo"],
                "紧急": gold["urg"],
            }
        )
    pandas.DataFrame(rows).to_csv(path, index=False, encoding="gb18030")
