"""Step 10, first half: join what the workers wrote into the tables of a run."""

from collections.abc import Collection, Iterable, Iterator
from itertools import count
from pathlib import Path

import polars as pl

from analyzer.records import CUES, OUTCOMES, REFUSED, AnalyzerError
from analyzer.scores import load_scores, score_expression
from analyzer.weights import BLOCKED, BLOCKED_IN_ERRORS

FIRST = ("id", "model", "language", "language_declared", "language_agrees", "language_confidence", "language_how", "pair_id")
JUDGED = ("outcome", "outcome_reason", "words")
LAST = ("conversation_id", "turn", "variant", "category", "expected", "annotator", "finish_reason", "api_refusal", "error", "control", "extra")
MEASURES = ("measure", "mean", "invalid", "other_language", "refuses_in_thought_only", *(f"outcome.{name}" for name in OUTCOMES))
SCORES = tuple(f"{cue}_score" for cue in CUES)
TOOL_CALLS = ("tool_calls", "tool_use", "function_call")  # finish reasons of a turn that may have no text, and yet has not failed
EXAMPLES = 2  # of each cue, model and language


def check_scores(user_folder: Path | None) -> None:
    """Raise AnalyzerError for an overall score that is called as a column or a measure is or by no plain name, before anything is read."""
    taken = {*FIRST, *JUDGED, *CUES, *SCORES, "reasoning_refusal", *LAST, *MEASURES}
    if names := sorted(name for name in load_scores(user_folder) if name in taken or not name.isidentifier()):
        raise AnalyzerError(
            f"scores.toml  {', '.join(f'[{name}]' for name in names)}\n  The tables have a column or measure of this name, or it is no plain word."
            "\n  Call the score otherwise, with letters, digits and _, a letter first."
        )


def write_tables(parts: Path, out: Path, user_folder: Path | None = None) -> int:
    """Write `tags.parquet`, `evidence.parquet` and `examples.parquet`; return how many duplicate ids were numbered."""
    rows, tags, evidence = (pl.scan_parquet(parts / f"{name}-*.parquet") for name in ("rows", "tags", "evidence"))
    ids = rows.select("row", given="id").collect()
    numbered = _unique_ids(ids)
    scores = {name: score_expression(spec) for name, spec in load_scores(user_folder).items()}
    (
        rows.with_columns(echoes=pl.col("response") == pl.col("api_refusal"))
        .drop("id", "language", "prompt", "response", "reasoning")
        .join(numbered.lazy(), on="row", maintain_order="left")
        .join(tags, on="key", how="left", maintain_order="left")
        .join(tags.select("key", reasoning_refusal="refusal"), left_on="reasoning_key", right_on="key", how="left", maintain_order="left")
        .with_columns(_blocked())
        .with_columns(_by_api())
        .with_columns(language_agrees=pl.col("language") == pl.col("language_declared"), **scores)
        .select(*FIRST, *JUDGED, *CUES, *SCORES, *scores, "reasoning_refusal", *LAST)
        .sink_parquet(out / "tags.parquet", compression="zstd")
    )
    written = pl.scan_parquet(out / "tags.parquet")
    # The evidence is the longest table; it goes by while the ids are kept.
    named = rows.select("row", "key").join(numbered.lazy(), on="row", maintain_order="left").select("key", "id")
    found = evidence.join(named, on="key", maintain_order="left_right").select("id", pl.all().exclude("id", "key"))
    pl.concat([found, _api_evidence(written)]).sink_parquet(out / "evidence.parquet", compression="zstd")
    _examples(written, rows, numbered).write_parquet(out / "examples.parquet", compression="zstd")
    return ids.height - ids["given"].n_unique()


def _unique_ids(ids: pl.DataFrame) -> pl.DataFrame:
    """Number the second and later rows of one id, past the ids that are given: a, a~2, a~3."""
    later = ids.filter(~pl.col("given").is_first_distinct())
    taken = set(ids["given"].filter(ids["given"].str.contains(r"~\d+$")))
    names = {given: _numbers(given, taken) for given in later["given"].unique()}
    renamed = [next(names[given]) for given in later["given"]]
    numbered = later.select("row", id=pl.Series(renamed, dtype=pl.String))
    return ids.join(numbered, on="row", how="left", maintain_order="left").select("row", pl.coalesce("id", "given"))


