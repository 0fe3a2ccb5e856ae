"""A run goes on where it was stopped, never mixes two, and nothing half made or worse gets out of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import training.pipeline as pipeline
from evaluation.errors import LabelError
from models.bundle import Bundle
from models.errors import RefusedError
from models.predictor import Predictor
from tests.smoke import CALLS, CONFIG, Story, write_export
from training.cli import app
from training.config import ConfigError, TrainConfig
from training.dataset import read_examples
from training.labels import resolve_labels
from training.pipeline import run_pipeline, step_data
from training.publish import Draft


@pytest.fixture
def run(story: Story, tmp_path: Path) -> Path:
    """A copy of the run's folder, to be changed."""
    shutil.copytree(story.run, tmp_path / "run")
    return tmp_path / "run"


def fail(*_: object, **__: object) -> None:
    raise RuntimeError("stopped here")


def test_every_step_leaves_a_numbered_folder(story: Story) -> None:
    steps = sorted(folder.name for folder in story.run.iterdir() if folder.is_dir())
    assert steps == ["1-data", "2-finetune", "3-export", "4-quantise", "5-calibrate", "6-evaluate", "7-bundle"]


def test_confidence_is_not_fitted_on_the_rows_that_are_measured(story: Story) -> None:
    sides = json.loads((story.run / "1-data" / "split.json").read_text(encoding="utf-8"))
    assert sides["validation"]
    assert sides["measured"]
    assert not set(sides["validation"]) & set(sides["measured"])
    assert len(sides["measured"]) == story.outcome.report.documents


