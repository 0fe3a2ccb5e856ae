"""Form filler: a ticket and what the model says of it → the filled form, with evidence for every field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from models.bundle import Bundle
from models.prediction import Prediction
from service.city import DEFAULT_CITY
from service.form.address.addresses import fill_addresses
from service.form.address.areas import read_area
from service.form.address.candidates import point_candidates
from service.form.address.districts import Compass
from service.form.address.gazetteer import Gazetteer
from service.form.amounts import amount_candidates, fill_amount
from service.form.business import fill_business
from service.form.chains import gather
from service.form.choice import CHOICE, Candidate, Choice
from service.form.content import write_content
from service.form.definition import FieldSpec, FormDefinition
from service.form.demands import fill_demand, is_question
from service.form.emails import fill_email
from service.form.field import MISSING, Field, Form, Place
from service.form.genders import fill_gender
from service.form.headings import HEADINGS, Headings
from service.form.identities import fill_identity, find_private, identities_in, private_stretches
from service.form.marked import Marks
from service.form.names import fill_name
from service.form.numerals import DIGITS
from service.form.parties import name_of_office
from service.form.patterns import fill_own
from service.form.people import fill_people, people_candidates
from service.form.phones import ANOTHERS, fill_phone
from service.form.plates import fill_plate
from service.form.questions import missing_fields, questions
from service.form.references import fill_reference
from service.form.talk import Talk, Turn, fold
from service.form.targets import fill_target, target_candidates
from service.form.time.times import fill_time
from service.form.title import write_title
from service.form.titled import announced_until
from service.form.wishes import fill_confidential, fill_no_contact
from service.ticket import CHINA, Ticket

DIVISIONS, DEFINITION, PLACES = "divisions.tsv.gz", "form.toml", "places.tsv"
MARKS = "form"  # the head that marks the words that fields rest on
_KINDS = (
    ("举报", r"举报"),
    ("投诉", r"投诉"),
    ("建议", r"建议"),
    ("表扬", r"表扬|感谢你|道谢"),
    ("咨询", r"咨询|问一下|问下|想问|请问|我问"),
)


_HEARD: Mapping[str, Callable[[Talk, Prediction], list[Candidate]]] = {
    "amount": amount_candidates,
    "co_callers": people_candidates,
}
_PAUSES = frozenset(" \t\r\n,，、-")  # between the signs of a number that is said
_APART = 3  # places from one sign to the next, two pauses between them
_DISTANT = ("咨询", "建议", "表扬")  # types in which the caller's home is not the place of the matter


class FormFiller:
    """Fills forms for one bundle. Holds no state of a ticket; safe to use from several threads at once."""

    def __init__(
        self,
        definition: FormDefinition,
        gazetteer: Gazetteer,
        choice: Choice,
        headings: Headings,
        *,
        has_marks: bool = False,
    ) -> None:
        self._definition = definition
        self._gazetteer = gazetteer
        self._choice = choice
        self._headings = headings
        # Names are settled by weights only where a head marks what the fields rest on, and weights are there.
        self._settles_names = has_marks and choice.knows("poi", "target_entity")

    @property
    def definition(self) -> FormDefinition:
        """The form that is filled."""
        return self._definition

    @classmethod
    def open(cls, bundle: Bundle | None = None) -> FormFiller:
        """The bundle's own form, gazetteer, weights and headings, or the shipped ones. Errors: BundleError."""
        definition, divisions, choice, headings = (
            bundle.file(name) if bundle is not None and bundle.holds(name) else DEFAULT_CITY / name
            for name in (DEFINITION, DIVISIONS, CHOICE, HEADINGS)
        )
        places = bundle.file(PLACES) if bundle is not None and bundle.holds(PLACES) else None
        return cls(
            FormDefinition.open(definition),
            Gazetteer.open(divisions, places=places),
            Choice.open(choice),
            Headings.open(headings),
            has_marks=bundle is not None and bundle.manifest.has(MARKS),
        )

    def fill(self, ticket: Ticket, prediction: Prediction) -> Form:
        """What was said → fields → title and content → what is missing → what to ask."""
        talk = Talk.of(ticket)
        demand = fill_demand(talk, prediction)
        kind = kind_of(talk, prediction, demand)
        heard = {**self._hear(talk, ticket, prediction, kind=kind), "demand": demand}
        fields = {spec.name: _masked(heard.get(spec.name, MISSING), spec) for spec in self._definition.fields}
        private = self._private_parts(talk, heard)
        veiled = Talk(tuple(self._veil(turn, heard, private) for turn in talk.turns))
        if veiled != talk and "demand" in fields:
            fields["demand"] = fill_demand(veiled, prediction)
        title_sent = ticket.document.title
        given = _put_on(self._find_veils(fold(title_sent), heard), title_sent)
        words = prediction.spans_of("title")
        title = write_title(veiled, fields, kind=kind, headings=self._headings, given=given, words=words)
        content = write_content(veiled, fields)
        fields = _with_offices(fields)
        missing = missing_fields(self._definition, fields, kind=kind)
        asked = questions(self._definition, fields, kind=kind, talk=veiled)
        return Form(fields, title, content, missing, asked, read_area(ticket, self._gazetteer))

    def candidates(self, field: str, ticket: Ticket, prediction: Prediction, choice: Choice) -> list[Candidate]:
        """What the form would choose from, the point settled by `choice`; for `learn`.

        Errors: KeyError for a field that is not chosen so.
        """
        talk = Talk.of(ticket)
        if find := _HEARD.get(field):
            return find(talk, prediction)
        accuses = kind_of(talk, prediction, fill_demand(talk, prediction)) not in _DISTANT
        compass, own = Compass.of(ticket, talk, self._gazetteer), _own_fields(talk, ticket, prediction)
        ruled = fill_addresses(talk, prediction, compass, None, at_home=accuses)["poi"]
        if field == "poi":
            return point_candidates(talk, prediction, ruled, own=own)
        if field != "target_entity":
            raise KeyError(field)
        marks = Marks(choice, own)
        point = fill_addresses(talk, prediction, compass, marks, at_home=accuses)["poi"]
        party = fill_target(talk, prediction, poi=point, caller=own[0], accuses=accuses)
        return target_candidates(talk, prediction, party, poi=point, accuses=accuses, own=own)

    def _hear(self, talk: Talk, ticket: Ticket, prediction: Prediction, *, kind: str) -> dict[str, Field]:
        compass = Compass.of(ticket, talk, self._gazetteer)
        own = name, phone, id_no, email = _own_fields(talk, ticket, prediction)
        marks = Marks(self._choice, own) if self._settles_names else None
        no_contact = fill_no_contact(talk)
        if no_contact.value and (not phone.places or phone.confidence < ANOTHERS):
            phone = MISSING
        accuses = kind not in _DISTANT
        addresses = fill_addresses(talk, prediction, compass, marks, at_home=accuses)
        party = _party(talk, prediction, marks, caller=name, poi=addresses["poi"], accuses=accuses)
        return {
            "caller_name": name,
            "caller_gender": fill_gender(talk, name),
            "contact_phone": phone,
            **addresses,
            "event_time": fill_time(talk, prediction, ticket.received_at.astimezone(CHINA), self._choice, kind=kind),
            "target_entity": party,
            "co_callers": fill_people(talk, prediction, self._choice),
            "amount": fill_amount(talk, prediction, self._choice),
            "plate_no": fill_plate(talk),
            "ref_no": fill_reference(talk, prediction),
            "id_no": id_no,
            "email": email,
            "confidential": fill_confidential(talk),
            "no_contact": no_contact,
            **fill_own(self._definition, talk),
        }

    def _veil(self, turn: Turn, heard: Mapping[str, Field], private: list[Place]) -> Turn:
        """A turn as the texts of the form may quote it; its places stay."""
        veils = self._find_veils(turn.folded, heard)
        text, folded = _put_on(veils, turn.text), _put_on(veils, turn.folded)
        for place in private:
            if place.segment == turn.index and text[place.start : place.end] == turn.raw(place.start, place.end):
                stars = "*" * (place.end - place.start)
                text = text[: place.start] + stars + text[place.end :]
                folded = folded[: place.start] + stars + folded[place.end :]
        return replace(turn, text=text, folded=folded)

    def _private_parts(self, talk: Talk, heard: Mapping[str, Field]) -> list[Place]:
        """Where masked values were said, over several turns too, and what was said of those that nobody settled."""
        masked = [heard[spec.name] for spec in self._definition.fields if spec.mask and spec.name in heard]
        parts = [place for field in masked for place in field.places]
        if self._hides_identities:
            unsettled = gather(talk, lambda turn: find_private(turn, talk))
            parts += [place for mention in unsettled for place in mention.places]
        return parts

    @property
    def _hides_identities(self) -> bool:
        return any(spec.name == "id_no" and spec.mask for spec in self._definition.fields)

    def _find_veils(self, folded: str, heard: Mapping[str, Field]) -> list[_Veil]:
        """What hides in a folded text the fields that the form masks, what was corrected included.

        An ID number is hidden wherever it stands: a title that was sent may hold one that nobody said. So are the
        words by which a written ticket names its caller (市民王女士反映): they are none of the matter.
        """
        veils: list[_Veil] = []
        if named := announced_until(folded, heard.get("caller_name", MISSING).value):
            veils.append(_Veil(0, named, _blank))
            folded = _blank(folded[:named]) + folded[named:]
        for spec in self._definition.fields:
            if spec.mask is None:
                continue
            field = heard.get(spec.name, MISSING)
            values = [] if field.value is None else [str(field.value), *map(str, field.alternatives)]
            for value in values + (identities_in(folded) if spec.name == "id_no" else []):
                for start, end in _stretches_of(value, folded):
                    veils.append(_Veil(start, end, spec.mask.hide))
                    folded = folded[:start] + _star(folded[start:end]) + folded[end:]
        if self._hides_identities:
            veils += [_Veil(start, end, _star) for start, end in private_stretches(folded)]
        return veils


