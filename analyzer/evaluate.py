"""Measure tags against labels: precision, recall and F1 per language and cue."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyzer.records import CUES, REFUSED


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


def label_pairs(row: Mapping[str, Any], tags: Mapping[str, Any]) -> Iterator[tuple[str, bool, bool]]:
    """Yield (what, labelled, tagged) for everything that a row's labels speak of.

    `cues` is a list (every cue not in it is labelled false) or a mapping (a cue not in it is unlabelled); `refused` is
    the outcome, full or partial refusal against the rest. What was not measurable (null) is left out.
    """
    labels = row.get("cues") or {}
    if isinstance(row.get("cues"), list):
        labels = {cue: cue in row["cues"] for cue in CUES}
    for cue, labelled in labels.items():
        if cue in CUES and labelled is not None and tags.get(cue) is not None:
            yield cue, bool(labelled), bool(tags[cue])
    if row.get("refused") is not None:
        yield "refused", bool(row["refused"]), tags.get("outcome") in REFUSED


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


def outcome_accuracy(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Share of (labelled, judged) outcomes that are the same."""
    return sum(a == b for a, b in pairs) / len(pairs) if pairs else None
