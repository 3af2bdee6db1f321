"""The checks of a locale's files. Each gives problems with place, what is wrong and the remedy."""

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from analyzer.data import data_folder
from analyzer.examples import check_baseline, check_copies, check_examples, unmark
from analyzer.match import matcher_for
from analyzer.patterns import Locale, Rule, load_concepts, locale_codes, read_locale
from analyzer.phrases import Phrase
from analyzer.records import AnalyzerError, Problem
from analyzer.tag import folded_pieces, matches_in

Check = Callable[[Locale], Iterator[Problem]]


def check_locale(code: str, user_folder: Path | None = None) -> list[Problem]:
    """Return all problems of a locale's files, sorted by place."""
    locale = read_locale(code, user_folder)
    found = [problem for check in CHECKS for problem in check(locale)]
    return sorted({*locale.problems, *found})


def check_own_folder(folder: Path) -> None:
    """Raise AnalyzerError with everything in a user's folder of patterns that would never be read."""
    if problems := sorted(_never_read(folder)):
        raise AnalyzerError("\n\n".join(map(str, problems)))


def _never_read(folder: Path) -> Iterator[Problem]:
    codes = locale_codes()
    remedy = f"What is read: <locale>/<cue>.toml and scores.toml. The locales are {', '.join(codes)}."
    if not (folder / "scores.toml").exists() and not any((folder / code).is_dir() for code in codes):
        yield Problem(str(folder), "There is nothing in this folder that is ever read.", remedy)
    for path in folder.iterdir():
        if path.suffix == ".toml" and path.name != "scores.toml":
            yield Problem(str(path), "No file of this name is ever read here.", remedy)
        elif path.is_dir() and not path.name.startswith(".") and path.name not in codes and next(path.rglob("*.toml"), None):
            yield Problem(str(path), "There is no locale of this name, so its files are never read.", remedy)


def check_concepts(locale: Locale) -> Iterator[Problem]:
    """Every rule speaks of a known concept; required concepts have a rule or a reason why the language has none."""
    concepts = load_concepts()
    absent = {f"{cue}.{name}": reason for cue, files in locale.sources.items() for file in files for name, reason in file.absent.items()}
    written = {rule.concept for rule in locale.rules}
    for rule in locale.rules:
        if rule.concept not in concepts:
            known = ", ".join(name for name in concepts if name.startswith(rule.cue + "."))
            yield Problem(rule.place, f"There is no concept {rule.concept}.", f"Known: {known}.")
    for name in absent.keys() - concepts.keys():
        yield Problem(f"{locale.code}  [absent] {name}", "There is no such concept.", "Correct the name or delete the line.")
    for name, entry in concepts.items():
        if name in written and name in absent:
            yield Problem(f"{locale.code}  {name}", "The concept has rules and is declared absent.", "Delete one of the two.")
        if entry["level"] == "required" and name not in written and name not in absent:
            path = data_folder("patterns") / locale.code / f"{name.partition('.')[0]}.toml"
            yield Problem(f"{path}  {name}", "A required concept has no rule.", f"Write one ({entry['means']}), or give the reason under [absent].")


def check_positives(locale: Locale) -> Iterator[Problem]:
    """Each positive is matched by its rule, on exactly the marked words."""
    for rule in locale.rules:
        for example in rule.source.positive:
            text, marked = unmark(example)
            if not marked:
                yield Problem(rule.place, f"No words are marked:  {example}", "Put { } around the words to be highlighted.")
                continue
            found = [(match.start, match.end) for match in matches_in(locale, text) if match.rule == rule.id]
            if found != marked:
                shown = ", ".join(repr(text[start:end]) for start, end in found) or "nothing"
                yield Problem(
                    rule.place, f"This positive should match the marked words, but {shown} is matched:\n      {example}", _positive_remedy(locale, rule, text)
                )


def _positive_remedy(locale: Locale, rule: Rule, text: str) -> str:
    found = _found(locale, text)
    hits = [guard.source for guard in (*rule.guards, *locale.guards.get(rule.cue, ())) if id(guard) in found]
    if hits and any(id(phrase) in found for phrase in rule.phrases):
        return f"A guard cancels the match:  {hits[0]}"
    return f"Change the phrase or the example. The text is seen as:  {' '.join(folded.view for _, folded in folded_pieces(text, locale))}"


