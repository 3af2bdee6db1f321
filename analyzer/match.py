"""Step 4: find the rules that match a text.

An Aho-Corasick pass over the view finds which phrases can match at all, and where; only there are they tried.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache

import ahocorasick_rs
import regex

from analyzer.confirm import match_at
from analyzer.patterns import Locale
from analyzer.phrases import WORD_START, Phrase
from analyzer.records import Match, Span

KNOWN_SENTENCES = 200_000  # about 50 MB a process; then it starts anew


Found = tuple[int, int, int]  # number of the rule, start, end

# In this form the engine runs over what is no end without trying anything.
_END = re.compile(r"[.!?;:\n](?:(?<=\n)|(?!\w))")


def sentences(view: str) -> Iterator[Span]:
    """Yield the stretches of a view that no phrase crosses, with the signs that end them.

    >>> ["It is 3.5 m: yes. No"[a:b] for a, b in sentences("It is 3.5 m: yes. No")]
    ['It is 3.5 m:', ' yes.', ' No']
    """
    begin = 0
    for hit in _END.finditer(view):
        yield begin, hit.end()
        begin = hit.end()
    if begin < len(view):
        yield begin, len(view)


class Matcher:
    """The phrases of a locale, ready to run. Build it once a process."""

    def __init__(self, locale: Locale) -> None:
        self.locale = locale
        self.phrases: list[Phrase] = []
        self.rule_phrases = [self._add(rule.phrases) for rule in locale.rules]
        self.rule_guards = [self._add(rule.guards) for rule in locale.rules]
        self.cue_guards = {cue: self._add(guards) for cue, guards in locale.guards.items()}
        self._owner: list[int | None] = [None] * len(self.phrases)  # of guards there is none
        for rule, numbers in enumerate(self.rule_phrases):
            self._owner[numbers.start : numbers.stop] = [rule] * len(numbers)
        self._known: dict[str, list[Found]] = {}
        users: dict[str, list[int]] = defaultdict(list)
        for number, phrase in enumerate(self.phrases):
            for literal in phrase.literals:
                users[literal].append(number)
        self._users = list(users.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(users)) if users else None

    def _add(self, phrases: Iterable[Phrase]) -> range:
        start = len(self.phrases)
        self.phrases += phrases
        return range(start, len(self.phrases))

    def find(self, view: str, origin: Callable[[int, int], Span]) -> list[Match]:
        """Return the matches in a view, sorted by place and rule; `origin` gives the original span of a span of the view.

        No phrase crosses the end of a sentence, so a sentence is matched once, however many texts it stands in.
        """
        matches = []
        for begin, end in sentences(view):
            for rule, start, stop in self._found(view[begin:end]):
                source = self.locale.rules[rule]
                matches.append(Match(source.id, source.strength, *origin(begin + start, begin + stop)))
        return sorted(matches, key=lambda match: (match.start, match.end, match.rule))

    def _found(self, sentence: str) -> list[Found]:
        found = self._known.get(sentence)
        if found is None:
            if len(self._known) >= KNOWN_SENTENCES:
                self._known.clear()
            found = self._known[sentence] = self._find(sentence)
        return found

    def _find(self, view: str) -> list[Found]:
        """The rules that match a sentence, and where, less what guards cancel."""
        candidates = self._candidates(view)
        starts = _Starts(view, spaced=self.locale.facts.spaced)
        spans: dict[int, list[Span]] = {}
        for number, hits in candidates.items():
            if (rule := self._owner[number]) is not None and (found := self._spans(number, view, starts.near(hits, self.phrases[number]))):
                spans.setdefault(rule, []).extend(found)
        matches: list[Found] = []
        for rule, found in spans.items():
            cancelled = self._guards(rule, view, candidates, starts)
            matches += [(rule, *span) for span in _apart(found) if not any(overlap(span, guard) for guard in cancelled)]
        return matches

    def phrase_spans(self, view: str, *, filtered: bool = True) -> dict[int, list[Span]]:
        """Return the spans of each phrase that matches; `filtered=False` tries every phrase at every place."""
        if not filtered:
            every = ((number, [hit.span() for hit in _compiled(phrase).finditer(view)]) for number, phrase in enumerate(self.phrases))
            return {number: spans for number, spans in every if spans}
        found: dict[int, list[Span]] = defaultdict(list)
        for begin, end in sentences(view):
            sentence = view[begin:end]
            starts = _Starts(sentence, spaced=self.locale.facts.spaced)
            for number, hits in self._candidates(sentence).items():
                spans = self._spans(number, sentence, starts.near(hits, self.phrases[number]))
                found[number] += [(begin + start, begin + stop) for start, stop in spans]
        return {number: spans for number, spans in sorted(found.items()) if spans}

    def _candidates(self, view: str) -> dict[int, list[int]]:
        """Where the literals of each phrase stand that can match."""
        candidates: dict[int, list[int]] = {}
        hits = self._automaton.find_matches_as_indexes(view, overlapping=True) if self._automaton else ()
        for literal, start, end in hits:
            for number in self._users[literal]:
                phrase = self.phrases[number]
                ahead, after = phrase.ahead, phrase.after
                if (after.size and view[end : end + after.size] not in after.texts) or (
                    ahead.size and view[max(0, start - ahead.size) : start] not in ahead.texts
                ):
                    continue
                places = candidates.get(number)
                if places is None:
                    candidates[number] = [start]
                else:
                    places.append(start)
        return candidates

    def _spans(self, number: int, view: str, starts: Iterable[int]) -> list[Span]:
        """The matches of a phrase that begin at one of the places: leftmost first, none inside another."""
        phrase = self.phrases[number]
        for texts in phrase.needs:
            if not any(text in view for text in texts):
                return []
        head, size = phrase.heads[0].texts or {""}, phrase.heads[0].size
        spans, end = [], 0
        for start in starts:
            if start >= end and view[start : start + size] in head and (found := match_at(phrase, view, start)) is not None:
                spans.append((start, found))
                end = found
        return spans

    def _guards(self, rule: int, view: str, candidates: Mapping[int, list[int]], starts: "_Starts") -> list[Span]:
        guards = (*self.rule_guards[rule], *self.cue_guards.get(self.locale.rules[rule].cue, ()))
        near = ((number, candidates[number]) for number in guards if number in candidates)
        return [span for number, hits in near for span in self._spans(number, view, starts.near(hits, self.phrases[number]))]


class _Starts:
    """Where words begin in a view."""

    def __init__(self, view: str, *, spaced: bool) -> None:
        self._view, self._spaced = view, spaced

    @cached_property
    def _all(self) -> list[int]:
        return [hit.start() for hit in WORD_START.finditer(self._view)] if self._spaced else [*range(len(self._view))]

    def near(self, hits: list[int], phrase: Phrase) -> Iterable[int]:
        """Return, sorted, where a match can begin that has one of the phrase's literals at one of these places."""
        if not phrase.stretch.before:
            return hits if len(hits) == 1 else sorted(set(hits))
        every, found = self._all, set()
        for hit in hits:
            last = bisect_right(every, hit)
            found.update(every[max(bisect_left(every, hit - phrase.stretch.before), last - phrase.starts - 1) : last])
        return sorted(found)


@lru_cache(maxsize=10_000)
def _compiled(phrase: Phrase) -> "regex.Pattern[str]":
    return regex.compile(phrase.pattern)


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
