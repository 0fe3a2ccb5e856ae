"""Command line of this room: `suqiu-evaluate run | gate | baseline | dispatch | bench | stress`."""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer
from rich.console import Console

from evaluation.baseline import read_baseline
from evaluation.cells import read_pairs
from evaluation.dispatch import build_dispatch
from evaluation.dispatch_page import render_dispatch
from evaluation.errors import EvaluationError
from evaluation.figures import Figures
from evaluation.gate import GateRule, compare
from evaluation.judge import Judged, judge
from evaluation.labelled import LabelledDocument, read_labelled
from evaluation.load import line_up, pick_documents, take_turns, time_one, waits_by_clients
from evaluation.orders import Replayed, replay
from evaluation.plots import draw_waits
from evaluation.report import write_whole
from evaluation.run import build_report, predict_all, write_report
from evaluation.server import Server, serve
from evaluation.stress import stress as run_stress
from evaluation.tables import (
    show_progress,
    tabulate_answers,
    tabulate_baseline,
    tabulate_dispatch,
    tabulate_gate,
    tabulate_load,
    tabulate_moves,
    tabulate_report,
    tabulate_waits,
)
from evaluation.units import UnitNames, list_unknown, read_gold
from evaluation.wording import Wording
from models.bundle import Bundle
from models.errors import ModelError
from models.naming import shown
from models.prediction import Prediction
from models.predictor import Predictor
from models.taxonomy import Taxonomy, open_departments

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

FAILED, REFUSED = 2, 3
_CACHE = Path("runs/baselines")
_RULE = GateRule()

Data = Annotated[Path, typer.Option(help="Labelled rows: JSONL, CSV, Excel, Parquet.", exists=True, dir_okay=False)]
Columns = Annotated[
    list[str] | None, typer.Option("--column", help="OURS=THEIRS, for example text=诉求内容; repeatable.")
]
BundleFolder = Annotated[Path, typer.Option(help="Folder of a bundle.", exists=True, file_okay=False)]
Threads = Annotated[int, typer.Option(help="Threads of the model; 0 is one per core.", min=0)]
Cache = Annotated[Path, typer.Option(help="Folder in which baseline figures are kept.")]
Out = Annotated[Path | None, typer.Option(help="File for the result as JSON.", dir_okay=False)]


@app.command()
def run(
    bundle: BundleFolder,
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder for report.json and report.html.", file_okay=False)],
    train: Annotated[Path | None, typer.Option(help="Labelled file for the SVM baseline.", exists=True)] = None,
    column: Columns = None,
    cache: Cache = _CACHE,
    threads: Threads = 0,
) -> None:
    """Measure a bundle on a labelled file and write its report."""
    with _failing_well():
        predictor = Predictor.open(bundle, workers=_count(threads))
        columns = read_pairs(column or [])
        documents = _read(data, predictor.bundle, columns)
        predictions = _predict(predictor, documents)
        rival = _measure_baseline(train, data, predictor.bundle, columns=columns, cache=cache) if train else {}
        report = build_report(predictor.bundle, documents, predictions, data=data, baseline=rival)
        write_report(report, out)
        Console().print(tabulate_report(report), f"{out / 'report.html'}, {out / 'report.json'} written", sep="\n")


@app.command()
def gate(
    candidate: BundleFolder,
    current: BundleFolder,
    data: Data,
    out: Out = None,
    max_drop: Annotated[float, typer.Option(help="Fall of a main figure that is refused.")] = _RULE.max_drop,
    min_count: Annotated[int, typer.Option(help="Rows below which a head is not judged.")] = _RULE.min_count,
    column: Columns = None,
    threads: Threads = 0,
) -> None:
    """Compare a candidate with the current bundle; exit status 3 where it is refused."""
    with _failing_well():
        documents = _read(data, Bundle.open(candidate), read_pairs(column or []))
        sides = [_judge(folder, documents, threads=_count(threads)) for folder in (candidate, current)]
        result = compare(sides[0], sides[1], rule=GateRule(max_drop=max_drop, min_count=min_count))
        if out is not None:
            write_whole(out, result.to_json())
    told = [f"refused: {reason}" for reason in result.reasons] or ["accepted"]
    if result.unjudged:
        told.append(f"not judged, for want of labelled rows: {', '.join(result.unjudged)}")
    Console().print(tabulate_gate(result), *told, sep="\n", highlight=False)
    if not result.accepted:
        raise typer.Exit(REFUSED)


