"""Measures lorry-processor beside LorryStream's own Lambda handler, and its decoder beside simdjson.

    run.py --build DIR [--json] [--smoke] [--shared DIR]

Both sides get the same events, from the same Runtime API (runtime_stub), and write to the same sink
(sink_stub), in turns, in this run. Whatever disturbs the machine can only make a number worse, so
the best of several processes is taken, for both sides; each goes on for a second or two,
so that a quiet moment is worth the same to both. `scripts/bench` builds and calls this.

The events come from `gen_events.py` in the folder `shared` beside the project; without it there is
nothing to measure, and the exit status is 77. Otherwise it is 0 if everything worked, whatever the
figures are. `--smoke`: everything once, with small events, to see that it works.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

BENCH = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
MB = 1e6

# Name of an event -> its records (a full batch, or what fits into Lambda's 6 MB) and how it is made.
# In all but "distinct" there are five changes of an item, of which only the last has to be written.
EVENTS = {
    "typical": (2500, ["--profile", "typical"]),
    "distinct": (2500, ["--profile", "typical", "--keys", 10000000, "--ops", "insert"]),
    "small": (2500, ["--profile", "small"]),
    "large": (95, ["--profile", "large"]),
}

EXPECTED_RATIO = 100
EXPECTED_START_MS = 5
EXPECTED_SIZE = 8 * MB
EXPECTED_RATE = 0.3e9


class Effort:
    """How often things are done. LorryStream needs about a second for a batch."""

    def __init__(self, smoke):
        self.smoke = smoke
        self.rounds = 1 if smoke else 4
        self.starts = 2 if smoke else 10
        self.invocations = {"lorry": 2, "peer": 1} if smoke else {"lorry": 100, "peer": 2}
        self.seconds = "0.01" if smoke else "1"
        self.records = (lambda n: max(n // 50, 5)) if smoke else (lambda n: n)


class Bench:
    def __init__(self, build, folder, effort):
        self.tools = build / "bench"
        self.folder = folder
        self.effort = effort
        self.processor = build / "src" / "lorry-processor"
        self.commands = {
            "lorry": [self.processor],
            "peer": [sys.executable, BENCH / "peer_runtime.py"],
        }

    def make_event(self, generator, name):
        event, truth = self.folder / f"{name}.json", self.folder / f"{name}.truth.json"
        records = self.effort.records(EVENTS[name][0])
        run([sys.executable, generator, "--records", records, "--seed", 1, *EVENTS[name][1],
             "--out", event, "--expect", truth])
        items = json.loads(truth.read_text())["items"]
        columns = self.folder / f"{name}.columns"
        columns.write_text(",".join(map(json.dumps, columns_of(items))))
        return {"name": name, "path": event, "columns": columns, "records": records, "keys": len(items),
                "bytes": event.stat().st_size}

    def invoke(self, side, event, count, known=False):
        """One process, `count` invocations. What runtime_stub and sink_stub say of it."""
        with Sink(self.tools / "sink_stub", event, known) as sink:
            result = run([self.tools / "runtime_stub", "--count", count, event["path"],
                          *self.commands[side]], settings(sink.port))
        result.update(sink=sink.result)
        check_rows(side, event, count, known, sink.result)
        return result

    def measure_event(self, event, known=False):
        """The best of each side, in turns."""
        best = {}
        for _ in range(self.effort.rounds):
            for side, count in self.effort.invocations.items():
                result = self.invoke(side, event, count, known)
                best[side] = merge(best.get(side), {
                    "milliseconds": sum(result["invocation_ms"]) / count,
                    "peak_bytes": result["peak_kb"] * 1024,
                    "requests_per_record":
                        result["sink"]["requests"] / (event["records"] * count),
                })
        for one in best.values():
            one["records_per_second"] = event["records"] / one["milliseconds"] * 1e3
        return {"event": event["name"], "known": known, "records": event["records"],
                "keys": event["keys"], "bytes": event["bytes"], **best}

    def measure_start(self, event):
        times = {side: [] for side in self.commands}
        for _ in range(self.effort.starts):
            for side, all_of_them in times.items():
                all_of_them.append(self.invoke(side, event, 0)["first_next_ms"])
        return {side: {"best_ms": min(t), "median_ms": sorted(t)[len(t) // 2]}
                for side, t in times.items()}

    def measure_decoding(self, event):
        decoded = self.folder / "decoded"
        seconds = ["--seconds", self.effort.seconds]
        ours = run([self.tools / "decode", *seconds, "--decoded", decoded, event["path"]])
        if ours["records"] != event["records"]:
            raise SystemExit(f"bench: decode saw {ours['records']} of {event['records']} records")
        return {"event": event["name"], "lorry": ours,
                "simdjson": run([self.tools / "simdjson_peer", *seconds, decoded])}

    def stripped_size(self):
        stripped = self.folder / "stripped"
        run(["strip", "-o", stripped, self.processor])
        return stripped.stat().st_size


class Sink:
    """A sink_stub for the time of a `with`."""

    def __init__(self, tool, event, known):
        command = [tool, "--columns", event["columns"]] + ["--known"] * known
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])
        self.result = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.result = json.loads(self.process.communicate()[0])


def settings(port):
    """The same for both; LorryStream's names, which lorry takes as well."""
    return {"PATH": os.environ["PATH"], "MESSAGE_FORMAT": "dynamodb", "ON_ERROR": "exit",
            "LOG_LEVEL": "WARNING", "SINK_TABLE": "transactions",
            "SINK_SQLALCHEMY_URL": f"crate://127.0.0.1:{port}"}


