"""Measure how language models decline, apologise, explain, deflect and keep boundaries, alike in every language."""

__version__ = "0.1.0"
