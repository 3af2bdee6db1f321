"""From canonical rows to frames of tags and evidence, batch by batch. These functions run in worker processes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from analyzer.canonical import COLUMNS, Place, Row, canonical_rows
from analyzer.content import shown
from analyzer.fuse import Evidence
from analyzer.identify import identify, language_code
from analyzer.judge import count_words
from analyzer.lines import Line, Record, parse_lines
from analyzer.patterns import load_locale, locale_codes
from analyzer.records import CUES
from analyzer.tag import Tags, tag_texts
from analyzer.weights import STRENGTH, THRESHOLD

ROWS: dict[str, Any] = {
    "row": pl.Int64,
    "key": pl.UInt64,
    "reasoning_key": pl.UInt64,
    **{name: pl.Int32 if name == "turn" else pl.String for name in COLUMNS},
    "extra": pl.String,
    "language_declared": pl.String,
}
TAGS: dict[str, Any] = {
    "key": pl.UInt64,
    "language": pl.String,
    "language_confidence": pl.Float32,
    "language_how": pl.String,
    "outcome": pl.String,
    "outcome_reason": pl.String,
    "words": pl.Int32,
    **dict.fromkeys(CUES, pl.Boolean),
    **dict.fromkeys((f"{cue}_score" for cue in CUES), pl.Float32),
}
EVIDENCE: dict[str, Any] = {
    "key": pl.UInt64,
    **dict.fromkeys(("cue", "concept", "rule", "source", "strength"), pl.String),
    "start": pl.Int32,
    "end": pl.Int32,
    "text": pl.String,
    "score": pl.Float32,
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Some lines or records of one file."""

    number: int
    file: str
    title: str
    items: Sequence[Line] | Sequence[Record]