@dataclass(frozen=True, slots=True)
class _Veil:
    """A stretch of a text, and what its words become; the text stays as long as it was."""

    start: int
    end: int
    hide: Callable[[str], str]


def _put_on(veils: Sequence[_Veil], text: str) -> str:
    for veil in veils:
        text = text[: veil.start] + veil.hide(text[veil.start : veil.end]) + text[veil.end :]
    return text


def _blank(text: str) -> str:
    return " " * len(text)


def _star(text: str) -> str:
    return "*" * len(text)


def _with_offices(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Party and point by their full names where they are offices. The title has been written: it says a place once."""
    divisions = [fields[name] for name in ("district", "subdistrict") if name in fields]
    areas = [str(field.value) for field in divisions if field.status == "filled"]
    named = dict(fields)
    for name in ("target_entity", "poi"):
        said = fields.get(name, MISSING).value
        if isinstance(said, str) and (full := name_of_office(said, areas)) != said:
            named[name] = replace(fields[name], value=full, source="derived")
    return named


def _own_fields(talk: Talk, ticket: Ticket, prediction: Prediction) -> tuple[Field, Field, Field, Field]:
    """What the caller says of himself: name, telephone, identity, e-mail. None of it is a place or a party."""
    phone = fill_phone(talk, ticket.caller_phone)
    return fill_name(talk, prediction), phone, fill_identity(talk), fill_email(talk)


def _party(
    talk: Talk, prediction: Prediction, marks: Marks | None, *, caller: Field, poi: Field, accuses: bool
) -> Field:
    """Whom the caller speaks against: not himself, and not the shop that he runs."""
    party = fill_target(talk, prediction, poi=poi, caller=caller, accuses=accuses, marks=marks)
    business = fill_business(talk) if party.value else MISSING
    if not business.value or not _shares_name(party, business):
        return party
    marks = replace(marks, own=(*marks.own, business)) if marks is not None else None
    party = fill_target(talk, prediction, poi=poi, caller=business, accuses=accuses, marks=marks)
    return MISSING if _shares_name(party, business) else party


def _shares_name(party: Field, business: Field) -> bool:
    named, own = str(party.value or ""), str(business.value)
    return bool(named) and (named in own or own in named)


def kind_of(talk: Talk, prediction: Prediction, demand: Field) -> str:
    """The type of the ticket: the model's, else what the caller says he is doing."""
    if "type" in prediction.answers:
        return prediction.answers["type"].best.label
    said = " ".join(turn.folded for turn in talk.citizen[:3])
    for kind, words in _KINDS:
        if re.search(words, said):
            return kind
    return "咨询" if is_question(demand) else "求助"


def _stretches_of(value: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a value stands in a folded text: with pauses between its signs, and its digits spoken.

    No pattern is made of it: those are kept by `re`, and a citizen's numbers with them.
    """
    said = [(_sign_of(sign), at) for at, sign in enumerate(text.replace("艾克斯", "X  ")) if sign not in _PAUSES]
    signs, wanted = "".join(sign for sign, _ in said), value.upper()
    found = signs.find(wanted) if wanted else -1
    while found >= 0:
        places = [at for _, at in said[found : found + len(wanted)]]
        near = all(second - first <= _APART for first, second in pairwise(places))
        if near:
            end = places[-1] + 1
            yield places[0], end + 2 * text.startswith("艾克斯", end - 1)
        found = signs.find(wanted, found + (len(wanted) if near else 1))


def _sign_of(sign: str) -> str:
    return DIGITS.get(sign) or ("X" if sign == "叉" else sign.upper() if sign.isascii() else sign)


def _masked(field: Field, spec: FieldSpec) -> Field:
    if spec.mask is None or not isinstance(field.value, str):
        return field
    value = spec.mask.hide(field.value)
    others = tuple(spec.mask.hide(str(other)) for other in field.alternatives)
    return replace(field, value=value, raw=value, alternatives=others)
