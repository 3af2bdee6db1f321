"""Labels are read as people write them, and what cannot be read or measured counts for nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from analyzer.cli import main
from analyzer.evaluate import evaluate_files
from analyzer.labels import read_labels
from analyzer.records import CUES, AnalyzerError

SORRY = {"language": "en", "response": "I can't help with that."}
ALL_FALSE: dict[str, bool] = dict.fromkeys(map(str, CUES), False)
LABELS: list[tuple[dict[str, Any], dict[str, bool]]] = [
    ({"refused": True}, {"refused": True}),
    ({"refused": "false"}, {"refused": False}),
    ({"refused": "No"}, {"refused": False}),
    ({"refused": "0"}, {"refused": False}),
    ({"refused": 1.0}, {"refused": True}),
    ({"refused": None, "cues": ""}, {}),
    ({"cues": []}, ALL_FALSE),
    ({"cues": "[]"}, ALL_FALSE),
    ({"cues": ["apology"]}, {**ALL_FALSE, "apology": True}),
    ({"cues": "apology, caution"}, {**ALL_FALSE, "apology": True, "caution": True}),
    ({"cues": {"apology": "no", "caution": None}}, {"apology": False}),
    ({"cues": '{"apology": true}'}, {"apology": True}),
]
UNREADABLE: list[dict[str, Any]] = [
    {"refused": "maybe"},
    {"refused": 2},
    {"refused": [True]},
    {"cues": 5},
    {"cues": ["refusals"]},
    {"cues": [["refusal"]]},
    {"cues": {"refusal": "often"}},
    {"cues": "none"},
    {"cues": "[refusal]"},
    {"cues": "5"},
]


@pytest.mark.parametrize(("row", "labels"), LABELS)
def test_labels(row: dict[str, Any], labels: dict[str, bool]) -> None:
    assert read_labels(row) == labels


def write(path: Path, *rows: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


@pytest.mark.parametrize("labels", UNREADABLE)
def test_a_label_that_cannot_be_read_is_named(tmp_path: Path, labels: dict[str, Any]) -> None:
    with pytest.raises(AnalyzerError, match=r"rows:2\n  `(refused|cues|refusal)` (is|has) "):
        evaluate_files([write(tmp_path / "rows.jsonl", {**SORRY, "refused": True}, {**SORRY, **labels})])


def test_what_is_not_measurable_is_no_miss(tmp_path: Path) -> None:
    korean = {"language": "ko", "response": "도와드릴 수 없습니다.", "refused": True, "cues": ["refusal"]}
    (score,), _ = evaluate_files([write(tmp_path / "rows.jsonl", korean, {**SORRY, "refused": "yes"})])
    assert (score.language, score.cue, score.hits, score.misses) == ("en", "refused", 1, 0)


def test_labels_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("language,response,refused,cues\nen,I can't help with that.,True,refusal\nen,Paris.,False,\n")
    found = {score.cue: (score.hits, score.false_alarms, score.misses) for score in evaluate_files([str(path)])[0]}
    assert (found["refused"], found["refusal"]) == ((1, 0, 0), (1, 0, 0))


def test_rejected_lines_are_named(tmp_path: Path) -> None:
    path = Path(write(tmp_path / "rows.jsonl", {**SORRY, "refused": True}))
    path.write_text(path.read_text() + "{broken\n")
    result = CliRunner().invoke(main, ["evaluate", str(path), "--json"])
    assert f"1 line rejected, the first at {path}:2" in result.stderr
    assert json.loads(result.stdout)["locales"]["en"]["refused"]["n"] == 1