@app.command()
def baseline(
    train: Data,
    data: Data,
    taxonomy: Annotated[Path | None, typer.Option(help="A bundle's taxonomy.json.", exists=True)] = None,
    out: Out = None,
    cache: Cache = _CACHE,
) -> None:
    """Measure TF-IDF and a linear SVM per head on a split."""
    with _failing_well():
        tree = Taxonomy.open(taxonomy) if taxonomy else None
        with _telling_heads() as progress:
            figures = read_baseline(train, data, taxonomy=tree, cache=cache, progress=progress)
        if out is not None:
            plain = {head: {n: f.model_dump() for n, f in of_head.items()} for head, of_head in figures.items()}
            write_whole(out, json.dumps(plain, indent=1))
        Console().print(tabulate_baseline(figures))


@app.command()
def dispatch(
    bundle: BundleFolder,
    data: Annotated[Path, typer.Option(help="Tickets: JSONL, CSV, Excel or Parquet.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(help="Folder for dispatch.json and dispatch.html.", file_okay=False)],
    profile: Annotated[
        Path | None, typer.Option(help="A changed profile.toml: what would move under it?", exists=True)
    ] = None,
    units: Annotated[
        str | None, typer.Option(help="Column that names the unit which answered (JSONL or CSV), mapped by aliases.")
    ] = None,
    departments: Annotated[
        Path | None, typer.Option(help="departments.json whose aliases --units goes by; default: the bundle's.")
    ] = None,
    train: Annotated[Path | None, typer.Option(help="Labelled file for the SVM baseline.", exists=True)] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="PART=COLUMN as for suqiu-relabel, for example text=来信; repeatable."),
    ] = None,
    cache: Cache = _CACHE,
    threads: Threads = 0,
) -> None:
    """Who gets which ticket: figures of unit and host, worth of each rule, and what a changed profile would move."""
    with _failing_well():
        opened = Bundle.open(bundle)
        names = UnitNames(open_departments(departments) if departments else opened.departments)
        gold = read_gold(data, column=units, names=names, tell=_warn)
        known = any(one.units or one.hosted is not None for one in gold)
        unknown = list(map(shown, list_unknown(data, column=units, names=names))) if units else []
        if units and (unknown or not known):
            told = _tell_unknown(data, units, unknown, some=known)
            if not known and profile is None:
                raise EvaluationError(told)
            _warn(told)
        if not known and profile is None:
            raise EvaluationError(f"{data.name} has no labels to measure by; give --units COLUMN or a --profile to try")
        rows = _replay(data, bundle, profile=profile, columns=column or [], threads=_count(threads))
        report = build_dispatch(
            rows,
            gold if known else [],
            bundle=opened.manifest.label,
            data=data.name,
            profile=profile.name if profile else None,
            rival=_measure_baseline(train, data, opened, cache=cache) if train and known and not units else {},
            unknown_units=unknown,
        )
        out.mkdir(parents=True, exist_ok=True)
        write_whole(out / "dispatch.json", report.to_json())
        write_whole(out / "dispatch.html", render_dispatch(report))
        tables = [tabulate_dispatch(report)] if known else []
        tables += [tabulate_moves(report.what_if)] if report.what_if else []
        Console().print(*tables, f"{out / 'dispatch.html'}, {out / 'dispatch.json'} written", sep="\n")


