"""Category: prediction → the candidates that a call-taker chooses from, and whether the first may stand unseen."""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import BundleError
from models.prediction import Answer, Decision, Prediction
from models.taxonomy import Category, Taxonomy
from service.contrast import Contrast
from service.ticket import TOO_FEW, Ticket, says


@dataclass(frozen=True, slots=True)
class CategoryCandidate:
    """A leaf of the tree, the names from the top down to it, and its calibrated score."""

    code: str
    path: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class CategoryReading:
    """Candidates best first, and the type of the request (`type` is None where the bundle has no such head).

    `decision` is about the first candidate: `auto` may stand unseen, `suggest` wants a look, `abstain` no answer.
    """

    candidates: tuple[CategoryCandidate, ...]
    type: str | None
    type_confidence: float
    decision: Decision
    margin: float


def read_category(
    ticket: Ticket, prediction: Prediction, *, taxonomy: Taxonomy, contrast: Contrast, top_k: int = 5
) -> CategoryReading:
    """The `top_k` best leaves; a path is always the tree's own, so that no child stands under a foreign parent.

    `contrast` are the city's words by which a caller says what it is not: then none stands unseen.

    Errors: BundleError if the head knows a code that the tree does not.
    """
    answer = prediction.answers.get("category")
    kind = prediction.answers.get("type")
    best = kind.best if kind else None
    return CategoryReading(
        candidates=_list_candidates(answer, taxonomy, top_k=top_k) if answer else (),
        type=best.label if best else None,
        type_confidence=best.score if best else 0.0,
        decision=_decide(ticket, prediction, answer, contrast),
        margin=answer.margin if answer else 0.0,
    )


def _list_candidates(answer: Answer, taxonomy: Taxonomy, *, top_k: int) -> tuple[CategoryCandidate, ...]:
    return tuple(
        CategoryCandidate(choice.label, _find_leaf(choice.label, taxonomy).path, choice.score)
        for choice in answer.top(top_k)
    )


def _find_leaf(code: str, taxonomy: Taxonomy) -> Category:
    leaf = taxonomy.by_code.get(code)
    if leaf is None:
        raise BundleError(f"head 'category' answers {code}, which taxonomy.json does not list; export again")
    return leaf


def _decide(ticket: Ticket, prediction: Prediction, answer: Answer | None, contrast: Contrast) -> Decision:
    if answer is None or not says(ticket, letters=TOO_FEW):
        return "abstain"
    if answer.decision != "auto":
        return answer.decision
    # The rest of a cut text may be about something else, and of two matters the one that is denied may have been read.
    return "suggest" if prediction.truncated or contrast.is_in(ticket.document) else "auto"
