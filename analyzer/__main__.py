"""`python -m analyzer` is `analyze`."""

from analyzer.cli import main

main(prog_name="analyze")