@app.command()
def bench(
    bundle: BundleFolder,
    data: Data,
    url: Annotated[str | None, typer.Option(help="A running service, as http://host:port.")] = None,
    start: Annotated[bool, typer.Option("--serve", help="Start the service for the measurement.")] = False,
    command: Annotated[str, typer.Option(help="How --serve starts it.")] = "suqiu-serve",
    relabel: Annotated[
        bool, typer.Option("--relabel", help="Let suqiu-relabel answer the tickets as a file, too.")
    ] = False,
    latency: Annotated[bool, typer.Option("--latency", help="One 120-character ticket on one core instead.")] = False,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    seconds: Annotated[float, typer.Option(help="Length of each turn, about.", min=0.5)] = 4.0,
    limit_s: Annotated[float, typer.Option(help="No round begins after this.")] = 240.0,
    threads: Threads = 0,
    out: Out = None,
) -> None:
    """Compare onnxruntime alone, the predictor offline and the HTTP service on the same tickets."""
    with _failing_well(), contextlib.ExitStack() as stack:
        if latency:
            # A service that is started now inherits the pin: client, service and model share the one core.
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        server = stack.enter_context(serve(command, bundle=bundle)) if start else Server(url) if url else None
        if server is not None and server.ready_s is not None:
            Console().print(f"service ready after {server.ready_s:.2f} s")
        predictor = Predictor.open(bundle, workers=1 if latency else _count(threads))
        if latency:
            results = time_one(predictor, server=server)
        else:
            picked = pick_documents([one.document for one in read_labelled(data)], predictor, seconds=seconds)
            field = line_up(
                predictor,
                picked,
                threads=_count(threads),
                server=server,
                limit_s=3 * seconds,
                relabel="suqiu-relabel" if relabel else None,
            )
            progress = stack.enter_context(show_progress())
            task = progress.add_task("turns", total=rounds * len(field))
            results = take_turns(
                field,
                rounds=rounds,
                limit_s=limit_s,
                advance=lambda name: progress.update(task, advance=1, description=name),
            )
        if out is not None:
            write_whole(out, json.dumps([asdict(one) for one in results], indent=1))
            if lines := waits_by_clients(results, route="intake"):
                write_whole(out.with_suffix(".svg"), draw_waits(lines, across="clients, /v1/intake", up="wait, ms"))
        Console().print(tabulate_load(results))


@app.command()
def stress(
    bundle: BundleFolder,
    data: Data,
    url: Annotated[str | None, typer.Option(help="A running service; without it, one is started.")] = None,
    command: Annotated[str, typer.Option(help="How it is started.")] = "suqiu-serve",
    seconds: Annotated[float, typer.Option(help="Length of each measurement.", min=1)] = 15.0,
    shapes: Annotated[int, typer.Option(help="Tickets of random length for the look at memory.", min=1)] = 4_000,
    longest: Annotated[int, typer.Option(help="Characters of the longest of these.", min=10)] = 2_000,
    out: Annotated[Path | None, typer.Option(help="Folder for stress.json and stress.svg.", file_okay=False)] = None,
) -> None:
    """Arrivals that do not wait for the service: waits by load, overload, mixtures, memory, and the end."""
    with _failing_well(), contextlib.ExitStack() as stack:
        server = Server(url) if url else stack.enter_context(serve(command, bundle=bundle))
        progress = stack.enter_context(show_progress())
        task = progress.add_task("stress", total=None)
        documents = [one.document for one in read_labelled(data) if any(s.text.strip() for s in one.document.segments)]
        report = run_stress(
            server,
            documents,
            seconds=seconds,
            shapes=shapes,
            longest=longest,
            advance=lambda name: progress.update(task, advance=1, description=name),
        )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_whole(out / "stress.json", json.dumps(asdict(report), ensure_ascii=False, indent=1))
        lines = {name: [(w.load, getattr(w, f"{name}_ms")) for w in report.waits] for name in ("p50", "p95", "p99")}
        write_whole(out / "stress.svg", draw_waits(lines, across="arrivals over capacity", up="wait, ms"))
    Console().print(tabulate_waits(report), "", tabulate_answers(report))


def main() -> None:
    """Entry point of the console script."""
    app()


@contextlib.contextmanager
def _failing_well() -> Iterator[None]:
    try:
        yield
    except (EvaluationError, ModelError) as error:
        Console(stderr=True).print(str(error), style="red", highlight=False, markup=False)
        raise typer.Exit(FAILED) from error


