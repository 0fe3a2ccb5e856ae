"""Documents: what the guides tell people to type, to follow and to set is there.

Commands are not run: their options are read off the programs' own parsers, which are stopped before they parse.
"""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from service.settings import Settings

ROOT = Path(__file__).parents[1]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
PAGES = (
    *READMES,
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "evaluation/peers/README.md",
    ROOT / "training/annotations/README.md",
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ROOMS = ("models", "service", "evaluation", "training")

_FENCE = re.compile(r"^\s*```")
_INLINE = re.compile(r"`([^`]+)`")
_PROGRAM = re.compile(r"(?:^|[\s;&|({])(?:\w+=\S+\s+)*(?:\S*/)?((?:suqiu-[a-z]+|python[\d.]*\s+-m\s+[\w.]+)(?=\s|$).*)")
_SHELL = re.compile(r"\s*(?:&&|\|\||[|;>]|\s#\s).*")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SETTING = re.compile(r"SUQIU_[A-Z0-9_]*[A-Z0-9]")


@dataclass(frozen=True)
class Grammar:
    """What a program understands: options, each with whether a value follows, and the commands below it."""

    options: dict[str, bool] = field(default_factory=dict)
    commands: dict[str, Grammar] = field(default_factory=dict)


class _Stopped(Exception):  # noqa: N818  (no error: it is how the parser comes out)
    """Carries the parser that a program was about to use."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__(parser.prog)
        self.parser = parser


@cache
def grammar_of(program: str) -> Grammar:
    """The grammar of a console script, or of a module that `python -m` runs; an empty one where it takes no option."""
    name, _, entry = PROJECT["scripts"].get(program, f"{program}:main").partition(":")
    module = importlib.import_module(name)
    app = getattr(module, "app", None)
    if isinstance(app, typer.Typer):
        return _of_click(typer.main.get_command(app))
    try:
        _call(getattr(module, entry))
    except _Stopped as stopped:
        return _of_argparse(stopped.parser)
    return Grammar()


def _call(main: Callable[..., Any]) -> None:
    """Run an entry point until it parses its command line. One that needs its arguments given has no parser."""

    def stop(parser: argparse.ArgumentParser, *_: Any, **__: Any) -> None:
        raise _Stopped(parser)

    needed = [one for one in inspect.signature(main).parameters.values() if one.default is inspect.Parameter.empty]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", stop)
        if not needed:
            main()


def _of_argparse(parser: argparse.ArgumentParser) -> Grammar:
    options: dict[str, bool] = {}
    commands: dict[str, Grammar] = {}
    for action in parser._actions:
        options |= dict.fromkeys(action.option_strings, action.nargs != 0)
        if isinstance(action, argparse._SubParsersAction):
            commands |= {name: _of_argparse(below) for name, below in action.choices.items()}
    return Grammar(options, commands)


def _of_click(command: Any) -> Grammar:
    options = {
        name: not getattr(one, "is_flag", False)
        for one in command.params
        for name in (*one.opts, *one.secondary_opts)
        if name.startswith("-")
    }
    below = getattr(command, "commands", {})
    return Grammar({**options, "--help": False}, {name: _of_click(one) for name, one in below.items()})


def fault_of(command: str) -> str | None:
    """What is wrong with a command line of ours; None where nothing is, or where it is another's program."""
    words = shlex.split(command.replace("…", " "))
    program, words = (words[2], words[3:]) if words[0].startswith("python") else (words[0], words[1:])
    if program not in PROJECT["scripts"]:
        if program.partition(".")[0] not in ROOMS:
            return None
        if importlib.util.find_spec(program) is None:
            return f"there is no module {program}"
    if program == "suqiu-train":
        from training.cli import name_command

        words = name_command(words)
    return _fault_in(words, grammar_of(program))


def _fault_in(words: list[str], grammar: Grammar) -> str | None:
    waiting = iter(words)
    for word in waiting:
        option, _, value = word.partition("=")
        if word.startswith("--"):
            if option not in grammar.options:
                return f"there is no option {option}"
            if grammar.options[option] and not value:
                next(waiting, None)
        elif grammar.commands:
            below = grammar.commands.get(word)
            return f"there is no command {word}" if below is None else _fault_in(list(waiting), below)
    return None


def fenced_lines(text: str) -> Iterator[str]:
    """Lines of the fenced blocks of a page; lines that go on after a backslash are one."""
    inside, begun = False, ""
    for line in text.splitlines():
        if _FENCE.match(line):
            inside, begun = not inside, ""
        elif inside and line.endswith("\\"):
            begun += line[:-1] + " "
        elif inside:
            yield begun + line.strip()
            begun = ""


def prose_of(text: str) -> str:
    """A page without its fenced blocks."""
    inside, kept = False, []
    for line in text.splitlines():
        if _FENCE.match(line):
            inside = not inside
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def commands_in(text: str) -> Iterator[str]:
    """Command lines of our programs on a page, fenced or within a sentence, each without what the shell does next."""
    inline = (code.replace("\n", " ") for code in _INLINE.findall(prose_of(text)))
    for line in (*fenced_lines(text), *inline):
        for part in re.split(r"\s(?:&&|\|\||;|\|)\s", line):
            if found := _PROGRAM.search(part):
                yield _SHELL.sub("", found[1])


def anchors_of(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+\s+(.+)$", prose_of(page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def named_settings(page: Path) -> set[str]:
    """Environment names on a page."""
    return set(_SETTING.findall(page.read_text(encoding="utf-8")))


SETTINGS = {f"SUQIU_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_of_a_page_is_there_with_its_options(page: Path) -> None:
    told = [(command, fault_of(command)) for command in commands_in(page.read_text(encoding="utf-8"))]
    assert not [f"{command}: {fault}" for command, fault in told if fault]


def test_a_command_that_does_not_exist_is_found_out() -> None:
    assert fault_of("suqiu-models --root bundles publish NAME") == "there is no command publish"
    assert fault_of("suqiu-evaluate run --bundle B --dataset rows.csv") == "there is no option --dataset"
    assert fault_of("suqiu-train --data rows.csv --versions 1.0.0 --out runs/x") == "there is no option --versions"
    assert fault_of("python -m service.form.measures --calls c.jsonl") == "there is no module service.form.measures"
    assert fault_of("suqiu-relabel in.csv out.csv --column text=诉求内容 --plain") is None


def test_commands_are_found_behind_settings_paths_and_other_commands() -> None:
    lines = [
        "```",
        "A=b /opt/x/bin/suqiu-serve --port 1",
        "mkdir x && python3.11 -m training.teach \\",
        " --out y # z",
        "```",
    ]
    told = [command.split() for command in commands_in("\n".join(lines))]
    assert told == [["suqiu-serve", "--port", "1"], ["python3.11", "-m", "training.teach", "--out", "y"]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    lost = []
    for link in _LINK.findall(prose_of(page.read_text(encoding="utf-8"))):
        if "://" in link or link.startswith("mailto:"):
            continue
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            lost.append(link)
    assert not lost


def test_every_setting_stands_in_the_operations_guide() -> None:
    rows = re.findall(r"^\| `(SUQIU_\w+)` ", (ROOT / "docs/operations.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(SETTINGS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_names_a_setting_that_the_service_has_not(page: Path) -> None:
    assert not named_settings(page) - SETTINGS


def test_both_readmes_name_the_same_settings() -> None:
    english, chinese = map(named_settings, READMES)
    assert english == chinese


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == PROJECT["version"]
