"""Names: what the caller is called — his full name, or his family name and title."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.prediction import Prediction
from service.form.families import families_in
from service.form.field import Field
from service.form.full_names import AROUND, BELIES, NO_NAME, TITLED_ONLY, full_names
from service.form.genders import is_belied, says_sex
from service.form.mention import FILL_AT, Mention, mention_at, settle
from service.form.surnames import GIVEN, SURNAME
from service.form.talk import Talk
from service.form.titled import addressed, announced, of_sex, titled_names
from service.form.whom import asks_name, asks_of_relative, asks_who_else, is_anothers

_PLAUSIBLE = re.compile(rf"{SURNAME}{GIVEN}{{1,2}}|[\u4e00-\u9fff·•・]{{2,20}}·[\u4e00-\u9fff·•・]{{2,20}}")
_SELF_BEFORE = re.compile(r"(?:我(?:叫|是|姓.)?|本人|姓名|名字)[是叫：:，\s]{0,3}$")


def fill_name(talk: Talk, prediction: Prediction) -> Field:
    """Full name where it was given, else surname and the title that either side used, else the surname."""
    families = list(families_in(talk))
    full = list(full_names(talk))
    titled = [*titled_names(talk, families), *announced(talk)]
    if titled and (sex := says_sex(talk)):
        titled = [mention for mention in titled if not is_belied(mention.value, sex)]
    full += _modelled(talk, prediction, {mention.value[:1] for mention in (*families, *titled)})
    unsure = all(mention.confidence < FILL_AT for mention in full)
    if full and not (titled and unsure):
        return settle(full, talk)
    return settle(titled or list(addressed(talk, families)) or list(of_sex(talk, families)) or families, talk)


def _modelled(talk: Talk, prediction: Prediction, families: set[str]) -> Iterator[Mention]:
    """What the model takes for the caller's name, if it looks like one and goes with the family name heard.

    Names of others are spans too: without a question for it, or a 我 before it, a name is only suggested.
    """
    for span in prediction.spans_of("caller_name"):
        turn = talk.turns[span.segment]
        value = re.sub(r"\s", "", turn.folded[span.start : span.end])
        before = turn.folded[max(0, span.start - AROUND) : span.start]
        question = talk.question_before(turn)
        of_another = asks_of_relative(question) or asks_who_else(question)
        if of_another and not _SELF_BEFORE.search(before):
            continue
        if turn.role != "citizen" or not _PLAUSIBLE.fullmatch(value) or NO_NAME.search(value):
            continue
        if (
            TITLED_ONLY.match(value)
            or BELIES.match(turn.folded, span.end)
            or (families and value[:1] not in families)
            or is_anothers(before)
        ):
            continue
        own = asks_name(question) or not talk.agent or bool(_SELF_BEFORE.search(before))
        confidence = span.confidence if own or families else min(span.confidence, 0.6)
        yield mention_at(turn, span.start, span.end, value=value, confidence=confidence, source="model")
