"""Steps 3 to 8 for one text: fold, match, fuse, judge."""

from dataclasses import dataclass

from analyzer.fuse import Evidence, fuse, score
from analyzer.judge import Verdict, judge
from analyzer.masks import find_masks
from analyzer.match import matcher_for
from analyzer.normalize import Folded, fold
from analyzer.patterns import Locale
from analyzer.records import CUES, Cue
from analyzer.weights import THRESHOLD


@dataclass(frozen=True, slots=True)
class Tags:
    """What a text does: score and evidence of each cue, and the outcome."""

    scores: dict[Cue, float]
    evidence: list[Evidence]
    verdict: Verdict

    @property
    def cues(self) -> list[Cue]:
        """The cues that hold."""
        return [cue for cue in CUES if self.scores[cue] >= THRESHOLD]


def fold_text(text: str, locale: Locale) -> Folded:
    """Return the view of a text that the locale's phrases are matched on."""
    return fold(text, find_masks(text, locale.frames), elision=locale.facts.elision)


def tag_text(text: str, locale: Locale) -> Tags:
    """Tag one text with the rules of a locale."""
    folded = fold_text(text, locale)
    evidence = fuse(matcher_for(locale).find(folded.view, folded.span))
    present = {reason.cue for reason in evidence}
    scores = {cue: score(reason for reason in evidence if reason.cue == cue) if cue in present else 0.0 for cue in CUES}
    held = [cue for cue in CUES if scores[cue] >= THRESHOLD]
    spans = [(reason.start, reason.end) for reason in evidence if reason.cue in held]
    return Tags(scores, evidence, judge(text, held, spans))
