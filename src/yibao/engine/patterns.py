"""Regular expressions that mean the same on both engines: RE2 (embedded) and Java (Spark).

The common part is written out here; :func:`java_pattern` turns it into Java's words and refuses the rest by name.
"""

from __future__ import annotations

import re

#: Escapes that mean the same characters on both engines.
_SAME = frozenset("dDwWtnrf")
#: Java's ``\s`` has the vertical tab, RE2's has not.
_SPACES = r"\t\n\f\r "
_REPEAT = re.compile(r"\{[0-9]+(,[0-9]*)?\}")
_QUANTIFIED = re.compile(r"[*+?{]")


class PatternError(ValueError):
    """A pattern has something that one engine lacks or reads otherwise."""


def java_pattern(pattern: str) -> str:
    """The Java pattern that finds what the RE2 ``pattern`` finds. Raises :class:`PatternError` naming what is refused.

    >>> java_pattern("^[A-Z]\\\\d{2}(\\\\.|$)")
    '^[A-Z]\\\\d{2}(\\\\.|\\\\z)'
    """
    out, position = [], 0
    try:
        while position < len(pattern):
            part, position = _part(pattern, position)
            out.append(part)
        java = "".join(out)
        re.compile(java.replace(r"\z", r"\Z"))
    except (re.error, IndexError) as error:
        raise PatternError(f"the pattern {pattern!r} is not well formed: {error}") from None
    return java


def _part(pattern: str, at: int) -> tuple[str, int]:
    """One element of the pattern, in Java's words, and where the next begins."""
    character = pattern[at]
    if character == "\\":
        return _escape(pattern, at), at + 2
    if character == "[":
        return _class(pattern, at)
    if character == "(" and pattern.startswith("(?", at) and not pattern.startswith("(?:", at):
        raise PatternError(f"{pattern[at : at + 3]}: flags, names and looking around differ between engines")
    if character in "*+?{":
        return _quantifier(pattern, at)
    # RE2's dot stops at the line feed alone and its dollar is the very end; Java knows more ends of line.
    return {".": r"[^\n]", "$": r"\z"}.get(character, character), at + 1


def _escape(pattern: str, at: int) -> str:
    following = pattern[at + 1]
    if following == "s":
        return f"[{_SPACES}]"
    if following == "S":
        return f"[^{_SPACES}]"
    if following in _SAME or (following.isascii() and not following.isalnum()):
        return "\\" + following
    raise PatternError(f"\\{following} differs between engines: write the characters out")


def _quantifier(pattern: str, at: int) -> tuple[str, int]:
    end = at + 1
    if pattern[at] == "{":
        match = _REPEAT.match(pattern, at)
        if match is None:
            raise PatternError("{ repeats only as {2}, {2,} or {2,5}: write \\{ for the character")
        end = match.end()
    if pattern.startswith("?", end):
        end += 1
    if _QUANTIFIED.match(pattern, end):
        raise PatternError(f"{pattern[at : end + 1]}: one repetition of another differs between engines")
    return pattern[at:end], end


def _class(pattern: str, at: int) -> tuple[str, int]:
    """A class such as ``[^A-Z0-9]``; Java reads ``[`` and ``&&`` inside one as set operations, so they are escaped."""
    out, position = ["["], at + 1
    if pattern.startswith("^", position):
        out.append("^")
        position += 1
    first = position
    while position == first or pattern[position] != "]":
        character = pattern[position]
        if character == "\\":
            following = pattern[position + 1]
            if following == "S":
                raise PatternError("\\S inside [ ] differs between engines: write the characters out")
            out.append(_SPACES if following == "s" else _escape(pattern, position))
            position += 2
            continue
        if pattern.startswith("[:", position):
            raise PatternError("[: :] differs between engines: write the characters out")
        out.append("\\" + character if character in "[]&^" else character)
        position += 1
    return "".join([*out, "]"]), position + 1
