"""What a field of a record says: the texts and the thoughts in its parts, and text for what is none."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

MAX_DEPTH: Final = 50  # parts within parts; official formats need four
TEXTS: Final = ("text", "content", "value", "refusal")
THOUGHTS: Final = ("thinking", "reasoning", "text", "content", "summary")
NOTHING: Final = ("", "false", "none", "null", "nan", "0", "0.0", "[]", "{}")  # how a CSV writes that there was no error

MISSING: Final = object()  # what a path leads to where there is nothing

_STEPS = re.compile(r"[^.\[\]]+")
_TAGS = "think|thinking|reasoning|safety_check"
_THINK = re.compile(rf"\s*<({_TAGS})>(.*?)(?:</\1>|\Z)", re.DOTALL)
_LONE_CLOSE = re.compile(rf"(.*?)</(?:{_TAGS})>", re.DOTALL)
_CONTROL = re.compile(r"\A\s*\[(refuse|respond|[A-Z][a-z]+(?: [a-z]+){0,4} requests)\]\s*|\A(?:\s*<(?:s|bos|\|[a-z_]+\|)>)+\s*")


def split(text: str) -> tuple[str, str | None, str | None]:
    """Split a response into what the user saw, the reasoning before it, and a leading control token.

    >>> split("<think>They ask for a dose.</think>[refuse] No.")
    ('No.', 'They ask for a dose.', '[refuse]')
    """
    reasoning = None
    if "<" in text:
        reasoning, text = _split_thoughts(text)
    if control := _CONTROL.match(text):
        text = text[control.end() :]
    return text, reasoning, control[0].strip() if control else None


def _split_thoughts(text: str) -> tuple[str | None, str]:
    """The blocks of thought that a text begins with, and the rest."""
    blocks, end = [], 0
    while hit := _THINK.match(text, end):
        blocks.append(hit[2].strip())
        end = hit.end()
    if not blocks and (hit := _LONE_CLOSE.match(text)):
        blocks, end = [hit[1].strip()], hit.end()
    return ("\n".join(filter(None, blocks)), text[end:].lstrip()) if blocks else (None, text)


def parts_of(value: Any) -> tuple[str, str]:
    """Return the text of a response and the thoughts beside it: of a string, a list of parts, or an object with its text.

    >>> parts_of([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes."}])
    ('Yes.', 'Hm.')
    """
    if isinstance(value, str):
        return value, ""
    texts: list[str] = []
    thoughts: list[str] = []
    _gather(value, texts, thoughts, 0)
    return "\n".join(texts), "\n".join(thoughts)


def _gather(value: Any, texts: list[str], thoughts: list[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("the response is nested too deeply")
    if isinstance(value, Mapping):
        _gather_part(value, texts, thoughts, depth)
    elif isinstance(value, str) or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        texts.append(str(value))
    elif isinstance(value, Sequence):
        for part in value:
            _gather(part, texts, thoughts, depth + 1)
    elif value is not None:
        raise ValueError(f"the response is {json.dumps(value) if isinstance(value, bool) else 'a ' + type(value).__name__}, not a text")


def _gather_part(part: Mapping[str, Any], texts: list[str], thoughts: list[str], depth: int) -> None:
    """What tools were asked and what they gave is no word of the assistant; other parts without text hold images and signatures."""
    kind = str(part.get("type", ""))
    thought = kind in ("thinking", "reasoning")
    held = next((part[name] for name in (THOUGHTS if thought else TEXTS) if part.get(name) is not None and part[name] is not False), None)
    if "tool" in kind:
        return
    if thought:
        _gather(held, thoughts, thoughts, depth + 1)
    elif held is not None:
        _gather(held, texts, thoughts, depth + 1)
    elif not kind and not any(name in part for name in TEXTS):
        raise ValueError(f"the response is an object without text; it has {names_of(part)}")


def find(fields: object, path: str) -> Any:
    """Follow a path such as `choices[0].message.content`; a step that is not there gives a marker of absence.

    >>> find({"a": [{"b": 1}]}, "a[-1].b"), find({"a.b": 2}, "a.b")
    (1, 2)
    """
    if isinstance(fields, Mapping) and path in fields:
        return fields[path]
    for step in _STEPS.findall(path) or [path]:
        if isinstance(fields, Mapping) and step in fields:
            fields = fields[step]
        elif isinstance(fields, Sequence) and not isinstance(fields, str) and _is_place(step, len(fields)):
            fields = fields[int(step)]
        else:
            return MISSING
    return fields


def _is_place(step: str, length: int) -> bool:
    return step.removeprefix("-").isdecimal() and -length <= int(step) < length


def names_of(fields: Mapping[str, Any]) -> str:
    """The first names of some fields, for a message."""
    return ", ".join(f'"{name}"' for name in list(fields)[:8]) or "no fields"


def likely_path(fields: object, depth: int = 5) -> str | None:
    """The path to the first text that may be a response, for a message: by the names that texts have in logs.

    >>> likely_path({"id": "a", "choices": [{"message": {"role": "assistant", "content": "No."}}]})
    'choices[0].message.content'
    """
    inner: Iterable[tuple[str, object]] = ()
    if isinstance(fields, Mapping):
        if named := next((name for name in TEXTS if isinstance(fields.get(name), str)), None):
            return named
        inner = fields.items()
    elif isinstance(fields, list) and fields:
        inner = [("[0]", fields[0])]
    found = ((step, path) for step, value in inner if depth and (path := likely_path(value, depth - 1)))
    return next((f"{step}{path}" if path.startswith("[") else f"{step}.{path}" for step, path in found), None)


def is_said(value: Any) -> bool:
    """Whether an error or a refusal is there: `false`, an empty list or a text such as "None" says that there is none."""
    return value.strip().lower() not in NOTHING if isinstance(value, str) else bool(value) and value == value


def _dumps(value: Any) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)


def as_text(value: Any) -> str | None:
    """Write a value of a column as text."""
    if value is None or isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, (int, float)) else as_json(value)


def as_json(value: Any) -> str:
    """Write a value as JSON; raise ValueError where it is nested too deeply for that."""
    try:
        return _dumps(value).decode()
    except TypeError:  # a number of more than 64 bits, or more than 254 lists within lists
        pass
    try:
        return json.dumps(value, default=str, ensure_ascii=False)
    except RecursionError:
        raise ValueError("a field is nested too deeply") from None


def shown(value: Any) -> str:
    """Write a value for the list of what was left out."""
    try:
        return as_json(value)
    except ValueError as error:
        return f"({error})"


def extra_json(extra: Mapping[str, Any]) -> str:
    """Write the fields that are no column as one JSON object; a field that orjson cannot write stands in it as text."""
    try:
        return _dumps(extra).decode()
    except TypeError:
        return orjson.dumps({name: _writable(value) for name, value in extra.items()}).decode()


def _writable(value: Any) -> Any:
    try:
        return orjson.Fragment(_dumps(value))
    except TypeError:
        return as_json(value)
