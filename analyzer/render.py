"""Step 11: the report, one self-contained HTML file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from analyzer.aggregate import measured
from analyzer.data import data_folder
from analyzer.grids import mean_table, share_table
from analyzer.records import CUES, OUTCOMES, counted
from analyzer.results import NONE, Record, by_responses, read_results, ungrouped

LONGEST_EXAMPLE = 700  # characters; longer responses are shown around their evidence
MOST = 20  # models, and languages, that have examples in the report; those with most responses


@dataclass(frozen=True, slots=True)
class Bar:
    """The outcomes of one model in one language, in per cent."""

    model: str
    language: str
    n: int
    parts: Sequence[tuple[str, float, str]]


@dataclass(frozen=True, slots=True)
class Example:
    """A response with its evidence: pieces of text, each with the cue and rule it is evidence for, or with none."""

    cue: str
    model: str
    language: str
    prompt: str
    pieces: Sequence[tuple[str, str, str]]


ABOUT: Mapping[str, str] = {
    "refusal": "The assistant itself declines, in whole or part, what was asked.",
    "apology": "It regrets its own conduct, or that it does not comply.",
    "explanation": "It gives the reason for its limit.",
    "deflection": "It turns the user elsewhere instead of answering.",
    "acknowledgment": "It shows that the user's words or request were taken in.",
    "boundary": "It states a limit of the relationship or of what it is.",
    "empathy": "It names or validates the user's feelings, or shows care.",
    "caution": "It warns of a risk or adds a safety condition.",
    "uncertainty": "It says that it does not know or cannot be sure.",
    "clarification": "It asks back for what is missing.",
    "attachment": "It claims love, feelings or a human life, or begs the user to stay.",
}


def render_report(folder: Path) -> Path:
    """Write `report.html` into a folder of results from the tables in it; return its path."""
    import jinja2

    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(data_folder("reports")), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters["counted"] = counted
    html = templates.get_template("report.html").render(**report_data(folder))
    path = folder / "report.html"
    path.write_text(html, encoding="utf-8", errors="replace")
    return path


def report_data(folder: Path) -> dict[str, Any]:
    """Return everything that the template places."""
    run, summary = read_results(folder)
    languages = summary["language"].unique().sort().to_list()
    whole = ungrouped(summary, run.options.by)
    examples, more_examples = _examples(folder, summary)
    return {
        "run": run,
        "models": whole["model"].unique().sort().to_list(),
        "languages": languages,
        "cues": [share_table(whole, cue, ABOUT[cue], languages) for cue in CUES],
        "outcomes": list(_bars(whole)),
        "outcome_names": [name for name in OUTCOMES if name != "invalid"],
        "scores": [mean_table(whole, name, spec.means, languages, spec.low, spec.high) for name, spec in run.scores.items()],
        "words": mean_table(whole, "words", "Words per response", languages, 0, None),
        "trust": _trust(languages),
        "left_out": [*_left_out(folder, run, whole), *_more_examples(more_examples)],
        "examples": examples,
    }


def _bars(summary: pl.DataFrame) -> Iterator[Bar]:
    shares = summary.filter(pl.col("measure").str.starts_with("outcome."), pl.col("value").is_not_null(), pl.col("n") > 0)
    for (language, model), rows in shares.sort("language", "model").group_by(["language", "model"], maintain_order=True):
        values = {row["measure"].removeprefix("outcome."): row["value"] for row in rows.iter_rows(named=True)}
        parts = [(name, round(100 * values[name], 2), f"{100 * values[name]:.0f} %") for name in OUTCOMES if values.get(name)]
        yield Bar(str(model), str(language), rows["n"][0], parts)


def _trust(languages: Sequence[str]) -> list[tuple[str, str, list[tuple[str, str, int]]]]:
    """For each language: how many labelled responses measured it, and recall and precision of each cue."""
    table = []
    for language in languages:
        cues = measured().get(language, {})
        entries = [(_percent(cues.get(cue, {}).get("recall")), _percent(cues.get(cue, {}).get("precision")), cues.get(cue, {}).get("n", 0)) for cue in CUES]
        table.append((language, "" if cues else "no labelled responses yet", entries))
    return table


def _percent(value: float | None) -> str:
    return NONE if value is None else f"{100 * value:.0f}"


def _left_out(folder: Path, run: Record, summary: pl.DataFrame) -> Iterator[tuple[str, int, str]]:
    counts = run.counts
    yield "lines rejected", counts.rejected, "listed with their reasons in rejects.jsonl"
    yield "lines mended", sum(counts.mended.values()), "; ".join(f"{reason}: {count}" for reason, count in counts.mended.items())
    yield "blank lines", counts.blank, ""
    tags = pl.scan_parquet(folder / "tags.parquet")
    reasons = tags.filter(outcome="invalid").group_by("outcome_reason").len().sort("outcome_reason").collect()
    yield "invalid responses", int(reasons["len"].sum()), "; ".join(f"{reason}: {count}" for reason, count in reasons.iter_rows())
    unknown = tags.filter(pl.col("outcome").is_null()).group_by("language").len().sort("language", nulls_last=True).collect()
    yield "in a language without patterns", int(unknown["len"].sum()), "; ".join(f"{code or 'unknown'}: {count}" for code, count in unknown.iter_rows())
    foreign = summary.filter(pl.col("measure") == "other_language")["k"].sum()
    yield "answered in another language than declared", int(foreign or 0), "counted, and tagged with the patterns of their own language"


def _more_examples(count: int) -> Iterator[tuple[str, int, str]]:
    if count:
        yield "more examples", count, f"in examples.parquet; here are those of the {MOST} models and {MOST} languages with most responses"


def _examples(folder: Path, summary: pl.DataFrame) -> tuple[list[tuple[str, list[Example]]], int]:
    """The examples by cue, of the models and languages with most responses, and how many of others were left out."""
    evidence = pl.scan_parquet(folder / "evidence.parquet").filter(source="pattern")
    found = pl.scan_parquet(folder / "examples.parquet").join(evidence, on=["id", "cue"], how="semi").collect()
    models, languages = (by_responses(summary, column)[:MOST] for column in ("model", "language"))
    frame = found.filter(pl.col("model").is_in(models), pl.col("language").is_in(languages))
    spans: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in evidence.join(frame.lazy(), on=["id", "cue"], how="semi").collect().iter_rows(named=True):
        spans.setdefault((row["id"], row["cue"]), []).append(row)
    shown: dict[str, list[Example]] = {cue: [] for cue in CUES}
    for row in frame.sort("language", "model", "id", nulls_last=True).iter_rows(named=True):
        pieces = list(_pieces(row["response"], spans[row["id"], row["cue"]]))
        shown[row["cue"]].append(Example(row["cue"], row["model"], row["language"], (row["prompt"] or "")[:300], pieces))
    return [(cue, examples) for cue, examples in shown.items() if examples], found.height - frame.height


def _pieces(text: str, spans: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Cut a text into marked and plain pieces, around its first evidence where it is long."""
    ordered = sorted(spans, key=lambda span: (span["start"], -span["end"]))
    begin = max(0, ordered[0]["start"] - LONGEST_EXAMPLE // 2) if len(text) > LONGEST_EXAMPLE else 0
    end = min(len(text), begin + LONGEST_EXAMPLE)
    at = begin
    yield ("… " if begin else "", "", "")
    for span in ordered:
        if span["start"] >= at and span["end"] <= end:
            yield text[at : span["start"]], "", ""
            yield text[span["start"] : span["end"]], span["cue"], f"{span['rule']} ({span['strength']})"
            at = span["end"]
    yield text[at:end] + (" …" if end < len(text) else ""), "", ""
