"""The files of every locale pass every check; each check finds what it is there for."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from analyzer import data
from analyzer.authoring import coverage, new_locale, totals
from analyzer.checks import CHECKS, check_locale
from analyzer.cli import main
from analyzer.examples import unmark
from analyzer.patterns import load_locale, locale_codes, read_locale
from analyzer.records import AnalyzerError
from analyzer.tag import matches_in
from tests.conftest import cache_files

POSITIVES = [
    pytest.param(code, rule.id, example, id=f"{code}:{rule.id}:positive-{number}")
    for code in locale_codes()
    for rule in read_locale(code).rules
    for number, example in enumerate(rule.source.positive, 1)
]
NEGATIVES = [
    pytest.param(code, rule.id, text, id=f"{code}:{rule.id}:negative-{number}")
    for code in locale_codes()
    for rule in read_locale(code).rules
    for number, text in enumerate(rule.source.negative, 1)
]


@pytest.mark.parametrize(("code", "rule", "example"), POSITIVES)
def test_positive(code: str, rule: str, example: str) -> None:
    text, marked = unmark(example)
    assert [(match.start, match.end) for match in matches_in(load_locale(code), text) if match.rule == rule] == marked


@pytest.mark.parametrize(("code", "rule", "text"), NEGATIVES)
def test_negative(code: str, rule: str, text: str) -> None:
    assert [match for match in matches_in(load_locale(code), text) if match.rule == rule] == []


@pytest.mark.parametrize("code", locale_codes())
def test_locale_has_no_problems(code: str) -> None:
    assert [str(problem) for problem in check_locale(code)] == []


@pytest.mark.parametrize("code", locale_codes())
def test_required_concepts_are_covered(code: str) -> None:
    covered, of = totals(coverage([load_locale(code)]), code, "required")
    assert covered == of


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data folders with the English locale only, where tests may write."""
    root = data.data_folder("patterns").parent
    (tmp_path / "locales").mkdir()
    (tmp_path / "tests" / "baseline").mkdir(parents=True)
    (tmp_path / "patterns" / "en").mkdir(parents=True)
    shutil.copy(root / "patterns" / "concepts.toml", tmp_path / "patterns")
    shutil.copy(root / "locales" / "en.toml", tmp_path / "locales")
    (tmp_path / "tests" / "baseline" / "en.txt").write_text("\n".join(f"Plain answer number {n}." for n in range(100)))
    for module in ("patterns", "checks", "examples", "authoring"):
        monkeypatch.setattr(f"analyzer.{module}.data_folder", lambda name: tmp_path / name)
    return tmp_path


RULE = """
[[rule]]
id = "refusal.inability/help"
strength = "strong"
match = ["i can't help"]
positive = ["{I can't help} you."]
"""
DEFECTS = [
    ("unknown key", RULE + 'unles = ["x"]', "Extra inputs are not permitted"),
    ("unknown concept", RULE.replace("inability", "inabillity"), "no concept refusal.inabillity"),
    ("unknown strength", RULE.replace("strong", "huge"), "'strong', 'medium' or 'weak'"),
    ("unknown word list", RULE.replace("i can't", "<i> can't"), "no word list <i>"),
    ("rule of another cue", RULE.replace("refusal.inability", "apology.sorry"), "rule of another cue"),
    ("same id twice", RULE + RULE, "2 rules have this id"),
    ("wrong span", RULE.replace("{I can't help} you", "{I can't help you}"), "should match the marked words"),
    ("no marks", RULE.replace("{I can't help} you", "I can't help you"), "No words are marked"),
    ("negative that matches", RULE + 'negative = ["I can\'t help it."]', "This negative is matched"),
    ("needless phrase", RULE.replace('["i can\'t help"]', '["i can\'t help", "i won\'t help"]'), "No positive needs the phrase"),
    ("needless guard", RULE + 'unless = ["if i can\'t"]', "No negative needs the guard"),
    ("needless guard of the file", 'unless = ["if i can\'t"]\n' + RULE, "No negative at the top of the file needs the guard"),
    ("no end punctuation", RULE.replace("you.", "you"), "An example is a sentence"),
    ("decomposed letters", RULE.replace("you.", "you, Rene\u0301."), "stored apart"),
    ("look-alike letter", RULE.replace("match = [\"i can't", "match = [\"i \u0441an't"), "CYRILLIC"),
    ("absent and written", '[absent]\ninability = "no such form"\n' + RULE, "declared absent"),
    ("absent concept unknown", '[absent]\nnothing = "no such form"\n' + RULE, "no such concept"),
    ("required concept missing", RULE, "A required concept has no rule"),
    ("guard cancels its positive", RULE + 'unless = ["can\'t help"]', "A guard cancels the match"),
]


