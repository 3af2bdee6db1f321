"""Step 1: lines of JSONL as records, each with its place, or the reason why it is none."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

LONGEST_LINE = 16 * 2**20  # bytes; a longer line is a broken file, not a response
Line = tuple[int, bytes]


class Record(NamedTuple):
    """What stood in one place of a file: its fields, or the reason why it is no record."""

    line: int
    fields: Mapping[str, Any] | None
    problem: str | None = None
    raw: bytes = b""
    mended: tuple[str, ...] = ()


def parse_lines(lines: Sequence[Line]) -> Iterator[Record]:
    """Yield a record for each line; none may be blank."""
    return (parse_line(number, line) for number, line in lines)


def parse_line(number: int, line: bytes) -> Record:
    """Return the record of a line that holds one JSON value."""
    if len(line) > LONGEST_LINE:
        return Record(number, None, f"The line has {len(line):,} bytes; {LONGEST_LINE:,} is the most.", line)
    mended: tuple[str, ...] = ()
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        try:
            value, mended = mend(line)
        except (ValueError, RecursionError):
            return Record(number, None, f"This is not valid JSON: {error}.", line)
    if not isinstance(value, dict):
        return Record(number, None, f"A line must be a JSON object; this one is {kind_name(value)}.", line)
    return Record(number, value, raw=line, mended=mended)


def mend(line: bytes) -> tuple[Any, tuple[str, ...]]:
    """Read what orjson refuses: broken UTF-8, lone surrogates, NaN, raw control characters."""
    text = line.decode("utf-8", "replace")
    value = json.loads(text, strict=False, parse_constant=lambda _: None)
    clean = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
    return json.loads(clean), ("broken characters or numbers replaced",)


def kind_name(value: object) -> str:
    """What a message calls a value: a list, a number."""
    names = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number", type(None): "null"}
    return names.get(type(value), f"a {type(value).__name__}")
