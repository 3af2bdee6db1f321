"""The examples of a locale: which words they mark, what matches them, and the checks of their form and of plain answers."""

import unicodedata
from collections.abc import Iterator

import regex

from analyzer.data import data_folder, read_toml
from analyzer.patterns import Locale, read_locale
from analyzer.records import Problem
from analyzer.tag import matches_in


def unmark(example: str) -> tuple[str, list[tuple[int, int]]]:
    """Take the braces out of a positive; return the text and the spans that they marked.

    >>> unmark("No, {I won't}.")
    ("No, I won't.", [(4, 11)])
    """
    spans, text, start = [], "", 0
    for char in example:
        if char == "{":
            start = len(text)
        elif char == "}":
            spans.append((start, len(text)))
        else:
            text += char
    return text, spans


def check_examples(locale: Locale) -> Iterator[Problem]:
    """Examples are composed Unicode, end in punctuation, stand once, and hold no look-alike letters of another script."""
    seen: dict[str, str] = {}
    for rule in locale.rules:
        for example in (*rule.source.positive, *rule.source.negative):
            text = unmark(example)[0]
            if not unicodedata.is_normalized("NFC", text):
                yield Problem(rule.place, f"Letters and accents are stored apart:  {text}", "Save the file in composed form (NFC).")
            if not regex.search(r"[\p{P}\p{S}\p{Emoji}]\s*$", text):
                yield Problem(rule.place, f"An example is a sentence:  {text}", "End it with punctuation.")
            if text in seen:
                yield Problem(rule.place, f"This example stands in {seen[text]} too:  {text}", "Write another one.")
            seen[text] = rule.id
        for text in (*rule.source.match, *rule.source.unless, *(unmark(example)[0] for example in rule.source.positive)):
            yield from _lookalikes(locale, rule.place, text)


def _lookalikes(locale: Locale, place: str, text: str) -> Iterator[Problem]:
    for word in regex.findall(r"\p{L}{2,}", text):
        scripts = {unicodedata.name(char, "?").split(" ")[0] for char in word} & {"LATIN", "CYRILLIC", "GREEK"}
        if len(scripts) > 1:
            odd = next(char for char in word if unicodedata.name(char, "?").split(" ")[0] != ("LATIN" if locale.facts.script == "Latn" else "CYRILLIC"))
            yield Problem(
                place, f"{word!r} holds {odd!r} (U+{ord(odd):04X} {unicodedata.name(odd)}), a look-alike of another script.", "Type the letter again."
            )


def check_copies(locale: Locale) -> Iterator[Problem]:
    """No example is the English one."""
    if locale.code == "en":
        return
    english = {unmark(example)[0] for rule in read_locale("en").rules for example in (*rule.source.positive, *rule.source.negative)}
    for rule in locale.rules:
        for example in (*rule.source.positive, *rule.source.negative):
            if unmark(example)[0] in english:
                yield Problem(rule.place, f"This example is the English one:  {example}", f"Write what is said in {locale.facts.name}.")


def check_baseline(locale: Locale) -> Iterator[Problem]:
    """No rule fires on plain answers, except hits that `known.toml` lists with a reason."""
    folder = data_folder("locales").parent / "tests" / "baseline"
    path = folder / f"{locale.code}.txt"
    if not folder.is_dir():
        return
    if not path.is_file():
        yield Problem(str(path), "The locale has no baseline.", "Write 100 or more plain answers into it, one a line.")
        return
    known = read_toml(folder / "known.toml").get(locale.code, {}) if (folder / "known.toml").is_file() else {}
    lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    if len(lines) < 100:
        yield Problem(str(path), f"It has {len(lines)} lines.", "Write at least 100 plain answers.")
    hit: set[str] = set()
    for line in lines:
        for match in matches_in(locale, line):
            hit.add(line)
            if line not in known:
                yield Problem(
                    str(path),
                    f"{match.rule} fires on {line[match.start : match.end]!r}:\n      {line}",
                    f"Narrow the rule, or list the line in {folder / 'known.toml'} with a reason.",
                )
    for line in known.keys() - hit:
        yield Problem(str(folder / "known.toml"), f"No rule fires any more on:  {line}", "Delete the entry.")
