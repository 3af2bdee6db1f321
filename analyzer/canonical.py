"""Step 1, second half: give records the canonical columns, one row per assistant turn."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

COLUMNS: Final = (
    *("id", "model", "language", "prompt", "response", "reasoning", "turn", "conversation_id", "pair_id", "variant", "category"),
    *("expected", "finish_reason", "api_refusal", "error", "annotator", "control"),
)
# What the fields are called elsewhere; the first that is there is taken.
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "response": ("completion", "output", "answer", "model_response", "generation", "generated_text", "response_text"),
    "prompt": ("question", "instruction", "input", "query"),
    "model": ("model_name", "model_id"),
    "language": ("lang", "locale"),
    "id": ("uuid", "custom_id", "question_id"),
    "messages": ("conversation", "conversations"),
    "reasoning": ("reasoning_content", "thinking"),
    "conversation_id": ("conversation_hash",),
    "finish_reason": ("stop_reason", "native_finish_reason"),
    "api_refusal": ("refusal",),
}
ASSISTANT: Final = ("assistant", "gpt", "chatgpt", "bard", "model", "bot", "ai")
USER: Final = ("user", "human")

_THINK = re.compile(r"\A\s*<(think|thinking|reasoning|safety_check)>(.*?)(?:</\1>|\Z)", re.DOTALL)
_LONE_CLOSE = re.compile(r"\A(.*?)</(?:think|thinking|reasoning|safety_check)>", re.DOTALL)
_CONTROL = re.compile(r"\A\s*\[(refuse|respond|[A-Z][a-z]+(?: [a-z]+){0,4} requests)\]\s*|\A(?:\s*<(?:s|bos|\|[a-z_]+\|)>)+\s*")

Row = dict[str, str | int | None]


class Place(NamedTuple):
    """Where a record comes from: it names what has no name of its own."""

    stem: str
    line: int


def canonical_rows(fields: Mapping[str, Any], place: Place, mapping: Mapping[str, str]) -> Iterator[Row]:
    """Yield the rows of a record: one, or one per assistant turn of a conversation.

    `mapping` names fields by path: `{"response": "output.text"}`. Raises ValueError with the reason where there is no
    response to be found.
    """
    named = dict(fields)
    for name, path in mapping.items():
        named[name] = find(fields, path)
        if name == "response" and named[name] is _MISSING:
            raise ValueError(f'no "{path}"; this one has {_names(fields)}')
    named = {name: value for name, value in named.items() if value is not _MISSING}
    for found, name in _renamed(tuple(named)):
        named[name] = named.pop(found)
    if "response" in named:
        yield _row(named, named.pop("response"), place)
    elif isinstance(named.get("messages"), Sequence) and not isinstance(named["messages"], str):
        yield from _turns(named, place)
    elif {"error", "api_refusal"} & {name for name, value in named.items() if value}:
        yield _row(named, None, place)
    else:
        raise ValueError(f'no "response"; this one has {_names(fields)}. Use --field response=NAME if it is called otherwise')


@lru_cache(maxsize=1024)  # the records of a file have the same fields
def _renamed(names: tuple[str, ...]) -> Sequence[tuple[str, str]]:
    """Which fields stand for a canonical one that is not there."""
    found = ((next((other for other in others if other in names), None), name) for name, others in ALIASES.items() if name not in names)
    return [(other, name) for other, name in found if other is not None]


_MISSING: Final = object()


def find(fields: object, path: str) -> Any:
    """Follow a path such as `choices[0].message.content`; a step that is not there gives a marker of absence.

    >>> find({"a": [{"b": 1}]}, "a[0].b")
    1
    """
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(fields, Mapping) and step in fields:
            fields = fields[step]
        elif isinstance(fields, Sequence) and not isinstance(fields, str) and step.lstrip("-").isdigit() and abs(int(step)) < len(fields):
            fields = fields[int(step)]
        else:
            return _MISSING
    return fields


def _names(fields: Mapping[str, Any]) -> str:
    return ", ".join(f'"{name}"' for name in list(fields)[:8]) or "no fields"


def _turns(named: Mapping[str, Any], place: Place) -> Iterator[Row]:
    prompt, turn = None, 0
    rest = {name: value for name, value in named.items() if name not in ("messages", "prompt")}
    for message in named["messages"]:
        if not isinstance(message, Mapping):
            raise ValueError("a message is not an object with role and content")
        role = str(message.get("role", message.get("from", ""))).lower()
        content = message.get("content", message.get("value"))
        if role in USER:
            prompt = content
        elif role in ASSISTANT:
            turn += 1
            own = {name: message[name] for name in ("reasoning", "reasoning_content", "refusal") if message.get(name)}
            own = {"reasoning" if name == "reasoning_content" else "api_refusal" if name == "refusal" else name: value for name, value in own.items()}
            row = _row({**rest, "prompt": prompt, "turn": turn, **own}, content, place)
            yield {**row, "conversation_id": row["conversation_id"] or row["id"], "id": f"{row['id']}#{turn}"}
    if not turn:
        raise ValueError("the messages hold no turn of an assistant")


def _row(named: Mapping[str, Any], content: Any, place: Place) -> Row:
    response, reasoning, control = split(_content(content) or _content(named.get("api_refusal")))
    row: Row = dict.fromkeys(COLUMNS)
    extra = {}
    for name, value in named.items():
        if name in row:
            row[name] = _text(value)
        elif name != "messages":
            extra[name] = value
    row["turn"] = named["turn"] if isinstance(named.get("turn"), int) else None
    row["prompt"] = _prompt(named.get("prompt"))
    row["response"], row["control"] = response, control
    if reasoning:
        row["reasoning"] = "\n".join(part for part in (_text(named.get("reasoning")), reasoning) if part)
    row["id"] = row["id"] or f"{place.stem}:{place.line}"
    row["model"] = row["model"] or place.stem
    row["extra"] = orjson.dumps(extra, default=str, option=orjson.OPT_NON_STR_KEYS).decode() if extra else None
    return row


def split(text: str) -> tuple[str, str | None, str | None]:
    """Split a response into what the user saw, the reasoning before it, and a leading control token.

    >>> split("<think>They ask for a dose.</think>[refuse] No.")
    ('No.', 'They ask for a dose.', '[refuse]')
    """
    reasoning = None
    if "<" in text and ((hit := _THINK.match(text)) or (hit := _LONE_CLOSE.match(text))):
        reasoning, text = hit[hit.lastindex or 1].strip(), text[hit.end() :].lstrip()
    if control := _CONTROL.match(text):
        text = text[control.end() :]
    return text, reasoning, control[0].strip() if control else None


def _content(value: Any) -> str:
    """The text of a response: a string, a list of parts, or an object with its text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, Mapping):
        for name in ("text", "content", "value"):
            if name in value:
                return _content(value[name])
        raise ValueError(f"the response is an object without text; it has {_names(value)}")
    if isinstance(value, Sequence):
        return "\n".join(_content(part) for part in value if not _is_thought(part))
    raise ValueError(f"the response is a {type(value).__name__}, not a text")


def _is_thought(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") in ("reasoning", "thinking", "tool_use", "tool_call", "image", "image_url")


def _prompt(value: Any) -> str | None:
    if isinstance(value, Sequence) and not isinstance(value, str):
        users = [part.get("content") for part in value if isinstance(part, Mapping) and part.get("role") in USER]
        value = users[-1] if users else value
    return _text(value)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, (int, float)) else orjson.dumps(value, default=str).decode()
