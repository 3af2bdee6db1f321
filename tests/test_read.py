"""Readers: every format, every broken line; nothing is lost and the counts add up."""

import bz2
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

from analyzer.frames import Options
from analyzer.lines import LONGEST_LINE
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
    "array.jsonl": json.dumps(ROWS).encode(),
    "pretty.jsonl": json.dumps({"rows": ROWS}, indent=2).encode(),
    "utf16.jsonl": LINES.decode().encode("utf-16"),
    "utf16.jsonl.gz": gzip.compress(LINES.decode().encode("utf-16")),
    "utf16.csv": b"\xfe\xff" + pl.DataFrame(ROWS).write_csv().encode("utf-16-be"),
    "utf16.txt": LINES.decode().encode("utf-16-le"),
    "utf16.json": json.dumps(ROWS).encode("utf-16"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_format(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FORMATS[name])
    counts, tags, rejects = analysed(tmp_path, tmp_path / name)
    assert tags["id"].to_list() == [row["id"] for row in ROWS]
    assert (counts["responses"], rejects) == (7, [])


def binary_parquet() -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame({"response": [b"Yes, \xc3\xa9t\xe9.", None]}).write_parquet(buffer)
    return buffer.getvalue()


# a file, how many responses it gives, how many records were mended, what is said of those left out
FILES: list[tuple[str, bytes, int, int, list[str]]] = [
    ("nan.json", b'[{"response": "a", "score": NaN}, {"response": "b"}]', 2, 2, []),
    ("bytes.json", b'[{"response": "a \xff"},\n{"response": "b \\ud83d"}]', 2, 2, []),
    ("cut.json", b'[\n{"response": "a"}\n', 1, 0, ["not valid JSON"]),
    ("objects.json", b'{\n "response": "a"\n}\n{\n "response": "b"\n}\n', 2, 0, []),
    ("objects.jsonl", b'{\n"response": "a"}\n\n[\n1]\n{"response": \n"b"}', 2, 0, ["this one is a list"]),
    ("cut_objects.json", b'{\n "response": "a"\n}\n{\n "response": "b"\n', 1, 0, ["not valid JSON"]),
    ("five.json", b"5", 0, 0, ["this one is a number"]),
    ("text.json", b'"x"', 0, 0, ["this one is a text"]),
    ("rows.json", b'[{"response": "a"}, ' + b"[" * 300 + b"]" * 300 + b"]", 1, 0, ["this one is a list"]),
    ("record.json", b'{"response": "a", "notes": [{"by": "x"}, {"by": "y"}]}', 1, 0, []),
    ("open.csv", b'id,response\n1,a\n2,"unclosed text\n3,hello\n', 1, 0, ["not valid CSV: unexpected end"]),
    ("one.csv", b'response\n""\n\na\n', 2, 0, []),
    ("windows.csv", "id,response\n1,möglich – ñ\n".encode("cp1252"), 1, 1, []),
    ("header.csv", b'"' + b"x" * (LONGEST_LINE + 1) + b'"\na\n', 0, 0, ["not valid CSV: field larger", "has 1 cells, the header 0"]),
    ("line.txt", b"x" * (LONGEST_LINE + 1), 0, 0, ["not valid CSV: field larger"]),
    ("binary.parquet", binary_parquet(), 2, 1, []),
]


@pytest.mark.parametrize(("name", "data", "responses", "mended", "reasons"), FILES)
def test_odd_file_is_read_or_written_down(tmp_path: Path, name: str, data: bytes, responses: int, mended: int, reasons: list[str]) -> None:
    (tmp_path / name).write_bytes(data)
    counts, _, rejects = analysed(tmp_path, tmp_path / name)
    assert (counts["responses"], sum(counts["mended"].values()), len(rejects)) == (responses, mended, len(reasons))
    assert all(reason in reject["reason"] and reject["raw"] for reason, reject in zip(reasons, rejects, strict=True))


# what a file calls its model, and the rows' own
MODELS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("gpt-4.1.json", {"rows": [{"response": "a"}]}, ["gpt-4.1"]),
    ("gpt-4.5.jsonl.gz", {"response": "a"}, ["gpt-4.5"]),
    ("a.json", {"model": "gpt-9", "id": "run", "responses": [{"response": "a"}, {"response": "b", "model": "own"}]}, ["gpt-9", "own"]),
    ("a.json", {"parameters": {"model": "vicuna"}, "jailbreaks": [{"response": "a"}]}, ["vicuna"]),
    ("a.json", {"eval": {"model": "m"}, "samples": [{"response": "a"}], "reductions": [{"scorer": "s"}]}, ["m"]),
    ("a.json", {"a": {"model": "x"}, "b": {"model": "y"}, "rows": [{"response": "a"}]}, ["a"]),
]


@pytest.mark.parametrize(("name", "document", "models"), MODELS)
def test_model_is_named_by_row_document_or_file(tmp_path: Path, name: str, document: dict[str, Any], models: list[str]) -> None:
    (tmp_path / name).write_bytes(json.dumps(document).encode())
    assert analysed(tmp_path, tmp_path / name)[1]["model"].to_list() == models


