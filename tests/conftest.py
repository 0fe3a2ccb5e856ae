"""Fixtures of the whole house: one tiny bundle per session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from models.predictor import Predictor
from tests.tiny import write_tiny

if TYPE_CHECKING:
    from tests.smoke import Story
    from training.pipeline import Outcome


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a published tiny bundle. Never change what is in it."""
    return write_tiny(tmp_path_factory.mktemp("bundles") / "tiny").path


@pytest.fixture(scope="session")
def predictor(tiny_bundle: Path) -> Predictor:
    """The tiny bundle, opened."""
    return Predictor.open(tiny_bundle)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Token arrays, vocabulary and lexicon of forty calls. (Imported here: most tests do without torch.)"""
    from tests.smoke import prepare_smoke_corpus

    return prepare_smoke_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def base(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base folder as pre-training writes it."""
    from tests.smoke import SMOKE
    from training.pretrain import pretrain

    return pretrain(SMOKE, corpus=corpus, out=tmp_path_factory.mktemp("pretrain"))


@pytest.fixture(scope="session")
def story(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A run of training from a city's export. Never change what is in its folder: copy it."""
    from tests.smoke import live_story

    return live_story(base, tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="session")
def outcome(story: Story) -> Outcome:
    """What came of that run."""
    return story.outcome
