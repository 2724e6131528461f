"""Measures lorry-processor beside LorryStream's own Lambda handler on a real CrateDB.

    live.py --build DIR --sink crate://USER:PASSWORD@HOST:PORT [--json] [--smoke]

run.py compares the two on a sink that does nothing; here a server does its work, in which most of
the time goes. Each side gets a full batch in a new table, then the same batch once more, from a new
process; in turns, and the best of several counts. lorry's first batch has to make its table, while
LorryStream finds one; at the second, LorryStream's INSERTs do nothing, and lorry writes its rows
again. CPU time is that of the process, less what it needs to start. Wrong rows, counted after the
first batch, are those that are missing, not in their last state, or still there though their item
was removed: the most that were seen.

Every table is dropped in the end. Without --sink, or without the generator of the events, there is
nothing to measure, and the exit status is 77. `scripts/bench live` builds and calls this.
"""

import base64
import itertools
import json
import os
import sys
import urllib.parse
import urllib.request

from run import SKIPPED, bench_and_print, machine, options_parser, run, settings, versions

EVENTS = ("typical", "distinct")
CASES = ("new table", "again")
# What LorryStream writes into, and does not make; lorry makes a table of its own.
LORRYSTREAM_TABLE = """
CREATE TABLE {} (
  pk OBJECT(STRICT) AS ("device" TEXT PRIMARY KEY, "timestamp" TEXT PRIMARY KEY),
  data OBJECT(DYNAMIC),
  aux OBJECT(IGNORED))"""


class Server:
    def __init__(self, url):
        self.url = url
        self.parts = urllib.parse.urlsplit(url)

    def ask(self, statement):
        """The rows of the answer."""
        login = urllib.parse.unquote(f"{self.parts.username}:{self.parts.password or ''}")
        request = urllib.request.Request(
            f"http://{self.parts.hostname}:{self.parts.port or 4200}/_sql",
            json.dumps({"stmt": statement}).encode(),
            {"Content-Type": "application/json",
             "Authorization": "Basic " + base64.b64encode(login.encode()).decode()})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["rows"]


class Table:
    """Its name for the time of a `with`."""
    numbers = itertools.count()

    def __init__(self, server, side):
        self.server = server
        self.side = side
        self.name = f"lorry_bench_{os.getpid()}_{next(self.numbers)}"

    def __enter__(self):
        if self.side == "peer":
            self.server.ask(LORRYSTREAM_TABLE.format(self.name))
        return self

    def __exit__(self, *exception):
        if self.side == "lorry":
            self.server.ask(f"DROP VIEW IF EXISTS {self.name}_live")
        self.server.ask(f"DROP TABLE IF EXISTS {self.name}")

    def wrong_rows(self, truth):
        """`count` is a random number of six digits: it tells the states of an item apart."""
        self.server.ask(f"REFRESH TABLE {self.name}")
        rows = self.server.ask("SELECT pk['device'], pk['timestamp'], data['count'] FROM "
                               f"{self.name}{'_live' if self.side == 'lorry' else ''}")
        there = {(device, timestamp): count for device, timestamp, count in rows}
        return len([key for key in there.keys() | truth.keys() if there.get(key) != truth.get(key)])


def truth_of(path):
    items = [one["item"] for one in json.loads(path.read_text())["items"] if not one["removed"]]
    return {(item["device"]["S"], item["timestamp"]["S"]): float(item["count"]["N"])
            for item in items}


def invoke(bench, side, event, table):
    environment = settings(0) | {"SINK_SQLALCHEMY_URL": table.server.url, "SINK_TABLE": table.name}
    idle, busy = (run([bench.tools / "runtime_stub", "--count", count, event["path"],
                       *bench.commands[side]], environment) for count in (0, 1))
    return {"milliseconds": sum(busy["invocation_ms"]),
            "cpu_milliseconds": busy["cpu_ms"] - idle["cpu_ms"]}


def measure_side(bench, side, event, server):
    """A new table, twice the same batch."""
    with Table(server, side) as table:
        first = invoke(bench, side, event, table)
        truth = truth_of(bench.folder / f"{event['name']}.truth.json")
        first["wrong_rows"] = table.wrong_rows(truth)
        return {"new table": first, "again": invoke(bench, side, event, table)}


def merge(best, result):
    """The shortest times, and the most wrong rows."""
    return {name: (max if name == "wrong_rows" else min)(value, best.get(name, value))
            for name, value in result.items()}


def measure_event(bench, event, server):
    best = {case: {side: {} for side in bench.commands} for case in CASES}
    for _ in range(bench.effort.rounds):
        for side in bench.commands:
            for case, result in measure_side(bench, side, event, server).items():
                best[case][side] = merge(best[case][side], result)
    return [{"event": event["name"], "case": case, "records": event["records"],
             "keys": event["keys"], **sides} for case, sides in best.items()]


def measure(bench, generator, server):
    before = machine()
    events = [bench.make_event(generator, name) for name in EVENTS]
    # A server that has just started is slow at first, and that is nobody's fault.
    for side in bench.commands:
        measure_side(bench, side, events[0], server)
    version, = server.ask("SELECT version['number'] FROM sys.nodes LIMIT 1")
    return {"smoke": bench.effort.smoke, "machine": before, "versions": versions(),
            "server": version[0],
            "batches": [one for event in events for one in measure_event(bench, event, server)]}


def rows_of(one):
    ours, peer = one["lorry"], one["peer"]
    what = f"{one['event']}, {one['case']}: "
    yield (what + "records/s",
           *(f"{one['records'] / side['milliseconds'] * 1e3:,.0f}" for side in (ours, peer)),
           f"{peer['milliseconds'] / ours['milliseconds']:.0f}")
    yield (what + "CPU",
           *(f"{side['cpu_milliseconds']:,.0f} ms" for side in (ours, peer)),
           f"{peer['cpu_milliseconds'] / max(ours['cpu_milliseconds'], 1):.0f}")
    if "wrong_rows" in ours:
        yield (what + "wrong rows", ours["wrong_rows"], peer["wrong_rows"], "")


def print_table(result):
    rows = [("", "lorry", f"LorryStream {result['versions']['lorrystream']}", "ratio")]
    for one in result["batches"]:
        rows += rows_of(one)
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join([row[0].ljust(widths[0]), *(str(cell).rjust(width)
                         for cell, width in zip(row[1:], widths[1:]))]).rstrip())
    print()
    one = result["machine"]
    print(f"CrateDB {result['server']}, beside both on {one['cores']} x {one['processor']}, "
          f"load {one['load']:.1f} before")
    if result["smoke"]:
        print("smoke: the events are far too small for the figures to mean anything")


def main():
    parser = options_parser(__doc__)
    parser.add_argument("--sink", metavar="URL")
    options = parser.parse_args()
    generator = options.shared / "gen_events.py"
    if not options.sink or not generator.exists():
        print("bench: skipped: it takes a CrateDB (--sink) and gen_events.py", file=sys.stderr)
        return SKIPPED
    return bench_and_print(options, lambda bench: measure(bench, generator, Server(options.sink)), print_table)


if __name__ == "__main__":
    sys.exit(main())
