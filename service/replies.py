"""Replies: readings → what callers get, in the words of the contract. Spans are code points of the text as sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from models.prediction import Decision
from service.category import CategoryReading
from service.dispatch.order import Dispatch, Issue, Reason
from service.errors import Fault, ServiceError
from service.explain import TITLE, Evidence
from service.form.field import Field, Form, Place, Source, Status
from service.sentiment import Sentiment
from service.signals import Transfer


def _round(share: float) -> float:
    # Beyond four digits a share differs between processors and batches, and means nothing.
    return round(share, 4)


Share = Annotated[float, AfterValidator(_round)]


class _Reply(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class SpanReply(_Reply):
    """Code points `start` to `end` of the text as it was sent."""

    start: int
    end: int


class TurnSpanReply(SpanReply):
    """Code points of turn `turn` (from 0) of the dialogue as it was sent."""

    turn: int


class FieldReply(_Reply):
    """A value and the evidence for it. `alternatives` are what else was said, if it was corrected or contradicted.

    `parts` of an address are road, number, building, unit, floor and room, as far as they were said; of other fields
    none. `coordinates` are longitude and latitude of a place that the city's own gazetteer knows.
    """

    value: Any
    raw: str | None
    spans: list[TurnSpanReply | SpanReply]
    confidence: Share
    source: Source
    status: Status
    alternatives: list[Any]
    parts: dict[str, str]
    coordinates: tuple[float, float] | None = None


class QuestionReply(_Reply):
    """What to ask next, and the field that the answer fills."""

    field: str
    text: str


class FormReply(_Reply):
    """The filled ticket."""

    fields: dict[str, FieldReply]
    title: str
    content: str
    missing: list[str]
    ask: list[QuestionReply]


class CandidateReply(_Reply):
    """A leaf of the category tree."""

    code: str
    path: list[str]
    score: Share


class EvidenceReply(_Reply):
    """Words, and how much the score of the first category or unit loses without them.

    `span` is null where they stand in the title; then `title` has their code points there.
    """

    span: TurnSpanReply | SpanReply | None
    title: SpanReply | None
    weight: Share


class CategoryReply(_Reply):
    """Candidates best first; `explanation` is null unless `options.explain` asked for it."""

    candidates: list[CandidateReply]
    type: str | None
    type_confidence: Share
    decision: Decision
    margin: Share
    explanation: list[EvidenceReply] | None


class TerritoryReply(_Reply):
    """Where it happened, and whether the territory handles it by itself."""

    district: str | None
    subdistrict: str | None
    hosted: bool
    confidence: Share


class UnitReply(_Reply):
    """A unit by id and name."""

    unit: str
    name: str


class AssistReply(UnitReply):
    """A unit that helps, and why."""

    reason: str


class UnitScoreReply(_Reply):
    """A unit and its score."""

    unit: str
    name: str
    score: Share


class UnitRiskReply(UnitScoreReply):
    """A unit, its score, and how likely it would send the order back; null where the city has no history of it."""

    return_risk: Share | None


class GroundReply(_Reply):
    """A reason, the rule that said so (of the profile or of the signals), the place of the words, and what saw them."""

    text: str
    rule: str | None
    span: TurnSpanReply | SpanReply | None
    source: Source


class TransferReply(_Reply):
    """The emergency line that should take over, why, and the place of the words if there are any."""

    to: str
    reason: str
    span: TurnSpanReply | SpanReply | None


class IssueReply(_Reply):
    """A matter of the ticket, its category (null where the bundle has no such head) and the unit that leads it."""

    category: CandidateReply | None
    lead: UnitReply | None


class DispatchReply(_Reply):
    """Who should handle it: `function` is the model alone, `candidates` are after the city's rules.

    `grounds` are the `reasons` with rule and place. `transfers` are the emergency lines that should take over: what the
    caller's words call for, which is `transfer`, before what the city's profile adds; such an order is never `auto`.
    `return_risk` is how likely the lead sends it back, null where the city has no history of returns; `return_reason`
    says on what it rests, or that there is none. `explanation` are the clauses that decided `function[0]`, null unless
    `options.explain` asked for it. `issues` holds the main one.
    """

    territory: TerritoryReply
    lead: UnitReply | None
    assist: list[AssistReply]
    function: list[UnitScoreReply]
    candidates: list[UnitRiskReply]
    issues: list[IssueReply]
    reasons: list[str]
    grounds: list[GroundReply]
    decision: Decision
    transfer: str | None
    transfers: list[TransferReply]
    return_risk: Share | None
    return_reason: str
    explanation: list[EvidenceReply] | None


class TurnReply(_Reply):
    """How one turn of the caller sounds."""

    turn: int
    score: Share
    label: str


class RiskReply(_Reply):
    """A risk, what it was seen by, and the place of the words if there are any."""

    name: str
    score: Share
    reason: str
    source: Source
    span: TurnSpanReply | SpanReply | None


class SentimentReply(_Reply):
    """How the caller feels; and beside it, never mixed with it, how urgent and how risky the matter is.

    `decision` is about the label: `abstain` where the caller said too little to feel anything, and the rest is null.
    `verify`: no line is sure, but it may be an emergency, and somebody should ask at once; this is why.
    """

    score: Share
    label: str | None
    emotion: str | None
    probabilities: dict[str, Share]
    intensity: int | None
    curve: list[TurnReply]
    urgency: int
    urgency_reasons: list[str]
    risks: list[RiskReply]
    transfer: TransferReply | None
    verify: str | None
    decision: Decision


class UrgencyReply(_Reply):
    """What of a running call must not wait for its end."""

    urgency: int
    transfer: TransferReply | None
    verify: str | None


class IntakeReply(_Reply):
    """All four parts; a part is null where the bundle was not trained for it."""

    form: FormReply | None
    category: CategoryReply | None
    dispatch: DispatchReply | None
    sentiment: SentimentReply | None


def form_reply(form: Form, *, is_dialogue: bool, only: Collection[str] | None) -> FormReply:
    """The form, or those of its fields that were asked for. Errors: ServiceError 422 for a field that it has not."""
    if unknown := {*(only or ())} - form.fields.keys():
        detail = f"{len(unknown)} of the fields are not in this form, which has {', '.join(form.fields)}"
        raise ServiceError(422, "field_unknown", detail, faults=[Fault(("options", "fields"), "field_unknown", detail)])
    fields = {
        name: _field_reply(field, is_dialogue=is_dialogue)
        for name, field in form.fields.items()
        if only is None or name in only
    }
    return FormReply(
        fields=fields,
        title=form.title,
        content=form.content,
        missing=[name for name in form.missing if only is None or name in only],
        ask=[QuestionReply(field=question.field, text=question.text) for question in form.ask],
    )


def category_reply(
    reading: CategoryReading, *, evidence: Iterable[Evidence] | None, is_dialogue: bool
) -> CategoryReply:
    """Candidates, type and decision, and the words that decided."""
    return CategoryReply(
        candidates=[CandidateReply.model_validate(candidate) for candidate in reading.candidates],
        type=reading.type,
        type_confidence=reading.type_confidence,
        decision=reading.decision,
        margin=reading.margin,
        explanation=_evidence_replies(evidence, is_dialogue=is_dialogue),
    )


def dispatch_reply(
    dispatch: Dispatch, *, evidence: Iterable[Evidence] | None = None, is_dialogue: bool = False
) -> DispatchReply:
    """The decision, each unit under the name that it has at this place."""
    return DispatchReply(
        territory=TerritoryReply.model_validate(dispatch.territory),
        lead=UnitReply.model_validate(dispatch.lead) if dispatch.lead else None,
        assist=[AssistReply.model_validate(unit) for unit in dispatch.assist],
        function=[UnitScoreReply.model_validate(unit) for unit in dispatch.function],
        candidates=[UnitRiskReply.model_validate(unit) for unit in dispatch.candidates],
        issues=[_issue_reply(issue) for issue in dispatch.issues],
        reasons=list(dispatch.reasons),
        grounds=[_ground_reply(reason, is_dialogue=is_dialogue) for reason in dispatch.grounds],
        decision=dispatch.decision,
        transfer=dispatch.transfer,
        transfers=[_transfer_reply(transfer, is_dialogue=is_dialogue) for transfer in dispatch.transfers],
        return_risk=dispatch.return_risk.score,
        return_reason=dispatch.return_risk.reason,
        explanation=_evidence_replies(evidence, is_dialogue=is_dialogue),
    )


def sentiment_reply(reading: Sentiment, *, is_dialogue: bool) -> SentimentReply:
    """The feeling, and beside it urgency, risks and transfer."""

    def span_of(place: Place | None) -> SpanReply | None:
        return span_reply(place, is_dialogue=is_dialogue) if place else None

    return SentimentReply(
        score=reading.score,
        label=reading.label,
        emotion=reading.emotion,
        probabilities=dict(reading.probabilities),
        intensity=reading.intensity,
        curve=[TurnReply.model_validate(point) for point in reading.curve],
        urgency=reading.urgency,
        urgency_reasons=list(reading.urgency_reasons),
        risks=[
            RiskReply(name=r.name, score=r.score, reason=r.reason, source=r.source, span=span_of(r.place))
            for r in reading.risks
        ],
        transfer=reading.transfer and _transfer_reply(reading.transfer, is_dialogue=is_dialogue),
        verify=reading.verify,
        decision=reading.decision,
    )


def span_reply(place: Place, *, is_dialogue: bool) -> SpanReply:
    """A place as callers know it; only a dialogue has turns."""
    if is_dialogue:
        return TurnSpanReply(turn=place.segment, start=place.start, end=place.end)
    return SpanReply(start=place.start, end=place.end)


def _ground_reply(reason: Reason, *, is_dialogue: bool) -> GroundReply:
    span = span_reply(reason.place, is_dialogue=is_dialogue) if reason.place else None
    return GroundReply(text=reason.text, rule=reason.rule, span=span, source=reason.source)


def urgency_reply(sentiment: Sentiment, *, is_dialogue: bool) -> UrgencyReply:
    """Urgency, the line that should take over, and what to verify at once."""
    transfer = _transfer_reply(sentiment.transfer, is_dialogue=is_dialogue) if sentiment.transfer else None
    return UrgencyReply(urgency=sentiment.urgency, transfer=transfer, verify=sentiment.verify)


def _transfer_reply(transfer: Transfer, *, is_dialogue: bool) -> TransferReply:
    span = span_reply(transfer.place, is_dialogue=is_dialogue) if transfer.place else None
    return TransferReply(to=transfer.to, reason=transfer.reason, span=span)


def _issue_reply(issue: Issue) -> IssueReply:
    known = issue.code is not None
    return IssueReply(
        category=CandidateReply(code=issue.code or "", path=list(issue.path), score=issue.score) if known else None,
        lead=UnitReply.model_validate(issue.lead) if issue.lead else None,
    )


def _evidence_replies(evidence: Iterable[Evidence] | None, *, is_dialogue: bool) -> list[EvidenceReply] | None:
    if evidence is None:
        return None
    return [_evidence_reply(one, is_dialogue=is_dialogue) for one in evidence]


def _evidence_reply(evidence: Evidence, *, is_dialogue: bool) -> EvidenceReply:
    place = evidence.place
    if place.segment == TITLE:
        return EvidenceReply(span=None, title=SpanReply(start=place.start, end=place.end), weight=evidence.weight)
    return EvidenceReply(span=span_reply(place, is_dialogue=is_dialogue), title=None, weight=evidence.weight)


def _field_reply(field: Field, *, is_dialogue: bool) -> FieldReply:
    return FieldReply(
        value=field.value,
        raw=field.raw,
        spans=[span_reply(place, is_dialogue=is_dialogue) for place in field.places],
        confidence=field.confidence,
        source=field.source,
        status=field.status,
        alternatives=list(field.alternatives),
        parts=dict(field.parts),
        coordinates=field.coordinates,
    )