def test_column_does_not_hide_another_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("response,response\na,b\n")
    assert analysed(tmp_path, tmp_path / "a.csv")[1]["extra"].to_list() == ['{"response~2":"b"}']


UNREADABLE: list[tuple[str, bytes | None, str]] = [
    ("a.jsonl.bz2", bz2.compress(LINES), "packed with bzip2.*Unpack"),
    ("a.zip", b"PK\x03\x04", "packed with zip.*Unpack"),
    ("a.eval", b"PK\x03\x04", "inspect log dump .*a.eval > a.json"),
    ("cut.txt", gzip.compress(LINES, mtime=0)[:12], "breaks off"),
    ("cut.jsonl", gzip.compress(LINES * 50, mtime=0)[:60], "breaks off"),
    ("cut.jsonl", compress_zstd(LINES * 50)[:20], "breaks off"),
    ("broken.jsonl", b"\x28\xb5\x2f\xfd broken", "breaks off"),
    ("folder", None, "This is a folder.*folder/\\*.jsonl"),
]


@pytest.mark.parametrize(("name", "data", "message"), UNREADABLE)
def test_unreadable_file_says_what_to_do(tmp_path: Path, name: str, data: bytes | None, message: str) -> None:
    (tmp_path / name).mkdir() if data is None else (tmp_path / name).write_bytes(data)
    with pytest.raises(AnalyzerError, match=f"(?s){message}"):
        analysed(tmp_path, tmp_path / name)
    assert not (tmp_path / "out").exists()


BROKEN = [
    (b'{"response": "cut', "not valid JSON"),
    (b"[1, 2]", "this one is a list"),
    (b"null", "this one is null"),
    (b'{"id": 1, "text": "x"}', 'no "response"'),
    (b'{"choices": [{"message": {"role": "assistant", "content": "No."}}]}', "--field 'response=choices[0].message.content'"),
    (b'{"$(ls)": {"text": "x"}}', "--field 'response=$(ls).text'"),
    (b'{"response": {"deep": 1}}', "object without text"),
    (b'{"messages": [{"role": "user", "content": "hi"}]}', "no turn of an assistant"),
    (b'{"messages": ["hi"]}', "not an object with role"),
    (b'{"messages": [{"role": "assistant", "content": "kept?"}, {"role": "assistant", "content": {}}]}', "object without text"),
    (b'{"response": ' + b"[" * 900 + b"]" * 900 + b"}", "nested too deeply"),
    (b'{"response": "ok", "x": ' + b"[" * 999 + b"]" * 999 + b"}", "nested too deeply"),
    (b'{"response": true}', "the response is true"),
    (b'{"response": "ok", "turn": ' + b"[" * 999 + b"]" * 999 + b"}", "nested too deeply"),
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


def test_files_of_one_name_are_two_models(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "run.jsonl" for folder in ("old", "new")]
    for path in paths:
        path.parent.mkdir()
        path.write_text('{"response": "Yes, of course."}\n')
    tags = analysed(tmp_path, *paths)[1]
    assert tags["model"].to_list() == ["old/run", "new/run"]
    assert tags["id"].to_list() == ["old/run:1", "new/run:1"]


def test_limit_and_sample(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES)
    assert analysed(tmp_path, tmp_path / "a.jsonl", limit=3)[1]["id"].to_list() == ["0", "1", "2"]
    first = analysed(tmp_path, tmp_path / "a.jsonl", sample=3, seed=1)[1]["id"].to_list()
    assert first == analysed(tmp_path, tmp_path / "a.jsonl", sample=3, seed=1)[1]["id"].to_list()
    assert len(first) == 3
    assert first == sorted(first)


def test_no_records_give_empty_tables(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"")
    counts, tags, _ = analysed(tmp_path, tmp_path / "a.jsonl")
    assert (counts["records"], tags.height) == (0, 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["response", "id", "model", "language", "prompt", "messages", "turn", "error", "finish_reason", "reasoning", "refusal", "output", "x"]
FIELDS = st.dictionaries(st.sampled_from(NAMES), JSON)


@settings(max_examples=40, deadline=None)
@given(
    lines=st.lists(st.one_of(st.binary(max_size=30).filter(lambda line: b"\n" not in line), FIELDS.map(lambda fields: json.dumps(fields).encode())), max_size=8)
)
def test_any_lines_are_analysed_or_rejected(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("lines")
    (folder / "a.jsonl").write_bytes(b"{}\n" + b"\n".join(lines))  # first bytes may name no other format
    counts, tags, rejects = analysed(folder, folder / "a.jsonl")
    assert len(rejects) == counts["rejected"]
    assert tags.height == counts["responses"]
    assert counts["records"] + counts["blank"] == len(io.BytesIO((folder / "a.jsonl").read_bytes()).readlines())
