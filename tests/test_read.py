"""Readers: every format, every broken line; nothing is lost and the counts add up."""

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.canonical import Place, canonical_rows
from analyzer.content import split
from analyzer.frames import Options
from analyzer.pipeline import Run, run
from analyzer.records import AnalyzerError

if sys.version_info >= (3, 14):
    from compression.zstd import compress as compress_zstd
else:
    from backports.zstd import compress as compress_zstd

ROWS = [{"id": str(n), "model": "m", "language": "en", "response": f"Answer number {n}."} for n in range(7)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


def analysed(tmp_path: Path, *files: Path, **options: Any) -> tuple[dict[str, Any], pl.DataFrame, list[dict[str, Any]]]:
    out = tmp_path / "out"
    record = run(
        Run(
            tuple(map(str, files)), out, Options(**{k: v for k, v in options.items() if k == "mapping"}), **{k: v for k, v in options.items() if k != "mapping"}
        )
    )
    rejects = [json.loads(line) for line in (out / "rejects.jsonl").read_text(encoding="utf-8").split("\n") if line]
    return record["counts"], pl.read_parquet(out / "tags.parquet"), rejects


def parquet() -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame(ROWS).write_parquet(buffer)
    return buffer.getvalue()


FORMATS = {
    "a.jsonl": LINES,
    "a.ndjson": LINES,
    "bom.jsonl": b"\xef\xbb\xbf" + LINES,
    "crlf.jsonl": LINES.replace(b"\n", b"\r\n"),
    "noend.jsonl": LINES.rstrip(),
    "a.jsonl.gz": gzip.compress(LINES, mtime=0),
    "a.jsonl.zst": compress_zstd(LINES),
    "named-wrong.txt": LINES,
    "a.json": json.dumps(ROWS).encode(),
    "document.json": json.dumps({"version": 1, "rows": ROWS}).encode(),
    "lines.json": LINES,
    "a.csv": pl.DataFrame(ROWS).write_csv().encode(),
    "bom.csv": b"\xef\xbb\xbf" + pl.DataFrame(ROWS).write_csv().encode(),
    "semicolon.csv": pl.DataFrame(ROWS).write_csv(separator=";").encode(),
    "a.tsv": pl.DataFrame(ROWS).write_csv(separator="\t").encode(),
    "a.csv.gz": gzip.compress(pl.DataFrame(ROWS).write_csv().encode()),
    "a.parquet": parquet(),
}


@pytest.mark.parametrize("name", FORMATS)
def test_format(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FORMATS[name])
    counts, tags, rejects = analysed(tmp_path, tmp_path / name)
    assert tags["id"].to_list() == [row["id"] for row in ROWS]
    assert (counts["responses"], rejects) == (7, [])


BROKEN = [
    (b'{"response": "cut', "not valid JSON"),
    (b"[1, 2]", "this one is a list"),
    (b"null", "this one is null"),
    (b'{"id": 1, "text": "x"}', 'no "response"'),
    (b'{"response": {"deep": 1}}', "object without text"),
    (b'{"messages": [{"role": "user", "content": "hi"}]}', "no turn of an assistant"),
    (b'{"messages": ["hi"]}', "not an object with role"),
    (b'{"messages": [{"role": "assistant", "content": "kept?"}, {"role": "assistant", "content": {}}]}', "object without text"),
    (b'{"response": ' + b"[" * 900 + b"]" * 900 + b"}", "nested too deeply"),
    (b'{"response": "ok", "x": ' + b"[" * 999 + b"]" * 999 + b"}", "nested too deeply"),
    (b'{"response": true}', "the response is true"),
    (b'{"response": "a"} {"response": "b"}', "not valid JSON"),
    (b"[" * 5000, "not valid JSON"),
]
MENDED = [
    b'{"id": "x", "response": "broken \xff\xfe bytes here"}',
    b'{"id": "x", "response": "half a pair \\ud83d here"}',
    b'{"id": "x", "response": "a number", "score": NaN}',
    b'{"id": "x", "response": "a raw\x00 NUL"}',
    b'{"id": "x", "response": "a number", "x": 123456789012345678901234567890, "y": NaN, "z": ' + b"[" * 300 + b"]" * 300 + b"}",
]


@pytest.mark.parametrize(("line", "reason"), BROKEN)
def test_broken_line_is_written_down_and_the_rest_goes_on(tmp_path: Path, line: bytes, reason: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES + line + b"\n\n" + LINES.replace(b'"id": "', b'"id": "b'))
    counts, _, rejects = analysed(tmp_path, tmp_path / "a.jsonl")
    assert (counts["records"], counts["responses"], counts["rejected"], counts["blank"]) == (15, 14, 1, 1)
    assert (rejects[0]["file"], rejects[0]["line"]) == (str(tmp_path / "a.jsonl"), 8)
    assert reason in rejects[0]["reason"]
    assert rejects[0]["raw"] == line.decode()


@pytest.mark.parametrize("line", MENDED)
def test_mended_line_is_counted(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES + line + b"\n")
    counts, tags, rejects = analysed(tmp_path, tmp_path / "a.jsonl")
    assert (counts["responses"], sum(counts["mended"].values()), rejects) == (8, 1, [])
    assert tags["outcome"].null_count() == 0


def test_duplicate_ids_are_numbered_and_counted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES[: LINES.index(b"\n") + 1] * 3)
    counts, tags, _ = analysed(tmp_path, tmp_path / "a.jsonl")
    assert tags["id"].to_list() == ["0", "0~2", "0~3"]
    assert counts["mended"] == {"duplicate id numbered": 2}
    assert counts["distinct"] == 1


