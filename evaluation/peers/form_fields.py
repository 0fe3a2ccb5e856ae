"""Form fields by JioNLP (times, phones, ID numbers, plates, e-mail, sums, divisions) and cpca (divisions).

Runs without this project's packages, in an environment of its own (requirements.txt beside it):

    python form_fields.py --calls calls_dev.jsonl --tool jionlp --out jionlp.jsonl
    python -m service.form.measure --calls calls_dev.jsonl --values jionlp.jsonl

The tools read the caller's turns one by one and know nothing of dialogues: the first value found is taken. With
--spans gold they get the words that a person marked instead, and only have to normalise them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

Call = dict[str, Any]
Texts = dict[str, list[str]]  # the texts to look for each field in


def texts_of(call: Call, *, gold: bool, fields: tuple[str, ...]) -> Texts:
    """The caller's turns for every field, or the marked words of each."""
    if not gold:
        return {name: [turn["text"] for turn in call["turns"] if turn["role"] == "caller"] for name in fields}
    marked: Texts = {}
    for entry in call["gold"]["fields"]:
        marked.setdefault(entry["f"], []).extend(words for _, words in entry["m"])
    return marked


def read_jionlp(call: Call, texts: Texts) -> dict[str, Any]:
    """What JioNLP finds. It raises on some texts; such a text counts as one in which nothing was found."""
    jio = import_module("jionlp")
    received = datetime.fromisoformat(call["received_at"]).replace(tzinfo=None)
    finders: dict[str, Callable[[str], Iterator[Any]]] = {
        "contact_phone": lambda text: iter(jio.extract_phone_number(text)),
        "id_no": lambda text: iter(jio.extract_id_card(text)),
        "email": lambda text: iter(jio.extract_email(text)),
        "plate_no": lambda text: iter(jio.extract_motor_vehicle_licence_plate(text)),
        "amount": lambda text: _amounts(jio, text),
        "event_time": lambda text: _times(jio, text, received),
        "district": lambda text: iter([jio.parse_location(text)["county"]]),
    }
    return {name: _first(find, texts.get(name, [])) for name, find in finders.items()}


def read_cpca(_: Call, texts: Texts) -> dict[str, Any]:
    """The district that cpca names, and the whole address as it writes it."""
    cpca = import_module("cpca")

    def addresses(text: str) -> Iterator[str]:
        row = cpca.transform([text]).fillna("").iloc[0]
        if row["区"]:
            yield "".join(row[column] for column in ("省", "市", "区", "地址"))

    def districts(text: str) -> Iterator[str]:
        yield cpca.transform([text]).fillna("").iloc[0]["区"]

    return {
        "district": _first(districts, texts.get("district", [])),
        "event_address": _first(addresses, texts.get("event_address", [])),
    }


def _amounts(jio: Any, text: str) -> Iterator[str]:
    found = [entry["detail"] for entry in jio.ner.extract_money(text)]
    for detail in found or [jio.parse_money(text)]:
        number = detail["num"]
        yield f"{float(number[0] if isinstance(number, list) else number):.2f}".rstrip("0").rstrip(".")


def _times(jio: Any, text: str, received: datetime) -> Iterator[str]:
    for found in jio.ner.extract_time(text, time_base=received.timestamp(), with_parsing=True):
        time = found["detail"]["time"]
        if found["detail"]["type"] in ("time_span", "time_point") and time[0][0].isdigit():
            yield "/".join(dict.fromkeys(moment.replace(" ", "T")[:16].removesuffix("T00:00") for moment in time))


def _first(find: Callable[[str], Iterator[Any]], texts: list[str]) -> Any:
    for text in texts:
        try:
            found = next((value for value in find(text) if value), None)
        except Exception:  # the tool's own: it raises on texts in which it finds nothing
            found = None
        if found is not None:
            return found
    return None


_TOOLS: dict[str, tuple[Callable[[Call, Texts], dict[str, Any]], tuple[str, ...]]] = {
    "jionlp": (
        read_jionlp,
        ("contact_phone", "id_no", "email", "plate_no", "amount", "event_time", "district"),
    ),
    "cpca": (read_cpca, ("district", "event_address")),
}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="form_fields.py", description=__doc__)
    parser.add_argument("--calls", type=Path, required=True)
    parser.add_argument("--tool", choices=sorted(_TOOLS), required=True)
    parser.add_argument("--spans", choices=("none", "gold"), default="none")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    read, fields = _TOOLS[given.tool]
    lines = []
    for line in given.calls.read_text(encoding="utf-8").splitlines():
        call = json.loads(line)
        values = read(call, texts_of(call, gold=given.spans == "gold", fields=fields))
        lines.append(json.dumps({"id": call["id"], "fields": values}, ensure_ascii=False))
    given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