def run(command, environment=None):
    """Runs it to its end; gives what it printed, if that is JSON."""
    done = subprocess.run([str(part) for part in command], env=environment, text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise SystemExit(f"bench: {command[0]} failed ({done.returncode}): {done.stderr[-2000:]}")
    return json.loads(done.stdout) if done.stdout.startswith("{") else None


def check_rows(side, event, count, known, sink):
    """Everything must have arrived: LorryStream's every record, ours every key."""
    rows = event["records"] if side == "peer" else event["keys"] * (2 if known else 1)
    if sink["rows"] != rows * count:
        raise SystemExit(f"bench: {side} wrote {sink['rows']} rows instead of {rows * count}")


def merge(best, result):
    if not best:
        return result
    return {name: min(best[name], value) if name == "milliseconds" else max(best[name], value)
            for name, value in result.items()}


def machine():
    model = platform.processor() or platform.machine()
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    return {"processor": model, "cores": os.cpu_count(), "load": os.getloadavg()[0],
            "kernel": platform.release(), "python": platform.python_version()}


def versions():
    names = ["lorrystream", "commons-codec", "sqlalchemy-cratedb", "sqlalchemy", "crate"]
    return {name: importlib.metadata.version(name) for name in names}


def measure(bench, generator):
    if not bench.processor.exists():
        raise SystemExit(f"bench: no {bench.processor}: scripts/bench builds it")
    events = {name: bench.make_event(generator, name) for name in EVENTS}
    return {
        "smoke": bench.effort.smoke,
        "machine": machine(),
        "versions": versions(),
        "start": bench.measure_start(events["typical"]),
        "batches": [bench.measure_event(event) for event in events.values()]
                   + [bench.measure_event(events["typical"], known=True)],
        "decoding": [bench.measure_decoding(event) for event in events.values()],
        "stripped_bytes": bench.stripped_size(),
    }


# ---- a table in use: the columns that CrateDB would have made of the items ----

# Column of lorry's layout -> type, nullable, policy.
LAYOUT = {
    ("pk",): ("object", "YES", "strict"),
    ("pk", "device"): ("text", "NO", "strict"),
    ("pk", "timestamp"): ("text", "NO", "strict"),
    ("data",): ("object", "YES", "dynamic"),
    ("aux",): ("object", "YES", "ignored"),
    ("version",): ("bigint", "YES", "strict"),
    ("sequence",): ("text", "YES", "strict"),
    ("deleted",): ("boolean", "YES", "strict"),
}
SCALARS = {"S": "text", "B": "text", "N": "double precision", "BOOL": "boolean"}
SETS = {"SS": "text_array", "BS": "text_array", "NS": "double precision_array"}


def columns_of(items):
    """Rows of information_schema.columns, as lorry asks for them."""
    columns = {}
    for item in items:
        for name, value in (item["item"] or {}).items():
            if name not in item["key"]:
                add_column(columns, ("data", name), value)
    columns = LAYOUT | {path: (kind, "YES", "dynamic") for path, kind in columns.items()}
    return [[path[0] + "".join(f"['{name}']" for name in path[1:]), kind, nullable, "NEVER", None,
             {"name": path[0], "path": path[1:], "policy": policy}]
            for path, (kind, nullable, policy) in columns.items()]


def add_column(columns, path, value, suffix=""):
    (kind, inside), = value.items()
    if kind == "M":
        columns[path] = "object" + suffix
        for name, member in inside.items():
            add_column(columns, path + (name,), member)
    elif kind == "L":
        for element in inside:
            add_column(columns, path, element, "_array")
    elif kind != "NULL":
        columns[path] = SETS[kind] if kind in SETS else SCALARS[kind] + suffix


# ---- the table that is printed ----

def rows_of(result):
    """(measure, ours, peer, ratio, expected)"""
    start = result["start"]
    ours, peer = start["lorry"]["best_ms"], start["peer"]["best_ms"]
    yield ("start to first `next`", f"{ours:.1f} ms", f"{peer:.0f} ms", f"{peer / ours:.0f}",
           verdict(ours < EXPECTED_START_MS, f"< {EXPECTED_START_MS} ms"))
    for one in result["batches"]:
        yield from rows_of_batch(one)
    for one in result["decoding"]:
        ours, peer = one["lorry"]["bytes_per_second"], one["simdjson"]["bytes_per_second"]
        yield (f"{one['event']}: decoding", f"{ours / 1e9:.2f} GB/s",
               f"simdjson {peer / 1e9:.2f} GB/s", f"{ours / peer:.2f}",
               verdict(ours >= EXPECTED_RATE, f">= {EXPECTED_RATE / 1e9} GB/s"))
    size = result["stripped_bytes"]
    yield ("executable, stripped", f"{size / MB:.1f} MB", "", "",
           verdict(size < EXPECTED_SIZE, f"< {EXPECTED_SIZE / MB:.0f} MB"))


def rows_of_batch(one):
    ours, peer = one["lorry"], one["peer"]
    what = one["event"] + (", keys known" if one["known"] else "")
    ratio = ours["records_per_second"] / peer["records_per_second"]
    yield (f"{what}: records/s", f"{ours['records_per_second']:,.0f}",
           f"{peer['records_per_second']:,.0f}", f"{ratio:.0f}",
           verdict(ratio >= EXPECTED_RATIO, f">= {EXPECTED_RATIO}")
           if one["event"] == "typical" and not one["known"] else "")
    yield (f"{what}: requests/record", f"{ours['requests_per_record']:.5f}",
           f"{peer['requests_per_record']:.2f}",
           f"{peer['requests_per_record'] / ours['requests_per_record']:.0f}", "")
    limit = 3 * one["bytes"] + 10 * MB
    yield (f"{what}: peak memory", f"{ours['peak_bytes'] / MB:.1f} MB",
           f"{peer['peak_bytes'] / MB:.1f} MB", f"{peer['peak_bytes'] / ours['peak_bytes']:.1f}",
           verdict(ours["peak_bytes"] < limit, f"< {limit / MB:.1f} MB"))


def verdict(met, expected):
    return f"{expected:<12} {'met' if met else 'MISSED'}"


def without_verdict(rows):
    return [(*row[:-1], "") for row in rows]


def print_table(result):
    version = result["versions"]
    header = ("", "lorry", f"LorryStream {version['lorrystream']}", "ratio", "expected")
    rows = list(rows_of(result))
    rows = [header, *(without_verdict(rows) if result["smoke"] else rows)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(row[i].rjust(widths[i]) for i in (1, 2, 3)), row[4]]
        print("  ".join(cells).rstrip())
    print()
    for one in result["batches"]:
        if not one["known"]:
            print(f"{one['event']}: {one['records']} records of {one['keys']} keys, "
                  f"an event of {one['bytes'] / MB:.1f} MB")
    print("keys known: every row is there already, so that lorry writes it in both of its steps")
    simdjson = result["decoding"][0]["simdjson"]
    print(f"decoding: event in, rows out, one core; simdjson {simdjson['version']} "
          f"({simdjson['implementation']}) parses the records already freed of envelope and base64")
    print("LorryStream with " + ", ".join(f"{name} {version[name]}" for name in version
                                          if name != "lorrystream"))
    if result["smoke"]:
        print("smoke: the events are far too small for the figures to mean anything")
    one = result["machine"]
    print(f"{one['cores']} x {one['processor']}, Linux {one['kernel']}, Python {one['python']}, "
          f"load {one['load']:.1f} before")
    if one["load"] > one["cores"] / 2:
        print("The machine was busy with other things: the ratios are worth little, measure again.")


def options_parser(about):
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--shared", type=pathlib.Path, default=BENCH.parent.parent / "shared")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--smoke", action="store_true")
    return parser


def bench_and_print(options, bench_them, show):
    """`bench_them(bench)` gives the result, `show(result)` prints it for people."""
    with tempfile.TemporaryDirectory(prefix="lorry-bench-") as folder:
        result = bench_them(Bench(options.build.resolve(), pathlib.Path(folder), Effort(options.smoke)))
    if options.json:
        print(json.dumps(result, indent=1))
    else:
        show(result)
    return 0


def main():
    options = options_parser(__doc__).parse_args()
    generator = options.shared / "gen_events.py"
    if not generator.exists():
        print(f"bench: skipped: the events come from {generator}, which is not there",
              file=sys.stderr)
        return SKIPPED
    return bench_and_print(options, lambda bench: measure(bench, generator), print_table)


if __name__ == "__main__":
    sys.exit(main())
