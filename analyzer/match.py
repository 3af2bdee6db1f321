"""Step 4: find the rules that match a text.

An Aho-Corasick pass over the view finds which phrases can match at all, and where; only there are they tried.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import ahocorasick_rs
import regex

from analyzer.normalize import Folded
from analyzer.patterns import Locale
from analyzer.phrases import Phrase
from analyzer.records import Match

TIME_LIMIT = 1.0  # seconds for one phrase on one text; phrases are bounded, so this is never reached but by a defect

Span = tuple[int, int]


class Matcher:
    """The phrases of a locale, ready to run. Build it once a process."""

    def __init__(self, locale: Locale) -> None:
        self.locale = locale
        self.phrases: list[Phrase] = []
        self.rule_phrases = [self._add(rule.phrases) for rule in locale.rules]
        self.rule_guards = [self._add(rule.guards) for rule in locale.rules]
        self.cue_guards = {cue: self._add(guards) for cue, guards in locale.guards.items()}
        self._owner = {number: index for index, numbers in enumerate(self.rule_phrases) for number in numbers}
        self._patterns: dict[int, regex.Pattern[str]] = {}
        users: dict[str, list[int]] = defaultdict(list)
        for number, phrase in enumerate(self.phrases):
            for literal in phrase.literals:
                users[literal].append(number)
        self._users = list(users.values())
        self._lengths = [len(literal) for literal in users]
        self._automaton = ahocorasick_rs.AhoCorasick(list(users)) if users else None

    def _add(self, phrases: Iterable[Phrase]) -> range:
        start = len(self.phrases)
        self.phrases += phrases
        return range(start, len(self.phrases))

    def pattern(self, number: int) -> regex.Pattern[str]:
        """Return a phrase's pattern, compiled at its first use: most phrases of most locales are never needed."""
        found = self._patterns.get(number)
        if found is None:
            found = self._patterns[number] = regex.compile(self.phrases[number].pattern)
        return found

    def find(self, folded: Folded) -> list[Match]:
        """Return the matches in a folded text, as spans of the original, sorted by place and rule."""
        view = folded.view
        windows = self._windows(view)
        spans: dict[int, list[Span]] = defaultdict(list)
        for number, places in windows.items():
            if (rule := self._owner.get(number)) is not None:
                spans[rule] += self._spans(number, view, places)
        kept = ((rule, span) for rule, found in spans.items() for span in self._unguarded(rule, _apart(found), view, windows))
        matches = (self._match(rule, folded.span(*span)) for rule, span in kept)
        return sorted(matches, key=lambda match: (match.start, match.end, match.rule))

    def phrase_spans(self, view: str, *, filtered: bool = True) -> dict[int, list[Span]]:
        """Return the spans of each phrase that matches; `filtered=False` tries every phrase on the whole view."""
        places = self._windows(view) if filtered else {number: [(0, len(view))] for number in range(len(self.phrases))}
        found = ((number, self._spans(number, view, place)) for number, place in sorted(places.items()))
        return {number: spans for number, spans in found if spans}

    def _windows(self, view: str) -> dict[int, list[Span]]:
        """The stretches of the view in which each candidate phrase can match."""
        windows: dict[int, list[Span]] = {}
        hits = self._automaton.find_matches_as_indexes(view, overlapping=True) if self._automaton else ()
        for literal, start, end in hits:
            for number in self._users[literal]:
                reach = self.phrases[number].reach
                low, high = max(0, end - reach), start + reach
                places = windows.get(number)
                if places is None:
                    windows[number] = [(low, high)]
                elif low <= places[-1][1]:
                    places[-1] = (min(places[-1][0], low), max(places[-1][1], high))
                else:
                    places.append((low, high))
        return windows

    def _spans(self, number: int, view: str, places: Iterable[Span]) -> list[Span]:
        pattern = self.pattern(number)
        return [hit.span() for low, high in places for hit in pattern.finditer(view, low, high + 1, timeout=TIME_LIMIT)]

    def _unguarded(self, rule: int, spans: list[Span], view: str, windows: Mapping[int, list[Span]]) -> Iterator[Span]:
        if not spans:
            return
        guards = [*self.rule_guards[rule], *self.cue_guards.get(self.locale.rules[rule].cue, ())]
        cancelled = [span for number in guards if number in windows for span in self._spans(number, view, windows[number])]
        for span in spans:
            if not any(overlap(span, guard) for guard in cancelled):
                yield span

    def _match(self, rule: int, span: Span) -> Match:
        source = self.locale.rules[rule]
        return Match(source.id, source.strength, *span)


@lru_cache(maxsize=64)
def matcher_for(locale: Locale) -> Matcher:
    """Return the matcher of a locale, built at its first use."""
    return Matcher(locale)


def overlap(a: Span, b: Span) -> bool:
    """Whether two half-open spans share a character.

    >>> overlap((0, 5), (4, 9)), overlap((0, 5), (5, 9))
    (True, False)
    """
    return a[0] < b[1] and b[0] < a[1]


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