@pytest.mark.parametrize(("source", "message"), [pytest.param(source, message, id=name) for name, source, message in DEFECTS])
def test_check_finds(project: Path, source: str, message: str) -> None:
    (project / "patterns" / "en" / "refusal.toml").write_text(source)
    assert any(message in str(problem) for problem in check_locale("en"))


def test_check_finds_overlap_and_needless_also(project: Path) -> None:
    (project / "patterns" / "en" / "refusal.toml").write_text(RULE.replace("{I can't help} you", "Sorry, {I can't help} you"))
    (project / "patterns" / "en" / "apology.toml").write_text(
        RULE.replace("refusal.inability/help", "apology.sorry/x").replace("i can't help", "so sorry now").replace("{I can't help} you", "{So sorry now}")
    )
    assert not any("also claimed" in str(problem) for problem in check_locale("en"))
    text = (project / "patterns" / "en" / "apology.toml").read_text().replace("so sorry now", "sorry").replace("{So sorry now}", "{Sorry}")
    (project / "patterns" / "en" / "apology.toml").write_text(text)
    assert any("also claimed by apology.sorry" in str(problem) for problem in check_locale("en"))
    (project / "patterns" / "en" / "refusal.toml").write_text(RULE + 'also = ["apology.sorry"]')
    assert any("which no positive shows" in str(problem) for problem in check_locale("en"))


def test_check_finds_unknown_file_needless_words_and_baseline_hit(project: Path) -> None:
    (project / "patterns" / "en" / "refusal.toml").write_text(RULE)
    (project / "patterns" / "en" / "words.toml").write_text('can = ["can"]\nbad = "no list"\n')
    (project / "patterns" / "en" / "refusals.toml").write_text("")
    baseline = project / "tests" / "baseline" / "en.txt"
    baseline.write_text(baseline.read_text() + "\nSometimes I can't help smiling.")
    problems = "\n".join(map(str, check_locale("en")))
    assert "No file of this name is ever read" in problems
    assert "No phrase uses this word list" in problems
    assert "A word list is a list of words" in problems
    assert 'fires on "I can\'t help"' in problems
    (project / "tests" / "baseline" / "known.toml").write_text('[en]\n"Sometimes I can\'t help smiling." = "an idiom"\n"Gone." = "was one"\n')
    problems = "\n".join(map(str, check_locale("en")))
    assert "fires on" not in problems
    assert "No rule fires any more on:  Gone." in problems


def test_examples_copied_from_english_are_found(project: Path) -> None:
    new_locale("xx", "Testish", "Testish", root=project)
    (project / "patterns" / "en" / "refusal.toml").write_text(RULE)
    (project / "patterns" / "xx" / "refusal.toml").write_text(RULE)
    assert any("is the English one" in str(problem) for problem in check_locale("xx"))


def test_new_locale_needs_only_to_be_filled(project: Path) -> None:
    """The files of a new locale are valid; what is missing are rules and the baseline."""
    paths = new_locale("xx", "Testish", "Testish", root=project)
    assert all(path.is_file() for path in paths)
    whats = {problem.what for problem in check_locale("xx")}
    assert whats == {"A required concept has no rule.", "It has 0 lines."}
    with pytest.raises(AnalyzerError, match="exists"):
        new_locale("xx", "Testish", "Testish", root=project)


