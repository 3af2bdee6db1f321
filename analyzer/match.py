"""Step 4: find the rules that match a text.

The words of a sentence tell which phrases can match it at all (see `index`); only they are tried.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, islice, pairwise

import regex

from analyzer.confirm import beginnings, find_all
from analyzer.index import Index
from analyzer.patterns import Locale
from analyzer.phrases import Phrase
from analyzer.records import Match, Span, hits

Found = tuple[int, int, int]  # start, end, number of the rule

# In this form the engine runs over what is no end without trying anything.
_END = re.compile(r"[.!?;:\n](?:(?<=\n)|(?!\w))")


def sentences(view: str) -> list[Span]:
    """Return the stretches of a view that no phrase crosses, with the signs that end them.

    >>> ["It is 3.5 m: yes. No"[a:b] for a, b in sentences("It is 3.5 m: yes. No")]
    ['It is 3.5 m:', ' yes.', ' No']
    """
    ends = [hit.end() for hit in _END.finditer(view)]
    if not ends or ends[-1] < len(view):
        ends.append(len(view))
    return [*zip([0, *ends], ends, strict=False)]


class Matcher:
    """The phrases of a locale, ready to run. Build it once a process."""

    def __init__(self, locale: Locale) -> None:
        self.locale = locale
        self.phrases = locale.phrases
        ranges = iter(_ranges([*(rule.phrases for rule in locale.rules), *(rule.guards for rule in locale.rules), *locale.guards.values()]))
        self.rule_phrases = [*islice(ranges, len(locale.rules))]
        self.rule_guards = [*islice(ranges, len(locale.rules))]
        self.cue_guards = dict(zip(locale.guards, ranges, strict=True))
        self._owner: list[int | None] = [None] * len(self.phrases)  # of guards there is none
        for rule, numbers in enumerate(self.rule_phrases):
            self._owner[numbers.start : numbers.stop] = [rule] * len(numbers)
        self._index = Index(locale.places, len(self.phrases), spaced=locale.facts.spaced)

    def find(self, view: str, origin: Callable[[int, int], Span]) -> list[Match]:
        """Return the matches in a view, sorted by place; `origin` gives the original span of a span of the view."""
        matches = []
        for begin, end in sentences(view):
            for start, stop, rule in self._find(view[begin:end]):
                source = self.locale.rules[rule]
                matches.append(Match(source.id, source.strength, *origin(begin + start, begin + stop)))
        return matches

    def _find(self, view: str) -> list[Found]:
        """The rules that match a sentence, and where, less what guards cancel."""
        candidates = self._index.candidates(view)
        if not candidates:
            return []
        spans: dict[int, list[Span]] = {}
        guards: list[int] = []
        begins = beginnings(view, spaced=self.locale.facts.spaced)
        for number in candidates:
            if (rule := self._owner[number]) is None:
                guards.append(number)
            elif found := find_all(self.phrases[number], view, begins):
                spans.setdefault(rule, []).extend(found)
        if not spans:
            return []
        cancelled = {number: find_all(self.phrases[number], view, begins) for number in guards}
        matches: list[Found] = []
        for rule, found in spans.items():
            own, shared = self.rule_guards[rule], self.cue_guards.get(self.locale.rules[rule].cue, ())
            against = [spans for number, spans in cancelled.items() if number in own or number in shared]
            matches += [(*span, rule) for span in _apart(found) if not any(hits(span, guarded) for guarded in against)]
        return sorted(matches)

    def phrase_spans(self, view: str, *, filtered: bool = True) -> dict[int, list[Span]]:
        """Return the spans of each phrase that matches; `filtered=False` tries every phrase at every place."""
        if not filtered:
            every = ((number, [hit.span() for hit in _compiled(phrase).finditer(view)]) for number, phrase in enumerate(self.phrases))
            return {number: spans for number, spans in every if spans}
        found: dict[int, list[Span]] = defaultdict(list)
        for begin, end in sentences(view):
            sentence = view[begin:end]
            begins = beginnings(sentence, spaced=self.locale.facts.spaced)
            for number in self._index.candidates(sentence):
                found[number] += [(begin + start, begin + stop) for start, stop in find_all(self.phrases[number], sentence, begins)]
        return {number: spans for number, spans in sorted(found.items()) if spans}


@lru_cache(maxsize=10_000)
def _compiled(phrase: Phrase) -> "regex.Pattern[str]":
    return regex.compile(phrase.pattern)


@lru_cache(maxsize=64)
def matcher_for(locale: Locale) -> Matcher:
    """Return the matcher of a locale, built at its first use."""
    return Matcher(locale)


def _ranges(groups: Sequence[Sequence[Phrase]]) -> list[range]:
    """The numbers of the phrases of each group, if they are numbered through."""
    return [range(start, end) for start, end in pairwise(accumulate(map(len, groups), initial=0))]


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Keep, of overlapping spans of one rule, the first and there the longest.

    >>> _apart([(3, 9), (0, 5), (0, 4), (9, 12)])
    [(0, 5), (9, 12)]
    """
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept
