"""What is printed on a terminal: the progress of a run, the table of refusals, and hostile text made harmless."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import regex
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analyzer.grids import share_table
from analyzer.records import counted
from analyzer.results import by_responses, read_results, unfound_fields, ungrouped

MOST_MODELS = 40  # rows that a terminal shows without scrolling far
PADDING = 2  # blanks that rich sets around a cell
SHARE = len("100 %")

_STEERS = regex.compile(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]")


def visible(text: str, keep: str = "\n\t") -> str:
    r"""Replace each character that would steer the terminal by a sign for it; offsets stay what they were.

    >>> visible("\x1b[31mred")
    '␛[31mred'
    """
    return _STEERS.sub(lambda hit: hit[0] if hit[0] in keep else chr(0x2400 + ord(hit[0])) if hit[0] < " " else "\ufffd", text)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[float, int], None]]:
    """Show the responses done, their rate and the time left, on stderr while it is a terminal."""
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _share, _done: None
        return
    with Bar(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
        task, started = bar.add_task("reading", total=1.0), time.perf_counter()

        def show(share: float, done: int) -> None:
            rate = done / max(time.perf_counter() - started, 0.001)
            bar.update(task, completed=share, description=f"{counted(done, 'response')}, {rate:,.0f} a second")

        yield show


def print_results(folder: Path, counts: Mapping[str, Any], report: Path) -> None:
    """Print the table of refusals, the counts of a run, and on stderr what --field did not find."""
    print_refusals(folder, Console())
    rejected = f"; {counted(counts['rejected'], 'line')} rejected, see {folder / 'rejects.jsonl'}" if counts["rejected"] else ""
    mended = "".join(f"; {what}: {number}" for what, number in counts["mended"].items())
    click.echo(f"{counted(counts['responses'], 'response')} analysed{rejected}{mended}\nreport: {report}")
    for message in unfound_fields(folder):
        click.echo(message, err=True)


def print_refusals(folder: Path, console: Console) -> None:
    """Print the share of refusals per model and language, as much of it as the terminal is wide."""
    run, summary = read_results(folder)
    whole = ungrouped(summary, run.options.by)
    models, languages = by_responses(whole, "model"), by_responses(whole, "language")
    names = {model: _cell(model, console) for model in models[:MOST_MODELS]}
    codes = {language: _cell(language, console) for language in languages}
    left = max((cell_len(name.plain) for name in names.values()), default=0)
    left = min(max(left, len("refusals")), console.width // 2)
    shown = _fitting(codes, console.width - left - PADDING)
    table = Table(box=None)
    table.add_column("refusals", width=left, overflow="fold")
    for language in shown:
        table.add_column(codes[language], no_wrap=True)
    for model, cells in share_table(whole, "refusal", "", shown).rows:
        if model in names:
            table.add_row(names[model], *(cell.text for cell in cells))
    console.print(table, _note(len(models) - len(names), len(languages) - len(shown)))


def _cell(text: str, console: Console) -> Text:
    """A text as a cell of one line, in signs that the terminal can show; never read as markup."""
    return Text(visible(text, keep="").encode(console.encoding, "backslashreplace").decode(console.encoding))


def _fitting(codes: dict[str, Text], width: int) -> Sequence[str]:
    """The languages with most responses that fit, at least one, in alphabetical order."""
    shown: list[str] = []
    for language, code in codes.items():
        width -= max(cell_len(code.plain), SHARE) + PADDING
        if width < 0 and shown:
            break
        shown.append(language)
    return sorted(shown)


def _note(models: int, languages: int) -> str:
    more = [f"{count} more {name}{'s' if count > 1 else ''}" for count, name in ((models, "model"), (languages, "language")) if count]
    return f"share of responses; {', '.join(['intervals', *more])} and the other cues stand in the report"