@pytest.mark.parametrize(
    ("code", "name", "message"),
    [
        ("../../x", "Swahili", "no language code"),
        ("", "Swahili", "no language code"),
        ("EN", "English", "Write en"),
        ("deu", "German", "Write de"),
        ("sw", " ", "no name of a language"),
        ("sw", 'Swahili"\nstops = ["', "no name of a language"),
    ],
)
def test_new_locale_needs_a_code_and_a_name(project: Path, code: str, name: str, message: str) -> None:
    before = sorted(project.parent.rglob("*"))
    with pytest.raises(AnalyzerError, match=message):
        new_locale(code, name, name, root=project)
    assert sorted(project.parent.rglob("*")) == before


@pytest.mark.parametrize("name", ['Swa"hi\\li', "Kiswahili {x}", "中文"])
def test_new_locale_keeps_its_name(project: Path, name: str) -> None:
    new_locale("xx", name, name, root=project)
    facts = read_locale("xx").facts
    assert (facts.name, facts.native) == (name, name)


@pytest.mark.parametrize("path", ["locales/xx.toml", "patterns/xx/refusal.toml"])
def test_broken_toml_does_not_hide_other_locales(project: Path, path: str) -> None:
    new_locale("xx", "Testish", "Testish", root=project)
    (project / path).write_text("x = [")
    checked = CliRunner().invoke(main, ["locale", "check"]).output
    assert f"{project / path}\n  This is not valid TOML" in checked
    assert {"en", "xx"} <= {line.partition(":")[0] for line in checked.split("\n")}
    covered = CliRunner().invoke(main, ["locale", "coverage"])
    assert covered.exit_code == 1
    assert "This is not valid TOML" in covered.output
    assert "refusal.inability" in covered.output


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("en/refusal.toml", True),
        ("scores.toml", True),
        ("README.md", True),
        (".git/x.toml", True),
        ("refusal.toml", False),
        ("EN/refusal.toml", False),
        ("tlh/refusal.toml", False),
        ("patterns/en/refusal.toml", False),
    ],
)
def test_own_folder_holds_nothing_that_is_never_read(tmp_path: Path, path: str, read: bool) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("")
    result = CliRunner().invoke(main, ["explain", "Hello.", "--language", "en", "--patterns", str(tmp_path)])
    assert result.exit_code == (0 if read else 1)
    assert ("never read" in result.output or "ever read" in result.output) is not read


def test_own_folder_without_anything_to_read_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["explain", "Hello.", "--language", "en", "--patterns", str(tmp_path)])
    assert result.exit_code == 1
    assert "nothing in this folder" in result.output


def test_each_check_has_a_defect_or_a_test() -> None:
    assert len(CHECKS) == 10


def test_own_patterns_extend_and_override(tmp_path: Path) -> None:
    shipped = load_locale("en").rules[0]
    (tmp_path / "en").mkdir()
    own = RULE.replace("can't help", "zorp the flimp").replace("refusal.inability/help", shipped.id)
    (tmp_path / "en" / "refusal.toml").write_text(own + RULE.replace("can't help", "flimp the zorp").replace("/help", "/own"))
    locale = read_locale("en", tmp_path)
    assert len(locale.rules) == len(load_locale("en").rules) + 1
    found = [match.rule for text in ("I zorp the flimp.", "I flimp the zorp.") for match in matches_in(locale, text)]
    assert found == [shipped.id, "refusal.inability/own"]


def test_cached_locale_is_the_compiled_one() -> None:
    first, second = read_locale("en"), read_locale("en")
    assert [path.name.partition("-")[0] for path in cache_files()] == ["en"]
    for one, other in zip(first.rules, second.rules, strict=True):
        assert one == other
        assert [phrase.runs for phrase in one.phrases] == [phrase.runs for phrase in other.phrases]
    cache_files()[0].write_bytes(b"{ damaged")
    assert read_locale("en").rules == first.rules


def test_unknown_locale_is_named() -> None:
    with pytest.raises(AnalyzerError, match="no locale 'tlh'"):
        load_locale("tlh")
