"""Step 7: make cues of matches, each with a score in 0..1 and the evidence that rebuilds it."""

from bisect import bisect_right, insort
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal, NamedTuple

from analyzer.records import CUES, Cue, Mask, Match, Span, Strength, concept_of, cue_of, hits
from analyzer.weights import EARLY, HOLDS_OTHERS, LATE, LOWER, REACH, STRENGTH, SUPPORT, THRESHOLD, WEAK_ONLY_LIMIT


class Evidence(NamedTuple):
    """One reason for a cue: a match of its own, or a match of a cue that supports it."""

    cue: Cue
    rule: str
    source: Literal["pattern", "support"]
    strength: Strength
    start: int
    end: int

    @property
    def concept(self) -> str:
        """The concept of the rule: `refusal.inability`."""
        return concept_of(self.rule)


def fuse(matches: Iterable[Match], masks: Iterable[Mask] = ()) -> dict[Cue, list[Evidence]]:
    """Return the evidence of each cue that has any: its own matches, then the support of other cues.

    What speaks of a limit counts one degree less where an answer has long been running, masked stretches not counted.
    """
    own = _own(matches, _late(masks))
    firm = {cue for cue, evidence in own.items() if evidence[0].strength != "weak"}
    present = {cue for cue in firm if own[cue][0].strength == "strong" or score(own[cue]) >= THRESHOLD}
    support = {cue: [*_support(cue, own, firm, present)] for cue in firm}
    return {cue: [*own[cue], *support.get(cue, ())] for cue in CUES if cue in own}


def _own(matches: Iterable[Match], late: int) -> dict[Cue, list[Evidence]]:
    """The matches of each cue, the strongest first: a rule once in REACH, and what was said once only once, whichever rules match it."""
    own: dict[Cue, list[Evidence]] = {}
    said: dict[Cue, list[Span]] = {}
    last: dict[str, int] = {}
    for rule, strength, start, end in _strongest_first(matches, late):
        cue = cue_of(rule)
        spans = said.setdefault(cue, [])
        if (rule not in last or start - last[rule] > REACH) and not (spans and hits((start, end), spans)):
            insort(spans, (start, end))
            own.setdefault(cue, []).append(Evidence(cue, rule, "pattern", strength, start, end))
            last[rule] = start
    return own


def _strongest_first(matches: Iterable[Match], late: int) -> Iterator[Match]:
    found: dict[Strength, list[Match]] = {strength: [] for strength in STRENGTH}
    for match in matches:
        placed = match if match.start <= late else _later(match)
        found[placed.strength].append(placed)
    return chain.from_iterable(found.values())


def _late(masks: Iterable[Mask]) -> int:
    """Where LATE characters stand before, outside masks that are sorted and apart."""
    place = LATE
    for start, end, _ in masks:
        place += end - start if start < place else 0
    return place


def _later(match: Match) -> Match:
    rule, strength, start, end = match
    return Match(rule, LOWER[strength], start, end) if cue_of(rule) in EARLY else match


def score(evidence: Sequence[Evidence]) -> float:
    """Return the score of one cue from its evidence: of the stretch of REACH characters where the most is.

    >>> score([])
    0.0
    """
    if len(evidence) < 2 or max(places := [reason.start for reason in evidence]) - min(places) <= REACH:
        return _together(evidence)
    reasons = sorted(evidence, key=_place)
    starts = sorted(places)
    return max(_together(reasons[first : bisect_right(starts, start + REACH)]) for first, start in enumerate(starts))


def _place(reason: Evidence) -> int:
    return reason.start


def _together(evidence: Iterable[Evidence]) -> float:
    """Independent reasons: 1 - prod(1 - weight) (noisy-or)."""
    missing, own, carried = 1.0, False, False
    for reason in evidence:
        missing *= 1 - STRENGTH[reason.strength]
        if reason.source == "pattern":
            own, carried = True, carried or reason.strength != "weak"
    return round(1 - missing if carried else min(1 - missing, WEAK_ONLY_LIMIT) if own else 0.0, 4)


def _support(cue: Cue, own: Mapping[Cue, Sequence[Evidence]], firm: Collection[Cue], present: Collection[Cue]) -> Iterator[Evidence]:
    """A cue that holds supports another, from the place nearest to it; two that support each other do so before either holds."""
    for other in SUPPORT.get(cue, ()):
        if other in present or (other in firm and cue in SUPPORT.get(other, ())):
            taken = sorted((reason.start, reason.end) for reason in own[cue])
            apart = [reason for reason in own[other] if other in HOLDS_OTHERS or not hits((reason.start, reason.end), taken)]
            if near := min(apart, key=lambda reason: abs(reason.start - own[cue][0].start), default=None):
                yield Evidence(cue, near.rule, "support", "weak", near.start, near.end)
