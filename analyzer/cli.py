"""The command line. Heavy imports stand inside the commands, so that --help answers at once."""

import gc
import sys
from io import TextIOWrapper
from pathlib import Path

import click
from click_default_group import DefaultGroup

from analyzer import __version__
from analyzer.records import AnalyzerError, counted
from analyzer.weights import COLLECT_FROM


def _own_patterns(_context: click.Context, _parameter: click.Parameter, folder: Path | None) -> Path | None:
    if folder:
        from analyzer.checks import check_own_folder

        check_own_folder(folder)
    return folder


FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
patterns_option = click.option("--patterns", "user_folder", type=FOLDER, callback=_own_patterns, help="Folder of own patterns: DIR/<locale>/<cue>.toml.")


class _Commands(DefaultGroup):
    """A group whose commands end with a message, never a traceback, when the user can mend something."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, and end with the message of an AnalyzerError."""
        gc.set_threshold(COLLECT_FROM)
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # what the encoding of the terminal lacks is no reason to fail
        try:
            return super().invoke(ctx)
        except AnalyzerError as error:
            from analyzer.terminal import visible

            click.echo(f"Error: {visible(str(error))}", err=True)
            sys.exit(1)


@click.group(cls=_Commands, default="run", default_if_no_args=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="analyze")
def main() -> None:
    """Tag responses of language models with cues, alike in every language.

    `analyze FILE...` is `analyze run FILE...`.
    """


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the results. [default: FILE.analysis]")
@click.option("--limit", type=click.IntRange(min=1), help="Read only the first N records.")
@click.option("--sample", type=click.IntRange(min=1), help="Analyse a random sample of N records.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the sample.")
@click.option("--language", help="Language of the responses that declare none: a code or a name.")
@click.option("--by", multiple=True, help="Another column or field to group by; may be given more than once.")
@click.option("--field", "fields", multiple=True, metavar="NAME=PATH", help="Where a column stands: --field response=output.text")
@patterns_option
@click.option("--strict", is_flag=True, help="Exit with 4 if anything was rejected.")
@click.option("--quiet", is_flag=True, help="No progress, no table.")
def run(
    files: tuple[str, ...],
    out: Path | None,
    limit: int | None,
    sample: int | None,
    seed: int,
    language: str | None,
    by: tuple[str, ...],
    fields: tuple[str, ...],
    user_folder: Path | None,
    strict: bool,
    quiet: bool,
) -> None:
    """Analyse FILEs of responses (JSONL, JSON, CSV, parquet, also .gz and .zst); - is standard input."""
    from analyzer.decode import stem_of
    from analyzer.frames import Options
    from analyzer.identify import language_code
    from analyzer.pipeline import Run
    from analyzer.pipeline import run as analyse
    from analyzer.render import render_report
    from analyzer.results import first_reject
    from analyzer.terminal import print_results, progress

    code = language_code(language) if language else None
    if language and code is None:
        raise click.BadParameter(f"{language!r} is no language code or name.", param_hint="--language")
    folder = out or Path("stdin.analysis" if files[0] == "-" else Path(files[0]).parent / f"{stem_of(files[0])}.analysis")
    request = Run(files, folder, Options(tuple(map(_field, fields)), code, user_folder), limit, sample, seed, by)
    with progress(quiet=quiet) as show:
        counts = analyse(request, show)["counts"]
    report = render_report(folder)
    if not quiet:
        print_results(folder, counts, report)
    if strict and counts["rejected"]:
        sys.exit(4)
    if counts["rejected"] and not counts["responses"]:
        raise AnalyzerError(first_reject(folder))


def _field(option: str) -> tuple[str, str]:
    from analyzer.canonical import COLUMNS

    name, sign, path = option.partition("=")
    if not sign or not path or name not in (*COLUMNS, "messages"):
        raise click.BadParameter(f"{option!r} is not NAME=PATH with NAME one of {', '.join(COLUMNS)}, messages.", param_hint="--field")
    return name, path


