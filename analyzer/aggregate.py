"""Step 10: tidy shares and means per model, language and any other column, each with its interval."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from analyzer.content import MISSING, as_json, find
from analyzer.data import data_folder
from analyzer.records import CUES, OUTCOMES, AnalyzerError
from analyzer.scores import load_scores
from analyzer.weights import Z

VALID = pl.col("outcome") != "invalid"
COLUMNS = ("measure", "n", "k", "value", "low", "high", "method")  # of the summary, beside what it is grouped by
LANGUAGE = pl.coalesce("language_declared", "language").fill_null("unknown").alias("language")


def summarize(tags: pl.LazyFrame, *, by: Sequence[str] = (), user_folder: Path | None = None) -> pl.DataFrame:
    """Return one row per model, language, group and measure: n, k, value, low, high, method.

    `language` is the declared one, else the identified. A share of a cue counts the valid responses in a language with
    patterns; its value is null where the cue's recall was never measured there. `invalid` counts all responses,
    `other_language` those whose declared and identified languages are both known.
    """
    groups = {f"by {place}": name for place, name in enumerate(dict.fromkeys(by))}  # a field may be called as a measure is
    keys = ["model", "language", *groups]
    columns = pl.concat([tags, _groups(tags, groups).lazy()], how="horizontal").with_columns(LANGUAGE)
    shares = columns.group_by(keys).agg(_shares()).unpivot(index=keys, variable_name="measure", value_name="share").unnest("share")
    means = columns.group_by(keys).agg(_means(user_folder)).unpivot(index=keys, variable_name="measure", value_name="mean").unnest("mean")
    with_intervals = pl.concat([shares.with_columns(*wilson()), means.with_columns(*normal())], how="diagonal")
    order = {name: place for place, name in enumerate(["responses", *CUES, "invalid", "other_language"])}
    return (
        _hide_unmeasured(with_intervals, user_folder)
        .sort(*keys, pl.col("measure").replace_strict(order, default=99), "measure", nulls_last=True)
        .select("model", "language", *(pl.col(key).alias(name) for key, name in groups.items()), *COLUMNS)
        .collect()
    )


def wilson() -> tuple[pl.Expr, ...]:
    """Value and 95 % score interval of k of n (Wilson 1927), and the method's name; null for n = 0."""
    n, k = pl.col("n").cast(pl.Float64), pl.col("k").cast(pl.Float64)
    p, scale = k / n, 1 + Z**2 / n
    centre = (p + Z**2 / (2 * n)) / scale
    half = Z * (p * (1 - p) / n + Z**2 / (4 * n**2)).sqrt() / scale
    some = pl.col("n") > 0
    return (
        pl.when(some).then(p).alias("value"),
        pl.when(some).then((centre - half).clip(0, p)).alias("low"),
        pl.when(some).then((centre + half).clip(p, 1)).alias("high"),
        pl.lit("Wilson 95 %").alias("method"),
    )


def normal() -> tuple[pl.Expr, ...]:
    """Mean and its 95 % normal interval, mean +- z s / sqrt(n); the interval is null for n < 2."""
    half = Z * pl.col("deviation") / pl.col("n").cast(pl.Float64).sqrt()
    return pl.col("value"), (pl.col("value") - half).alias("low"), (pl.col("value") + half).alias("high"), pl.lit("mean, normal 95 %").alias("method")


def _shares() -> list[pl.Expr]:
    judged = VALID & pl.col("outcome").is_not_null()
    counts: list[tuple[str, pl.Expr, pl.Expr]] = [(cue, pl.col(cue).is_not_null() & judged, pl.col(cue)) for cue in CUES]
    counts += [(f"outcome.{name}", judged, pl.col("outcome") == name) for name in OUTCOMES if name != "invalid"]
    counts.append(("invalid", pl.col("model").is_not_null(), pl.col("outcome") == "invalid"))
    counts.append(("other_language", pl.col("language_agrees").is_not_null() & VALID.fill_null(value=True), ~pl.col("language_agrees")))
    thought = pl.col("reasoning_refusal").fill_null(value=False) & ~pl.col("refusal")
    counts.append(("refuses_in_thought_only", pl.col("reasoning_refusal").is_not_null() & judged, thought))
    return [_count(name, among, holds) for name, among, holds in counts]


def _count(name: str, among: pl.Expr, holds: pl.Expr) -> pl.Expr:
    n, k = among.fill_null(value=False).sum(), (among & holds).fill_null(value=False).sum()
    return pl.struct(n=n.cast(pl.Int64), k=k.cast(pl.Int64)).alias(name)


def _means(user_folder: Path | None) -> list[pl.Expr]:
    scores = [*(f"{cue}_score" for cue in CUES), *load_scores(user_folder), "words"]
    return [_mean(name, pl.col(name).filter(VALID | pl.col("outcome").is_null() & (pl.lit(name) == "words")).cast(pl.Float64)) for name in scores]


def _mean(name: str, values: pl.Expr) -> pl.Expr:
    return pl.struct(n=values.count().cast(pl.Int64), value=values.mean(), deviation=values.std()).alias(name)


def check_groups(by: Iterable[str]) -> None:
    """Raise AnalyzerError for a name that a table cannot be grouped by, before anything is read."""
    for name in by:
        if name in ("model", "language"):
            raise AnalyzerError(f"--by {name}\n  The tables are grouped by model and language already.\n  Leave it out.")
        if name in COLUMNS:
            raise AnalyzerError(f"--by {name}\n  A column of summary.parquet has this name.\n  Give the field another name in the input.")


def _groups(tags: pl.LazyFrame, groups: Mapping[str, str]) -> pl.DataFrame:
    """What to group by: columns of the tags, else fields of the input by their names, else by their paths: `meta.topic`."""
    known = tags.collect_schema().names()
    # The JSON paths of polars stumble over quotation marks.
    fields = {key: pl.col(name) if name in known else pl.col("extra").map_elements(partial(_field, name), pl.String) for key, name in groups.items()}
    found = tags.select(**fields).collect()
    for key, name in groups.items():
        if name not in known and not found[key].count():
            raise AnalyzerError(f"--by {name}\n  No response has a field of this name.\n  Use a column of tags.parquet or a field of the input.")
    return found


def _field(name: str, extra: str) -> str | None:
    value = find(orjson.loads(extra), name)
    return None if value is MISSING or value is None else value if isinstance(value, str) else as_json(value)


@cache
def measured() -> dict[str, dict[str, dict[str, Any]]]:
    """Return what `analyze evaluate` measured: locale -> cue -> n, precision, recall, f1."""
    path = data_folder("locales") / "measured.json"
    data = path.read_bytes() if path.is_file() else b""
    return orjson.loads(data)["locales"] if data else {}  # empty while it is being measured anew


def _hide_unmeasured(summary: pl.LazyFrame, user_folder: Path | None) -> pl.LazyFrame:
    """A rate without measured recall is null, never 0."""
    known = [f"{code} {cue}" for code, cues in measured().items() for cue, entry in cues.items() if entry["recall"] is not None]
    # An outcome and an overall score rest on cues as well.
    scores = dict.fromkeys(load_scores(user_folder), "boundary")
    cue = pl.col("measure").str.strip_suffix("_score").str.replace(r"^outcome\..*", "refusal").replace(scores)
    hidden = cue.is_in(CUES) & ~pl.format("{} {}", "language", cue).is_in(known) | (pl.col("n") == 0)
    values = [pl.when(~hidden).then(name).alias(name) for name in ("value", "low", "high")]
    return summary.with_columns(*values, method=pl.when(hidden).then(pl.lit("not measurable")).otherwise("method"))
