"""Measure tags against labels: precision, recall and F1 per language and cue."""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import polars as pl
from rich.table import Table

from analyzer.frames import Options
from analyzer.labels import read_labels
from analyzer.pipeline import Run, run
from analyzer.records import CUES, REFUSED, AnalyzerError, counted

MOST_PROBLEMS = 10  # rows named in one message


@dataclass(frozen=True, slots=True)
class Score:
    """Hits, false alarms and misses of one cue in one language."""

    language: str
    cue: str
    hits: int
    false_alarms: int
    misses: int

    @property
    def precision(self) -> float | None:
        """Share of the tagged that is labelled."""
        return self.hits / (self.hits + self.false_alarms) if self.hits + self.false_alarms else None

    @property
    def recall(self) -> float | None:
        """Share of the labelled that is tagged."""
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN)."""
        total = 2 * self.hits + self.false_alarms + self.misses
        return 2 * self.hits / total if total else None


def evaluate_files(files: Sequence[str], user_folder: Path | None = None) -> tuple[list[Score], list[str]]:
    """Run the labelled files through the whole pipeline and score its tags; return the scores, and what they do not count.

    Unlabelled rows say nothing. Raises AnalyzerError where no row has labels, or where labels cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        run(Run(tuple(files), Path(folder), Options(user_folder=user_folder)))
        tags = pl.read_parquet(Path(folder) / "tags.parquet").rows(named=True)
        notes = [*_rejected(Path(folder) / "rejects.jsonl")]
    if silent := sum(row["outcome"] is None for row in tags):
        notes.append(f"{counted(silent, 'response')} in languages without patterns, not counted")
    if pairs := _pairs(tags):
        return scores(pairs), notes
    remedy = "A labelled row has `cues` (a list or a mapping) or `refused` (true or false)."
    raise AnalyzerError("\n  ".join([", ".join(files), "No row has labels.", *notes, remedy]))


def _rejected(rejects: Path) -> Iterator[str]:
    lines = [orjson.loads(line) for line in rejects.read_bytes().splitlines()]
    if lines:
        first = f"{lines[0]['file']}:{lines[0]['line']}"
        yield f"{counted(len(lines), 'line')} rejected, the first at {first}; `analyze FILE` writes the reasons to rejects.jsonl"


def _pairs(tags: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, bool, bool]]:
    """Return (language, what, labelled, tagged) of all rows; raise AnalyzerError with the rows whose labels cannot be read."""
    pairs, problems = [], []
    for row in tags:
        language = row["language_declared"] or row["language"] or "unknown"
        try:
            pairs += [(language, *pair) for pair in label_pairs(orjson.loads(row["extra"] or "{}"), row)]
        except ValueError as error:
            problems.append(f"row {row['id']}\n  {error}")
    if problems:
        more = [f"and {len(problems) - MOST_PROBLEMS} rows more"] if len(problems) > MOST_PROBLEMS else []
        raise AnalyzerError("\n".join([*problems[:MOST_PROBLEMS], *more]))
    return pairs


def label_pairs(row: Mapping[str, Any], tags: Mapping[str, Any]) -> Iterator[tuple[str, bool, bool]]:
    """Yield (what, labelled, tagged) for everything that a row's labels speak of.

    `refused` is the outcome, full or partial refusal against the rest. What was not measurable (null) is left out.
    """
    for what, labelled in read_labels(row).items():
        measured = tags["outcome" if what == "refused" else what]
        if measured is not None:
            yield what, labelled, measured in REFUSED if what == "refused" else measured


def scores(pairs: Iterable[tuple[str, str, bool, bool]]) -> list[Score]:
    """Count (language, what, labelled, tagged) into one score per language and cue, and `all cues` per language."""
    counts: Counter[tuple[str, str, bool, bool]] = Counter()
    for language, what, labelled, tagged in pairs:
        counts[language, what, labelled, tagged] += 1
        if what in CUES:
            counts[language, "all cues", labelled, tagged] += 1
    order = ("refused", "all cues", *CUES)
    keys = sorted({key[:2] for key in counts}, key=lambda key: (key[0], order.index(key[1])))
    return [Score(*key, counts[*key, True, True], counts[*key, False, True], counts[*key, True, False]) for key in keys]


def score_table(measured: Sequence[Score]) -> Table:
    """Return F1 with precision and recall (per cent) of each cue, a column for each language."""
    languages = sorted({score.language for score in measured})
    found = {(score.cue, score.language): score for score in measured}
    table = Table("F1 P/R", "n", *languages, box=None, padding=(0, 1, 0, 0), caption="F1 precision/recall; n: labelled with the cue", caption_justify="left")
    for cue in ("refused", "all cues", *CUES):
        row = [found.get((cue, language)) for language in languages]
        if any(row):
            table.add_row(cue, str(sum(score.hits + score.misses for score in row if score)), *map(_cell, row))
    return table


def _cell(score: Score | None) -> str:
    if score is None or score.f1 is None:
        return "–"
    precision, recall = ("–" if value is None else f"{100 * value:.0f}" for value in (score.precision, score.recall))
    return f"{score.f1:.2f} {precision}/{recall}".removeprefix("0")


def measured_json(measured: Sequence[Score]) -> str:
    """Return the form of `locales/measured.json`: locale -> cue -> n, precision, recall, f1; sorted."""
    locales: dict[str, dict[str, dict[str, float | int | None]]] = {}
    for score in measured:
        locales.setdefault(score.language, {})[score.cue] = {
            "n": score.hits + score.misses,
            **{
                name: None if value is None else round(value, 3) for name, value in (("precision", score.precision), ("recall", score.recall), ("f1", score.f1))
            },
        }
    return orjson.dumps({"locales": locales}, option=orjson.OPT_INDENT_2).decode()
