"""Show which rule or guard fired on which words of a text."""

from collections.abc import Iterator

import regex
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analyzer.masks import find_masks
from analyzer.match import matcher_for
from analyzer.patterns import Locale, Rule
from analyzer.phrases import Phrase
from analyzer.records import CUES, Span, hits
from analyzer.tag import folded_pieces, tag_text
from analyzer.terminal import visible

COLOURS = dict(
    zip(
        CUES, ("red", "yellow", "cyan", "magenta", "blue", "green", "bright_magenta", "bright_red", "bright_black", "bright_cyan", "bright_yellow"), strict=True
    )
)


def explain(text: str, locale: Locale, console: Console) -> None:
    """Print the text with its evidence in colour, then each reason, the guards that cancelled one, and the outcome."""
    tags = tag_text(text, locale)
    shown = Text(visible(text))
    for start, end, _ in find_masks(text, locale.frames):
        shown.stylize("dim strike", start, end)
    for reason in tags.evidence:
        if reason.source == "pattern":
            shown.stylize(f"bold {COLOURS[reason.cue]}", reason.start, reason.end)
    console.print(shown, "")
    table = Table("cue", "score", "rule", "strength", "words", box=None)
    for reason in tags.evidence:
        words = text[reason.start : reason.end] if reason.source == "pattern" else f"support from {reason.concept}"
        score = f"{tags.scores[reason.cue]:.2f}" + ("" if reason.cue in tags.cues else " (too low)")
        table.add_row(reason.cue, score, reason.rule, reason.strength, Text(visible(words, keep="")), style=COLOURS[reason.cue])
    if tags.evidence:
        console.print(table, "")
    for line in cancelled(text, locale):
        console.print(Text(line, style="dim"))
    outcome = f"outcome: {tags.verdict.outcome}" + (f" ({tags.verdict.reason})" if tags.verdict.reason else "")
    console.print(Text(outcome, style="bold"))


def cancelled(text: str, locale: Locale) -> list[str]:
    """Return a line for each match that a guard cancels: the rule, the words, and the guard."""
    lines = (
        f"cancelled: {rule.id} on {text[begin + start : begin + end]!r} by the guard  {guard.source}"
        for begin, folded in folded_pieces(text, locale)
        for rule, guard, span in _cancelled_in(folded.view, locale)
        for start, end in [folded.span(*span)]
    )
    return sorted(set(lines))


def _cancelled_in(view: str, locale: Locale) -> Iterator[tuple[Rule, Phrase, Span]]:
    matcher = matcher_for(locale)
    spans = matcher.phrase_spans(view)
    for numbers, rule in zip(matcher.rule_phrases, locale.rules, strict=True):
        found = [span for number in numbers for span in spans.get(number, [])]
        for guard in (*rule.guards, *locale.guards.get(rule.cue, ())) if found else ():
            against = [hit.span() for hit in regex.finditer(guard.pattern, view)]
            yield from ((rule, guard, span) for span in found if hits(span, against))