def check_negatives(locale: Locale) -> Iterator[Problem]:
    """No negative is matched by its rule; none at the top of a file by any rule of its cue."""
    for rule in locale.rules:
        for text in rule.source.negative:
            for match in matches_in(locale, text):
                if match.rule == rule.id:
                    yield Problem(
                        rule.place,
                        f"This negative is matched on {text[match.start : match.end]!r}:\n      {text}",
                        "Narrow the phrase or add a guard under unless.",
                    )
    for cue, text in _file_negatives(locale):
        for match in matches_in(locale, text):
            if match.cue == cue:
                yield Problem(
                    f"{locale.code}/{cue}.toml  negative",
                    f"{match.rule} matches {text[match.start : match.end]!r}:\n      {text}",
                    "Narrow the phrase or add a guard at the top of the file.",
                )


def _file_negatives(locale: Locale) -> Iterator[tuple[str, str]]:
    for cue, files in locale.sources.items():
        yield from ((cue, text) for file in files for text in file.negative)


def check_phrases_needed(locale: Locale) -> Iterator[Problem]:
    """Each phrase is the only one of its rule to match some positive."""
    for rule in locale.rules:
        found = [_found(locale, unmark(example)[0]) for example in rule.source.positive]
        alone = [own[0] for hits in found if len(own := [phrase for phrase in rule.phrases if id(phrase) in hits]) == 1]
        for phrase in rule.phrases:
            if not any(phrase is other for other in alone):
                yield Problem(
                    rule.place, f"No positive needs the phrase\n      {phrase.source}", "Add an example that only this phrase matches, or delete the phrase."
                )


def check_guards_needed(locale: Locale) -> Iterator[Problem]:
    """Each guard keeps some negative silent."""
    for rule in locale.rules:
        found = [_found(locale, text) for text in rule.source.negative] if rule.guards else []
        for guard in rule.guards:
            if not any(_guard_works(guard, rule, hits) for hits in found):
                yield Problem(
                    rule.place, f"No negative needs the guard\n      {guard.source}", "Add a negative that would match without it, or delete the guard."
                )
    for cue, guards in locale.guards.items():
        found = [_found(locale, text) for name, text in _file_negatives(locale) if name == cue]
        rules = [rule for rule in locale.rules if rule.cue == cue]
        for guard in guards:
            if not any(_guard_works(guard, rule, hits) for hits in found for rule in rules):
                yield Problem(
                    f"{locale.code}/{cue}.toml  unless",
                    f"No negative at the top of the file needs the guard\n      {guard.source}",
                    "Add a negative that would match without it, or delete the guard.",
                )


def _guard_works(guard: Phrase, rule: Rule, found: Collection[int]) -> bool:
    return id(guard) in found and any(id(phrase) in found for phrase in rule.phrases)


def _found(locale: Locale, text: str) -> set[int]:
    """The identities of the phrases and guards that match in a text."""
    matcher = matcher_for(locale)
    return {id(matcher.phrases[number]) for _, folded in folded_pieces(text, locale) for number in matcher.phrase_spans(folded.view)}


def check_words_needed(locale: Locale) -> Iterator[Problem]:
    """Each word list stands in some phrase."""
    sources = " ".join(phrase for rule in locale.rules for phrase in (*rule.source.match, *rule.source.unless)) + " ".join(
        phrase for files in locale.sources.values() for file in files for phrase in file.unless
    )
    for name in locale.words:
        if f"<{name}>" not in sources:
            yield Problem(f"{locale.code}/words.toml  {name}", "No phrase uses this word list.", "Use it or delete it.")


def check_overlaps(locale: Locale) -> Iterator[Problem]:
    """A positive matches no concept of another cue unless the rule says `also`."""
    for rule in locale.rules:
        others: set[str] = set()
        for example in rule.source.positive:
            others |= {match.concept for match in matches_in(locale, unmark(example)[0]) if match.cue != rule.cue}
        if undeclared := sorted(others - set(rule.source.also)):
            also = ", ".join(f'"{name}"' for name in sorted(others))
            yield Problem(rule.place, f"Positives are also claimed by {', '.join(undeclared)}.", f"If that is right, write  also = [{also}]")
        if unused := sorted(set(rule.source.also) - others):
            yield Problem(rule.place, f"`also` names {', '.join(unused)}, which no positive shows.", "Delete it or add such a positive.")


CHECKS: Sequence[Check] = (
    check_concepts,
    check_positives,
    check_negatives,
    check_phrases_needed,
    check_guards_needed,
    check_words_needed,
    check_overlaps,
    check_examples,
    check_copies,
    check_baseline,
)
