"""Step 1, second half: give records the canonical columns, one row per assistant turn."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from analyzer.content import MISSING, as_text, extra_json, find, is_said, likely_path, names_of, parts_of, split

COLUMNS: Final = (
    *("id", "model", "language", "prompt", "response", "reasoning", "turn", "conversation_id", "pair_id", "variant", "category"),
    *("expected", "finish_reason", "api_refusal", "error", "annotator", "control"),
)
# What the fields are called elsewhere; the first that is there is taken.
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "response": ("completion", "model_response", "generation", "generated_text", "response_text"),
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
# May also be a reference answer or figures about the call, so messages that end with an answer come before them.
WEAK_RESPONSES: Final = ("output", "answer")
ASSISTANT: Final = ("assistant", "gpt", "chatgpt", "bard", "model", "bot", "ai")
USER: Final = ("user", "human")
OF_THE_LAST_TURN: Final = ("finish_reason", "api_refusal", "error", "reasoning")
MAX_TURN: Final = 2**31 - 1

Row = dict[str, str | int | None]
# These are worked out; a field of this name that cannot be used passes through as extra.
_BLANK: Final[Row] = {name: None for name in COLUMNS if name not in ("response", "turn", "control")}


class Place(NamedTuple):
    """Where a record comes from: it names what has no name of its own."""

    title: str
    line: int


def canonical_rows(fields: Mapping[str, Any], place: Place, mapping: Mapping[str, str]) -> Sequence[Row]:
    """Return the rows of a record: one, or one per assistant turn of a conversation.

    `mapping` names fields by path: `{"response": "output.text"}`. Raises ValueError with the reason where there is no
    response to be found.
    """
    named = _named(fields, mapping)
    if named.get("response") is MISSING and not _failed(named):
        raise ValueError(f'no "{mapping["response"]}"; this one has {names_of(fields)}')
    if "messages" in named and _speaks(named, mapping):
        return [*_turns(named, place)]
    if "response" in named or _take_weak_response(named) or _failed(named):
        if "messages" in named and not named.get("prompt"):
            named["prompt"] = named["messages"]
        content = named.pop("response", None)
        return [_row(_called(named, named, content), None if content is MISSING else content, place)]
    if "messages" in named:
        raise ValueError(_why_silent(named["messages"]))
    option = shlex.quote(f"response={likely_path(fields) or 'NAME'}")  # whoever pastes it must not run what a log says
    raise ValueError(f'no "response"; this one has {names_of(fields)}. Use --field {option} if it is called otherwise')


def _named(fields: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """The fields under their canonical names: where the user says they are, else where an alias is."""
    named = dict(fields)
    for name, path in mapping.items():
        value = find(fields, path)
        if value is not MISSING or name == "response":  # that it is missing is a reason to reject
            named[name] = value
        else:  # nothing else than what the user means
            named.pop(name, None)
    for found, name in _renamed(tuple(named)):
        if name != "api_refusal" or is_said(named[found]):
            named[name] = named.pop(found)
    return named


def _failed(named: Mapping[str, Any]) -> bool:
    return is_said(named.get("error")) or is_said(named.get("api_refusal"))


@lru_cache(maxsize=1024)  # the records of a file have the same fields
def _renamed(names: tuple[str, ...]) -> Sequence[tuple[str, str]]:
    """Which fields stand for a canonical one that is not there."""
    found = ((next((other for other in others if other in names), None), name) for name, others in ALIASES.items() if name not in names)
    return [(other, name) for other, name in found if other is not None]


def _speaks(named: Mapping[str, Any], mapping: Mapping[str, str]) -> bool:
    """Whether the messages hold the response: they end with it, or nothing else is one."""
    messages = named["messages"]
    if isinstance(messages, str) or not isinstance(messages, Sequence):
        return False
    turns = [isinstance(message, Mapping) and _role(message) in ASSISTANT for message in messages]
    if "messages" in mapping and "response" not in mapping:
        return any(turns)
    if "response" not in named and not any(name in named for name in WEAK_RESPONSES):
        return any(turns)
    return named.get("response") is None and turns[-1:] == [True]


def _why_silent(messages: Any) -> str:
    objects = isinstance(messages, Sequence) and all(isinstance(message, Mapping) for message in messages)
    return "the messages hold no turn of an assistant" if objects else "a message is not an object with role and content"


def _role(message: Mapping[str, Any]) -> str:
    return str(message.get("role", message.get("from", ""))).lower()


def _take_weak_response(named: dict[str, Any]) -> bool:
    found = next((name for name in WEAK_RESPONSES if name in named), None)
    if found:
        named["response"] = named.pop(found)
    return found is not None


def _turns(named: Mapping[str, Any], place: Place) -> Iterator[Row]:
    said = list(_said(named))
    rest = {name: value for name, value in named.items() if name not in ("messages", "prompt") and (name != "response" or value is not None)}
    earlier = {name: value for name, value in rest.items() if name not in OF_THE_LAST_TURN}
    for turn, (prompt, message) in enumerate(said, 1):
        own = {name: value for name, value in _own(message) if value}
        content = message.get("content", message.get("value"))
        given = {**(rest if turn == len(said) else earlier), "prompt": prompt, "turn": turn, **own}
        row = _row(_called(given, message, content), content, place)
        yield {**row, "conversation_id": row["conversation_id"] or row["id"], "id": f"{row['id']}#{turn}"}


def _said(named: Mapping[str, Any]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Each message of an assistant with the user's last before it."""
    prompt = named.get("prompt")
    for message in named["messages"]:
        if not isinstance(message, Mapping):
            raise ValueError("a message is not an object with role and content")
        role = _role(message)
        if role in USER:
            prompt = message.get("content", message.get("value"))
        elif role in ASSISTANT:
            yield prompt, message


