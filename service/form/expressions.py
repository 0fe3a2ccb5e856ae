"""Expressions: a city's regular expressions, written as one types them → as they match the folded words of a talk.

A talk's shadow copy has wide punctuation, but for what stands between two letters or digits, and plain letters and
digits (１ is 1). Who writes `户号:(\\d{8})` or `合同（([0-9]+)）` means both ways of typing it.
"""

from __future__ import annotations

import re

from service.form.talk import fold_character

_PAIRS = {narrow: narrow + wide for narrow, wide in zip(",!?;:()", "，！？；：（）", strict=True)}
_BOTH = _PAIRS | {pair[1]: pair for pair in _PAIRS.values()}
# What is no literal: an escape, the beginning of a group, a count; a class is a token of its own.
_TOKEN = re.compile(
    r"""\\(?:N\{[^}]*\}|x..|u.{4}|U.{8}|[0-9]{1,3}|.)
    |\(\?(?:P?<[A-Za-z_]\w*>|P=\w+\)|P>|\#[^)]*\)|\([^)]*\)|<?[=!]|[>:|]|[aiLmsux-]+[:)])
    |\{\d*,?\d*\}
    |\[\^?\]?(?:\\.|[^\]\\])*\]
    |.""",
    re.VERBOSE | re.DOTALL,
)
_MEMBER = re.compile(r"\\.|[^\\]-(?:\\.|[^\\])|.", re.DOTALL)


def fold_expression(pattern: str) -> str:
    """The expression with its literals folded as a talk is; groups stay as they are counted."""
    return "".join(_fold_token(token) for token in _TOKEN.findall(pattern))


def _fold_token(token: str) -> str:
    if token[0] == "[" and len(token) > 2:
        return _fold_class(token)
    if token[0] == "\\" and token[1:] in _BOTH:
        return f"[{_BOTH[token[1:]]}]"
    if len(token) > 1 or token in "()?":
        return token
    return f"[{_BOTH[token]}]" if token in _BOTH else _fold_literal(token)


def _fold_class(token: str) -> str:
    start = 2 if token.startswith("[^") else 1
    return token[:start] + "".join(map(_fold_member, _MEMBER.findall(token[start:-1]))) + "]"


def _fold_member(member: str) -> str:
    plain = member.removeprefix("\\") if len(member) == 2 else member
    if plain in _BOTH:
        return _BOTH[plain]
    return _fold_literal(member) if len(member) == 1 else "".join(map(_fold_literal, member))


def _fold_literal(character: str) -> str:
    folded = fold_character(character)
    return folded if folded == character else re.escape(folded)
