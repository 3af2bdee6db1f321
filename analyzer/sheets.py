"""Step 1: the rows of CSV and parquet files as records."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence

from analyzer.decode import decoded
from analyzer.lines import LONGEST_LINE, Record
from analyzer.records import AnalyzerError


def read_csv(data: bytes) -> Iterator[Record]:
    """Yield the rows of a CSV file, each with its line as an editor shows it."""
    text, mended = decoded(data)
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


def read_parquet(name: str, data: bytes) -> Iterator[Record]:
    """Yield the rows of a parquet file; raise AnalyzerError, which names the file, where it is none."""
    import polars as pl

    try:
        frame = pl.read_parquet(data)
    except pl.exceptions.PolarsError as error:
        raise AnalyzerError(f"{name}\n  This is not a parquet file: {error}.\n  Write it again, or give the file its true ending.") from None
    binary = [column for column, kind in frame.schema.items() if kind == pl.Binary]
    for number, row in enumerate(frame.iter_rows(named=True), 1):
        texts = {column: decoded(row[column]) for column in binary if row[column] is not None}
        mended = tuple({reason for _, reasons in texts.values() for reason in reasons})
        yield Record(number, {**row, **{column: text for column, (text, _) in texts.items()}}, mended=mended)