def _warn(line: str) -> None:
    Console(stderr=True).print(line, style="yellow", highlight=False, markup=False)


def _tell_unknown(data: Path, column: str, unknown: Sequence[str], *, some: bool) -> str:
    """What of a column of units cannot be measured by; `some` of its rows can."""
    if not unknown:
        return f"{data.name}: column '{column}' is empty in every row; name another with --units"
    fact = f"{len(unknown)} names of units" if some else f"none of the {len(unknown)} names of units"
    fact = f"{data.name}, column '{column}': {fact} {'are not' if some else 'is'} known: {'、'.join(unknown[:5])}"
    return f"{fact}{' …' if len(unknown) > 5 else ''}; make them aliases in departments.json (--departments)"


def _count(threads: int) -> int:
    return threads or len(os.sched_getaffinity(0))


def _predict(predictor: Predictor, documents: Sequence[LabelledDocument]) -> list[Prediction]:
    with show_progress() as progress:
        task = progress.add_task(predictor.bundle.manifest.label, total=len(documents))
        return predict_all(predictor, documents, advance=lambda done: progress.advance(task, done))


def _replay(data: Path, bundle: Path, *, profile: Path | None, columns: Sequence[str], threads: int) -> list[Replayed]:
    with show_progress() as progress:
        task = progress.add_task("dispatch", total=None)
        return replay(
            data,
            bundle,
            profiles=[profile] if profile else [],
            columns=columns,
            threads=threads,
            advance=lambda done: progress.update(task, completed=done),
        )


def _judge(folder: Path, documents: Sequence[LabelledDocument], *, threads: int) -> Judged:
    predictor = Predictor.open(folder, workers=threads)
    bundle = predictor.bundle
    return judge(_predict(predictor, documents), documents, tasks=bundle.manifest.tasks, taxonomy=bundle.taxonomy)


def _read(data: Path, bundle: Bundle, columns: Mapping[str, str]) -> list[LabelledDocument]:
    """Labelled rows in the codes and ids of the bundle; what it has not is told, and refused where it is most of them.

    Errors: EvaluationError.
    """
    wording = Wording(bundle.taxonomy, UnitNames(bundle.departments))
    read = read_labelled(data, columns=columns, tell=_warn)
    documents = [wording.reword(one) for one in read if one.says_something]
    if blank := [one.place for one in read if not one.says_something]:
        some = ", ".join(blank[:5]) + (" …" if len(blank) > 5 else "")
        _warn(f"{data.name}: {len(blank)} of {len(read)} rows hold no text, and are left out: {some}")
    if not read:
        raise EvaluationError(f"{data.name} has no rows; name a labelled file")
    for task in bundle.manifest.tasks:
        told = [label for one in documents if (label := one.labels.get(task.name))]
        unknown = Counter(label for label in told if label not in task.labels)
        if unknown:
            some = ", ".join(f"{shown(label)} ({count})" for label, count in unknown.most_common(5))
            fact = f"{data.name}: {task.name}: {unknown.total()} of {len(told)} labels are none of the bundle's: {some}"
            if unknown.total() > len(told) / 2:
                raise EvaluationError(f"{fact}; name the right column with --column, or the city's own names for them")
            _warn(fact)
    return documents


def _measure_baseline(
    train: Path, data: Path, bundle: Bundle, *, columns: Mapping[str, str] = MappingProxyType({}), cache: Path
) -> dict[str, Figures]:
    with _telling_heads() as progress:
        return read_baseline(
            train,
            data,
            read=lambda path: _read(path, bundle, columns),
            told=json.dumps(dict(columns), ensure_ascii=False) if columns else "",
            taxonomy=bundle.taxonomy,
            cache=cache,
            progress=progress,
        )


@contextlib.contextmanager
def _telling_heads() -> Iterator[Callable[[str], None]]:
    with Console(stderr=True).status("SVM baseline") as status:
        yield lambda head: status.update(f"SVM baseline: {head}")


if __name__ == "__main__":
    main()