@dataclass(frozen=True, slots=True)
class Reject:
    """A line of the input that is no response, and why."""

    file: str
    line: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a batch gave: where its rows lie, the keys of their texts, and what was left out."""

    path: Path
    keys: list[int]
    rejects: list[Reject]
    records: int
    analysed: int
    responses: int
    mended: list[str]


@dataclass(frozen=True, slots=True)
class Options:
    """What the workers must know of a run."""

    mapping: tuple[tuple[str, str], ...] = ()
    language: str | None = None  # declared for all rows that declare none
    user_folder: Path | None = None


def parse_batch(batch: Batch, folder: Path, options: Options) -> Parsed:
    """Read a batch into canonical rows, written to `folder/rows-<number>.parquet`."""
    records = batch.items if batch.items and isinstance(batch.items[0], Record) else [*parse_lines(batch.items)]  # type: ignore[arg-type]
    rows: list[Row] = []
    rejects: list[Reject] = []
    mended: list[str] = []
    analysed, mapping = 0, dict(options.mapping)
    for record in records:
        assert isinstance(record, Record)
        try:
            if record.fields is None:
                raise ValueError(record.problem)
            rows += canonical_rows(record.fields, Place(batch.title, record.line), mapping)
            mended += record.mended
            analysed += 1
        except (ValueError, RecursionError) as error:
            raw = record.raw.decode("utf-8", "replace") if record.raw else shown(record.fields)
            reason = "a field is nested too deeply" if isinstance(error, RecursionError) else str(error)
            rejects.append(Reject(batch.file, record.line, reason, raw.rstrip("\n")))
    frame = _row_frame(rows, batch.number, options)
    path = folder / f"rows-{batch.number:06}.parquet"
    frame.write_parquet(path, compression="lz4", statistics=False)
    keys = pl.concat([frame["key"], frame["reasoning_key"].drop_nulls()]).unique().to_list()
    return Parsed(path, keys, rejects, len(records), analysed, len(rows), mended)


TOGETHER = 300  # texts that go through each step together: enough to be quick, few enough for little memory
Text = tuple[int, str, str | None]  # its key, the text, the declared language
Values = tuple[Any, ...]  # of a row
ROW_STRIDE = 1 << 20  # rows of one batch are numbered from batch number x this, so the order of the input is kept


def _row_frame(rows: Sequence[Row], number: int, options: Options) -> pl.DataFrame:
    names = [name for name in ROWS if name not in ("row", "key", "reasoning_key", "language_declared")]
    frame = pl.DataFrame({name: [row[name] for row in rows] for name in names}, schema={name: ROWS[name] for name in names})
    known = locale_codes()  # for these the table of all languages is not needed, which takes a while to load
    codes = {name: name if name in known else language_code(name) for name in frame["language"].unique().drop_nulls()}
    declared = pl.col("language").replace_strict(codes, default=None, return_dtype=pl.String) if codes else pl.lit(None, pl.String)
    return frame.with_columns(
        pl.coalesce(declared, pl.lit(options.language, pl.String)).alias("language_declared"),
        pl.int_range(number * ROW_STRIDE, number * ROW_STRIDE + pl.len(), dtype=pl.Int64).alias("row"),
    ).with_columns(_key("response").alias("key"), pl.when(pl.col("reasoning").is_not_null()).then(_key("reasoning")).alias("reasoning_key"))[[*ROWS]]


def _key(text: str) -> pl.Expr:
    """A number for each distinct text and declared language."""
    return pl.struct(pl.col(text).alias("text"), pl.col("language_declared")).hash(seed=1)


def tag_batch(path: Path, new: Sequence[int], options: Options) -> int:
    """Tag the texts of a file of rows whose keys are new; write `tags-*` and `evidence-*` beside it; return their number."""
    texts = _texts(path).filter(pl.col("key").is_in(pl.Series(new, dtype=pl.UInt64).implode())).unique("key", maintain_order=True)
    known = locale_codes()
    tagged = [row for part in texts.iter_slices(TOGETHER) for row in _tag_part(part.rows(), known, options)]
    tags = [row for row, _ in tagged]
    evidence = [reason for _, reasons in tagged for reason in reasons]
    number = path.stem.partition("-")[2]
    _tag_frame(tags).write_parquet(path.with_name(f"tags-{number}.parquet"), compression="lz4")
    _evidence_frame(evidence).write_parquet(path.with_name(f"evidence-{number}.parquet"), compression="lz4")
    return len(tags)


def _tag_part(texts: Sequence[Text], known: Sequence[str], options: Options) -> Iterator[tuple[Values, list[Values]]]:
    """Yield the row of tags and the rows of evidence of each text."""
    languages = [identify(text, declared, known) for _, text, declared in texts]
    codes = [language.code if language.code in known else None for language in languages]
    found = iter(tag_texts([(text, load_locale(code, options.user_folder)) for (_, text, _), code in zip(texts, codes, strict=True) if code]))
    for (key, text, _), language, code in zip(texts, languages, codes, strict=True):
        tagged = next(found) if code else None
        reasons = tagged.evidence if tagged else ()
        yield (key, *language, *_tag_values(tagged, text)), [(key, *reason, text[reason.start : reason.end]) for reason in reasons]


def _texts(path: Path) -> pl.DataFrame:
    frame = pl.read_parquet(path, columns=["key", "response", "reasoning_key", "reasoning", "language_declared"])
    reasoning = frame.drop_nulls("reasoning_key").select(key="reasoning_key", text="reasoning", declared="language_declared")
    return pl.concat([frame.select("key", text="response", declared="language_declared"), reasoning])


def _tag_values(found: Tags | None, text: str) -> Values:
    """Outcome, reason, words and the score of each cue."""
    if found is None:  # a language without patterns: nothing is known, which is not the same as nothing found
        empty = not any(map(str.isalnum, text))
        return ("invalid" if empty else None, "empty" if empty else "no patterns for this language", count_words(text), *_NO_SCORES)
    return (*found.verdict, *(_NO_SCORES if found.verdict.outcome == "invalid" else map(found.scores.__getitem__, CUES)))


_NO_SCORES = (None,) * len(CUES)


def _tag_frame(tags: Sequence[Values]) -> pl.DataFrame:
    """A frame of rows of TAGS without the cues, which hold where their scores do."""
    schema = {name: pl.Float64 if kind == pl.Float32 else kind for name, kind in TAGS.items() if name not in CUES}
    held = {cue: pl.col(f"{cue}_score") >= THRESHOLD for cue in CUES}
    return (
        pl.DataFrame([*zip(*tags, strict=True)], schema=schema, orient="col")
        .with_columns(**held)
        .select(pl.col(name).cast(kind) for name, kind in TAGS.items())
    )


def _evidence_frame(evidence: Sequence[Values]) -> pl.DataFrame:
    """A frame of rows of key, the fields of Evidence, and the text."""
    frame = pl.DataFrame([*zip(*evidence, strict=True)], schema={name: EVIDENCE[name] for name in ("key", *Evidence._fields, "text")}, orient="col")
    score = pl.col("strength").replace_strict(STRENGTH, return_dtype=EVIDENCE["score"])
    return frame.with_columns(concept=pl.col("rule").str.split("/").list.first(), score=score)[[*EVIDENCE]]
