"""How a command says no: one line on standard error, and an exit code."""

import argparse
import difflib
from collections.abc import Iterable
from typing import NoReturn


class RefusalError(ValueError):
    """Input that cannot be used; the message names the value, the legal values and the remedy. Exit code 2."""


class FailureError(RuntimeError):
    """Something went wrong on the way; the message says what is left. Exit code 1."""


class Parser(argparse.ArgumentParser):
    """argparse, but with errors of one sentence, and with a guess at what a misspelt option meant."""

    def error(self, message: str) -> NoReturn:
        raise RefusalError(f"{message}; see `{self.prog} --help`.")

    def parse(self, argv: list[str]) -> argparse.Namespace:
        """Read the arguments.

        Raises:
            RefusalError: If an argument is unknown or lacks its value.
        """
        args, rest = self.parse_known_args(argv)
        if rest:
            name = next((word for word in rest if word.startswith("-")), rest[0]).split("=")[0]
            legal = [option for option in self._option_string_actions if option.startswith("--")]
            what = "option" if name.startswith("-") else "argument"
            raise RefusalError(f"unknown {what} {name!r};{guess(name, legal)} `{self.prog} --help` lists all options.")
        return args


def guess(word: str, legal: Iterable[str]) -> str:
    """Ask " did you mean …?" where a legal word is near; else return nothing."""
    near = difflib.get_close_matches(word, list(legal), 1)
    return f" did you mean {near[0]!r}?" if near else ""


def one_line(message: object) -> str:
    """Return a message on one line, as a sentence."""
    text = " ".join(str(message).split())
    text = text[:1].upper() + text[1:]
    return text if text[-1:] in (".", "!", "?") else text + "."


def whole(name: str, text: str, low: int, high: int, default: int) -> int:
    """Read a whole number from the command line.

    Raises:
        RefusalError: If it is none, or not from `low` to `high`.
    """
    try:
        number = int(text)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise RefusalError(f"`{name}` must be a whole number from {low:,} to {high:,}; got {text!r}. The default is {default:,}.")
    return number
