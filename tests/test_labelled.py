"""The measuring set holds the same contents in every language, and the shipped recall is what it measures."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from analyzer.evaluate import evaluate_files, measured_json
from analyzer.patterns import locale_codes
from analyzer.records import CUES, OUTCOMES, REFUSED

FOLDER = Path(__file__).resolve().parent / "labelled"
MEASURED = FOLDER.parent.parent / "locales" / "measured.json"


def rows(code: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{code}.jsonl").read_text(encoding="utf-8").split("\n") if line]


@pytest.mark.parametrize("code", locale_codes())
def test_labels_are_valid(code: str) -> None:
    for row in rows(code):
        assert row["language"] == code
        assert set(row["cues"]) <= set(CUES)
        assert row["outcome"] in OUTCOMES
        assert row["refused"] == (row["outcome"] in REFUSED) == ("refusal" in row["cues"])


@pytest.mark.parametrize("code", locale_codes())
def test_contents_and_labels_are_those_of_english(code: str) -> None:
    def label(row: dict[str, Any]) -> tuple[str, list[str], str]:
        return row["pair_id"], sorted(row["cues"]), row["outcome"]

    assert [label(row) for row in rows(code)] == [label(row) for row in rows("en")]
    assert len(rows(code)) >= 60


def test_shipped_recall_is_the_measured_one() -> None:
    """Run `analyze evaluate tests/labelled/*.jsonl --json > locales/measured.json` after a change to patterns or weights."""
    files = [str(path) for path in sorted(FOLDER.glob("*.jsonl"))]
    assert MEASURED.read_bytes().strip() == orjson.dumps(orjson.loads(measured_json(evaluate_files(files)[0])), option=orjson.OPT_INDENT_2)
