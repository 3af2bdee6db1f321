"""Step 1: read files of any supported format into records, each with its place, or the reason why it is none."""

import csv
import gzip
import io
import json
import os
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import orjson

from analyzer.records import AnalyzerError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BROKEN_OFF = (EOFError, OSError, zlib.error, zstd.ZstdError)  # what reading a cut or damaged file raises
LONGEST_LINE = 16 * 2**20  # bytes; a longer line is a broken file, not a response
GZIP, ZSTD, PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
BOM = b"\xef\xbb\xbf"
Line = tuple[int, bytes]


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

    @property
    def stem(self) -> str:
        """The name without folder and endings."""
        return "stdin" if self.name == "-" else Path(self.name).name.split(".")[0]


def check_files(names: Sequence[str]) -> None:
    """Raise AnalyzerError, naming all files that are not there or may not be read, before any is read."""
    missing = [name for name in names if name != "-" and (Path(name).is_dir() or not os.access(name, os.R_OK))]
    if missing:
        raise AnalyzerError("\n".join(f"{name}\n  There is no such file that may be read.\n  Check its name and its rights." for name in missing))


@contextmanager
def open_source(name: str) -> Iterator[Source]:
    """Open a file, or standard input for `-`; decompress gzip and zstd by their first bytes."""
    with sys.stdin.buffer if name == "-" else Path(name).open("rb") as opened:
        stream = _decompressed(io.BufferedReader(cast("io.RawIOBase", opened)))
        yield Source(name, _kind(name, stream), stream, opened)


def _decompressed(stream: io.BufferedReader) -> io.BufferedReader:
    head = stream.peek(4)[:4]
    if head.startswith(GZIP):
        return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=stream)))
    if head == ZSTD:
        return io.BufferedReader(cast("io.RawIOBase", zstd.ZstdFile(stream)))
    return stream


def _kind(name: str, stream: io.BufferedReader) -> str:
    endings = [ending.lower() for ending in Path(name).suffixes if ending.lower() not in (".gz", ".zst")]
    named = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet"}
    if endings and endings[-1] in named:
        return named[endings[-1]]
    head = stream.peek(4096).removeprefix(BOM).lstrip()
    if head.startswith(PARQUET):
        return "parquet"
    if head.startswith(b"["):
        return "json"
    if head.startswith(b"{"):
        return "json" if endings[-1:] == [".json"] else "jsonl"
    return "csv" if head else "jsonl"


def read_lines(source: Source) -> Iterator[Line]:
    """Yield the numbered lines of a JSONL file as bytes, blank ones included."""
    for number, line in enumerate(source.stream, 1):
        yield number, line.removeprefix(BOM) if number == 1 else line


def parse_lines(lines: Sequence[Line]) -> Iterator[Record]:
    """Yield a record for each line that is not blank."""
    for number, line in lines:
        if line.strip():
            yield _parse_line(number, line)


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
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        yield from parse_lines([*enumerate(data.splitlines(), 1)])
        return
    rows = value if isinstance(value, list) else _rows_inside(value)
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            yield Record(number, row)
        else:
            yield Record(number, None, f"A row must be a JSON object; this one is {_a(row)}.", orjson.dumps(row))


def _rows_inside(value: Mapping[str, Any]) -> Sequence[Any]:
    """The one list of objects in a document, or the document itself as the only row."""
    lists = [entry for entry in value.values() if isinstance(entry, list) and entry and isinstance(entry[0], dict)]
    return lists[0] if len(lists) == 1 and "messages" not in value else [value]


def _read_csv(source: Source) -> Iterator[Record]:
    csv.field_size_limit(LONGEST_LINE)
    data = source.stream.read().removeprefix(BOM)
    text, mended = _decode(data)
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    header = next(rows, [])
    while True:
        line = rows.line_num + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(line, None, f"This row is not valid CSV: {error}.")
            continue
        raw = orjson.dumps(cells)
        if not any(cells):
            continue
        if len(cells) != len(header):
            yield Record(line, None, f"The row has {len(cells)} cells, the header {len(header)}.", raw)
        else:
            yield Record(line, dict(zip(header, cells, strict=True)), raw=raw, mended=mended)


def _decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        return data.decode(), ()
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace"), ("file with broken characters replaced",)


def _read_parquet(source: Source) -> Iterator[Record]:
    import polars as pl

    try:
        frame = pl.read_parquet(source.stream.read())
    except pl.exceptions.PolarsError as error:
        raise AnalyzerError(f"{source.name}\n  This is not a parquet file: {error}.\n  Write it again, or give the file its true ending.") from None
    for number, row in enumerate(frame.iter_rows(named=True), 1):
        yield Record(number, row)


def _a(value: object) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number", type(None): "null"}
    return names.get(type(value), f"a {type(value).__name__}")
