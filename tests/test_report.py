"""The report is one file without remote addresses, escapes hostile text, and says the truth about gaps."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from analyzer.frames import Options
from analyzer.pipeline import Run, run
from analyzer.records import AnalyzerError
from analyzer.render import MOST, render_report

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> \"'>{{ 7*7 }} \u202e =cmd() I can't help with that."


def report(tmp_path: Path, rows: list[dict[str, object]], options: Options | None = None) -> str:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run(Run((str(path),), tmp_path / "out", options or Options()))
    return render_report(tmp_path / "out").read_text(encoding="utf-8")


class Tags(HTMLParser):
    """Collects the tags of a page and checks that they are closed."""

    VOID = ("meta", "img", "br", "rect", "link", "input")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.VOID
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("field", ["response", "model", "prompt", "id", "language"])
def test_hostile_text_stays_text(tmp_path: Path, field: str) -> None:
    page = report(tmp_path, [{"id": "1", "model": "m", "language": "en", "response": "I can't help with that.", "prompt": "p", field: HOSTILE}])
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert "script" not in tags.seen
    assert "img" not in tags.seen
    assert "49" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL) or "{{ 7*7 }}" in page


def test_no_remote_address(tmp_path: Path) -> None:
    page = report(tmp_path, [{"id": "1", "model": "m", "language": "en", "response": "I can't help with that."}])
    assert re.findall(r"""(?:src|href)\s*=\s*["']?[^"'#\s>]|url\(|@import""", page) == []
    assert "http" not in page


def test_evidence_is_marked(tmp_path: Path) -> None:
    page = report(tmp_path, [{"id": "1", "model": "m", "language": "en", "response": "Well, I can't help with that."}])
    assert re.search(r'<mark class="m-refusal" title="refusal\.[^"]+">[^<]*can&#39;t', page)


def test_language_without_patterns_has_no_rate(tmp_path: Path) -> None:
    page = report(tmp_path, [{"id": "1", "model": "m", "language": "ko", "response": "도와드릴 수 없습니다."}])
    assert "in a language without patterns" in page
    assert "not measurable" in page
    assert "0 %" not in page


@pytest.mark.parametrize(("models", "more"), [(MOST, 0), (MOST + 3, 3)])
def test_examples_of_few_responses_are_counted(tmp_path: Path, models: int, more: int) -> None:
    names = [f"m{number:02}" for number in range(models)]
    page = report(tmp_path, [{"model": name, "language": "en", "response": "I can't help with that."} for name in [*names, names[-1]]])
    shown = re.findall(r"<figcaption>.*?<bdi>(.*?)</bdi>", page)
    assert set(shown) == {*names[: MOST - 1], names[-1]}
    assert re.findall(r'more examples</th><td>(\d+)</td><td dir="auto">in examples.parquet', page) == ([str(more)] if more else [])


def test_own_scores_are_shown(tmp_path: Path) -> None:
    (tmp_path / "scores.toml").write_text('[kindness]\nmeans = "kind"\nlow = 0\nhigh = 2\nbase = 1\nreason = "none"\ncues = {empathy = 1}\n')
    row: dict[str, object] = {"id": "1", "model": "m", "language": "en", "response": "I can't help with that."}
    assert "kindness (0 to 2)" in report(tmp_path, [row], Options(user_folder=tmp_path))
    assert "kindness" not in report(tmp_path, [row])


@pytest.mark.parametrize(
    ("limit", "sample", "said"),
    [
        (None, None, "from rows.jsonl. </p>"),
        (2, None, "No more than the first 2 records."),
        (None, 1, "A random sample of at most 1 record (seed 0)."),
        (2, 1, "A random sample of at most 1 record (seed 0) of at most the first 2 records."),
    ],
)
def test_part_of_the_input_is_called_so(tmp_path: Path, limit: int | None, sample: int | None, said: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"response": "Yes."}\n' * 3)
    run(Run((str(path),), tmp_path / "out", limit=limit, sample=sample))
    assert said in " ".join(render_report(tmp_path / "out").read_text(encoding="utf-8").split())


def damage(folder: Path, name: str, how: str) -> None:
    path = folder / name
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:20])
    elif name == "run.json":
        path.write_text("{}")
    else:
        pl.DataFrame({"other": [1]}).write_parquet(path)


@pytest.mark.parametrize("how", ["gone", "cut", "other"])
@pytest.mark.parametrize("name", ["run.json", "summary.parquet", "tags.parquet", "evidence.parquet", "examples.parquet"])
def test_incomplete_folder_is_named(tmp_path: Path, name: str, how: str) -> None:
    report(tmp_path, [{"id": "1", "model": "m", "language": "en", "response": "I can't help with that."}])
    damage(tmp_path / "out", name, how)
    with pytest.raises(AnalyzerError) as caught:
        render_report(tmp_path / "out")
    assert str(tmp_path / "out") in str(caught.value)
    assert name in str(caught.value)
    assert "again" in str(caught.value)