@main.command()
@click.argument("folder", type=FOLDER)
def report(folder: Path) -> None:
    """Render the report of a FOLDER of results again, without analysing."""
    from analyzer.render import render_report

    click.echo(f"report: {render_report(folder)}")


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="LABELLED...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, the form of locales/measured.json.")
@patterns_option
def evaluate(files: tuple[str, ...], as_json: bool, user_folder: Path | None) -> None:
    """Measure the tags against the labels in LABELLED files: precision, recall and F1 per language and cue."""
    from analyzer.evaluate import evaluate_files, measured_json, score_table
    from analyzer.terminal import visible

    scores, notes = evaluate_files(files, user_folder)
    for note in notes:
        click.echo(visible(note), err=True)
    if as_json:
        click.echo(measured_json(scores))
    else:
        from rich.console import Console

        Console().print(score_table(scores))


@main.command()
@click.argument("text")
@click.option("--language", required=True, help="Language of the text: a code or a name.")
@patterns_option
def explain(text: str, language: str, user_folder: Path | None) -> None:
    """Show which rule or guard fires on which words of TEXT; - is standard input."""
    from rich.console import Console

    from analyzer.decode import decoded
    from analyzer.explain import explain as show
    from analyzer.identify import language_code
    from analyzer.patterns import load_locale
    from analyzer.read import standard_input

    text = decoded(standard_input().read())[0] if text == "-" else text
    show(text, load_locale(language_code(language) or language, user_folder), Console())


@main.group()
def locale() -> None:
    """Write and check the files of a locale."""


@locale.command("check")
@click.argument("codes", nargs=-1)
@patterns_option
def check(codes: tuple[str, ...], user_folder: Path | None) -> None:
    """Check the files of the locales CODES (default: all) and print every problem at once."""
    from analyzer.patterns import locale_codes

    found = {code: _problems(code, user_folder) for code in codes or locale_codes()}
    for code, problems in found.items():
        for problem in problems:
            click.echo(f"{problem}\n")
        click.echo(f"{code}: {counted(len(problems), 'problem')}" if problems else f"{code}: no problems")
    sys.exit(1 if any(found.values()) else 0)


def _problems(code: str, user_folder: Path | None) -> list[str]:
    """The problems of a locale; one that cannot be read at all does not keep the others from being checked."""
    from analyzer.checks import check_locale

    try:
        return [str(problem) for problem in check_locale(code, user_folder)]
    except AnalyzerError as error:
        return [str(error)]


@locale.command("coverage")
@click.argument("codes", nargs=-1)
def show_coverage(codes: tuple[str, ...]) -> None:
    """Show how many phrases each locale has for each concept."""
    from rich.console import Console
    from rich.table import Table

    from analyzer.authoring import LEVELS, coverage, readable, totals
    from analyzer.patterns import load_concepts, locale_codes

    locales, unread = readable(codes or locale_codes())
    chosen, counts, concepts = [locale.code for locale in locales], coverage(locales), load_concepts()
    table = Table("concept", "level", *chosen, box=None)
    for name, row in counts.items():
        table.add_row(name, concepts[name]["level"], *row.values())
    for level in LEVELS:
        if any(entry["level"] == level for entry in concepts.values()):
            table.add_row(level, "", *("{}/{}".format(*totals(counts, code, level)) for code in chosen), style="bold")
    Console().print(table)
    for problem in unread:
        click.echo(problem, err=True)
    sys.exit(1 if unread else 0)


@locale.command()
@click.argument("code")
@click.option("--name", required=True, help="English name of the language.")
@click.option("--native", required=True, help="Its own name.")
def new(code: str, name: str, native: str) -> None:
    """Write the files of the new locale CODE, to be filled in."""
    from analyzer.authoring import new_locale

    for path in new_locale(code, name, native):
        click.echo(path)
    click.echo(f"Start with refusal.toml; `analyze locale check {code}` says what is missing.")
