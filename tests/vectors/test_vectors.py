#!/usr/bin/env python3
"""Feeds the recorded change records of the predecessor's test vectors to `lorry relay`, and compares what is in the
sink with what the predecessor made of them.

    test_vectors.py LORRY        (the vectors are in $LORRY_SHARED/cdc-vectors)

Equal means: the same item, where ours is `data` overlaid by `aux`, numbers compared as doubles, and every number that the
predecessor lost digits of kept digit by digit. BETTER lists where we differ on purpose, and why.
"""

import decimal
import json
import os
import sqlite3
import subprocess
import sys
import tempfile

FILES = ["types", "numbers", "nesting", "names", "operations", "errors", "tables"]

NO_VALUE = "a value that DynamoDB cannot have sent is set aside instead of guessed at"
NO_TIME = "without a time a change has no place in the order: set aside"
NOT_A_NUMBER = "the predecessor makes it NaN, and null in the sink: set aside instead"

# Name of a vector -> why it is set aside (dead letter) though the predecessor takes it.
BETTER_DEAD = {
    "not numbers": NOT_A_NUMBER,
    "not numbers either": NOT_A_NUMBER,
    "what Python's Decimal takes too": NOT_A_NUMBER,
    "spaces": NOT_A_NUMBER,
    "hex": NOT_A_NUMBER,
    "number set with a bad number": NOT_A_NUMBER,
    "value with two types": NO_VALUE,
    "type in lower case": NO_VALUE,
    "set is not a list": NO_VALUE,
    "string or boolean is something else": NO_VALUE,
    "lone surrogate": "the predecessor decodes it and then cannot send it",
    "Keys empty": "a row without a key cannot be found again",
    "MODIFY without NewImage": "the predecessor overwrites the item with nothing",
    "INSERT without NewImage": "the predecessor inserts an item without attributes",
    "an attribute of the image is missing in Keys' place": NO_TIME,
}

# Name of a vector -> the value of attribute `v` that we keep instead, and why.
BETTER_VALUE = {
    # DynamoDB does not send it; both elements are kept as they came.
    "number set, same number twice": [1.0, 1.0],
    # The predecessor merges two numbers that differ beyond 17 digits.
    "number set, digits lost": ["9007199254740993", 9007199254740992.0],
}


def overlay(base, over):
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{k: overlay(base[k], v) if k in base else v for k, v in over.items()}}
    if isinstance(base, list) and isinstance(over, list) and len(base) == len(over):
        return [b if o is None else overlay(b, o) for b, o in zip(base, over)]
    return over


def same(got, want, path, exact, unordered):
    """Whether an item is what the predecessor made of it, or better where it lost digits."""
    digits = exact.get(tuple(map(str, path)))
    if digits is not None:
        return isinstance(got, str) and decimal.Decimal(got) == decimal.Decimal(digits)
    if isinstance(want, dict):
        return (isinstance(got, dict) and got.keys() == want.keys()
                and all(same(got[k], want[k], path + [k], exact, unordered) for k in want))
    if isinstance(want, list):
        if not isinstance(got, list) or len(got) != len(want):
            return False
        if path in unordered:
            got, want = sorted(got, key=str), sorted(want, key=str)
        return all(same(g, w, path + [i], exact, unordered) for i, (g, w) in enumerate(zip(got, want)))
    if isinstance(want, float):
        return isinstance(got, (int, float)) and not isinstance(got, bool) and float(got) == want
    return type(got) is type(want) and got == want


def relay(lorry, record, folder, number):
    """Relays one record into a database of its own; returns its row, or None, and its dead letters."""
    path = os.path.join(folder, f"{number}.db")
    done = subprocess.run([lorry, "relay", "-", f"sqlite:///{path}", "--table", "items"], input=record + "\n",
                          capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"relay ended with {done.returncode}: {done.stderr}")
    with sqlite3.connect(path) as database:
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        rows = list(database.execute("SELECT pk, data, aux, deleted FROM items")) if "items" in names else []
        dead = list(database.execute("SELECT reason FROM items_dead_letters")) if "items_dead_letters" in names else []
    return (rows[0] if rows else None), [reason for (reason,) in dead]


def judge(vector, row, dead):
    """What is wrong, or None."""
    name, expected = vector["name"], vector["expected"]
    if "error" in expected or name in BETTER_DEAD:
        return None if not row and len(dead) == 1 else f"should be a dead letter, row {row}"
    if dead or not row:
        return f"should be a row, but: {dead}"
    pk, data, aux, deleted = row
    if vector["input"]["eventName"] == "REMOVE":
        return None if deleted and data is None and aux is None else f"should be a tombstone: {row}"
    want = {**expected["parameters"]["typed"], **expected["parameters"]["untyped"]}
    exact = {}
    for lost in expected.get("lost_digits", []):
        exact[tuple(map(str, lost["path"][1:] if lost["path"][0] != "pk" else lost["path"]))] = lost["exact"]
    item = overlay(json.loads(data), json.loads(aux) if aux else {})
    if name in BETTER_VALUE:
        return None if item["v"] == BETTER_VALUE[name] else f"v is {item['v']}"
    unordered = [path[1:] for path in expected.get("unordered", [])]
    if not same(item, want, [], exact, unordered):
        return f"item is {item}, the predecessor has {want}"
    key = {k: exact.get(("pk", k), v) for k, v in expected["parameters"]["pk"].items()}
    got = json.loads(pk, parse_int=decimal.Decimal, parse_float=decimal.Decimal)
    if any(decimal.Decimal(str(v)) != got[k] if isinstance(got[k], decimal.Decimal) else v != got[k]
           for k, v in key.items()) or key.keys() != got.keys():
        return f"key is {pk}, the predecessor has {key}"
    return None


def main():
    lorry = os.path.abspath(sys.argv[1])
    vectors_dir = os.path.join(os.environ.get("LORRY_SHARED", "../shared"), "cdc-vectors")
    if not os.path.isdir(vectors_dir):
        print(f"skipped: {vectors_dir} is not there")
        return 77
    ran = failed = 0
    seen = set()
    with tempfile.TemporaryDirectory() as folder:
        for file in FILES:
            with open(os.path.join(vectors_dir, f"dynamodb-{file}.json"), encoding="utf-8") as source:
                vectors = json.load(source)["vectors"]
            for vector in vectors:
                ran += 1
                seen.add(vector["name"])
                problem = judge(vector, *relay(lorry, json.dumps(vector["input"]), folder, ran))
                if problem:
                    failed += 1
                    print(f"{file}: {vector['name']}: {problem}")
    unused = (BETTER_DEAD.keys() | BETTER_VALUE.keys()) - seen
    if unused:
        print(f"no vector is called {sorted(unused)}")
    print(f"{ran} vectors, {failed} failed")
    return 1 if failed or unused else 0


if __name__ == "__main__":
    sys.exit(main())
