"""Step 7: make cues of matches, each with a score in 0..1 and the evidence that rebuilds it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

from analyzer.records import CUES, Cue, Match, Strength
from analyzer.weights import STRENGTH, SUPPORT, THRESHOLD, WEAK_ONLY_LIMIT


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a cue: a match of its own, or a match of a cue that supports it."""

    cue: Cue
    rule: str
    source: Literal["pattern", "support"]
    strength: Strength
    start: int
    end: int

    @property
    def concept(self) -> str:
        return self.rule.partition("/")[0]

    @property
    def score(self) -> float:
        """The weight of this evidence alone."""
        return STRENGTH[self.strength]


def fuse(matches: Sequence[Match]) -> list[Evidence]:
    """Return the evidence of all cues: each rule once, where it stands first, and the support between cues."""
    own: dict[Cue, list[Evidence]] = {}
    seen: set[str] = set()
    for match in matches:
        if match.rule not in seen:
            seen.add(match.rule)
            own.setdefault(match.cue, []).append(Evidence(match.cue, match.rule, "pattern", match.strength, match.start, match.end))
    present = {cue for cue, evidence in own.items() if score(evidence) >= THRESHOLD}
    support = [evidence for cue in CUES if cue in own for evidence in _support(cue, own, present)]
    return [*(evidence for cue in CUES for evidence in own.get(cue, ())), *support]


def score(evidence: Iterable[Evidence]) -> float:
    """Return the score of one cue from its evidence, as independent reasons: 1 - prod(1 - weight) (noisy-or).

    >>> score([])
    0.0
    """
    reasons = list(evidence)
    own = [reason for reason in reasons if reason.source == "pattern"]
    total = 1 - prod(1 - reason.score for reason in reasons)
    carried = any(reason.strength != "weak" for reason in own)
    return round(total if carried else min(total, WEAK_ONLY_LIMIT) if own else 0.0, 4)


def _support(cue: Cue, own: Mapping[Cue, Sequence[Evidence]], present: Collection[Cue]) -> Iterator[Evidence]:
    if any(evidence.strength != "weak" for evidence in own[cue]):
        for other in SUPPORT.get(cue, ()):
            if other in present:
                first = own[other][0]
                yield Evidence(cue, first.rule, "support", "weak", first.start, first.end)
