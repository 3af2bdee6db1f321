"""Step 1: read files of any supported format into records, each with its place, or the reason why it is none."""

import csv
import io
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, cast

import orjson

from analyzer.content import shown
from analyzer.decode import BOM, DAMAGED, kind_of, unpacked
from analyzer.records import AnalyzerError

LONGEST_LINE = 16 * 2**20  # bytes; a longer line is a broken file, not a response
RECORD_HAS: Final = ("response", "messages", "conversation", "conversations")  # an object with one of these is no container
Line = tuple[int, bytes]
_SIGN = re.compile(r"[^\s,\]]")  # what no row of a list that is cut off begins with
_DECODER = json.JSONDecoder(strict=False)


class Record(NamedTuple):
    """What stood in one place of a file: its fields, or the reason why it is no record."""

    line: int
    fields: Mapping[str, Any] | None
    problem: str | None = None
    raw: bytes = b""
    mended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """An open input file: its name, its format and its bytes."""

    name: str
    kind: str  # jsonl, json, csv or parquet
    stream: IO[bytes]
    opened: IO[bytes]  # what `stream` reads, compressed or not

    def consumed(self) -> int:
        """Bytes of the file that were read so far; 0 where that is not known."""
        return self.opened.tell() if self.opened.seekable() else 0


def check_files(names: Sequence[str]) -> None:
    """Raise AnalyzerError, naming all files that are not there or may not be read, before any is read."""
    problems = [f"{name}\n  {problem}" for name in names if name != "-" and (problem := _problem(Path(name)))]
    if problems:
        raise AnalyzerError("\n".join(problems))


def _problem(path: Path) -> str | None:
    if path.is_dir():
        return f"This is a folder.\n  Name the files in it, for example {path}/*.jsonl"
    return None if os.access(path, os.R_OK) else "There is no such file that may be read.\n  Check its name and its rights."


@contextmanager
def open_source(name: str) -> Iterator[Source]:
    """Open a file, or standard input for `-`; decompress gzip and zstd by their first bytes.

    Raises AnalyzerError where it, or reading the stream within the context, breaks off.
    """
    with sys.stdin.buffer if name == "-" else Path(name).open("rb") as opened:
        packed: io.BufferedReader = io.BufferedReader(cast("io.RawIOBase", opened))  # closes the file when nobody holds it any more
        try:
            stream = unpacked(name, packed)
            yield Source(name, kind_of(name, stream), stream, opened)
        except DAMAGED as error:
            raise AnalyzerError(f"{name}\n  The file breaks off: {error}.\n  Copy or compress it again.") from None


def read_lines(source: Source) -> Iterator[Line]:
    """Yield the numbered lines of a JSONL file as bytes, blank ones included."""
    for number, line in enumerate(source.stream, 1):
        yield number, line.removeprefix(BOM) if number == 1 else line


def parse_lines(lines: Sequence[Line]) -> Iterator[Record]:
    """Yield a record for each line; none may be blank."""
    return (_parse_line(number, line) for number, line in lines)


def _parse_line(number: int, line: bytes) -> Record:
    if len(line) > LONGEST_LINE:
        return Record(number, None, f"The line has {len(line):,} bytes; {LONGEST_LINE:,} is the most.", line)
    mended: tuple[str, ...] = ()
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        try:
            value, mended = _mend(line)
        except (ValueError, RecursionError):
            return Record(number, None, f"This is not valid JSON: {error}.", line)
    if not isinstance(value, dict):
        return Record(number, None, f"A line must be a JSON object; this one is {_a(value)}.", line)
    return Record(number, value, raw=line, mended=mended)


def _mend(line: bytes) -> tuple[Any, tuple[str, ...]]:
    """Read what orjson refuses: broken UTF-8, lone surrogates, NaN, raw control characters."""
    text = line.decode("utf-8", "replace")
    value = json.loads(text, strict=False, parse_constant=lambda _: None)
    clean = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
    return json.loads(clean), ("broken characters or numbers replaced",)


