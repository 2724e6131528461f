"""Filter patterns of CloudWatch Logs.

Facts [CloudWatch Logs User Guide, "Filter pattern syntax"]: terms are case-sensitive and found anywhere in a
line; all of them have to be there; a phrase in double quotes is one term, with backslashes before quotes
in it; of terms with a question mark one is enough; one with a minus must not be there; %...% is a regular
expression; {...} looks into lines that are JSON. Of the last kind only comparisons of a text are known.
"""

import json
import re

TERM = re.compile(r'([-?]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|(\S+))')
SELECTOR = re.compile(r'\{\s*\$\.([\w.]+)\s*(!?=)\s*"([^"]*)"\s*\}')


class Unknown(Exception):
    """A pattern that is wrong, or not known here."""


def json_matcher(pattern):
    match = SELECTOR.fullmatch(pattern)
    if not match:
        raise Unknown(pattern)
    path, operator, wanted = match.groups()

    def matches(message):
        try:
            value = json.loads(message)
            for name in path.split("."):
                value = value[name]
        except (ValueError, KeyError, TypeError):
            return False
        return (value == wanted) == (operator == "=")

    return matches


def term_test(quoted, regular, word):
    if regular is not None:
        return lambda message: re.search(regular, message) is not None
    term = word if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    return lambda message: term in message


def matcher(pattern):
    """A function of a line: whether the pattern finds it."""
    pattern = (pattern or "").strip()
    if pattern.startswith("{"):
        return json_matcher(pattern)
    if pattern.count('"') % 2 and "\\" not in pattern:
        raise Unknown(pattern)
    tests = {"": [], "-": [], "?": []}
    for sign, *term in TERM.findall(pattern):
        quoted, regular, word = (part or None for part in term)
        tests[sign].append(term_test(quoted, regular, word or ""))
    return lambda message: (all(test(message) for test in tests[""])
                            and not any(test(message) for test in tests["-"])
                            and (not tests["?"] or any(test(message) for test in tests["?"])))