def test_a_run_that_has_ended_is_not_done_again(story: Story, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for step in ("finetune", "assemble", "export", "quantise", "publish"):
        monkeypatch.setattr(pipeline, step, fail)
    again = run_pipeline(story.config, train=[story.export], evaluate=None, out=run, current=None)
    assert Bundle.open(again.bundle).manifest.files == Bundle.open(story.outcome.bundle).manifest.files


def test_a_kill_while_int8_is_made_leaves_no_half_made_graph(
    story: Story, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("4-quantise", "5-calibrate", "6-evaluate", "7-bundle"):
        shutil.rmtree(run / folder)
    monkeypatch.setattr("training.quantise.put_rounded", fail)
    with pytest.raises(RuntimeError, match="stopped here"):
        run_pipeline(story.config, train=[story.export], evaluate=None, out=run, current=None)
    assert not (run / "4-quantise" / "model.onnx").exists()
    monkeypatch.undo()
    again = run_pipeline(story.config, train=[story.export], evaluate=None, out=run, current=None)
    first, second = (Bundle.open(path).manifest for path in (story.outcome.bundle, again.bundle))
    assert first.files["model.onnx"] == second.files["model.onnx"]


def test_other_rows_in_the_folder_of_a_run_are_refused(story: Story, run: Path, tmp_path: Path) -> None:
    write_export(tmp_path / "more.csv")
    with (tmp_path / "more.csv").open("a", encoding="gb18030") as file:
        file.write("新的一张,路灯不亮,030101,投诉,cgw,不满,0\n")
    with pytest.raises(ConfigError, match="holds a run with other rows; choose another --out"):
        run_pipeline(story.config, train=[tmp_path / "more.csv"], evaluate=None, out=run, current=None)


def test_other_settings_in_the_folder_of_a_run_are_refused_but_not_another_version(story: Story, run: Path) -> None:
    other = story.config.model_copy(update={"seed": 8})
    with pytest.raises(ConfigError, match="holds a run with other settings"):
        run_pipeline(other, train=[story.export], evaluate=None, out=run, current=None)
    renamed = story.config.model_copy(update={"version": "0.0.2"})
    again = run_pipeline(renamed, train=[story.export], evaluate=None, out=run, current=None)
    assert again.bundle.name == "suqiu-smoke-0.0.2"


def test_a_candidate_of_which_too_few_rows_tell_is_not_let_past_the_current_bundle(story: Story, run: Path) -> None:
    again = run_pipeline(story.config, train=[story.export], evaluate=None, out=run, current=story.outcome.bundle)
    assert again.gate is not None
    assert not again.gate.accepted
    assert "nothing could be judged" in again.gate.reasons[0]
    assert (run / "8-gate" / "gate.json").exists()


def test_rows_that_are_all_alike_are_refused_before_any_time_is_spent(story: Story, tmp_path: Path) -> None:
    rows = [{"id": str(n), "text": "楼下的路灯不亮，请派人来修", "category": "030101"} for n in range(40)]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    config = story.config.model_copy(update={"data": story.config.data.model_copy(update={"columns": {}})})
    with pytest.raises(LabelError, match=r"of 40 rows none is left for .*near-duplicates stay on one side"):
        run_pipeline(config, train=[path], evaluate=None, out=tmp_path / "run", current=None)


def test_rows_to_measure_on_without_any_label_are_refused_before_any_time_is_spent(
    story: Story, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("工单编号,诉求内容,分类,类型,承办单位,情绪,紧急\n1,停水,,,,,\n", encoding="utf-8")
    with pytest.raises(LabelError, match="no row has a label of any head that is trained"):
        run_pipeline(
            story.config, train=[story.export], evaluate=tmp_path / "t.csv", out=tmp_path / "run", current=None
        )


@pytest.fixture
def bad_city(tmp_path: Path) -> Path:
    """The shipped city, with a rule for a category that its tree has not."""
    place = tmp_path / "city"
    shutil.copytree(Path(TrainConfig(heads=()).folder_of_city()), place)
    rule = '[[rules]]\nid = "lamps"\nwhen.category = ["999999"]\nthen.lead = "cgw"\n'
    (place / "profile.toml").write_text(f'city = "海州"\nversion = "1"\nfallback = "cgw"\n{rule}', encoding="utf-8")
    return place


def test_a_city_that_the_service_would_refuse_is_told_before_any_time_is_spent(
    story: Story, tmp_path: Path, bad_city: Path
) -> None:
    config = story.config.model_copy(update={"city": str(bad_city)})
    with pytest.raises(RefusedError, match=r"profile\.toml, line 6: .*999999"):
        run_pipeline(config, train=[story.export], evaluate=None, out=tmp_path / "new", current=None)
    assert not (tmp_path / "new").exists()


def test_a_city_that_was_broken_while_a_run_was_under_way_is_not_published(
    story: Story, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run goes on with the same command once its files are mended."""
    shutil.rmtree(run / "7-bundle")
    served = Draft.predictor

    def break_city(draft: Draft, model: str = "model.onnx", *, workers: int = 1) -> Predictor:
        (draft.folder / "signals.toml").write_text("[", encoding="utf-8")
        return served(draft, model, workers=workers)

    monkeypatch.setattr(Draft, "predictor", break_city)
    with pytest.raises(RefusedError, match=r"signals\.toml is no TOML"):
        run_pipeline(story.config, train=[story.export], evaluate=None, out=run, current=None)
    assert not [*(run / "7-bundle").iterdir()]
    monkeypatch.undo()
    again = run_pipeline(story.config, train=[story.export], evaluate=None, out=run, current=None)
    assert Bundle.open(again.bundle)


def test_a_city_folder_that_lacks_the_tree_is_told(story: Story, tmp_path: Path) -> None:
    config = story.config.model_copy(update={"city": str(tmp_path)})
    with pytest.raises(ConfigError, match=r"holds no taxonomy\.json; copy models/store/city"):
        run_pipeline(config, train=[story.export], evaluate=None, out=tmp_path / "new", current=None)


def test_without_a_service_beside_it_a_run_says_what_was_not_looked_at(
    story: Story, run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pipeline, "can_serve", lambda: False)
    run_pipeline(story.config, train=[story.export], evaluate=None, out=run, current=None)
    assert "are not looked at" in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--column", "categroy=分类"], "'categroy' is no column of ours"),
        (["--column", "text=内容"], "has no column '内容'"),
        (["--column", "text"], "is no OURS=THEIRS"),
        (["--current", "nowhere"], "nowhere"),
        (["--base", "./nowhere"], "base ./nowhere: there is no such folder"),
        (["--version", "one"], "version"),
    ],
)
def test_the_command_ends_with_one_line_and_status_2(tmp_path: Path, options: list[str], told: str) -> None:
    write_export(tmp_path / "t.csv")
    arguments = ["train", "--data", str(tmp_path / "t.csv"), "--config", str(CONFIG), "--out", str(tmp_path / "run")]
    result = CliRunner().invoke(app, [*arguments, *options], env={"COLUMNS": "400"})
    assert result.exit_code == 2, result.output
    assert told in result.output.replace("\n", "")
    assert not (tmp_path / "run" / "2-finetune").exists()


def test_a_call_file_is_trained_on_as_it_is(story: Story, tmp_path: Path) -> None:
    """Up to the data step: calls and a city's rows may stand side by side."""
    config = story.config.model_copy(update={"data": story.config.data.model_copy(update={"columns": {}})})
    examples = read_examples([CALLS], config.data, config.heads)
    labels = resolve_labels(config, examples)
    report, parts = step_data(config, examples, [], labels, tmp_path / "1-data")
    assert report.rows == len(examples)
    assert parts.measured
