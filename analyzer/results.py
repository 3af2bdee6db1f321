"""Read a folder of results again: what stands in run.json, and the tables with the columns that a report needs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import orjson
import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from analyzer.records import AnalyzerError

NONE = "–"  # not measurable, which is not 0
# What is read of each table; a folder without it was written by another program or broke off.
TABLES: Mapping[str, Sequence[str]] = {
    "summary": ("model", "language", "measure", "n", "k", "value", "low", "high"),
    "tags": ("outcome", "outcome_reason", "language"),
    "evidence": ("id", "cue", "rule", "source", "strength", "start", "end"),
    "examples": ("model", "language", "cue", "id", "prompt", "response"),
}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Counts(_Frozen):
    """The counts of a run that add up."""

    responses: int
    distinct: int
    rejected: int
    blank: int
    mended: dict[str, int]


class Options(_Frozen):
    """What the user asked for, as far as the report says it."""

    files: list[str]
    by: list[str]
    fields: dict[str, str] = {}
    limit: int | None = None
    sample: int | None = None
    seed: int = 0


class Scale(_Frozen):
    """What an overall score means, and its declared range."""

    means: str
    low: float
    high: float


class Record(_Frozen):
    """What the report needs of run.json."""

    version: str
    patterns: str
    scores: dict[str, Scale]
    options: Options
    counts: Counts


def read_results(folder: Path) -> tuple[Record, pl.DataFrame]:
    """Return the record of a run and its summary; raise AnalyzerError where the report would lack something."""
    try:
        run = Record.model_validate_json((folder / "run.json").read_bytes())
    except OSError:
        raise _incomplete(folder, "It has no run.json.") from None
    except ValidationError as error:
        lacking = ", ".join(".".join(map(str, issue["loc"])) or issue["msg"] for issue in error.errors())
        raise _incomplete(folder, f"Missing or wrong in run.json: {lacking}.") from None
    for name, columns in TABLES.items():
        _check_table(folder, f"{name}.parquet", [*columns, *(run.options.by if name == "summary" else ())])
    return run, pl.read_parquet(folder / "summary.parquet")


def _check_table(folder: Path, name: str, columns: Sequence[str]) -> None:
    try:
        found = pl.read_parquet_schema(folder / name)
    except OSError:
        raise _incomplete(folder, f"It has no {name}.") from None
    except pl.exceptions.PolarsError as error:
        raise _incomplete(folder, f"{name} cannot be read: {error}.") from None
    if lacking := [column for column in columns if column not in found]:
        raise _incomplete(folder, f"{name} has no column {', '.join(lacking)}.")


def _incomplete(folder: Path, what: str) -> AnalyzerError:
    return AnalyzerError(f"{folder}\n  This is no whole folder of results. {what}\n  Run `analyze FILE --out {folder}` again.")


def unfound_fields(folder: Path) -> Iterator[str]:
    """Yield a message for each --field that gave no response a value, as far as the tables tell."""
    run, _ = read_results(folder)
    tags = pl.scan_parquet(folder / "tags.parquet")
    columns = tags.collect_schema().names()
    for name, path in run.options.fields.items() if run.counts.responses else ():
        column = "language_declared" if name == "language" else name
        if column not in columns or name == "id":  # the prompt is in no table; an id is made where there is none
            continue
        values = tags.select(pl.col(column).drop_nulls().unique()).collect().to_series().to_list()
        if not values:
            yield f"--field {name}={path}\n  No response got a value from it.\n  Correct the path, or leave the option out."
        elif name == "model" and all(any(_stem(file).startswith(value) for file in run.options.files) for value in values):
            yield f"--field {name}={path}\n  Each model is named after its file.\n  Correct the path if the records name their models."


def first_reject(folder: Path) -> str:
    """Say where the first record stands that was left out, and why."""
    with (folder / "rejects.jsonl").open("rb") as lines:
        reject = orjson.loads(next(lines))
    return f"{reject['file']}:{reject['line']}\n  {reject['reason']}\n  No record gave a response; rejects.jsonl has the reasons of all."


def _stem(file: str) -> str:
    return "stdin" if file == "-" else file


def ungrouped(summary: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return the summary with each group of --by as a model of its own."""
    if not by:
        return summary
    return summary.with_columns(model=pl.concat_str("model", *(pl.col(name).cast(pl.String).fill_null(NONE) for name in by), separator=" · "))


def by_responses(summary: pl.DataFrame, column: str) -> list[str]:
    """Return the models or languages of a summary, those with most responses first."""
    counted = summary.filter(measure="invalid").group_by(column).agg(pl.col("n").sum())  # of all responses, how many are invalid
    return counted.sort(pl.col("n"), column, descending=[True, False])[column].to_list()
