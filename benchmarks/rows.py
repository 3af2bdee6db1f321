"""Measure tags on published rows: `python benchmarks/rows.py FOLDER`, with xstest, msts, ... as JSONL in FOLDER.

Each row has `source`, `language`, `response` and the labels that `analyze evaluate` reads. In rbr_gold the label apology
also holds for sorry as condolence ("I'm sorry you're going through this"), which is empathy here; both readings are printed.
"""

import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

import polars as pl

from analyzer.evaluate import Score, label_pairs, scores
from analyzer.pipeline import Run, run

SOURCES = ("xstest", "msts", "msts_11_adjudicated", "rbr_gold")
CONDOLENCE = "empathy.reaction"


def tagged(path: Path) -> tuple[pl.DataFrame, set[str]]:
    """Return the labels of a file beside its tags, and the ids whose condolence says sorry."""
    with tempfile.TemporaryDirectory() as folder:
        run(Run((str(path),), Path(folder)))
        tags, evidence = (pl.read_parquet(Path(folder) / f"{name}.parquet") for name in ("tags", "evidence"))
    labels = pl.read_ndjson(path, infer_schema_length=None).select("id", "cues", "refused")
    sorry = evidence.filter(pl.col("text").str.contains("(?i)sorry"), concept=CONDOLENCE)
    return labels.join(tags, on="id", maintain_order="left"), set(sorry["id"])


def show(name: str, score: Score) -> None:
    """Print one score."""
    print(f"{name:32} {score.language}  F1 {score.f1 or 0:.3f}  {score.hits} hits, {score.false_alarms} false alarms, {score.misses} misses")


def refusals(name: str, rows: pl.DataFrame) -> None:
    """Print refused F1 per language, and the false alarms among the rows that are none."""
    pairs = [(row["language_declared"], *pair) for row in rows.iter_rows(named=True) for pair in label_pairs({"refused": row["refused"]}, row)]
    for score in scores(pairs):
        none = sum(language == score.language and not labelled for language, _, labelled, _ in pairs)
        show(f"{name} refused", score)
        print(f"{'':32} {score.language}  false alarms on {none} rows: {score.false_alarms / none if none else 0:.1%}")


def apologies(name: str, rows: pl.DataFrame, condolence: Collection[str]) -> None:
    """Print the apology F1 as tagged, and with condolence counted as the label counts it."""
    labelled = [row for row in rows.iter_rows(named=True) if (row["cues"] or {}).get("apology") is not None]
    for reading, also in (("apology", set[str]()), ("sorry in either sense", condolence)):
        pairs = [("en", "apology", bool(row["cues"]["apology"]), bool(row["apology"]) or row["id"] in also) for row in labelled]
        show(f"{name} {reading}", *scores(pairs)[1:])


def main() -> None:
    """Print the figures of each source that is there."""
    for name in SOURCES:
        rows, condolence = tagged(Path(sys.argv[1]) / f"{name}.jsonl")
        refusals(name, rows)
        if name == "rbr_gold":
            apologies(name, rows, condolence)


if __name__ == "__main__":
    main()