def test_many_files_meet_in_one_run(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text('{"response": "Yes, of course."}\n')
    (tmp_path / "two.csv").write_text("prompt,completion\nHow?,Like this.\nonly one cell\n")
    counts, tags, rejects = analysed(tmp_path, tmp_path / "one.jsonl", tmp_path / "two.csv")
    assert tags["id"].to_list() == ["one:1", "two:2"]
    assert tags["model"].to_list() == ["one", "two"]
    assert rejects[0]["reason"] == "The row has 1 cells, the header 2."
    assert counts["records"] == 3


def test_limit_and_sample(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES)
    assert analysed(tmp_path, tmp_path / "a.jsonl", limit=3)[1]["id"].to_list() == ["0", "1", "2"]
    first = analysed(tmp_path, tmp_path / "a.jsonl", sample=3, seed=1)[1]["id"].to_list()
    assert first == analysed(tmp_path, tmp_path / "a.jsonl", sample=3, seed=1)[1]["id"].to_list()
    assert len(first) == 3
    assert first == sorted(first)


USER = {"role": "user", "content": "a"}
ASSISTANT = {"role": "assistant", "content": "b"}
RECORDS: list[tuple[dict[str, Any], dict[str, str], dict[str, Any]]] = [
    ({"completion": "Yes."}, {}, {"response": "Yes.", "id": "f:4", "model": "f"}),
    ({"output": {"text": "Yes."}}, {"response": "output.text"}, {"response": "Yes."}),
    ({"choices": [{"message": {"content": "Yes."}}]}, {"response": "choices[0].message.content"}, {"response": "Yes."}),
    ({"response": [{"type": "thinking", "text": "Hm."}, {"type": "text", "text": "Yes."}]}, {}, {"response": "Yes."}),
    ({"response": 7}, {}, {"response": "7"}),
    ({"response": None, "finish_reason": "content_filter"}, {}, {"response": "", "finish_reason": "content_filter"}),
    ({"response": None, "refusal": "I can't do that."}, {}, {"response": "I can't do that.", "api_refusal": "I can't do that."}),
    ({"error": "timeout"}, {}, {"response": "", "error": "timeout"}),
    ({"response": "Yes.", "prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]}, {}, {"prompt": "u"}),
    ({"response": "Yes.", "tier": 3, "id": 5}, {}, {"id": "5", "extra": '{"tier":3}'}),
    ({"response": "<think>No?</think>Yes."}, {}, {"response": "Yes.", "reasoning": "No?"}),
    # parts of the official formats
    ({"response": [{"type": "thinking", "thinking": "No?"}, {"type": "text", "text": "Yes."}]}, {}, {"response": "Yes.", "reasoning": "No?"}),
    ({"response": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "No?"}]}]}, {}, {"response": "", "reasoning": "No?"}),
    ({"response": [{"type": "refusal", "refusal": "I can't."}]}, {}, {"response": "I can't."}),
    ({"response": [{"type": "redacted_thinking", "data": "x"}, {"type": "server_tool_use", "input": {}}, "Yes."]}, {}, {"response": "Yes."}),
    ({"response": [{"type": "mcp_tool_result", "content": [{"type": "text", "text": "42"}]}, "Yes."]}, {}, {"response": "Yes."}),
    # no error and no refusal, however it is written
    ({"response": "", "refusal": False}, {}, {"response": "", "api_refusal": None, "extra": '{"refusal":false}'}),
    ({"response": None, "refusal": False, "error": "timeout"}, {}, {"response": "", "api_refusal": None, "error": "timeout"}),
    ({"response": "", "error": []}, {}, {"error": None}),
    ({"response": "", "error": "None", "api_refusal": "false"}, {}, {"response": "", "error": None, "api_refusal": None}),
    ({"response": "", "refusal": True}, {}, {"response": "", "api_refusal": "True"}),
    # fields that no table can hold
    ({"response": "Yes.", "turn": "2"}, {}, {"turn": 2, "extra": None}),
    ({"response": "Yes.", "turn": 5_000_000_000}, {}, {"turn": None, "extra": '{"turn":5000000000}'}),
    ({"response": "Yes.", "x": 10**20}, {}, {"extra": '{"x":"100000000000000000000"}'}),
    # which of several texts is the response
    ({"question": "q", "answer": "Paris", "model_response": "No."}, {}, {"response": "No.", "extra": '{"answer":"Paris"}'}),
    ({"answer": "Paris", "messages": [USER, ASSISTANT]}, {}, {"response": "b", "prompt": "a", "extra": '{"answer":"Paris"}'}),
    ({"output": {"tokens": 3}, "messages": [USER, ASSISTANT]}, {}, {"response": "b", "extra": '{"output":{"tokens":3}}'}),
    ({"chat": [USER, ASSISTANT], "completion": "c"}, {"messages": "chat"}, {"response": "b"}),
    ({"messages": [USER], "response": "b"}, {}, {"response": "b", "prompt": "a", "extra": '{"messages":[{"role":"user","content":"a"}]}'}),
    ({"messages": [USER, ASSISTANT, USER], "output": "c"}, {}, {"response": "c", "prompt": "a"}),
    ({"messages": [USER, ASSISTANT], "response": None}, {}, {"response": "b", "prompt": "a"}),
    ({"messages": [ASSISTANT], "prompt": "p"}, {}, {"response": "b", "prompt": "p"}),
    ({"messages": [USER], "error": "timeout"}, {}, {"response": "", "prompt": "a", "error": "timeout"}),
    # where the user says that a field stands
    ({"output.text": "Yes."}, {"response": "output.text"}, {"response": "Yes."}),
    ({"choices": [{"text": "Yes."}]}, {"response": "choices[-1].text"}, {"response": "Yes."}),
    ({"output": None, "completion": "c", "error": "timeout"}, {"response": "output.text"}, {"response": "", "error": "timeout"}),
    ({"failure": "timeout"}, {"error": "failure"}, {"response": "", "error": "timeout"}),
]


