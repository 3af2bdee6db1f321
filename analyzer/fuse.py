"""Step 7: make cues of matches, each with a score in 0..1 and the evidence that rebuilds it."""

from collections.abc import Iterable, Sequence
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
    own = [evidence for cue in CUES for evidence in _own(cue, matches)]
    present = {cue for cue in CUES if score(e for e in own if e.cue == cue) >= THRESHOLD}
    support = [evidence for cue in CUES for evidence in _support(cue, own, present)]
    return [*own, *support]


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


def _own(cue: Cue, matches: Sequence[Match]) -> Iterable[Evidence]:
    seen: set[str] = set()
    for match in matches:
        if match.cue == cue and match.rule not in seen:
            seen.add(match.rule)
            yield Evidence(cue, match.rule, "pattern", match.strength, match.start, match.end)


def _support(cue: Cue, own: Sequence[Evidence], present: set[Cue]) -> Iterable[Evidence]:
    mine = [evidence for evidence in own if evidence.cue == cue]
    if not mine or all(evidence.strength == "weak" for evidence in mine):
        return
    for other in SUPPORT.get(cue, ()):
        if other in present:
            first = next(evidence for evidence in own if evidence.cue == other)
            yield Evidence(cue, first.rule, "support", "weak", first.start, first.end)
