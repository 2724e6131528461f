#!/usr/bin/env python3
"""Feeds the recorded change records of the predecessor's test vectors to `lorry relay`, and compares what is in the
sink with what the predecessor made of them: into SQLite, and into the model of a CrateDB.

    test_vectors.py LORRY MODEL        (the vectors are in $LORRY_SHARED/cdc-vectors)

Equal means: the same item, where ours is `data` overlaid by `aux`, numbers compared as doubles, and every number that the
predecessor lost digits of kept digit by digit. In CrateDB the same attributes stand in `data` and in `aux`, too. BETTER_* and
MOVED list where we differ on purpose, and why.
"""

import contextlib

import decimal
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

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


# In CrateDB only: a key of type N has a column that holds it exactly, or it is none of the table's.
ONE_ROW = "the predecessor gives several items one row, or is refused"
BETTER_DEAD_CRATE = {
    "INSERT, key N beyond int64": ONE_ROW,
    "INSERT, key N with a fraction": ONE_ROW,
}

# In CrateDB: name of a vector -> attributes that stand in the other place than with the predecessor, and why.
TO_AUX, TO_DATA = "to aux", "to data"
NESTED = "lists of lists have no column that could hold the next one, too"
REFUSED = "the server refuses the predecessor's row"
A_NULL = "a null does not make a list mixed: the attribute stays where it is as nulls come and go"
MOVED = {
    "list of lists": (TO_AUX, ["v"], NESTED),
    "list of lists, one empty": (TO_AUX, ["v"], NESTED),
    "list of sets": (TO_AUX, ["v"], NESTED),
    "list of maps, types differ inside": (TO_AUX, ["v"], REFUSED),
    "mixed list in a map": (TO_AUX, ["m"], REFUSED),
    "mixed list in a list": (TO_AUX, ["v"], "the predecessor's row is lost without a word"),
    "list with a null": (TO_DATA, ["v"], A_NULL),
    'attribute named "a.b"': (TO_AUX, ["a.b"], REFUSED),
    'attribute named "a[0]"': (TO_AUX, ["a[0]"], REFUSED),
    'attribute named "tab\\tx"': (TO_AUX, ["tab\tx"], REFUSED),
    "attribute named \"doc['a']\"": (TO_AUX, ["doc['a']"], REFUSED),
    "odd name inside a map": (TO_AUX, ["m"], REFUSED),
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


def relay(lorry, record, url, table):
    done = subprocess.run([lorry, "relay", "-", url, "--table", table], input=record + "\n",
                          capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"relay ended with {done.returncode}: {done.stderr}")


class SQLite:
    """Relays each record into a database of its own; gives its row (JSON texts), or None, and its dead letters."""
    better_dead = BETTER_DEAD

    def __init__(self, folder):
        self.folder = folder

    def take(self, lorry, record, number):
        path = os.path.join(self.folder, f"{number}.db")
        relay(lorry, record, f"sqlite:///{path}", "items")
        with contextlib.closing(sqlite3.connect(path)) as database:
            names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
            rows = list(database.execute("SELECT pk, data, aux, deleted FROM items")) if "items" in names else []
            dead = (list(database.execute("SELECT reason FROM items_dead_letters"))
                    if "items_dead_letters" in names else [])
        return (rows[0] if rows else None), [reason for (reason,) in dead]

    def judge_split(self, vector, data, aux, exact):
        return None


class CrateDB:
    """The same with a table of its own, of a server that is asked at once, without a refresh."""
    better_dead = {**BETTER_DEAD, **BETTER_DEAD_CRATE}

    def __init__(self, port):
        self.port = port

    def ask(self, statement):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/_sql",
                                         json.dumps({"stmt": statement}).encode(),
                                         {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)["rows"]
        except urllib.error.HTTPError as error:
            if json.load(error)["error"]["code"] != 4041:
                raise
            return []

    def take(self, lorry, record, number):
        table = f"items_{number}"
        relay(lorry, record, f"crate://crate@127.0.0.1:{self.port}/", table)
        rows = self.ask(f"SELECT pk, data, aux, deleted FROM {table}")
        dead = self.ask(f"SELECT reason FROM {table}_dead_letters")
        row = [cell if cell is None else json.dumps(cell) for cell in rows[0][:3]] + rows[0][3:] if rows else None
        return row, [reason for (reason,) in dead]

    def judge_split(self, vector, data, aux, exact):
        """An attribute with digits that a double does not hold stands in `data`, and those in `aux`."""
        typed = set(vector["expected"]["parameters"]["typed"])
        untyped = set(vector["expected"]["parameters"]["untyped"])
        where, names, _ = MOVED.get(vector["name"], (TO_AUX, [], None))
        source, target = (typed, untyped) if where == TO_AUX else (untyped, typed)
        if not source.issuperset(names):
            return f"{names} would not have to move {where}"
        source.difference_update(names)
        target.update(names)
        untyped.update(path[0] for path in exact if path[0] != "pk")
        if data.keys() != typed or aux.keys() != untyped:
            return f"data has {sorted(data)}, aux {sorted(aux)}, where it should be {sorted(typed)}, {sorted(untyped)}"
        return None


@contextlib.contextmanager
def model_of_cratedb(executable):
    with subprocess.Popen([executable, "--port", "0"], stdout=subprocess.PIPE, text=True) as server:
        try:
            yield CrateDB(int(server.stdout.readline()))
        finally:
            server.terminate()


def judge(sink, vector, row, dead):
    """What is wrong, or None."""
    name, expected = vector["name"], vector["expected"]
    if "error" in expected or name in sink.better_dead:
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
    data, aux = json.loads(data), json.loads(aux) if aux else {}
    problem = sink.judge_split(vector, data, aux, exact)
    if problem:
        return problem
    item = overlay(data, aux)
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


def load_vectors(folder):
    for file in FILES:
        with open(os.path.join(folder, f"dynamodb-{file}.json"), encoding="utf-8") as source:
            for vector in json.load(source)["vectors"]:
                yield file, vector


def run(lorry, sink, vectors):
    """How many fail."""
    failed = 0
    for number, (file, vector) in enumerate(vectors):
        problem = judge(sink, vector, *sink.take(lorry, json.dumps(vector["input"]), number))
        if problem:
            failed += 1
            print(f"{type(sink).__name__}: {file}: {vector['name']}: {problem}")
    print(f"{type(sink).__name__}: {len(vectors)} vectors, {failed} failed")
    return failed


def main():
    lorry, model = map(os.path.abspath, sys.argv[1:])
    vectors_dir = os.path.join(os.environ.get("LORRY_SHARED", "../shared"), "cdc-vectors")
    if not os.path.isdir(vectors_dir):
        print(f"skipped: {vectors_dir} is not there")
        return 77
    vectors = list(load_vectors(vectors_dir))
    with tempfile.TemporaryDirectory() as folder, model_of_cratedb(model) as cratedb:
        failed = run(lorry, SQLite(folder), vectors) + run(lorry, cratedb, vectors)
    tables = BETTER_DEAD.keys() | BETTER_VALUE.keys() | BETTER_DEAD_CRATE.keys() | MOVED.keys()
    unused = tables - {vector["name"] for _, vector in vectors}
    if unused:
        print(f"no vector is called {sorted(unused)}")
    return 1 if failed or unused else 0


if __name__ == "__main__":
    sys.exit(main())
