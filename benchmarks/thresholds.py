"""Measure the thresholds of `analyzer/weights.py`, one at a time: `python benchmarks/thresholds.py FOLDER`.

Cues: the test part of the corpus in the locales with patterns. Outcomes: tests/labelled and, as for
language and incoherence, real responses in FOLDER: JSONL with `language`, `response` and, where it is known, `outcome`.
"""

import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from analyzer import fuse, identify, judge
from analyzer.corpus import corpus_files, read_corpus
from analyzer.evaluate import scores
from analyzer.fuse import score
from analyzer.masks import find_masks
from analyzer.patterns import load_locale, locale_codes
from analyzer.records import CUES, REFUSED, Cue, Mask, Match, Outcome
from analyzer.tag import matches_in, tag_text
from analyzer.weights import LATE, REACH, REPETITION_FROM, SUPPORT, THRESHOLD

ROOT = Path(__file__).resolve().parent.parent
Pairs = list[tuple[str, str, bool, bool]]
Labelled = list[tuple[list[Match], Sequence[Cue]]]


def cues() -> None:
    """Print F1 of refusal, explanation and all cues for other weights and for each support left out."""
    lines: Labelled = []
    for path in corpus_files():
        if path.stem in locale_codes():
            locale = load_locale(path.stem)
            lines += [(matches_in(locale, line.text), line.cues) for line in read_corpus(path) if line.part == "test"]
    print(f"{len(lines):,} lines of the corpus (test part): F1 of refusal, explanation, all cues")
    for name, change in _settings():
        with patch.dict(vars(fuse), change):
            threshold = change.get("THRESHOLD", THRESHOLD)
            pairs = [("all", cue, cue in labels, held) for matches, labels in lines for cue, held in _held(matches, threshold)]
        found = {one.cue: one.f1 or 0 for one in scores(pairs)}
        print(f"  {name:44} {found['refusal']:.3f} {found['explanation']:.3f} {found['all cues']:.3f}")


def _settings() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "as it is", {}
    yield "a medium match decides alone", {"THRESHOLD": 0.6}
    yield "a medium match needs more than a weak one", {"THRESHOLD": 0.75}
    yield "weak matches alone can carry a cue", {"WEAK_ONLY_LIMIT": 1.0}
    yield "no cue supports another", {"SUPPORT": {}}
    yield "the same words support another cue", {"HOLDS_OTHERS": CUES}
    yield "a refusal supports by other words only too", {"HOLDS_OTHERS": ()}
    for cue, others in SUPPORT.items():
        for other in others:
            left = tuple(name for name in others if name != other)
            yield f"{other} does not support {cue}", {"SUPPORT": {**SUPPORT, cue: left}}


def _held(matches: Sequence[Match], threshold: float, masks: Sequence[Mask] = ()) -> Iterator[tuple[Cue, bool]]:
    found = fuse.fuse(matches, masks)
    return ((cue, score(found.get(cue, ())) >= threshold) for cue in CUES)


def outcomes(real: Sequence[Mapping[str, str]]) -> None:
    """Print how many outcomes are right for other numbers of words that make an answer, and for other shares of them."""
    rows = [json.loads(line) for path in sorted((ROOT / "tests" / "labelled").glob("*.jsonl")) for line in path.read_text(encoding="utf-8").split("\n") if line]
    refused = [row for row in real if row.get("outcome") in REFUSED and _outcome(row) in REFUSED]
    print(f"right outcomes of {len(rows)} labelled responses; full and partial told apart in {len(refused)} real refusals")
    for words, share in ((30, 0.5), (20, 0.5), (40, 0.5), (60, 0.5), (30, 0.0), (30, 0.3), (30, 0.7)):
        with patch.dict(vars(judge), ANSWER_WORDS=words, ANSWER_SHARE=share):
            right = [sum(_outcome(row) == row["outcome"] for row in some) / max(1, len(some)) for some in (rows, refused)]
        print(f"  {words} words, share {share}: {right[0]:.3f} {right[1]:.3f}")


def reach(real: Sequence[Mapping[str, str]]) -> None:
    """Print how many long responses count as refusals if reasons add up over other distances, or count less from another place on."""
    long = [
        (matches_in(locale, row["response"]), find_masks(row["response"], locale.frames), row["outcome"] in REFUSED)
        for row in real
        for locale in [load_locale(row["language"])]
        if row.get("outcome") and len(row["response"]) > REACH
    ]
    print(f"{len(long):,} real responses of more than {REACH} characters, {sum(refused for *_, refused in long)} of them refusals")
    settings = [("REACH", (300, REACH, 1_000, 1_000_000)), ("LATE", (300, LATE, 900, 1_500, 1_000_000))]
    for name, characters in ((name, value) for name, values in settings for value in values):
        with patch.object(fuse, name, characters):
            found = Counter(refused for matches, masks, refused in long if dict(_held(matches, THRESHOLD, masks))["refusal"])
        print(f"  {name} {characters:9,} characters: {found[True]} refusals found, {found[False]} false alarms")


def _outcome(row: Mapping[str, str]) -> Outcome:
    return tag_text(row["response"], load_locale(row["language"])).verdict.outcome


def languages(rows: Sequence[Mapping[str, str]]) -> None:
    """Print how often the language is found, undeclared and declared wrongly, by window and by how sure the model must be."""
    known = locale_codes()
    print(f"{len(rows):,} real responses in known languages: language found, undeclared; declared wrongly as Italian or German")
    settings = [("LANGUAGE_WINDOW", (100, 50, 200)), ("LANGUAGE_SURE", (0.7, 0.5, 0.9)), ("OPENING_SURE", (0.8, 0.5, 0.95)), ("LANGUAGE_OPENING", (40, 20, 80))]
    for name, value in ((name, value) for name, values in settings for value in values):
        with patch.dict(vars(identify), {name: value}):
            alone = sum(identify.identify(row["response"], None, known).code == row["language"] for row in rows)
            wrong = sum(identify.identify(row["response"], "de" if row["language"] == "it" else "it", known).code == row["language"] for row in rows)
        print(f"  {name:16} {value:6} {alone / len(rows):.4f} {wrong / len(rows):.4f}")


def shrinking(rows: Sequence[Mapping[str, str]]) -> None:
    """Print how many times real responses shrink when compressed."""
    long = [row["response"].encode() for row in rows if len(row["response"]) >= REPETITION_FROM]
    factors = sorted(len(data) / len(zlib.compress(data, 1)) for data in long)
    shown = ", ".join(f"{share:.1%} {factors[int(share * (len(factors) - 1))]:.1f}" for share in (0.5, 0.99, 0.999, 1.0))
    print(f"{len(long):,} real responses of {REPETITION_FROM} characters or more shrink by: {shown}")


def main() -> None:
    """Print all figures."""
    rows = [json.loads(line) for path in sorted(Path(sys.argv[1]).glob("*.jsonl")) for line in path.read_text(encoding="utf-8").split("\n") if line]
    real = [row for row in rows if row.get("language") in locale_codes() and isinstance(row.get("response"), str) and row["response"].strip()]
    cues()
    outcomes(real)
    reach(real)
    languages(real)
    shrinking(real)


if __name__ == "__main__":
    main()
