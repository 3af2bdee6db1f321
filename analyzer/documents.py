"""Step 1: JSON documents as records: a list, an object that holds one, or objects one behind another."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from analyzer.content import shown
from analyzer.decode import decoded
from analyzer.lines import Record, kind_name, mend, parse_line

RECORD_HAS: Final = ("response", "messages", "conversation", "conversations")  # an object with one of these is no container
_SIGN = re.compile(r"[^\s,\]]")  # what no row of a list that is cut off begins with
_DECODER = json.JSONDecoder(strict=False)


def read_json(data: bytes) -> Iterator[Record]:
    """Yield the rows of a document; of objects one behind another, each with its line."""
    mended: tuple[str, ...] = ()
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            value, mended = mend(data)[0], ("file with broken characters or numbers replaced",)
        except (ValueError, RecursionError):
            yield from _read_documents(data)
            return
    if not isinstance(value, (list, dict)):
        yield Record(1, None, f"A document must be a list or an object; this one is {kind_name(value)}.", data)
        return
    for number, row in enumerate(_rows_inside(value) if isinstance(value, dict) else value, 1):
        if isinstance(row, dict):
            yield Record(number, row, mended=mended)
        else:
            yield Record(number, None, f"A row must be a JSON object; this one is {kind_name(row)}.", shown(row).encode())


def _read_documents(data: bytes) -> Iterator[Record]:
    """Objects one behind another, each over any number of lines, as `jq .` writes them; also lists that are broken or cut off."""
    text, mended = decoded(data)
    line, end = 1, 0
    while hit := _SIGN.search(text, end):
        line += text.count("\n", end, begin := hit.start())
        end = _behind_value(text, begin)
        record = parse_line(line, text[begin:end].encode())
        yield record._replace(mended=(*mended, *record.mended))
        line += text.count("\n", begin, end)


def _behind_value(text: str, begin: int) -> int:
    """Where the JSON value ends that begins here; of a broken one, where a line begins that may be the next."""
    try:
        return _DECODER.raw_decode(text, begin)[1]
    except (ValueError, RecursionError):
        return text.find("\n{", begin) + 1 or len(text)


def _rows_inside(document: Mapping[str, Any]) -> Sequence[Any]:
    """The one list of objects, or of records, in a document, each with what it says of all; else it is the only row."""
    lists = [entry for entry in document.values() if isinstance(entry, list) and entry and isinstance(entry[0], dict)]
    if len(lists) > 1:
        lists = [entry for entry in lists if _is_record(entry[0])]
    if len(lists) != 1 or _is_record(document):
        return [document]
    common = _common(document)
    return [{**common, **row} if isinstance(row, dict) else row for row in lists[0]]


def _is_record(fields: Mapping[str, Any]) -> bool:
    return any(name in fields for name in RECORD_HAS)


def _common(document: Mapping[str, Any]) -> dict[str, Any]:
    """What holds for all rows of a document: its plain fields, and the model that it names among its settings."""
    plain = {name: value for name, value in document.items() if isinstance(value, (str, int, float)) and name != "id"}
    models = {entry["model"] for entry in document.values() if isinstance(entry, dict) and isinstance(entry.get("model"), str)}
    return {**({"model": models.pop()} if len(models) == 1 else {}), **plain}
