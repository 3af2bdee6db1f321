"""Tables of models by languages: the shares and means of a summary as the report shows them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from analyzer.results import NONE


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a table as the template shows it."""

    text: str
    interval: str = ""
    n: int = 0
    low: float = 0.0  # per cent of the bar
    width: float = 0.0
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Table:
    """Models by languages."""

    key: str
    title: str
    about: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]


Found = Mapping[tuple[str, str], Mapping[str, Any]]  # by model and language, a row of the summary


def share_table(summary: pl.DataFrame, measure: str, about: str, languages: Sequence[str]) -> Table:
    """Return the shares of a measure with their intervals."""
    return Table(measure, measure, about, languages, _rows(_found(summary, measure), languages, _share_cell))


def mean_table(summary: pl.DataFrame, measure: str, about: str, languages: Sequence[str], low: float, high: float | None) -> Table:
    """Return the means of a measure with their intervals, its bars drawn between low and high."""
    found = _found(summary, measure)
    most = high if high is not None else max((row["high"] or row["value"] or 0 for row in found.values()), default=1) or 1
    title = measure.replace("_", " ") + (f" ({low:g} to {high:g})" if high is not None else "")
    return Table(measure, title, about, languages, _rows(found, languages, partial(_mean_cell, low, most)))


def _found(summary: pl.DataFrame, measure: str) -> Found:
    return {(row["model"], row["language"]): row for row in summary.filter(measure=measure).iter_rows(named=True)}


def _rows(found: Found, languages: Sequence[str], cell: Callable[[Mapping[str, Any]], Cell]) -> list[tuple[str, list[Cell]]]:
    models = sorted({model for model, _ in found})
    return [(model, [_cell(found.get((model, language)), cell) for language in languages]) for model in models]


def _cell(row: Mapping[str, Any] | None, cell: Callable[[Mapping[str, Any]], Cell]) -> Cell:
    if row is None:
        return Cell("")
    return Cell(NONE, "not measurable", row["n"]) if row["value"] is None else cell(row)


def _share_cell(row: Mapping[str, Any]) -> Cell:
    low, high, value = (100 * row[name] for name in ("low", "high", "value"))
    return Cell(f"{value:.0f} %", f"{low:.0f} to {high:.0f}", row["n"], round(low, 1), round(high - low, 1), round(value, 1))


def _mean_cell(low: float, high: float, row: Mapping[str, Any]) -> Cell:
    def scaled(value: float) -> float:
        return round(100 * min(max((value - low) / (high - low), 0), 1), 1)

    if row["low"] is None:
        return Cell(f"{row['value']:.1f}", "", row["n"], at=scaled(row["value"]))
    left = scaled(row["low"])
    return Cell(f"{row['value']:.1f}", f"{row['low']:.1f} to {row['high']:.1f}", row["n"], left, round(scaled(row["high"]) - left, 1), scaled(row["value"]))
