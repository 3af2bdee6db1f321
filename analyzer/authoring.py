"""What helps to write a locale: coverage of the concepts, and the files of a new one."""

from collections.abc import Iterable
from pathlib import Path

import orjson

from analyzer.data import data_folder
from analyzer.patterns import Locale, load_concepts, locale_codes, read_locale
from analyzer.records import CUES, AnalyzerError

LEVELS = ("required", "expected", "optional")
ABSENT, MISSING = "absent", "·"


def readable(codes: Iterable[str]) -> tuple[list[Locale], list[str]]:
    """Return the locales of these codes that can be read, and what keeps the others, or a part of one, from being read."""
    found: list[Locale] = []
    messages: list[str] = []
    for code in codes:
        try:
            found.append(read_locale(code))
            messages += map(str, found[-1].problems)
        except AnalyzerError as error:
            messages.append(str(error))
    return found, messages


def coverage(locales: Iterable[Locale]) -> dict[str, dict[str, str]]:
    """Return for each concept and locale the number of its phrases, `absent`, or `·` where nothing is written yet."""
    table: dict[str, dict[str, str]] = {name: {} for name in load_concepts()}
    for locale in locales:
        absent = {f"{cue}.{name}" for cue, files in locale.sources.items() for file in files for name in file.absent}
        for name, row in table.items():
            phrases = sum(len(rule.phrases) for rule in locale.rules if rule.concept == name)
            row[locale.code] = str(phrases) if phrases else ABSENT if name in absent else MISSING
    return table


def totals(table: dict[str, dict[str, str]], code: str, level: str) -> tuple[int, int]:
    """Return how many concepts of a level a locale covers (or declares absent), of how many."""
    names = [name for name, entry in load_concepts().items() if entry["level"] == level]
    return sum(table[name][code] != MISSING for name in names), len(names)


FACTS = """# What is true of the language, whatever the patterns. `analyze locale check {code}` says what is missing.
name = {name}
native = {native}
script = "Latn"        # ISO 15924
direction = "ltr"      # or "rtl"
spaced = true          # false where words are not set apart by blanks
elision = false        # true where an apostrophe ends a word: l'aide
spacy = "xx"           # spaCy's code of the language
status = "draft"       # "reviewed" when a second native speaker has read it and stands in reviewers

# Words that no gap crosses, because they begin another statement ("but", "because").
stops = []
quotes = [["\\"", "\\""], ["“", "”"]]
# How a letter begins and ends, and how a suggested wording is introduced: none of it is the assistant's own voice.
letter_openings = []
letter_closings = []
lead_ins = []
"""


def new_locale(code: str, name: str, native: str, *, root: Path | None = None) -> list[Path]:
    """Write the files of a new locale, each concept as a comment with its English example; return their paths."""
    _check_names(code, name, native)
    if code in locale_codes():
        raise AnalyzerError(f"The locale {code!r} exists.\n  Its files stand in {data_folder('patterns') / code}.")
    top = root or data_folder("locales").parent
    files = {top / "locales" / f"{code}.toml": FACTS.format(code=code, name=_quoted(name), native=_quoted(native))}
    files[top / "patterns" / code / "words.toml"] = '# Words that several phrases share:  can = ["can", "could"]\n'
    for cue in CUES:
        files[top / "patterns" / code / f"{cue}.toml"] = _scaffold(cue)
    files[top / "tests" / "baseline" / f"{code}.txt"] = ""
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return sorted(files)


def _check_names(code: str, name: str, native: str) -> None:
    """The code names files, so it must be a code and nothing else."""
    from langcodes import standardize_tag
    from langcodes.tag_parser import LanguageTagError

    try:
        standard = standardize_tag(code)
    except LanguageTagError:
        raise AnalyzerError(f"{code!r} is no language code.\n  Write one of BCP 47, such as sw or pt-BR.") from None
    if code != standard:
        raise AnalyzerError(f"{code!r} is not the usual form of this code.\n  Write {standard}.")
    for text in (name, native):
        if not text.strip() or not text.isprintable():
            raise AnalyzerError(f"{text!r} is no name of a language.\n  Write it in letters, such as Swahili.")


def _quoted(text: str) -> str:
    """A printable text as a string of TOML, which in this is JSON."""
    return orjson.dumps(text).decode()


def _scaffold(cue: str) -> str:
    start = "# Start here: the two required concepts of this file first.\n\n" if cue == "refusal" else ""
    concepts = {name: entry for name, entry in load_concepts().items() if name.startswith(f"{cue}.")}
    return start + "\n".join(_concept(name, entry) for name, entry in concepts.items())


def _concept(name: str, entry: dict[str, str]) -> str:
    return f"""# {name} ({entry["level"]}): {entry["means"]}. In English: {entry["example"]}
# [[rule]]
# id = "{name}/short-name"
# strength = "strong"
# match = ["words ... words"]
# positive = ["{{words and more words}}."]
# negative = []
"""
