"""Page: the summary of a job as one HTML file without scripts: bars for classes and confidence, a table of changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from service.relabel.summary import BINS

_STYLE: Final = """
body{font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;
color:#1c2430;background:#fafbfc}h1{font-size:1.5rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}
section{background:#fff;border:1px solid #e3e8ee;border-radius:8px;padding:.5rem 1.2rem 1.2rem;margin:1rem 0}
table{border-collapse:collapse;width:100%}td,th{padding:.15rem .5rem;text-align:left;vertical-align:middle}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.b{width:45%}
i{display:block;height:.8rem;background:#3b74c4;border-radius:2px;min-width:1px}
.cards{display:flex;gap:1rem;flex-wrap:wrap}.cards div{background:#fff;border:1px solid #e3e8ee;border-radius:8px;
padding:.6rem 1.2rem}.cards b{display:block;font-size:1.4rem}p.q{color:#5b6676}
"""
_NAMES: Final[Mapping[str, str]] = {
    "category_path": "分类 category",
    "category_decision": "分类判定 decision",
    "type": "诉求类型 type",
    "lead_name": "主办单位 lead department",
    "dispatch_decision": "派单判定 decision",
    "territorial": "属地承办 territorial",
    "district": "区县 district",
    "sentiment": "情感 polarity",
    "emotion": "情绪 emotion",
    "intensity": "情绪强度 intensity",
    "urgency": "紧急程度 urgency",
    "risks": "风险 risks",
    "transfer": "转接 transfer",
    "category_score": "分类置信度 confidence of the category",
    "lead_score": "派单置信度 confidence of the lead",
    "type_score": "类型置信度 confidence of the type",
}
_SHOWN_CLASSES: Final = 25


def render_page(figures: Mapping[str, Any]) -> str:
    """The whole page."""
    refused = sum(figures["quarantined"].values())
    cards = [("rows 行", figures["rows"]), ("answered 已回填", figures["answered"]), ("quarantined 隔离", refused)]
    body = ['<div class="cards">', *(f"<div>{escape(name)}<b>{number:,}</b></div>" for name, number in cards), "</div>"]
    body += [f"<p class=q>{escape(line)}</p>" for line in (*figures["notes"], *_list_found(figures))]
    body += [_compared(name, found) for name, found in figures["compared"].items()]
    if figures["quarantined"]:
        body.append(_bars("隔离原因 why rows were quarantined", figures["quarantined"]))
    body += [_bars(_name(name), counts) for name, counts in figures["classes"].items()]
    for name, counts in figures["confidence"].items():
        bins = {f"{place / BINS:.1f} – {(place + 1) / BINS:.1f}": number for place, number in enumerate(counts)}
        body.append(_bars(_name(name), bins))
    title = f"{figures['source']} · {figures['model']}"
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>回填结果 Relabelled</h1><p class=q>{escape(title)}</p>"
        f"{''.join(body)}</body></html>\n"
    )


def _bars(title: str, counts: Mapping[str, int]) -> str:
    most, total = max(counts.values(), default=0) or 1, sum(counts.values()) or 1
    shown = list(counts.items())[:_SHOWN_CLASSES]
    rows = [
        f"<tr><td>{escape(label)}</td><td class=n>{number:,}</td><td class=n>{number / total:.1%}</td>"
        f'<td class=b><i style="width:{number / most:.1%}"></i></td></tr>'
        for label, number in shown
    ]
    rest = len(counts) - len(shown)
    more = f"<p class=q>… and {rest} more in the summary file</p>" if rest > 0 else ""
    return f"<section><h2>{escape(title)}</h2><table>{''.join(rows)}</table>{more}</section>"


def _compared(name: str, found: Mapping[str, Any]) -> str:
    if not found["rows"]:
        return ""
    rows = "".join(
        f"<tr><td>{escape(change['from'])}</td><td>→ {escape(change['to'])}</td>"
        f"<td class=n>{change['rows']:,}</td></tr>"
        for change in found["changes"]
    )
    return (
        f"<section><h2>{escape(_name(name))}: 与原标注一致 same as column {escape(found['column'])} "
        f"{found['share']:.1%} (95 %: {found['low']:.1%} – {found['high']:.1%}, n = {found['rows']:,})</h2>"
        f"{_unknown(found)}<table>{rows}</table></section>"
    )


def _unknown(found: Mapping[str, Any]) -> str:
    if not found["unknown"]:
        return ""
    some = ", ".join(f"{escape(label)} ({number:,})" for label, number in list(found["unknown_labels"].items())[:10])
    return f"<p class=q>模型没有的标签 labels that the bundle has not: {found['unknown']:,} ({some})</p>"


def _list_found(figures: Mapping[str, Any]) -> Iterator[str]:
    if mended := figures["mended"]:
        yield f"引号未成对转义、按原样读取的行 rows read with quotation marks as they were typed: {mended:,}"
    if names := figures["replaced"]:
        yield f"被新结果替换的列 columns of the source that were replaced: {', '.join(names)}"


def _name(key: str) -> str:
    return _NAMES.get(key, key)
