"""Where the data folders stand: beside the package in a checkout, inside it when installed."""

import tomllib
from pathlib import Path
from typing import Any

from analyzer.records import AnalyzerError

PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """Return the folder `patterns`, `locales` or `reports`."""
    installed = PACKAGE / "data" / name
    return installed if installed.is_dir() else PACKAGE.parent / name


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file; a syntax error names file and line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AnalyzerError(f"{path}\n  This is not valid TOML: {error}\n  Mend the line that the message names.") from None