def _own(message: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a message says about itself."""
    yield "reasoning", message.get("reasoning") or message.get("reasoning_content")
    yield "api_refusal", message.get("refusal")


def _called(fields: Mapping[str, Any], message: Mapping[str, Any], content: Any) -> Mapping[str, Any]:
    """The fields of a turn with its finish reason, if it asks for a tool and the provider says nothing else of its end."""
    parts = content if isinstance(content, list) else []
    asks = message.get("tool_calls") or message.get("function_call") or any(isinstance(part, Mapping) and part.get("type") == "tool_use" for part in parts)
    return {**fields, "finish_reason": "tool_calls"} if asks and fields.get("finish_reason") in (None, "", "stop") else fields


def _row(named: Mapping[str, Any], content: Any, place: Place) -> Row:
    row, extra = dict(_BLANK), {}
    for name, value in named.items():
        if name in row:
            row[name] = as_text(value)
        else:
            extra[name] = value
    for name in ("error", "api_refusal"):
        if row[name] is not None and not is_said(named[name]):
            row[name] = None
    text, thoughts = parts_of(content)
    refusal = named.get("api_refusal")
    if not text and isinstance(refusal, str) and is_said(refusal):
        text = refusal
    row["response"], reasoning, row["control"] = split(text)
    if thoughts or reasoning:
        row["reasoning"] = "\n".join(str(part) for part in (row["reasoning"], thoughts, reasoning) if part)
    row["turn"] = _turn(extra) if "turn" in extra else None
    row["prompt"] = _prompt(named.get("prompt"))
    row["id"] = row["id"] or f"{place.title}:{place.line}"
    row["model"] = row["model"] or place.title
    row["extra"] = extra_json(extra) if extra else None
    return row


def _turn(extra: dict[str, Any]) -> int | None:
    """Take the number of the turn out of the other fields; what is none stays there."""
    text = str(extra["turn"])
    if not text.isdecimal() or len(text) > 10 or int(text) > MAX_TURN:
        return None
    return int(str(extra.pop("turn")))


def _prompt(value: Any) -> str | None:
    """A prompt may be the messages of a conversation: the user's last is meant."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        users = [part.get("content", part.get("value")) for part in value if isinstance(part, Mapping) and _role(part) in USER]
        value = users[-1] if users else value
    return as_text(value)