@pytest.mark.parametrize(("fields", "mapping", "expected"), RECORDS)
def test_record_becomes_a_row(fields: dict[str, Any], mapping: dict[str, str], expected: dict[str, Any]) -> None:
    (row,) = canonical_rows(fields, Place("f", 4), mapping)
    assert {name: row[name] for name in expected} == expected


def test_conversation_has_one_row_per_assistant_turn() -> None:
    turns = [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")]
    messages = [{"role": role, "content": text} for role, text in turns]
    rows = canonical_rows({"id": "c1", "messages": messages, "finish_reason": "content_filter"}, Place("f", 1), {})
    assert [(row["id"], row["turn"], row["prompt"], row["response"], row["conversation_id"], row["finish_reason"]) for row in rows] == [
        ("c1#1", 1, "a", "b", "c1", None),
        ("c1#2", 2, "c", "d", "c1", "content_filter"),
    ]


SPLITS = [
    ("<think>a</think>\n\nb", ("b", "a", None)),
    ("<think>a</think> <think>b</think> c", ("c", "a\nb", None)),
    ("<think></think>b", ("b", "", None)),
    ("a</think>b", ("b", "a", None)),
    ("<think>never closed", ("", "never closed", None)),
    ("<safety_check>a</safety_check>b", ("b", "a", None)),
    ("[respond] b", ("b", None, "[respond]")),
    ("[Unsupported requests] b", ("b", None, "[Unsupported requests]")),
    ("<s> b", ("b", None, "<s>")),
    ("[A footnote] b", ("[A footnote] b", None, None)),
    ("1 < 2", ("1 < 2", None, None)),
]


@pytest.mark.parametrize(("text", "parts"), SPLITS)
def test_reasoning_and_control_tokens_are_split_off(text: str, parts: tuple[str, str | None, str | None]) -> None:
    assert split(text) == parts


@pytest.mark.parametrize("data", [gzip.compress(LINES * 50, mtime=0)[:60], compress_zstd(LINES * 50)[:20], b"\x28\xb5\x2f\xfd broken"])
def test_broken_compression_is_said(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(data)
    with pytest.raises(AnalyzerError, match="breaks off"):
        analysed(tmp_path, tmp_path / "a.jsonl")


def test_no_records_give_empty_tables(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"")
    counts, tags, _ = analysed(tmp_path, tmp_path / "a.jsonl")
    assert (counts["records"], tags.height) == (0, 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.dictionaries(
    st.sampled_from(["response", "id", "model", "language", "prompt", "messages", "turn", "error", "finish_reason", "reasoning", "x"]), JSON
)


@settings(max_examples=40, deadline=None)
@given(
    lines=st.lists(st.one_of(st.binary(max_size=30).filter(lambda line: b"\n" not in line), FIELDS.map(lambda fields: json.dumps(fields).encode())), max_size=8)
)
def test_any_lines_are_analysed_or_rejected(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("lines")
    (folder / "a.jsonl").write_bytes(b"\n" + b"\n".join(lines))  # first bytes may name no other format
    counts, tags, rejects = analysed(folder, folder / "a.jsonl")
    assert len(rejects) == counts["rejected"]
    assert tags.height == counts["responses"]
    assert counts["records"] + counts["blank"] == len(io.BytesIO((folder / "a.jsonl").read_bytes()).readlines())
