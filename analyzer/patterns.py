"""Load the locales: facts from `locales/<code>.toml`, rules from `patterns/<code>/<cue>.toml`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import regex

from analyzer.cache import Known, cache_path, read_cache, write_cache
from analyzer.data import data_folder, read_toml
from analyzer.grammar import PhraseError
from analyzer.index import Places, places_of
from analyzer.masks import Frames
from analyzer.phrases import Phrase, Script, compile_phrase
from analyzer.records import CUES, AnalyzerError, Problem, Strength, concept_of, cue_of
from analyzer.sources import CueSource, Facts, Model, RuleSource, validated


@dataclass(frozen=True, slots=True)
class Rule:
    """Compiled phrases and guards for one concept, with the examples that prove them."""

    id: str
    strength: Strength
    phrases: tuple[Phrase, ...]
    guards: tuple[Phrase, ...]
    source: RuleSource
    place: str

    @property
    def concept(self) -> str:
        """The concept that the rule speaks of: `refusal.inability`."""
        return concept_of(self.id)

    @property
    def cue(self) -> str:
        """The cue that the rule speaks of: `refusal`."""
        return cue_of(self.id)


@dataclass(frozen=True, eq=False)
class Locale:
    """A language as this program knows it. Two loads are two locales, so one can be a key of a cache."""

    code: str
    facts: Facts
    frames: Frames
    rules: tuple[Rule, ...]
    guards: Mapping[str, tuple[Phrase, ...]]  # cue -> guards of all its rules
    sources: Mapping[str, Sequence[CueSource]]  # cue -> its files
    words: Mapping[str, tuple[str, ...]]
    problems: tuple[Problem, ...]
    known_places: Places | None  # of the index, from the cache

    @cached_property
    def phrases(self) -> tuple[Phrase, ...]:
        """All phrases as they are numbered in the index: of the rules, of their guards, of the guards of a cue."""
        rules = (phrase for rule in self.rules for phrase in rule.phrases)
        guards = (phrase for rule in self.rules for phrase in rule.guards)
        return (*rules, *guards, *(phrase for shared in self.guards.values() for phrase in shared))

    @cached_property
    def places(self) -> Places:
        """What the index of the phrases is made of."""
        return self.known_places if self.known_places is not None else places_of([phrase.asked for phrase in self.phrases])


def locale_codes() -> tuple[str, ...]:
    """Return the codes of all locales with a file of facts, sorted."""
    return tuple(sorted(path.stem for path in data_folder("locales").glob("*.toml")))


def load_concepts() -> dict[str, dict[str, str]]:
    """Return level, meaning and English example of each concept: `refusal.inability` -> {...}."""
    tables = read_toml(data_folder("patterns") / "concepts.toml")
    return {f"{cue}.{name}": entry for cue, entries in tables.items() for name, entry in entries.items()}


def load_locale(code: str, user_folder: Path | None = None) -> Locale:
    """Return a locale; raise AnalyzerError with all problems of its files at once."""
    return _load_locale(code, user_folder)


@lru_cache(maxsize=64)
def _load_locale(code: str, user_folder: Path | None) -> Locale:
    locale = read_locale(code, user_folder)
    if locale.problems:
        raise AnalyzerError("\n\n".join(map(str, locale.problems)))
    return locale


def read_locale(code: str, user_folder: Path | None = None) -> Locale:
    """Return a locale with the problems of its files, leaving out what cannot be read."""
    facts_path = _facts_path(code)
    folders = [folder / code for folder in (data_folder("patterns"), user_folder) if folder and (folder / code).is_dir()]
    cache = cache_path(code, [facts_path, *(path for folder in folders for path in folder.glob("*.toml"))])
    problems, known = [*_unknown_files(folders)], read_cache(cache)
    facts = _read(Facts, facts_path, known, problems)
    if facts is None:
        raise AnalyzerError("\n\n".join(map(str, problems)))
    reader = _Reader(facts.phrase_script, problems, known)
    for folder in folders:
        reader.read_words(folder / "words.toml")
    for folder in folders:
        reader.read_cues(folder)
    locale = reader.locale(code, facts, facts_path)
    if not problems and known.places is None:
        write_cache(cache, Known(known.tables, locale.places))
    return locale


def _facts_path(code: str) -> Path:
    path = data_folder("locales") / f"{code}.toml"
    if path.is_file():
        return path
    raise AnalyzerError(f"There is no locale {code!r}.\n  Known: {', '.join(locale_codes())}.\n  `analyze locale new {code}` writes a new one.")


@dataclass
class _Reader:
    """Collects rules and problems over the folders of a locale; a later folder extends or overrides an earlier one."""

    script: Script
    problems: list[Problem]
    known: Known
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    guards: dict[str, tuple[Phrase, ...]] = field(default_factory=dict)
    sources: dict[str, list[CueSource]] = field(default_factory=dict)

    def read_words(self, path: Path) -> None:
        """Read the word lists of a folder, if it has any."""
        if not path.is_file():
            return
        for name, entries in (_tables(path, self.known, self.problems) or {}).items():
            if isinstance(entries, list) and entries and all(isinstance(entry, str) and entry.strip() for entry in entries):
                self.words[name] = tuple(entries)
            else:
                self._problem(f"{path}  {name}", "A word list is a list of words.", f'Write {name} = ["...", "..."].')

    def read_cues(self, folder: Path) -> None:
        """Read the rules and guards of each cue that the folder has a file for."""
        for cue in CUES:
            path = folder / f"{cue}.toml"
            source = _read(CueSource, path, self.known, self.problems) if path.is_file() else None
            if source is None:
                continue
            lines = _rule_lines(path)
            self.sources.setdefault(cue, []).append(source)
            self.guards[cue] = (*self.guards.get(cue, ()), *self._compile(source.unless, str(path)))
            for rule in source.rule:
                place = f"{path}:{lines.get(rule.id, 1)}  {rule.id}"
                if not rule.id.startswith(f"{cue}."):
                    self._problem(place, f"A rule of another cue stands in {path.name}.", "Move it to the file of its cue.")
                phrases, guards = self._compile(rule.match, place), self._compile(rule.unless, place)
                self.rules[rule.id] = Rule(rule.id, rule.strength, phrases, guards, rule, place)
            for name, count in Counter(rule.id for rule in source.rule).items():
                if count > 1:
                    self._problem(f"{path}  {name}", f"{count} rules have this id.", "Give each its own short name.")

    def locale(self, code: str, facts: Facts, path: Path) -> Locale:
        """Return the locale of what was read, with all problems so far; `path` is where its facts stand."""
        return Locale(
            code=code,
            facts=facts,
            frames=self._frames(facts, path),
            rules=tuple(self.rules.values()),
            guards=self.guards,
            sources=self.sources,
            words=self.words,
            problems=tuple(self.problems),
            known_places=self.known.places,
        )

    def _frames(self, facts: Facts, path: Path) -> Frames:
        """The patterns of the frames that a file of facts writes as phrases."""

        def pattern(name: str, phrases: Sequence[str]) -> str:
            compiled = self._compile(phrases, f"{path}  {name}", shortest=1)
            return "|".join(phrase.pattern.replace("' ", "' ?") for phrase in compiled)  # frames are sought in unfolded text

        return Frames(
            quotes=facts.quotes,
            letter_openings=pattern("letter_openings", facts.letter_openings),
            letter_closings=pattern("letter_closings", facts.letter_closings),
            lead_ins=pattern("lead_ins", facts.lead_ins),
        )

    def _compile(self, phrases: Sequence[str], place: str, *, shortest: int = 3) -> tuple[Phrase, ...]:
        return tuple(phrase for source in phrases if (phrase := self._compile_one(source, place, shortest)))

    def _compile_one(self, source: str, place: str, shortest: int) -> Phrase | None:
        if self.known.places is not None:  # of the same files, so it was found to be good
            return Phrase(source, self.words, self.script)
        try:
            return compile_phrase(source, self.words, self.script, shortest=shortest)
        except PhraseError as error:
            self._problem(place, f"The phrase  {source}  cannot be read.", str(error))
            return None

    def _problem(self, place: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(place, what, remedy))


def _read(model: type[Model], path: Path, known: Known, problems: list[Problem]) -> Model | None:
    tables = _tables(path, known, problems)
    return None if tables is None else validated(model, tables, path, problems)


def _tables(path: Path, known: Known, problems: list[Problem]) -> dict[str, Any] | None:
    """The tables of a file, parsed once and kept; none where it is not valid TOML, which is a problem among others."""
    if str(path) not in known.tables:
        try:
            known.tables[str(path)] = read_toml(path)
        except AnalyzerError as error:
            problems.append(Problem(*str(error).split("\n  ", 2)))
            return None
    return known.tables[str(path)]


def _rule_lines(path: Path) -> dict[str, int]:
    """The line on which each rule's id stands."""
    lines = enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
    found = ((number, _RULE_ID.match(line)) for number, line in lines if line.lstrip().startswith("id"))
    return {hit[1]: number for number, hit in found if hit}


_RULE_ID = regex.compile(r'\s*id\s*=\s*"([^"]+)"')


def _unknown_files(folders: Sequence[Path]) -> Iterator[Problem]:
    known = {"words.toml", *(f"{cue}.toml" for cue in CUES)}
    for path in sorted(path for folder in folders for path in folder.iterdir()):
        if path.name not in known:
            yield Problem(str(path), "No file of this name is ever read.", f"Known names: {', '.join(sorted(known))}.")