def read_records(source: Source) -> Iterator[Record]:
    """Yield the records of a JSON, CSV or parquet file; lines are counted as an editor shows them, rows from 1."""
    readers = {"json": _read_json, "csv": _read_csv, "parquet": _read_parquet}
    return readers[source.kind](source)


def _read_json(source: Source) -> Iterator[Record]:
    data = source.stream.read().removeprefix(BOM)
    mended: tuple[str, ...] = ()
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            value, mended = _mend(data)[0], ("file with broken characters or numbers replaced",)
        except (ValueError, RecursionError):
            yield from _read_documents(data)
            return
    if not isinstance(value, (list, dict)):
        yield Record(1, None, f"A document must be a list or an object; this one is {_a(value)}.", data)
        return
    for number, row in enumerate(_rows_inside(value) if isinstance(value, dict) else value, 1):
        if isinstance(row, dict):
            yield Record(number, row, mended=mended)
        else:
            yield Record(number, None, f"A row must be a JSON object; this one is {_a(row)}.", shown(row).encode())


def _read_documents(data: bytes) -> Iterator[Record]:
    """Objects one behind another, each over any number of lines, as `jq .` writes them; also lists that are broken or cut off."""
    text, mended = _decode(data)
    line, end = 1, 0
    while hit := _SIGN.search(text, end):
        line += text.count("\n", end, begin := hit.start())
        end = _behind_value(text, begin)
        record = _parse_line(line, text[begin:end].encode())
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


def _read_csv(source: Source) -> Iterator[Record]:
    text, mended = _decode(source.stream.read().removeprefix(BOM))
    header: list[str] | None = None
    for line, cells, raw in _csv_rows(text):
        if isinstance(cells, str):
            header = header or []
            yield Record(line, None, cells, raw)
        elif header is None:
            header = _distinct(cells)
        elif len(cells) != len(header):
            yield Record(line, None, f"The row has {len(cells)} cells, the header {len(header)}.", raw)
        else:
            yield Record(line, dict(zip(header, cells, strict=True)), raw=raw, mended=mended)


def _csv_rows(text: str) -> Iterator[tuple[int, list[str] | str, bytes]]:
    """Yield the line, the cells or what is wrong with them, and what was written there; blank lines are left out."""
    csv.field_size_limit(LONGEST_LINE)
    lines = io.StringIO(text, newline="").readlines()
    rows = csv.reader(lines, delimiter=max(",;\t", key=text.partition("\n")[0].count), strict=True)
    while (start := rows.line_num) < len(lines):
        cells: list[str] | str
        try:
            cells = next(rows, [])
        except csv.Error as error:
            cells = f"This row is not valid CSV: {error}."
        if cells:
            yield start + 1, cells, "".join(lines[start : rows.line_num]).encode()


def _distinct(header: Sequence[str]) -> list[str]:
    """Number the second and later columns of one name, so that none hides another: response, response~2."""
    seen: Counter[str] = Counter()
    names = []
    for name in header:
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}~{seen[name]}")
    return names


def _decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """UTF-8; without a single letter of it beyond ASCII, the code page that spreadsheets write on Windows."""
    try:
        return data.decode(), ()
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    if text.replace("\ufffd", "").isascii():
        return data.decode("cp1252", "replace"), ("file read as Windows-1252",)
    return text, ("file with broken characters replaced",)


def _read_parquet(source: Source) -> Iterator[Record]:
    import polars as pl

    try:
        frame = pl.read_parquet(source.stream.read())
    except pl.exceptions.PolarsError as error:
        raise AnalyzerError(f"{source.name}\n  This is not a parquet file: {error}.\n  Write it again, or give the file its true ending.") from None
    binary = [name for name, kind in frame.schema.items() if kind == pl.Binary]
    for number, row in enumerate(frame.iter_rows(named=True), 1):
        texts = {name: _decode(row[name]) for name in binary if row[name] is not None}
        mended = tuple({reason for _, reasons in texts.values() for reason in reasons})
        yield Record(number, {**row, **{name: text for name, (text, _) in texts.items()}}, mended=mended)


def _a(value: object) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number", type(None): "null"}
    return names.get(type(value), f"a {type(value).__name__}")
