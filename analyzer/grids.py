"""Tables of models by languages: the shares and means of a summary as the report shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


def share_table(summary: pl.DataFrame, measure: str, about: str, languages: Sequence[str]) -> Table:
    """Return the shares of a measure with their intervals."""
    found = {(row["model"], row["language"]): row for row in summary.filter(measure=measure).iter_rows(named=True)}
    models = sorted({model for model, _ in found})
    rows = [(model, [_share_cell(found.get((model, language))) for language in languages]) for model in models]
    return Table(measure, measure, about, languages, rows)


def _share_cell(row: Mapping[str, Any] | None) -> Cell:
    if row is None:
        return Cell("")
    if row["value"] is None:
        return Cell(NONE, "not measurable", row["n"])
    low, high, value = (100 * row[name] for name in ("low", "high", "value"))
    return Cell(f"{value:.0f} %", f"{low:.0f} to {high:.0f}", row["n"], round(low, 1), round(high - low, 1), round(value, 1))


def mean_table(summary: pl.DataFrame, measure: str, about: str, languages: Sequence[str], low: float, high: float | None) -> Table:
    """Return the means of a measure with their intervals, its bars drawn between low and high."""
    found = {(row["model"], row["language"]): row for row in summary.filter(measure=measure).iter_rows(named=True)}
    most = high if high is not None else max((row["high"] or row["value"] or 0 for row in found.values()), default=1) or 1
    models = sorted({model for model, _ in found})
    rows = [(model, [_mean_cell(found.get((model, language)), low, most) for language in languages]) for model in models]
    title = measure.replace("_", " ") + (f" ({low:g} to {high:g})" if high is not None else "")
    return Table(measure, title, about, languages, rows)


def _mean_cell(row: Mapping[str, Any] | None, low: float, high: float) -> Cell:
    if row is None:
        return Cell("")
    if row["value"] is None:
        return Cell(NONE, "not measurable", row["n"])

    def scaled(value: float) -> float:
        return round(100 * min(max((value - low) / (high - low), 0), 1), 1)

    if row["low"] is None:
        return Cell(f"{row['value']:.1f}", "", row["n"], at=scaled(row["value"]))
    left = scaled(row["low"])
    return Cell(f"{row['value']:.1f}", f"{row['low']:.1f} to {row['high']:.1f}", row["n"], left, round(scaled(row["high"]) - left, 1), scaled(row["value"]))
