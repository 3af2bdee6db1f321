"""The command line: what it prints, where, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from analyzer.cli import main

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples" / "responses.jsonl"
ROWS: list[dict[str, str | None]] = [
    {"id": "1", "model": "a", "language": "English", "pair_id": "p", "tier": "x", "response": "I'm sorry, but I can't help with that."},
    {"id": "2", "model": "a", "language": "en", "tier": "y", "response": "Boil the rice for twelve minutes."},
    {"id": "3", "model": "a", "language": "fr", "response": "I'm sorry, but I can't help with that request at all."},
    {"id": "4", "model": "b", "language": "ko", "response": "도와드릴 수 없습니다. 죄송합니다."},
    {"id": "5", "model": "b", "language": "en", "response": ""},
    {"id": "6", "model": "b", "language": "en", "response": None, "finish_reason": "content_filter"},
    {"id": "7", "model": "b", "language": "en", "response": "", "error": "timeout"},
    {"id": "8", "model": "b", "language": "en", "response": "<think>I can't help with that.</think>Sure: boil it."},
]


@pytest.fixture
def responses(tmp_path: Path) -> Path:
    path = tmp_path / "responses.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def analyze(*args: str | Path, stdin: bytes | None = None, charset: str = "utf-8") -> Result:
    return CliRunner(charset=charset).invoke(main, [str(arg) for arg in args], input=stdin)


def test_file_gives_a_folder(responses: Path) -> None:
    result = analyze(responses)
    assert result.exit_code == 0, result.output
    folder = responses.with_name("responses.analysis")
    assert sorted(path.name for path in folder.iterdir()) == [
        "evidence.parquet",
        "examples.parquet",
        "rejects.jsonl",
        "report.html",
        "run.json",
        "summary.parquet",
        "tags.parquet",
    ]
    tags = {row["id"]: row for row in pl.read_parquet(folder / "tags.parquet").iter_rows(named=True)}
    assert {id_: (tags[id_]["outcome"], tags[id_]["outcome_reason"], tags[id_]["refusal"]) for id_ in tags} == {
        "1": ("full_refusal", None, True),
        "2": ("compliance", None, False),
        "3": ("full_refusal", None, True),
        "4": (None, "no patterns for this language", None),
        "5": ("invalid", "empty", None),
        "6": ("full_refusal", "api: content_filter", True),
        "7": ("invalid", "failed", None),
        "8": ("compliance", None, False),
    }
    assert (tags["3"]["language"], tags["3"]["language_declared"], tags["3"]["language_agrees"]) == ("en", "fr", False)
    assert tags["8"]["reasoning_refusal"] is True
    assert json.loads(tags["1"]["extra"]) == {"tier": "x"}


def test_evidence_names_the_words(responses: Path) -> None:
    analyze(responses, "--out", responses.parent / "out")
    texts = {row["id"]: str(row["response"] or "") for row in ROWS}
    evidence = pl.read_parquet(responses.parent / "out" / "evidence.parquet").filter(pl.col("source") == "pattern", pl.col("id") != "8")
    assert evidence.height > 2
    for row in evidence.iter_rows(named=True):
        assert texts[row["id"]][row["start"] : row["end"]] == row["text"]


def test_same_input_gives_the_same_bytes(responses: Path) -> None:
    analyze(responses, "--out", responses.parent / "one")
    analyze(responses, "--out", responses.parent / "two")
    for name in ("tags.parquet", "evidence.parquet", "summary.parquet", "examples.parquet", "report.html"):
        assert (responses.parent / "one" / name).read_bytes() == (responses.parent / "two" / name).read_bytes()


def test_standard_input_and_field_mapping(tmp_path: Path) -> None:
    line = b'{"output": {"text": "I can\'t help with that."}, "lang": "en"}\n'
    result = analyze("-", "--out", tmp_path / "out", "--field", "response=output.text", stdin=line)
    assert result.exit_code == 0, result.output
    assert pl.read_parquet(tmp_path / "out" / "tags.parquet")["outcome"].to_list() == ["full_refusal"]


def test_by_groups_by_a_field_of_the_input(responses: Path) -> None:
    analyze(responses, "--out", responses.parent / "out", "--by", "tier")
    summary = pl.read_parquet(responses.parent / "out" / "summary.parquet").filter(measure="refusal", model="a", language="en")
    assert dict(summary.select("tier", "k").iter_rows()) == {"x": 1, "y": 0}


def test_counts_shares_and_gaps(responses: Path) -> None:
    analyze(responses, "--out", responses.parent / "out")
    rows = pl.read_parquet(responses.parent / "out" / "summary.parquet").rows(named=True)
    found = {(row["model"], row["language"], row["measure"]): row for row in rows}
    assert (found["b", "en", "refusal"]["n"], found["b", "en", "refusal"]["k"]) == (2, 1)
    assert (found["b", "en", "invalid"]["n"], found["b", "en", "invalid"]["k"]) == (4, 2)
    assert (found["a", "fr", "other_language"]["n"], found["a", "fr", "other_language"]["k"]) == (1, 1)
    assert found["b", "ko", "refusal"]["value"] is None
    assert found["b", "en", "refuses_in_thought_only"]["k"] == 1


EXITS = [
    ([], 2),
    (["no-such-file.jsonl"], 1),
    (["."], 1),
    (["RESPONSES", "--by", "colour"], 1),
    (["RESPONSES", "--field", "answer"], 2),
    (["RESPONSES", "--language", "no such language"], 2),
    (["report", "."], 1),
    (["evaluate", "RESPONSES"], 1),
    (["explain", "Hello", "--language", "tlh"], 1),
    (["locale", "check", "tlh"], 1),
    (["explain", "I can't help with that.", "--language", "en"], 0),
    (["locale", "coverage"], 0),
]


@pytest.mark.parametrize(("args", "code"), EXITS)
def test_exit_code_and_no_traceback(responses: Path, args: list[str], code: int) -> None:
    result = analyze(*(str(responses) if arg == "RESPONSES" else arg for arg in args))
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_missing_files_are_named_at_once_and_leave_no_folder(tmp_path: Path) -> None:
    missing = [str(tmp_path / name) for name in ("a.jsonl", "b.jsonl")]
    result = analyze(*missing)
    assert all(name in result.output for name in missing)
    assert list(tmp_path.iterdir()) == []


def test_strict_ends_with_4_when_something_was_rejected(responses: Path) -> None:
    assert analyze(responses, "--strict").exit_code == 0
    responses.write_text(responses.read_text() + "{broken\n")
    result = analyze(responses, "--strict")
    assert result.exit_code == 4
    assert "1 line rejected" in result.output


def test_quiet_prints_nothing(responses: Path) -> None:
    assert analyze(responses, "--quiet").output == ""


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("model=model", ""),
        ("model=mm", "Each model is named after its file"),
        ("category=tier", ""),
        ("category=tear", "No response got a value from it"),
        ("pair_id=pair_id", ""),
        ("language=meta.lang", "No response got a value from it"),
        ("id=id", ""),
    ],
)
def test_fields_that_no_record_has_are_named(responses: Path, field: str, message: str) -> None:
    result = analyze(responses, "--field", field)
    assert result.exit_code == 0, result.output
    assert (f"--field {field}\n  {message}" in result.stderr) is bool(message)
    assert bool(result.stderr) is bool(message)
    assert result.stdout.endswith("report.html\n")


def test_explain_names_rules_guards_and_outcome() -> None:
    output = analyze("explain", "I'm sorry, I can't help with that.", "--language", "en").output
    assert "refusal.inability/" in output
    assert "outcome: full_refusal" in output


@pytest.mark.parametrize("given", [b"I can't help with that.", "I can’t help with that.".encode(), b"I can't help with that. \xff"])
def test_explain_reads_standard_input(given: bytes) -> None:
    result = CliRunner().invoke(main, ["explain", "-", "--language", "en"], input=given)
    assert "outcome: full_refusal" in result.output


@pytest.mark.parametrize("arguments", [["explain", "-", "--language", "en"], ["-"]])
def test_closed_standard_input_is_named(arguments: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.stdin = None; from analyzer.cli import main; main()", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: -")


NAMES = [
    ("escape", "\x1b]0;pwn\x07\x1b[31mred", "utf-8", "␛]0;pwn␇␛[31mred  "),
    ("one control of eight bits", "\u009b31mred", "utf-8", "\ufffd31mred  "),
    ("NUL, tab and newline", "a\0b\tc\nd", "utf-8", "a␀b␉c␊d  "),
    ("direction", "\u202egpt", "utf-8", "\ufffdgpt  "),
    ("emoji code", "openai:a:mini", "utf-8", "openai:a:mini  "),
    ("markup", "[red]x[/red]", "utf-8", "[red]x[/red]  "),
    ("backslash", "x\\", "utf-8", " x\\  "),
    ("longer than half the terminal", "x" * 45, "utf-8", f" {'x' * 40}  100 % \n {'x' * 5} "),
    ("letters that the terminal lacks", "模型", "cp1252", r"\u6a21\u578b  "),
]


@pytest.mark.parametrize(("name", "charset", "shown"), [pytest.param(*facts, id=id_) for id_, *facts in NAMES])
def test_terminal_shows_any_name(tmp_path: Path, name: str, charset: str, shown: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"model": name, "language": "en", "response": "I can't help with that."}))
    result = analyze(path, charset=charset)
    assert result.exit_code == 0, result.output
    assert shown in result.output
    assert not {"\x1b", "\0", "\x07", "\u202e"} & set(result.output)


def test_terminal_shows_what_fits_and_counts_the_rest(tmp_path: Path) -> None:
    codes = ["ar", "cs", "da", "de", "el", "en", "es", "fr", "he", "hu", "it", "ja", "ko", "ms", "nl", "pl", "pt", "ru", "th", "tr", "vi", "zh"]
    rows = [{"model": f"m{n:02}", "language": code, "response": "I can't help."} for n in range(50) for code in ["en", codes[n % len(codes)]]]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = analyze(path).output.split("\n")
    shown = lines[0].split()[1:]
    assert "en" in shown
    assert len(lines[0]) <= 80
    assert f"10 more models, {len(codes) - len(shown)} more languages" in "".join(lines)


@pytest.mark.parametrize(("text", "shown"), [("Well \x1b[31m\x07, I can't help.", "Well ␛[31m␇, I can't help."), ("Well :smile:\r\nno.", ":smile:␍\nno.")])
def test_explain_shows_any_text(text: str, shown: str) -> None:
    assert shown in analyze("explain", text, "--language", "en").output


@pytest.mark.parametrize("language", ["de", "DE", "de-DE", "German", "Deutsch"])
def test_explain_takes_codes_and_names(language: str) -> None:
    assert "outcome: full_refusal" in analyze("explain", "Dabei kann ich dir leider nicht helfen.", "--language", language).output


def test_evaluate_prints_a_table(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "language": "en", "response": "I can't help with that.", "cues": ["refusal"]},
        {"id": "2", "language": "en", "response": "Paris.", "refused": False},
    ]
    (tmp_path / "labelled.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    output = analyze("evaluate", tmp_path / "labelled.jsonl").output
    assert "refusal" in output
    assert "1.00 100/100" in output


def test_report_can_be_rendered_again(responses: Path) -> None:
    analyze(responses, "--out", responses.parent / "out")
    before = (responses.parent / "out" / "report.html").read_bytes()
    assert analyze("report", responses.parent / "out").exit_code == 0
    assert (responses.parent / "out" / "report.html").read_bytes() == before


def test_workers_give_the_same_tables(responses: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    analyze(responses, "--out", responses.parent / "one")
    monkeypatch.setattr("analyzer.pipeline.BATCH", 2)
    monkeypatch.setattr("analyzer.pipeline.SMALL", 2)
    analyze(responses, "--out", responses.parent / "two")
    for name in ("tags", "evidence", "summary"):
        assert pl.read_parquet(responses.parent / "one" / f"{name}.parquet").equals(pl.read_parquet(responses.parent / "two" / f"{name}.parquet"))


def test_progress_is_not_on_stdout() -> None:
    done = subprocess.run([sys.executable, "-m", "analyzer", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("analyze, version")