def _numbers(given: str, taken: Collection[str]) -> Iterator[str]:
    return (name for number in count(2) if (name := f"{given}~{number}") not in taken)


def _blocked() -> pl.Expr:
    """The provider's own word for a response that it cut off, else null."""
    reason, error = (pl.col(name).str.strip_chars().str.to_lowercase() for name in ("finish_reason", "error"))
    whole, whole_error = (pl.when(word.is_in(BLOCKED)).then(word) for word in (reason, error))
    said = pl.when(pl.col("api_refusal").is_not_null()).then(pl.lit("refusal"))
    return pl.coalesce(whole, said, whole_error, error.str.extract(rf"\b({'|'.join(BLOCKED_IN_ERRORS)})\b")).alias("blocked")


def _by_api() -> Iterable[pl.Expr]:
    """What a provider's own word changes: an empty response was refused, a cut one refused in part, a failed one is invalid.

    A response that is nothing but the text of the provider's refusal is refused in full. One that asks for a tool and says
    nothing is invalid for that reason.
    """
    empty = pl.col("outcome_reason").eq_missing("empty")
    blocked = pl.col("blocked").is_not_null() & ~pl.col("outcome").is_in(REFUSED).fill_null(value=False)
    full = blocked & (empty | pl.col("echoes").fill_null(value=False))
    failed = empty & pl.col("error").is_not_null()
    called = empty & pl.col("finish_reason").str.to_lowercase().is_in(TOOL_CALLS)
    outcome = pl.when(full).then(pl.lit("full_refusal")).when(blocked).then(pl.lit("partial_refusal")).otherwise("outcome")
    without_text = pl.when(failed).then(pl.lit("failed")).when(called).then(pl.lit("tool call")).otherwise("outcome_reason")
    reason = pl.when(blocked).then(pl.format("api: {}", "blocked")).otherwise(without_text)
    yield from (outcome.alias("outcome"), reason.alias("outcome_reason"))
    for cue in CUES:
        said = blocked if cue == "refusal" else blocked & empty  # without a text, no other cue is there
        yield pl.when(said).then(pl.lit(cue == "refusal")).otherwise(cue).alias(cue)
        yield pl.when(said).then(pl.lit(float(cue == "refusal"), pl.Float32)).otherwise(f"{cue}_score").alias(f"{cue}_score")


def _api_evidence(tags: pl.LazyFrame) -> pl.LazyFrame:
    return tags.filter(pl.col("outcome_reason").str.starts_with("api: ")).select(
        "id",
        cue=pl.lit("refusal"),
        concept=pl.lit("refusal.policy"),
        rule=pl.lit("provider"),
        source=pl.lit("api"),
        strength=pl.lit("strong"),
        start=pl.lit(0, pl.Int32),
        end=pl.lit(0, pl.Int32),
        text=pl.col("outcome_reason"),
        score=pl.lit(1.0, pl.Float32),
    )


def _examples(tags: pl.LazyFrame, rows: pl.LazyFrame, numbered: pl.DataFrame) -> pl.DataFrame:
    """The first responses of each model, language and cue, with their texts: what the report shows."""
    firsts = (pl.col("id").filter(pl.col(cue)).head(EXAMPLES).alias(cue) for cue in CUES)
    chosen = (
        tags.group_by("model", "language", maintain_order=True).agg(firsts).unpivot(CUES, index=["model", "language"], variable_name="cue", value_name="id")
    )
    listed = chosen.explode("id").drop_nulls("id").collect()
    places = listed.join(numbered, on="id", maintain_order="left")
    texts = rows.filter(pl.col("row").is_in(places["row"].unique().implode())).select("row", "prompt", "response").collect()
    return places.join(texts, on="row", maintain_order="left").drop("row")
