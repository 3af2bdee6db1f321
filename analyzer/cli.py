"""The command line. Heavy imports stand inside the commands, so that --help answers at once."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click_default_group import DefaultGroup

from analyzer import __version__
from analyzer.records import AnalyzerError

if TYPE_CHECKING:
    from analyzer.patterns import Locale

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
patterns_option = click.option("--patterns", "user_folder", type=FOLDER, help="Folder of own patterns: DIR/<locale>/<cue>.toml.")


class _Commands(DefaultGroup):
    """A group whose commands end with a message, never a traceback, when the user can mend something."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except AnalyzerError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(1)


@click.group(cls=_Commands, default="run", default_if_no_args=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="analyze")
def main() -> None:
    """Tag responses of language models with cues, alike in every language.

    `analyze FILE...` is `analyze run FILE...`.
    """


@main.command()
@click.argument("text")
@click.option("--language", required=True, help="Code of the locale, such as de.")
@patterns_option
def explain(text: str, language: str, user_folder: Path | None) -> None:
    """Show which rule or guard fires on which words of TEXT."""
    from rich.console import Console

    from analyzer.explain import explain as show
    from analyzer.patterns import load_locale

    show(text, load_locale(language, user_folder), Console())


@main.group()
def locale() -> None:
    """Write and check the files of a locale."""


@locale.command("check")
@click.argument("codes", nargs=-1)
@patterns_option
def check(codes: tuple[str, ...], user_folder: Path | None) -> None:
    """Check the files of the locales CODES (default: all) and print every problem at once."""
    from analyzer.checks import check_locale
    from analyzer.patterns import locale_codes

    found = {code: check_locale(code, user_folder) for code in codes or locale_codes()}
    for code, problems in found.items():
        for problem in problems:
            click.echo(f"{problem}\n")
        click.echo(f"{code}: {len(problems)} problems" if problems else f"{code}: no problems")
    sys.exit(1 if any(found.values()) else 0)


@locale.command("coverage")
@click.argument("codes", nargs=-1)
def show_coverage(codes: tuple[str, ...]) -> None:
    """Show how many phrases each locale has for each concept."""
    from rich.console import Console
    from rich.table import Table

    from analyzer.authoring import LEVELS, coverage, totals
    from analyzer.patterns import load_concepts, locale_codes

    chosen = codes or locale_codes()
    counts, concepts = coverage(chosen), load_concepts()
    table = Table("concept", "level", *chosen, box=None)
    for name, row in counts.items():
        table.add_row(name, concepts[name]["level"], *row.values())
    for level in LEVELS:
        if any(entry["level"] == level for entry in concepts.values()):
            table.add_row(level, "", *("{}/{}".format(*totals(counts, code, level)) for code in chosen), style="bold")
    Console().print(table)


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
