"""Step 1: open files of any supported format and read them into lines or records."""

import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from analyzer.decode import BOM, DAMAGED, kind_of, unpacked
from analyzer.documents import read_json
from analyzer.lines import Line, Record
from analyzer.records import AnalyzerError
from analyzer.sheets import read_csv, read_parquet


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


def standard_input() -> IO[bytes]:
    """Return the bytes of standard input; raise AnalyzerError where it is closed."""
    if sys.stdin is None:
        raise AnalyzerError("-\n  There is no standard input.\n  Name a file, or pipe something in.")
    return sys.stdin.buffer


@contextmanager
def open_source(name: str) -> Iterator[Source]:
    """Open a file, or standard input for `-`; decompress gzip and zstd by their first bytes.

    Raises AnalyzerError where it, or reading the stream within the context, breaks off.
    """
    with standard_input() if name == "-" else Path(name).open("rb") as opened:
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


def read_records(source: Source) -> Iterator[Record]:
    """Yield the records of a JSON, CSV or parquet file; lines are counted as an editor shows them, rows from 1."""
    data = source.stream.read().removeprefix(BOM)
    if source.kind == "parquet":
        return read_parquet(source.name, data)
    return read_json(data) if source.kind == "json" else read_csv(data)
